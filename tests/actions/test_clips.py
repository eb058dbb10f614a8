"""Test protecting, deleting and restoring clips, with their events and ledger lines."""

from datetime import timedelta
import sqlite3
from unittest.mock import patch

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from custom_components.doorwatch.engine.sharing.ledger.store import LedgerStore
from custom_components.doorwatch.signals import EVENT_CLIP_CHANGED, SIGNAL_CLIP_CHANGED
from tests.actions.acting import act, lines, refused
from tests.sharing_fixtures import Home, command


async def test_restore_clip_takes_a_clip_out_of_the_bin(home: Home) -> None:
    changed: list[Clip | str] = []

    @callback
    def on_changed(clip: Clip | str) -> None:
        changed.append(clip)

    async_dispatcher_connect(home.hass, SIGNAL_CLIP_CHANGED, on_changed)
    await act(home, "delete_clip", home.admin, clip_id=home.clip.clip_id)

    await act(home, "restore_clip", home.admin, clip_id=home.clip.clip_id)

    assert await home.data.library.get(home.clip.clip_id) == home.clip
    assert changed == [home.clip.clip_id, home.clip]
    [line] = await lines(home, "restored_clip")
    assert line.data == {
        "clip_id": home.clip.clip_id,
        "doorbell_id": home.front.entry_id,
        "sha256": home.clip.sha256,
        "by": "user",
    }
    assert await home.data.ledger.personal(line.seq) == {"user": home.admin.name}


@pytest.mark.lesson(13)
async def test_restore_clip_wants_control_of_the_camera(home: Home) -> None:
    clip_id = home.clip.clip_id
    await act(home, "delete_clip", clip_id=clip_id)
    viewer = await home.user("Kim", read=[home.front])
    stranger = await home.user("Lee", control=[home.back])

    assert await refused(home, "restore_clip", viewer, clip_id=clip_id) == "not_allowed"
    for who in (stranger,):
        assert await refused(home, "restore_clip", who, clip_id=clip_id) == (
            "clip_unknown"
        )
    assert await home.data.library.get(clip_id) is None

    await act(home, "restore_clip", clip_id=clip_id)
    [line] = await lines(home, "restored_clip")
    assert line.data["by"] == "automation"


async def test_what_is_not_in_the_bin_is_not_restored(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for clip_id in (home.clip.clip_id, "../../secrets"):
        assert await refused(home, "restore_clip", clip_id=clip_id) == "clip_unknown"
    await act(home, "delete_clip", clip_id=home.clip.clip_id)

    async def gone(_clip_id: str) -> None:
        raise KeyError

    monkeypatch.setattr(home.data.library, "restore", gone)
    assert await refused(home, "restore_clip", clip_id=home.clip.clip_id) == (
        "clip_unknown"
    )
    assert await lines(home, "restored_clip") == []


async def test_an_automation_protects(home: Home) -> None:
    """An automation can protect clips of rings."""
    await act(home, "protect_clip")

    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert clip.protected


async def test_only_a_person_releases(home: Home) -> None:
    """Otherwise, an automation could delete a protected clip in two steps."""
    await act(home, "protect_clip")

    assert await refused(home, "protect_clip", protected=False) == (
        "release_needs_person"
    )
    await by_hand(home, "protect_clip", protected=False)

    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert not clip.protected


async def test_an_automation_deletes_only_what_is_not_protected(home: Home) -> None:
    """The clip moves to the bin, and the ledger has a line."""
    await act(home, "protect_clip")
    assert await refused(home, "delete_clip") == "clip_protected"
    assert await home.data.library.get(home.clip.clip_id) is not None

    await act(home, "delete_clip", clip_id=home.back_clip.clip_id)

    assert await home.data.library.get(home.back_clip.clip_id) is None
    [line] = [line for line in await home.data.ledger.lines() if line.kind == "deleted"]
    assert line.data == {
        "clip_id": home.back_clip.clip_id,
        "doorbell_id": home.back.entry_id,
        "sha256": home.back_clip.sha256,
        "by": "automation",
    }


async def test_an_add_on_is_no_person(home: Home) -> None:
    """An add-on has all permissions as a system user, but counts as an automation."""
    add_on = await home.hass.auth.async_create_system_user(
        "Supervisor", group_ids=[GROUP_ID_ADMIN]
    )
    await act(home, "protect_clip", add_on)

    assert await refused(home, "delete_clip", add_on) == "clip_protected"
    told = await refused(home, "protect_clip", add_on, protected=False)
    assert told == "release_needs_person"
    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert clip.protected

    await act(home, "delete_clip", add_on, clip_id=home.back_clip.clip_id)
    [line] = [line for line in await home.data.ledger.lines() if line.kind == "deleted"]
    assert line.data["by"] == "automation"


async def by_hand(home: Home, action: str, **data: object) -> None:
    """Call the action as a person does in the dashboard."""
    answer = await command(
        await home.connect(),
        type="call_service",
        domain=DOMAIN,
        service=action,
        service_data={"clip_id": home.clip.clip_id, **data},
        return_response=action == "protect_clip",
    )
    assert answer["success"], answer


@pytest.mark.parametrize("way", ["rest", "socket", "script"])
@pytest.mark.parametrize("action", ["delete_clip", "protect_clip"])
async def test_a_program_with_a_persons_account_is_no_person(
    home: Home, action: str, way: str
) -> None:
    """The test uses a long-lived token, and a script that a person started."""
    await act(home, "protect_clip")
    data: dict[str, object] = {"clip_id": home.clip.clip_id}
    if action == "protect_clip":
        data["protected"] = False
    if way == "script":
        client = await home.connect()
        step = {"action": f"{DOMAIN}.{action}", "data": data}
        await command(client, type="execute_script", sequence=[step])
    else:
        token = await home.long_lived(home.admin)
        if way == "rest":
            rest = await home.client(token)
            await rest.post(f"/api/services/{DOMAIN}/{action}", json=data)
        else:
            socket = await home.connect(token)
            for message in (
                {
                    "type": "call_service",
                    "domain": DOMAIN,
                    "service": action,
                    "service_data": data,
                },
                {"type": "doorwatch/clips/delete", "clip_id": home.clip.clip_id},
            ):
                assert not (await command(socket, **message))["success"]
    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert clip.protected


async def test_a_person_deletes_a_protected_clip(home: Home) -> None:
    """The person is stored outside the hash chain, so that the name can be deleted."""
    await act(home, "protect_clip")

    await by_hand(home, "delete_clip")

    assert await home.data.library.get(home.clip.clip_id) is None
    [line] = [line for line in await home.data.ledger.lines() if line.kind == "deleted"]
    assert line.data["by"] == "user"
    assert str(home.admin.name) not in str(line.data)
    assert await home.data.ledger.personal(line.seq) == {"user": home.admin.name}


@pytest.fixture
def unwritable(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the ledger read-only, as on a worn-out SD card."""

    def fail(*_arguments: object) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    for write in ("append", "append_all"):
        monkeypatch.setattr(LedgerStore, write, fail)


async def test_what_is_done_is_told_as_done_though_the_ledger_cannot_be_written(
    home: Home, unwritable: None, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller and all clip lists see the change; the log names the missing lines."""
    told: list[Clip | str] = []

    @callback
    def on_changed(clip: Clip | str) -> None:
        told.append(clip)

    async_dispatcher_connect(home.hass, SIGNAL_CLIP_CHANGED, on_changed)
    events = async_capture_events(home.hass, EVENT_CLIP_CHANGED)

    await act(home, "protect_clip")
    await by_hand(home, "delete_clip")
    await act(home, "restore_clip", home.admin)
    await act(home, "propose_share")

    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert [each if isinstance(each, str) else each.clip_id for each in told] == (
        [home.clip.clip_id] * 3
    )
    assert [event.data["change"] for event in events] == [
        "protected",
        "deleted",
        "restored",
    ]
    assert await home.data.ledger.lines() == []
    for done in ("deleted", "restored"):
        assert f"That clip {home.clip.clip_id} was {done} is noted later" in caplog.text
    assert f"suggestion to share clip {home.clip.clip_id}" in caplog.text


async def test_what_the_ledger_could_not_take_is_noted_within_the_hour(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The late line is written once, flagged as late, and without the person."""
    ledger = home.data.ledger

    def owed() -> list[tuple[str, object, object]]:
        return [
            (line.kind, line.data["clip_id"], line.data.get("late"))
            for line in written
            if line.kind in ("deleted", "restored_clip")
        ]

    front, back = home.clip.clip_id, home.back_clip.clip_id
    await act(home, "delete_clip", home.admin, clip_id=back)
    with patch.object(Ledger, "append", side_effect=SharingError("ledger_unusable")):
        await act(home, "delete_clip", home.admin)
        await act(home, "restore_clip", home.admin, clip_id=back)
    written = await ledger.lines(limit=1000)
    assert owed() == [("deleted", back, None)]

    for _ in range(2):
        async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=61))
        await home.hass.async_block_till_done(wait_background_tasks=True)

    written = await ledger.lines(limit=1000)
    assert owed() == [
        ("deleted", back, None),
        ("deleted", front, True),
        ("restored_clip", back, True),
    ]
    assert caplog.text.count("that 2 clips were deleted or restored") == 1
    assert written[-1].data == {
        "clip_id": back,
        "doorbell_id": home.back.entry_id,
        "sha256": home.back_clip.sha256,
        "late": True,
    }
    assert written[-1].personal == {}


async def test_a_deletion_that_a_disk_did_late_is_told_and_noted(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person who deleted the clip was told that the disk doesn't respond."""
    told: list[Clip | str] = []

    @callback
    def on_changed(clip: Clip | str) -> None:
        told.append(clip)

    async_dispatcher_connect(home.hass, SIGNAL_CLIP_CHANGED, on_changed)
    delete = home.data.library.delete

    async def hang(clip_id: str) -> Clip:
        await delete(clip_id)
        raise LibraryError("library_unavailable")

    monkeypatch.setattr(home.data.library, "delete", hang)
    with pytest.raises(HomeAssistantError) as caught:
        await act(home, "delete_clip")
    assert caught.value.translation_key == "library_unavailable"
    assert told == []

    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=61))
    await home.hass.async_block_till_done(wait_background_tasks=True)

    assert told == [home.clip.clip_id]
    counts = await home.data.ledger.counts()
    assert counts["deleted"] == 1
