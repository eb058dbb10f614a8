"""The actions that record, restore and export."""

import asyncio
from contextlib import suppress
from dataclasses import replace
import errno
import os
from pathlib import Path
import sqlite3
from typing import Any
from zoneinfo import ZoneInfo

import av
from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
import voluptuous as vol

from custom_components.doorwatch.actions import exports as clip_exports
from custom_components.doorwatch.const import CONF_ON_EVENT
from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import SIGNAL_CLIP_CHANGED, SIGNAL_CLIP_SAVED
from tests.disks import no_file_larger_than
from tests.sharing_fixtures import Home


async def act(
    home: Home, action: str, user: User | None = None, **data: object
) -> dict[str, Any]:
    """Call an action, as an automation or with a user."""
    answer = await home.hass.services.async_call(
        "doorwatch",
        action,
        data,
        blocking=True,
        context=Context(user_id=user.id if user else None),
        return_response=action == "export_clip",
    )
    return dict(answer or {})


async def refused(
    home: Home, action: str, user: User | None = None, **data: object
) -> str | None:
    """Call an action that must be refused; returns the translation key."""
    with pytest.raises(ServiceValidationError) as caught:
        await act(home, action, user, **data)
    return caught.value.translation_key


async def lines(home: Home, kind: str) -> list[Any]:
    """Return the lines of the ledger of a kind."""
    return [line for line in await home.data.ledger.lines() if line.kind == kind]


@pytest.fixture
def triggered(home: Home, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Let both doorbells be connected, and collect what their recorders are told."""
    told: dict[str, list[Any]] = {}
    for entry in (home.front, home.back):
        events = told[entry.entry_id] = []
        recorder = entry.runtime_data.recorder
        monkeypatch.setattr(recorder, "trigger", events.append)
        entry.runtime_data._on_health(replace(recorder.health, connected=True))
    return told


async def test_record_clip_tells_the_recorder_how_long(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    await act(home, "record_clip", entity_id=home.camera(home.front), duration=45)
    await act(home, "record_clip", entity_id=[home.camera(home.back)])

    [front] = triggered[home.front.entry_id]
    [back] = triggered[home.back.entry_id]
    assert (front.kind, front.lasts) == (EventKind.MANUAL, 45)
    assert (back.kind, back.lasts) == (EventKind.MANUAL, 30)

    await act(home, "record_clip", entity_id="all")
    assert [len(events) for events in triggered.values()] == [2, 2]


async def test_record_clip_takes_a_device(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    [device] = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), home.front.entry_id
    )

    await act(home, "record_clip", device_id=device.id)

    assert len(triggered[home.front.entry_id]) == 1
    assert triggered[home.back.entry_id] == []


@pytest.mark.parametrize("duration", [4.9, 601, "long", None])
async def test_record_clip_takes_five_seconds_to_ten_minutes(
    home: Home, triggered: dict[str, list[DoorbellEvent]], duration: object
) -> None:
    with pytest.raises(vol.Invalid):
        await act(
            home, "record_clip", entity_id=home.camera(home.front), duration=duration
        )
    assert triggered[home.front.entry_id] == []


async def test_record_clip_wants_a_camera_of_doorwatch(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    home.hass.states.async_set("camera.other", "idle")
    for target in (
        {"entity_id": "camera.other"},
        {"entity_id": [home.camera(home.front), "camera.gone"]},
        {"entity_id": "switch.front_recording"},
        {"device_id": "gone"},
    ):
        assert await refused(home, "record_clip", **target) == "no_doorbell"
    assert triggered[home.front.entry_id] == []


@pytest.mark.lesson(13)
async def test_record_clip_respects_the_permission_on_the_camera(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    """To look is not enough; what may not be seen is not there; all or none."""
    front, back = home.camera(home.front), home.camera(home.back)
    viewer = await home.user("Kim", read=[home.front])
    stranger = await home.user("Lee", control=[home.back])
    owner = await home.user("Jo", control=[home.front])

    assert await refused(home, "record_clip", viewer, entity_id=front) == "not_allowed"
    for who, target in ((stranger, front), (owner, [front, back])):
        told = await refused(home, "record_clip", who, entity_id=target)
        assert told == "no_doorbell"
    assert not any(triggered.values())

    await act(home, "record_clip", owner, entity_id=front)
    assert len(triggered[home.front.entry_id]) == 1


async def test_a_doorbell_that_is_away_records_nothing(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    """In words, and then none of the others does either."""
    coordinator = home.back.runtime_data
    coordinator._on_health(replace(coordinator.recorder.health, connected=False))
    both = [home.camera(home.front), home.camera(home.back)]

    assert await refused(home, "record_clip", entity_id=both) == "doorbell_offline"
    await home.hass.config_entries.async_unload(home.front.entry_id)
    told = await refused(home, "record_clip", entity_id=home.camera(home.front))
    assert told == "doorbell_offline"

    assert not any(triggered.values())


async def test_a_doorbell_that_sleeps_until_something_happens_records(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    """It is not connected, and will be for the clip."""
    coordinator = home.front.runtime_data
    coordinator._on_health(replace(coordinator.recorder.health, connected=False))
    object.__setattr__(home.front, "options", {CONF_ON_EVENT: True})

    await act(home, "record_clip", entity_id=home.camera(home.front))

    assert len(triggered[home.front.entry_id]) == 1


async def test_the_recording_switch_holds_back_automations_and_not_people(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    home.front.runtime_data.set_recording_enabled(False)
    target = home.camera(home.front)

    assert await refused(home, "record_clip", entity_id=target) == "recording_off"
    assert triggered[home.front.entry_id] == []

    await act(home, "record_clip", home.admin, entity_id=target)
    assert len(triggered[home.front.entry_id]) == 1


async def test_a_wish_becomes_a_clip(demo: Any, hass: HomeAssistant) -> None:
    """With the pre-roll before it, on a doorbell that films."""
    saved: asyncio.Future[Clip] = hass.loop.create_future()

    @callback
    def on_saved(clip: Clip) -> None:
        saved.set_result(clip)

    async_dispatcher_connect(hass, SIGNAL_CLIP_SAVED, on_saved)
    [camera] = hass.states.async_entity_ids("camera")

    await hass.services.async_call(
        "doorwatch", "record_clip", {"entity_id": camera, "duration": 5}, blocking=True
    )
    clip = await asyncio.wait_for(saved, 60)

    assert clip.event == "manual"
    assert 4 <= clip.duration.total_seconds() <= 12


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


# Export


@pytest.fixture
def allowed(home: Home, tmp_path: Path) -> Path:
    """Make a folder that the administrator allows."""
    folder = tmp_path / "exports"
    folder.mkdir()
    home.hass.config.allowlist_external_dirs = {str(folder)}
    return folder


async def test_export_clip_copies_into_a_folder_under_the_local_time(
    home: Home, allowed: Path, no_blocking_calls: None
) -> None:
    await home.hass.config.async_set_time_zone("US/Pacific")

    answer = await act(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed)
    )

    # 17:00:09 UTC, as the clip says where it was taken
    [file] = allowed.iterdir()
    local = home.clip.started_at.astimezone(ZoneInfo(home.clip.timezone))
    assert file.name == f"front_{local:%Y-%m-%d_%H-%M-%S}.mp4"
    assert answer == {"path": str(file), "sha256": home.clip.sha256}
    assert digest(file) == home.clip.sha256
    [line] = await lines(home, "exported")
    assert line.data == {
        "clip_id": home.clip.clip_id,
        "doorbell_id": home.front.entry_id,
        "sha256": home.clip.sha256,
        "original": home.clip.sha256,
        "by": "automation",
    }
    assert await home.data.ledger.personal(line.seq) == {"path": str(file)}


async def test_export_clip_trims_and_leaves_the_sound_out(
    home: Home, allowed: Path
) -> None:
    target = allowed / "part.mp4"

    answer = await act(
        home,
        "export_clip",
        home.admin,
        clip_id=home.clip.clip_id,
        path=str(target),
        start=1,
        end=3,
        audio=False,
    )

    with av.open(target) as container:
        assert not container.streams.audio
        frames = sum(1 for _ in container.decode(video=0))
    assert 0 < frames < home.clip.frames
    assert answer["sha256"] == digest(target) != home.clip.sha256
    [line] = await lines(home, "exported")
    assert line.data["original"] == home.clip.sha256
    assert line.data["sha256"] == digest(target)
    assert (await home.data.ledger.personal(line.seq))["user"] == home.admin.name


async def test_export_clip_overwrites_only_when_told(home: Home, allowed: Path) -> None:
    target = allowed / "clip.mp4"
    target.write_text("mine")
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(target)}

    assert await refused(home, "export_clip", **ask) == "file_exists"
    assert target.read_text() == "mine"
    assert await lines(home, "exported") == []

    await act(home, "export_clip", **ask, overwrite=True)
    assert digest(target) == home.clip.sha256
    assert list(allowed.iterdir()) == [target]


async def test_a_file_that_comes_meanwhile_stays(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hard links, and on file systems without them."""
    target = allowed / "clip.mp4"
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(target)}
    link = os.link

    def comes(*args: Any) -> None:
        target.write_text("mine")
        link(*args)

    def comes_and_no_links(*_args: Any) -> None:
        target.write_text("mine")
        raise OSError(errno.EPERM, "no links")

    for linking in (comes, comes_and_no_links):
        target.unlink(missing_ok=True)
        monkeypatch.setattr(os, "link", linking)
        assert await refused(home, "export_clip", **ask) == "file_exists"
        assert target.read_text() == "mine"
        assert list(allowed.iterdir()) == [target]


async def test_export_clip_works_without_hard_links(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_args: Any) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_links)
    target = allowed / "clip.mp4"

    await act(home, "export_clip", clip_id=home.clip.clip_id, path=str(target))

    assert digest(target) == home.clip.sha256


@pytest.fixture
def places(home: Home, allowed: Path, tmp_path: Path) -> dict[str, list[str]]:
    """Give paths that are refused, by the problem they are refused for."""
    hass = home.hass
    public = Path(hass.config.path("www"))
    (public / "deep").mkdir(parents=True)
    library = home.data.library.folder
    hass.config.allowlist_external_dirs |= {str(public), str(library)}
    (allowed / "public").symlink_to(public)
    (allowed / "out").symlink_to(tmp_path)
    (allowed / "a_folder.mp4").mkdir()
    return {
        "path_public": [
            str(public),
            str(public / "deep" / "clip.mp4"),
            str(allowed / "public" / "clip.mp4"),
            str(public / "deep" / ".."),
        ],
        "path_in_library": [str(library), str(library / ".bin" / "clip.mp4")],
        "path_not_allowed": [
            "/etc/clip.mp4",
            str(tmp_path / "clip.mp4"),
            str(allowed / ".." / "clip.mp4"),
            str(allowed / "out" / "clip.mp4"),
            "clip.mp4",
            "~/clip.mp4",
            str(allowed / "a\0b.mp4"),
            "",
        ],
        "folder_missing": [
            str(allowed / "not there" / "clip.mp4"),
            str(allowed / "not there"),
        ],
    }


async def test_export_clip_writes_only_where_it_may(
    home: Home, allowed: Path, places: dict[str, list[str]]
) -> None:
    before = sorted(allowed.iterdir())
    for problem, paths in places.items():
        for path in paths:
            told = await refused(
                home, "export_clip", clip_id=home.clip.clip_id, path=path
            )
            assert told == problem, path
    assert sorted(allowed.iterdir()) == before
    assert await lines(home, "exported") == []


@pytest.mark.lesson(13)
async def test_export_clip_is_for_administrators_and_automations(
    home: Home, allowed: Path
) -> None:
    owner = await home.user("Jo", control=[home.front])
    stranger = await home.user("Lee", control=[home.back])
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(allowed)}

    assert await refused(home, "export_clip", owner, **ask) == "export_needs_admin"
    assert await refused(home, "export_clip", stranger, **ask) == "clip_unknown"
    assert list(allowed.iterdir()) == []
    assert await lines(home, "exported") == []


async def test_a_clip_that_was_changed_is_not_exported(
    home: Home, allowed: Path
) -> None:
    """Nor what a link in the library leads to."""
    secret = allowed.parent / "secret"
    secret.write_text("hidden")
    home.clip.path.unlink()
    home.clip.path.symlink_to(secret)
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(allowed)}

    assert await refused(home, "export_clip", **ask) == "clip_changed"
    assert await refused(home, "export_clip", **ask, start=1) == "clip_changed"

    assert list(allowed.iterdir()) == []


@pytest.mark.parametrize(
    ("part", "moment"),
    [
        ({}, "async_visible_clip"),
        ({"start": 1}, "async_visible_clip"),
        ({"start": 1}, "get"),
        ({"start": 1}, "verify"),
    ],
)
async def test_a_clip_that_is_deleted_meanwhile_is_not_exported(
    home: Home,
    allowed: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: dict[str, Any],
    moment: str,
) -> None:
    """Somebody else deletes it after it was looked for, or after it was looked at."""
    where: Any = clip_exports if moment == "async_visible_clip" else home.data.library
    look = getattr(where, moment)

    async def look_and_delete(*asked: Any) -> Any:
        found = await look(*asked)
        if found:
            with suppress(KeyError):  # it is looked for more than once
                await home.data.library.delete(home.clip.clip_id)
        return found

    monkeypatch.setattr(where, moment, look_and_delete)

    told = await refused(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed), **part
    )

    assert told == "clip_unknown"
    assert list(allowed.iterdir()) == []
    assert await lines(home, "exported") == []


async def test_nothing_left_is_told(home: Home, allowed: Path) -> None:
    told = await refused(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed), start=60
    )
    assert told == "nothing_left"
    assert list(allowed.iterdir()) == []


async def test_a_full_disk_leaves_no_half_file(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(HomeAssistantError) as caught:
        await act(home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed))

    assert caught.value.translation_key == "disk_full"
    assert list(allowed.iterdir()) == []


async def test_a_disk_that_takes_only_a_part_leaves_no_half_file(
    home: Home, allowed: Path
) -> None:
    with (
        no_file_larger_than(home.clip.size - 1),
        pytest.raises(HomeAssistantError) as caught,
    ):
        await act(home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed))

    assert caught.value.translation_key == "disk_full"
    assert list(allowed.iterdir()) == []
    assert await lines(home, "exported") == []


async def test_without_a_line_in_the_ledger_there_is_no_copy(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise sqlite3.OperationalError("locked")

    monkeypatch.setattr(home.data.ledger._store, "append", fail)

    told = await refused(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed)
    )
    assert told == "ledger_unusable"
    assert list(allowed.iterdir()) == []
