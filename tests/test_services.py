"""The actions, apart from the tap: see access/test_guard.py."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import User
from homeassistant.components.http.auth import SIGN_QUERY_PARAM
from homeassistant.core import Context, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import jwt
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)
from yarl import URL

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from custom_components.doorwatch.signals import EVENT_CLIP_CHANGED, SIGNAL_CLIP_CHANGED
from tests.sharing_fixtures import Home, allow, command


async def act(
    home: Home, action: str, user: User | None = None, **data: object
) -> dict[str, Any]:
    """Call an action, as an automation or with a user."""
    answer = await home.hass.services.async_call(
        "doorwatch",
        action,
        {"clip_id": home.clip.clip_id, **data},
        blocking=True,
        context=Context(user_id=user.id if user else None),
        return_response=action in ("get_clip_link", "propose_share"),
    )
    return dict(answer or {})


async def refused(
    home: Home, action: str, user: User | None = None, **data: object
) -> str | None:
    """Call an action that must be refused; returns the translation key."""
    with pytest.raises(ServiceValidationError) as caught:
        await act(home, action, user, **data)
    return caught.value.translation_key


async def test_an_automation_protects(home: Home) -> None:
    """Keep what was rung for."""
    await act(home, "protect_clip")

    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert clip.protected


async def test_only_a_person_releases(home: Home) -> None:
    """Else an automation could delete a protected clip in two steps."""
    await act(home, "protect_clip")

    assert await refused(home, "protect_clip", protected=False) == (
        "release_needs_person"
    )
    await act(home, "protect_clip", home.admin, protected=False)

    clip = await home.data.library.get(home.clip.clip_id)
    assert clip is not None
    assert not clip.protected


async def test_an_automation_deletes_only_what_is_not_protected(home: Home) -> None:
    """Into the bin; and it stands in the ledger."""
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
    """It comes with all rights, as a user of the system; its flows are automations."""
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


async def test_a_person_deletes_a_protected_clip(home: Home) -> None:
    """Who did it stands outside the chain, where it can be deleted."""
    await act(home, "protect_clip")

    await act(home, "delete_clip", home.admin)

    assert await home.data.library.get(home.clip.clip_id) is None
    [line] = [line for line in await home.data.ledger.lines() if line.kind == "deleted"]
    assert line.data["by"] == "user"
    assert str(home.admin.name) not in str(line.data)
    assert await home.data.ledger.personal(line.seq) == {"user": home.admin.name}


@pytest.fixture
def unwritable(home: Home) -> Iterator[None]:
    """Let the ledger be read only, as on a card that is worn out."""
    connection = home.data.ledger._store._db
    ledger = home.data.ledger

    def switch(on: str) -> None:
        ledger._thread.submit(connection.execute, f"PRAGMA query_only = {on}").result()

    switch("on")
    yield
    switch("off")


async def test_what_is_done_is_told_as_done_though_the_ledger_cannot_be_written(
    home: Home, unwritable: None, caplog: pytest.LogCaptureFixture
) -> None:
    """By whoever asked, and to all who show clips; the log says what is missing."""
    told: list[Clip | str] = []

    @callback
    def on_changed(clip: Clip | str) -> None:
        told.append(clip)

    async_dispatcher_connect(home.hass, SIGNAL_CLIP_CHANGED, on_changed)
    events = async_capture_events(home.hass, EVENT_CLIP_CHANGED)

    await act(home, "protect_clip")
    await act(home, "delete_clip", home.admin)
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
        assert f"that clip {home.clip.clip_id} was {done} is noted later" in caplog.text
    assert f"That clip {home.clip.clip_id} was proposed" in caplog.text


async def test_what_the_ledger_could_not_take_is_noted_within_the_hour(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Flagged as late, and once; who did it is not known any more."""
    ledger = home.data.ledger

    def owed() -> list[tuple[str, object, object]]:
        return [
            (line.kind, line.data["clip_id"], line.data.get("late"))
            for line in lines
            if line.kind in ("deleted", "restored_clip")
        ]

    front, back = home.clip.clip_id, home.back_clip.clip_id
    await act(home, "delete_clip", home.admin, clip_id=back)
    with patch.object(Ledger, "append", side_effect=SharingError("ledger_unusable")):
        await act(home, "delete_clip", home.admin)
        await act(home, "restore_clip", home.admin, clip_id=back)
    lines = await ledger.lines(limit=1000)
    assert owed() == [("deleted", back, None)]

    for _ in range(2):
        async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=61))
        await home.hass.async_block_till_done(wait_background_tasks=True)

    lines = await ledger.lines(limit=1000)
    assert owed() == [
        ("deleted", back, None),
        ("deleted", front, True),
        ("restored_clip", back, True),
    ]
    assert caplog.text.count("That 2 clips were deleted or restored was missing") == 1
    assert lines[-1].data == {
        "clip_id": back,
        "doorbell_id": home.back.entry_id,
        "sha256": home.back_clip.sha256,
        "late": True,
    }
    assert lines[-1].personal == {}


async def test_a_deletion_that_a_disk_did_late_is_told_and_noted(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever deleted was told that the disk does not answer."""
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


async def test_control_permission_is_wanted(home: Home) -> None:
    """To look is not enough; who may not look does not learn that it exists."""
    viewer = await home.user("Kim", read=[home.front])
    stranger = await home.user("Lee", control=[home.back])

    for action in ("protect_clip", "delete_clip"):
        assert await refused(home, action, viewer) == "not_allowed"
        assert await refused(home, action, stranger) == "clip_unknown"
    assert await home.data.library.get(home.clip.clip_id) == home.clip
    await act(home, "protect_clip", await home.user("Jo", control=[home.front]))


@pytest.mark.parametrize(
    "action", ["protect_clip", "delete_clip", "get_clip_link", "propose_share"]
)
async def test_an_unknown_clip_and_an_unknown_user_are_refused(
    home: Home, action: str
) -> None:
    """In words."""
    assert await refused(home, action, clip_id="../../secrets") == "clip_unknown"
    gone = await home.user()
    gone.is_active = False
    assert await refused(home, action, gone) == "not_allowed"


async def test_a_clip_that_vanishes_meanwhile_is_unknown(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retention may take it between the look and the deed."""

    async def gone(*_args: object) -> None:
        raise KeyError

    for action, method in (
        ("protect_clip", "set_protected"),
        ("delete_clip", "delete"),
    ):
        monkeypatch.setattr(home.data.library, method, gone)
        assert await refused(home, action) == "clip_unknown"


async def test_an_unreadable_library_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nothing that the caller could do better."""

    async def fail(*_args: object) -> None:
        raise LibraryError("folder_not_writable")

    monkeypatch.setattr(home.data.library, "get", fail)

    with pytest.raises(HomeAssistantError) as caught:
        await act(home, "get_clip_link")

    assert not isinstance(caught.value, ServiceValidationError)
    assert caught.value.translation_key == "folder_not_writable"


def life_of(link: str) -> int:
    """Return how many seconds a link lives."""
    claims = jwt.decode(
        URL(link).query[SIGN_QUERY_PARAM], options={"verify_signature": False}
    )
    return int(claims["exp"] - claims["iat"])


@pytest.mark.lesson(12)
async def test_an_automation_gets_links_that_live_five_minutes(home: Home) -> None:
    """They work without a login: the automation says who gets them."""
    links = await act(home, "get_clip_link")

    http = await home.client()
    for key, kind in (("url", "video/mp4"), ("thumbnail", "image/jpeg")):
        assert life_of(links[key]) == 300
        answer = await http.get(links[key])
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == kind


async def test_a_link_opens_nothing_else(home: Home) -> None:
    """It is signed for this clip."""
    links = await act(home, "get_clip_link")
    http = await home.client()

    other = links["url"].replace(home.clip.clip_id, home.back_clip.clip_id)

    assert (await http.get(other)).status == HTTPStatus.UNAUTHORIZED


async def test_an_automation_set_off_by_a_tap_gets_no_link_of_that_login(
    home: Home,
) -> None:
    """The leaked connection belongs to somebody who may not even look."""
    hass = home.hass
    user = await home.user()
    allow(user, {"input_boolean.gate": {"read": True, "control": True}})
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"gate": None}}
    )
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "state", "entity_id": "input_boolean.gate"},
                "actions": [
                    {
                        "action": "doorwatch.get_clip_link",
                        "data": {"clip_id": home.clip.clip_id},
                        "response_variable": "link",
                    },
                    {"event": "got", "event_data": {"url": "{{ link.url }}"}},
                ],
            }
        },
    )
    links: list[str] = []
    hass.bus.async_listen("got", lambda event: links.append(event.data["url"]))
    client = await home.connect(await home.login(user))

    await command(
        client,
        type="call_service",
        domain="input_boolean",
        service="turn_on",
        target={"entity_id": "input_boolean.gate"},
    )
    await hass.async_block_till_done()

    [link] = links
    assert (await (await home.client()).get(link)).status == HTTPStatus.OK


@pytest.mark.lesson(12)
async def test_a_users_link_is_bound_to_that_login(home: Home) -> None:
    """Over the websocket and over REST; it ends with the permission."""
    user = await home.user(read=[home.front])
    token = await home.login(user)
    client = await home.connect(token)
    answer = await command(
        client,
        type="call_service",
        domain="doorwatch",
        service="get_clip_link",
        service_data={"clip_id": home.clip.clip_id},
        return_response=True,
    )
    links = [answer["result"]["response"]["url"]]
    rest = await (await home.client(token)).post(
        "/api/services/doorwatch/get_clip_link?return_response",
        json={"clip_id": home.clip.clip_id},
    )
    links.append((await rest.json())["service_response"]["url"])
    http = await home.client()
    for link in links:
        assert (await http.get(link)).status == HTTPStatus.OK

    user.groups = []

    for link in links:
        assert (await http.get(link)).status == HTTPStatus.NOT_FOUND


async def test_a_link_for_a_user_without_a_login_at_hand_works(home: Home) -> None:
    """A script that outlived the browser that started it."""
    links = await act(home, "get_clip_link", home.admin)

    assert (await (await home.client()).get(links["url"])).status == HTTPStatus.OK
