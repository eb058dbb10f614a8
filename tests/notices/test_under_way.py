"""Test changes while a message is being sent, and presses by others."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import time
from types import SimpleNamespace

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.doorwatch.const import CONF_NOTICES
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.notices import buttons
from custom_components.doorwatch.notices.notices import BUTTON_PRESSED, LABEL_WAIT
from custom_components.doorwatch.signals import SIGNAL_CLIP_SAVED
from tests import waiting
from tests.notices.inbox import Inbox, inbox
from tests.notices.test_notices import clip_of
from tests.sharing_fixtures import allow, command

__all__ = ["inbox"]


def ring() -> DoorbellEvent:
    """Return a ring at the current time."""
    return DoorbellEvent(
        kind=EventKind.RING, at=datetime.now(UTC), monotonic=time.monotonic() + 1
    )


def pixel(hass: HomeAssistant) -> ConfigEntry:
    """Return the entry of one phone."""
    return next(
        one
        for one in hass.config_entries.async_entries("mobile_app")
        if one.title == "pixel"
    )


@pytest.mark.parametrize(
    "change", ["snooze", "permission", "off", "never", "deactivated"]
)
@pytest.mark.parametrize("waits", [False, True])
async def test_the_clip_stays_away_from_who_wants_or_may_see_no_more(
    inbox: Inbox, hass: HomeAssistant, change: str, waits: bool
) -> None:
    """A dismissed message would return with a sound, also if it waits."""
    home = inbox.home
    guest = await home.user("Guest", read=[home.front, home.back])
    await inbox.register("guests", user_id=guest.id)
    inbox.wish(guest.id)
    event = await inbox.happen(EventKind.RING)
    (push,) = inbox.of("guests")
    if waits:  # behind another ring, which the push server answers late
        inbox.slow.add("guests")
        inbox.quick.clear()
        home.front.runtime_data.handle_event(event)
        async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(home, event.at))
    if change == "snooze":
        for each in push["data"]["actions"]:
            if "Snooze" in each["title"]:
                hass.bus.async_fire(
                    BUTTON_PRESSED,
                    {"action": each["action"]},
                    context=Context(user_id=guest.id),
                )
    elif change == "permission":
        allow(guest, {home.camera(home.back): {"read": True}})
    elif change == "off":
        inbox.wish(guest.id, on=False)
    elif change == "never":
        home.configure(**{CONF_NOTICES: {"never": True}})
    else:
        await hass.auth.async_update_user(guest, is_active=False)
    if waits:
        inbox.quick.set()
        await inbox.settle()
    else:
        await inbox.save(clip_of(home, event.at))

    told = inbox.of("guests")
    assert [one["data"].get("alert_once") for one in told] == [False] * (1 + waits)
    # People without changes still get it.
    if change != "never":
        assert inbox.of("pixel")[-1]["data"]["alert_once"] is True


@pytest.mark.parametrize("change", ["snooze", "permission", "removed"])
async def test_motion_that_waits_for_a_label_is_told_to_who_wants_it_by_then(
    inbox: Inbox, hass: HomeAssistant, change: str
) -> None:
    """In three seconds a person may leave, or lose permission or the account."""
    home = inbox.home
    guest = await home.user("Guest", read=[home.front, home.back])
    await inbox.register("guests", user_id=guest.id)
    inbox.wish(guest.id)
    await inbox.happen(EventKind.MOTION, "vehicle")  # this camera reports labels
    later = datetime.now(UTC) + timedelta(minutes=5)
    await inbox.happen(EventKind.MOTION, at=later)
    if change == "snooze":
        tomorrow = dt_util.utcnow() + timedelta(days=1)
        hass.data[DATA].people.snooze(guest.id, home.front.entry_id, tomorrow)
    elif change == "permission":
        allow(guest, {home.camera(home.back): {"read": True}})
    else:
        await hass.auth.async_remove_user(guest)

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=LABEL_WAIT + 1))
    await inbox.settle()

    assert not inbox.of("guests")
    assert [one["message"] for one in inbox.of("pixel")] == [
        "There's motion at the door."
    ]


async def test_people_with_different_wishes_are_told_differently(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The visit is the same, and each person gets their own level."""
    guest = await hass.auth.async_create_user("Guest", group_ids=[GROUP_ID_USER])
    await inbox.register("guests", user_id=guest.id)
    inbox.wish(levels={"all": {"ring": "urgent", "motion": "off"}})
    inbox.wish(guest.id, levels={"all": {"ring": "silent", "motion": "on"}})

    await inbox.happen(EventKind.MOTION)
    await inbox.happen(EventKind.RING)

    def levels(phone: str) -> list[str]:
        return [push["data"]["importance"] for push in inbox.of(phone)]

    assert levels("pixel") == ["high"]
    assert levels("guests") == ["default", "low"]


async def test_two_accounts_on_one_phone_get_rings_alone_and_are_both_told(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The registrations share one name; presses count for one account only."""
    home = inbox.home
    await inbox.happen(EventKind.RING)
    (push,) = inbox.of("pixel")
    guest = await home.user("Guest", read=[home.front, home.back])
    await inbox.register("guests", user_id=guest.id, name="pixel")
    inbox.wish(guest.id)
    inbox.pushes.clear()

    await inbox.happen(EventKind.RING)
    await inbox.press(
        push, "Snooze for 1 hour", user_id=guest.id, device_id="id-of-pixel"
    )

    assert {one["push_token"] for one in inbox.pushes if "data" in one} == {"iphone"}
    for user in (home.admin, guest):
        client = await home.connect_as(user)
        answer = (await command(client, type="doorwatch/notices"))["result"]
        assert answer["snoozed"] == {}
        assert {one["name"]: one["problem"] for one in answer["phones"]}["pixel"] == (
            "same_name"
        )


async def test_a_server_that_hangs_delays_nobody_else(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A refusal doesn't delay others either: each phone has its own queue."""
    inbox.slow.add("pixel")
    inbox.quick.clear()
    for _ in range(3):
        inbox.home.front.runtime_data.handle_event(ring())
    await waiting.until(lambda: len(inbox.of("iphone")) >= 3, seconds=5)
    assert not inbox.of("pixel")
    inbox.quick.set()
    await inbox.settle()
    assert len(inbox.of("pixel")) == 3


async def test_a_phone_that_is_reloaded_while_a_message_is_under_way(
    inbox: Inbox, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """The message and the next one arrive."""
    entry = pixel(hass)
    inbox.slow.add("pixel")
    inbox.quick.clear()
    caplog.clear()
    event = ring()
    inbox.home.front.runtime_data.handle_event(event)
    async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(inbox.home, event.at))
    assert await hass.config_entries.async_reload(entry.entry_id)
    inbox.quick.set()
    await inbox.settle()
    assert len(inbox.of("pixel")) == 2
    assert await hass.config_entries.async_unload(entry.entry_id)
    await inbox.happen(EventKind.RING)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 3
    assert "Traceback" not in caplog.text


async def test_the_clip_goes_to_no_other_phone_that_took_the_name(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """While it waited behind the ring, another person's phone replaced the phone."""
    entry = pixel(hass)
    inbox.slow.add("pixel")
    inbox.quick.clear()
    event = ring()
    inbox.home.front.runtime_data.handle_event(event)
    async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(inbox.home, event.at))
    await hass.config_entries.async_remove(entry.entry_id)
    guest = await hass.auth.async_create_user("Guest", group_ids=[GROUP_ID_USER])
    await inbox.register("guests", user_id=guest.id, name="pixel")

    inbox.quick.set()
    await inbox.settle()

    assert not inbox.of("guests")
    assert len(inbox.of("pixel")) == 1


@pytest.mark.parametrize("words", ["[]", "no JSON", '{"message": ""}'])
async def test_an_answer_that_makes_no_sense_is_a_failure(
    inbox: Inbox, caplog: pytest.LogCaptureFixture, words: str
) -> None:
    """Only one message has failed, and no details are reported."""
    inbox.words, inbox.status = words, HTTPStatus.BAD_GATEWAY
    caplog.clear()
    await inbox.happen(EventKind.RING)
    assert "Traceback" not in caplog.text
    client = await inbox.home.connect()
    phones = (await command(client, type="doorwatch/notices"))["result"]["phones"]
    test = await command(
        client, type="doorwatch/notices/test", phone_id=phones[0]["phone_id"]
    )
    assert all(phone["failed_at"] for phone in phones)
    assert test["error"]["code"] == "phone_failed"


@pytest.mark.parametrize("forged", ["guess", "foreign", "automation", "replay", "old"])
async def test_a_press_that_does_not_count_does_nothing_and_is_logged_once(
    inbox: Inbox,
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    forged: str,
) -> None:
    """Repeated presses neither snooze nor run a script."""
    home = inbox.home
    button = {"name": "Porch", "script": "script.porch"}
    home.configure(**{CONF_NOTICES: {"buttons": [button]}})
    hass.states.async_set("script.porch", "off")
    calls = async_mock_service(hass, "script", "turn_on")
    guest = await home.user("Guest", read=[home.front])
    await inbox.happen(EventKind.RING)
    (push,) = inbox.of("iphone")
    context: dict[str, str] = {}
    done = 0
    if forged == "guess":
        for number, each in enumerate(push["data"]["actions"]):
            each["action"] = f"DOORWATCH_{number:032x}"
    elif forged == "foreign":
        context = {"user_id": guest.id}
    elif forged == "automation":
        context = {"parent": "an-automation"}
    elif forged == "replay":
        await inbox.press(push, "Porch")
        done = 1
    else:
        late = time.monotonic() + 3601
        monkeypatch.setattr(buttons, "time", SimpleNamespace(monotonic=lambda: late))
    caplog.clear()

    titles = ("Porch",) if done else ("Porch", "Snooze for 1 hour")
    for title in titles * 3:
        await inbox.press(push, title, **context)

    assert len(calls) == done
    assert hass.data[DATA].people.snoozed(home.admin.id, dt_util.utcnow()) == {}
    assert hass.data[DATA].people.snoozed(guest.id, dt_util.utcnow()) == {}
    assert caplog.text.count("A notification button did nothing") == 1
