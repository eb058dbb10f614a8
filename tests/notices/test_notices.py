"""Test who gets which messages, in a real Home Assistant with registered phones."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, slugify
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.doorwatch.admin_notices import async_tell_everyone
from custom_components.doorwatch.const import CONF_NOTICES
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.household.slots import A_DAY, Slots
from custom_components.doorwatch.issues import DISK_SCARCE, async_agency_problem
from custom_components.doorwatch.notices import phones
from custom_components.doorwatch.notices.notices import LABEL_WAIT
from custom_components.doorwatch.notices.sender import KEPT_FOR_RINGS, RELAY_DAY
from custom_components.doorwatch.notices.waiting import WaitingNotices
from custom_components.doorwatch.people.wishes import ALL
from tests import waiting
from tests.engine.sharing.requests.items import request
from tests.notices.inbox import Inbox, inbox, no_pause
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home, allow, command, write_pending

__all__ = ["inbox"]


def clip_of(home: Home, at: datetime, **changes: Any) -> Any:
    """Return the clip of the front door, recorded at the given time."""
    return replace(
        home.clip,
        started_at=at - timedelta(seconds=2),
        ended_at=at + timedelta(seconds=8),
        **changes,
    )


async def test_a_ring_reaches_each_phone_in_its_own_form(inbox: Inbox) -> None:
    """It is sent at once, with the current picture, whose path requires a login."""
    home = inbox.home
    await inbox.happen(EventKind.RING)
    (apple,), (google,) = inbox.of("iphone"), inbox.of("pixel")
    picture = f"/api/camera_proxy/{home.camera(home.front)}"
    page = f"/doorwatch?doorbell={home.front.entry_id}&live=1"
    for push in (apple, google):
        assert (push["title"], push["message"]) == (
            "Front",
            "Someone rang the doorbell.",
        )
        assert push["data"]["group"] == "doorwatch"
        live, snooze = push["data"]["actions"]
        assert live == {"action": "URI", "title": "Live", "uri": page}
        assert snooze["title"] == "Snooze for 1 hour"
    assert apple["data"]["tag"] == google["data"]["tag"]
    assert apple["data"]["url"] == google["data"]["clickAction"] == page
    assert apple["data"]["attachment"] == {"url": picture, "content-type": "jpeg"}
    assert apple["data"]["push"] == {"interruption-level": "time-sensitive"}
    assert google["data"]["image"] == picture
    assert google["data"]["importance"] == "high"
    assert (google["data"]["ttl"], google["data"]["priority"]) == (0, "high")
    assert "authSig" not in str(inbox.pushes)
    assert "token" not in str([push["data"] for push in inbox.pushes])
    # No phone gets the id of another phone's button.
    assert (
        apple["data"]["actions"][1]["action"] != google["data"]["actions"][1]["action"]
    )


async def test_the_clip_takes_its_place_without_a_sound(inbox: Inbox) -> None:
    """It has the same tag, and a tap opens the clip."""
    event = await inbox.happen(EventKind.RING)
    clip = clip_of(inbox.home, event.at)
    await inbox.save(clip)
    first, then = inbox.of("iphone")
    page = f"/doorwatch/clip/{clip.clip_id}"
    assert then["data"]["tag"] == first["data"]["tag"]
    assert then["data"]["url"] == page
    assert (
        then["data"]["attachment"]["url"] == f"/api/doorwatch/thumbnail/{clip.clip_id}"
    )
    assert then["data"]["push"] == {"interruption-level": "passive", "sound": "none"}
    assert then["data"]["actions"][0] == {
        "action": "URI",
        "title": "Open clip",
        "uri": page,
    }
    assert inbox.of("pixel")[1]["data"]["alert_once"] is True


async def test_another_visits_clip_changes_nothing(inbox: Inbox) -> None:
    """A clip only replaces the message about its own event."""
    event = await inbox.happen(EventKind.RING)
    await inbox.save(clip_of(inbox.home, event.at - timedelta(minutes=3)))
    assert len(inbox.of("iphone")) == 1


async def test_a_visit_is_one_notice_and_a_ring_always_another(inbox: Inbox) -> None:
    """Continued motion is notified once, a second ring again."""
    await inbox.happen(EventKind.MOTION)
    await inbox.happen(EventKind.MOTION_ENDED)
    await inbox.happen(EventKind.MOTION)
    assert len(inbox.of("pixel")) == 1
    await inbox.happen(EventKind.RING)
    await inbox.happen(EventKind.RING)
    told = inbox.of("pixel")
    assert [push["message"] for push in told] == [
        "There's motion at the door.",
        "Someone rang the doorbell.",
        "Someone rang the doorbell.",
    ]
    assert len({push["data"]["tag"] for push in told}) == 1


async def test_levels_by_doorbell_and_kind(inbox: Inbox) -> None:
    """A person's level for one door overrides their level for all doors."""
    home = inbox.home
    inbox.wish(
        levels={
            "all": {"motion": "off", "ring": "on"},
            home.back.entry_id: {"motion": "silent"},
        }
    )
    await inbox.happen(EventKind.MOTION)
    assert not inbox.pushes
    await inbox.happen(EventKind.MOTION, door=home.back)
    (push,) = inbox.of("iphone")
    assert push["data"]["push"] == {"interruption-level": "passive", "sound": "none"}
    assert inbox.of("pixel")[0]["data"]["importance"] == "low"
    await inbox.happen(EventKind.RING)
    assert inbox.of("iphone")[1]["data"]["push"] == {"interruption-level": "active"}


async def test_a_label_is_waited_for_where_the_camera_gives_some(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """An animal must not wake a person who wants messages about people only."""
    inbox.wish(levels={"all": {"animal": "off", "motion": "on", "person": "on"}})
    await inbox.happen(EventKind.MOTION, "person")
    assert inbox.of("pixel")[-1]["message"] == "There's a person at the door."
    inbox.pushes.clear()
    later = datetime.now(UTC) + timedelta(hours=1)
    await inbox.happen(EventKind.MOTION, at=later)
    assert not inbox.pushes
    await inbox.happen(EventKind.SEEN, "animal", at=later + timedelta(seconds=1))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=LABEL_WAIT + 1))
    await inbox.settle()
    assert not inbox.pushes


async def test_motion_that_nothing_explains_is_told_after_the_wait(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The wait is three seconds, and only for cameras that report labels."""
    await inbox.happen(EventKind.MOTION, "vehicle")
    assert not inbox.pushes  # off by default
    inbox.wish(pause=0)
    later = datetime.now(UTC) + timedelta(hours=1)
    await inbox.happen(EventKind.MOTION, at=later)
    assert not inbox.pushes
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=LABEL_WAIT + 1))
    await inbox.settle()
    assert inbox.of("pixel")[0]["message"] == "There's motion at the door."


async def test_a_label_that_comes_with_the_clip_is_told_with_it(inbox: Inbox) -> None:
    """Some integrations label their recordings only."""
    inbox.wish(levels={"all": {"motion": "off", "person": "on"}})
    event = await inbox.happen(EventKind.MOTION)
    assert not inbox.pushes
    clip = clip_of(inbox.home, event.at, event="motion", labels={"person": "nest"})
    await inbox.save(clip)
    (push,) = inbox.of("pixel")
    assert push["message"] == "There's a person at the door."
    assert push["data"]["clickAction"] == f"/doorwatch/clip/{clip.clip_id}"


async def test_a_clip_that_makes_it_louder_is_told_once(inbox: Inbox) -> None:
    """The clip doesn't also replace the message silently."""
    inbox.wish(levels={"all": {"motion": "silent", "person": "on"}})
    event = await inbox.happen(EventKind.MOTION)
    clip = clip_of(inbox.home, event.at, event="motion", labels={"person": "nest"})
    await inbox.save(clip)
    silent, loud = inbox.of("pixel")
    assert (silent["data"]["importance"], loud["data"]["importance"]) == (
        "low",
        "default",
    )
    assert loud["data"]["alert_once"] is False


async def test_a_ring_in_the_second_part_of_a_long_visit_gets_its_own_clip(
    inbox: Inbox,
) -> None:
    """The first part may be saved before or after."""
    came = await inbox.happen(EventKind.MOTION)
    rang = await inbox.happen(EventKind.RING, at=came.at + timedelta(seconds=30))
    first = replace(
        inbox.home.clip,
        started_at=came.at - timedelta(seconds=2),
        ended_at=came.at + timedelta(seconds=20),
    )
    await inbox.save(first)
    assert len(inbox.of("pixel")) == 2
    await inbox.save(
        replace(
            first,
            started_at=first.ended_at,
            ended_at=rang.at + timedelta(seconds=9),
            part=2,
            clip_id="b" * 32,
        )
    )
    ring, then = inbox.of("pixel")[1:]
    assert then["data"]["tag"] == ring["data"]["tag"]
    assert then["data"]["clickAction"] == f"/doorwatch/clip/{'b' * 32}"


async def test_a_doorbell_that_is_renamed_keeps_its_notice(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The clip replaces the picture under the new name."""
    home = inbox.home
    event = await inbox.happen(EventKind.RING)
    hass.config_entries.async_update_entry(home.front, title="Garden gate")
    er.async_get(hass).async_update_entity(
        home.camera(home.front), new_entity_id="camera.garden_gate"
    )
    await inbox.save(clip_of(home, event.at))
    before, after = inbox.of("pixel")
    assert before["data"]["tag"] == after["data"]["tag"]


async def test_quiet_hours_hold_all_but_what_is_urgent(
    inbox: Inbox, freezer: FrozenDateTimeFactory
) -> None:
    """Quiet hours in local time may span midnight and belong to the first day."""
    # Friday, 23:30 in Berlin; then Saturday 06:59 and 07:01.
    inbox.wish(
        quiet=[{"days": [4], "begins": "22:00", "ends": "07:00"}],
        pause=0,
        levels={"all": {"ring": "on"}},
    )
    for moment, told in (
        ("2026-11-27T22:30:00+00:00", 0),
        ("2026-11-28T05:59:00+00:00", 0),
        ("2026-11-28T06:01:00+00:00", 1),
    ):
        freezer.move_to(moment)
        await inbox.happen(EventKind.RING)
        assert len(inbox.of("pixel")) == told, moment
    freezer.move_to("2026-12-04T22:30:00+00:00")
    inbox.wish(quiet=inbox.wishes["quiet"], levels={"all": {"ring": "urgent"}})
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 2


@pytest.mark.parametrize(
    ("begins", "ends", "moments"),
    [
        # A repeated hour is quiet twice; both times 02:45 are not quiet.
        (
            "02:00",
            "02:30",
            {
                "2026-10-25T00:15:00+00:00": 0,
                "2026-10-25T00:45:00+00:00": 1,
                "2026-10-25T01:15:00+00:00": 1,
                "2026-10-25T01:45:00+00:00": 2,
            },
        ),
        # A skipped hour has no quiet time: after 01:59 it is 03:00.
        (
            "01:30",
            "02:30",
            {
                "2027-03-28T00:15:00+00:00": 1,
                "2027-03-28T00:59:00+00:00": 1,
                "2027-03-28T01:00:00+00:00": 2,
            },
        ),
    ],
)
async def test_quiet_hours_in_the_nights_when_clocks_are_set(
    inbox: Inbox,
    freezer: FrozenDateTimeFactory,
    begins: str,
    ends: str,
    moments: dict[str, int],
) -> None:
    """Quiet hours follow the local time."""
    inbox.wish(
        quiet=[{"days": list(range(7)), "begins": begins, "ends": ends}],
        levels={"all": {"ring": "on"}},
    )
    for moment, told in moments.items():
        freezer.move_to(moment)
        await inbox.happen(EventKind.RING)
        assert len(inbox.of("pixel")) == told, moment


@pytest.mark.parametrize(
    ("presence", "me", "other", "told"),
    [
        ("always", "home", "home", 1),
        ("not_while_i", "home", "not_home", 0),
        ("not_while_i", "not_home", "home", 1),
        ("not_while_anybody", "not_home", "home", 0),
        ("not_while_anybody", "not_home", "not_home", 1),
    ],
)
async def test_who_is_at_home_is_not_told(
    inbox: Inbox, hass: HomeAssistant, presence: str, me: str, other: str, told: int
) -> None:
    """Each person has their own setting."""
    assert await async_setup_component(hass, "person", {})
    hass.states.async_set("person.me", me, {"user_id": inbox.home.admin.id})
    hass.states.async_set("person.other", other, {"user_id": "other"})
    inbox.wish(presence=presence)
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == told


async def test_at_most_so_often_and_rings_at_any_time(
    inbox: Inbox, freezer: FrozenDateTimeFactory
) -> None:
    """The pause belongs to one doorbell and starts with a message."""
    home = inbox.home
    inbox.wish(pause=10)
    freezer.move_to("2026-11-27T12:00:00+00:00")
    await inbox.happen(EventKind.MOTION)
    freezer.move_to("2026-11-27T12:05:00+00:00")
    await inbox.happen(EventKind.MOTION)
    assert len(inbox.of("pixel")) == 1
    await inbox.happen(EventKind.MOTION, door=home.back)
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 3
    freezer.move_to("2026-11-27T12:20:00+00:00")
    await inbox.happen(EventKind.MOTION)
    assert len(inbox.of("pixel")) == 4


async def test_rings_have_a_part_of_the_day_for_themselves(
    inbox: Inbox, freezer: FrozenDateTimeFactory
) -> None:
    """Motion must not use up the daily limit of the push servers."""
    inbox.wish(pause=0, silent_phones=[])
    home = inbox.home
    freezer.move_to("2026-11-27T12:00:00+00:00")
    await inbox.happen(EventKind.MOTION)
    waits = home.data.notices.waiting
    for phone in phones.phones_of(home.hass, home.admin.id):
        while waits.count(phone.phone_id, RELAY_DAY - KEPT_FOR_RINGS):
            pass
    inbox.pushes.clear()
    freezer.move_to("2026-11-27T13:00:00+00:00")
    await inbox.happen(EventKind.MOTION)
    assert not inbox.of("pixel")
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 1
    freezer.move_to("2026-11-28T13:00:00+00:00")
    await inbox.happen(EventKind.MOTION)
    assert len(inbox.of("pixel")) == 2


async def test_who_may_not_see_the_camera_is_told_nothing(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Their wishes from before don't matter."""
    home = inbox.home
    guest = await home.user("Guest", read=[home.front, home.back])
    await inbox.register("guests", user_id=guest.id)
    inbox.wish(guest.id)
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("guests")) == 1
    allow(guest, {home.camera(home.back): {"read": True}})
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("guests")) == 1
    assert len(inbox.of("pixel")) == 2


async def test_two_phones_with_one_name_get_rings_alone(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The app's action has the device's name, so the later of two takes both."""
    guest = await hass.auth.async_create_user("Guest", group_ids=[GROUP_ID_USER])
    other = await inbox.register("other", user_id=guest.id, name="PIXEL")
    inbox.wish(guest.id)
    inbox.pushes.clear()
    await inbox.happen(EventKind.MOTION)
    assert {push["push_token"] for push in inbox.pushes} == {"iphone"}
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == len(inbox.of("other")) == 1
    assert len(inbox.of("iphone")) == 2
    client = await inbox.home.connect()
    phones = (await command(client, type="doorwatch/notices"))["result"]["phones"]
    assert {one["name"]: one["problem"] for one in phones} == {
        "iphone": None,
        "pixel": "same_name",
    }
    await hass.config_entries.async_remove(other.entry_id)
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 2
    assert "actions" in inbox.of("pixel")[-1]["data"]


async def test_a_phone_of_ones_own_can_be_left_out(inbox: Inbox) -> None:
    """A wall tablet needs no messages."""
    client = await inbox.home.connect()
    phones = (await command(client, type="doorwatch/notices"))["result"]["phones"]
    pixel = next(one for one in phones if one["name"] == "pixel")
    inbox.wish(silent_phones=[pixel["phone_id"]])
    await inbox.happen(EventKind.RING)
    assert (len(inbox.of("iphone")), len(inbox.of("pixel"))) == (1, 0)


async def test_nothing_is_told_that_nobody_switched_on(inbox: Inbox) -> None:
    """Existing homes are unchanged; a household default may turn messages on or off."""
    home, hass = inbox.home, inbox.home.hass
    hass.data[DATA].people.wish(home.admin.id, {})
    await inbox.happen(EventKind.RING)
    assert not inbox.pushes
    client = await home.connect()
    for defaults, told in (({"on": True}, 2), ({"on": True, "never": True}, 0)):
        inbox.pushes.clear()
        answer = await command(
            client, type="doorwatch/notices/defaults", defaults=defaults
        )
        assert answer["result"]["defaults"] == defaults
        assert home.household.options[CONF_NOTICES] == defaults
        await inbox.settle()
        # Everyone is told who turned messages off for everyone.
        warned = [push["message"] for push in inbox.pushes]
        assert len(warned) == (2 if "never" in defaults else 0)
        assert all("turned off notifications for everyone" in each for each in warned)
        inbox.pushes.clear()
        await inbox.happen(EventKind.RING)
        assert len(inbox.pushes) == told
    token = await home.connect(await home.long_lived(home.admin))
    refused = await command(token, type="doorwatch/notices/defaults", defaults={})
    assert refused["error"]["code"] == "not_allowed"


@pytest.fixture
def news_at_once() -> Iterator[None]:
    """Let messages about news follow one another immediately."""
    with no_pause():
        yield


@pytest.mark.usefixtures("news_at_once")
async def test_all_of_the_house_looks_alike(inbox: Inbox) -> None:
    """The push servers must not learn the subject."""
    notices = inbox.home.data.notices
    inbox.wish()
    told = []
    for kind in ("trouble", "request", "proposal", "delivered"):
        notices.house.tell(kind, lambda _user: True, at_once=True)
        await inbox.settle()
        told.append([{**push, "push_token": ""} for push in inbox.of_house("pixel")])
        inbox.pushes.clear()
    assert told[0]
    assert all(each == told[0] for each in told)
    (push,) = told[0]
    assert push["message"] == "There's something new in Doorwatch."
    assert push["data"]["clickAction"] == "/doorwatch"
    assert "actions" not in push["data"]
    assert "image" not in push["data"]
    inbox.wish(house={"proposal": False})
    notices.house.tell("proposal", lambda _user: True, at_once=True)
    await inbox.settle()
    assert not inbox.pushes


@pytest.mark.usefixtures("news_at_once")
async def test_what_agencies_ask_and_do_is_told_at_the_homes_times(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The times were drawn before, so that the time of a message reveals nothing.

    Agencies know when this home fetched their requests.
    """
    inbox.wish()
    times = hass.data[DATA].slots
    stored = await Store[dict[str, list[str]]](hass, 1, "doorwatch.slots").async_load()
    assert stored is not None
    assert [len(each) for each in stored.values()] == [A_DAY, A_DAY]
    again = Slots(hass)
    await again.async_start()
    assert again.next == times.next
    notices = hass.data[DATA].notices

    for kind in ("request", "delivered", "proposal"):
        notices.house.tell(kind, lambda _user: True)
        assert notices.waiting.due == {inbox.home.admin.id: times.next}
    async_agency_problem(hass, inbox.home.agency, "silent", "desk.example", group=False)
    await inbox.settle()
    assert not inbox.pushes
    await write_pending(hass)
    restarted = WaitingNotices(hass)
    await restarted.async_load()
    assert restarted.due == notices.waiting.due

    await inbox.let_the_time_come()
    assert len(inbox.of_house("pixel")) == 1
    await inbox.let_the_time_come()
    assert len(inbox.of_house("pixel")) == 1
    # Problems of a doorbell are notified at once.
    DISK_SCARCE.show(hass, placeholders={"free": "1 GB", "total": "9 GB"})
    await inbox.settle()
    assert len(inbox.of_house("pixel")) == 2


async def test_a_warning_that_comes_again_and_again_is_told_once(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Otherwise it would use up the daily limit of the push servers, also for rings."""
    for _ in range(20):
        await async_tell_everyone(hass, "pin_set", {"name": "Robin"})
        await inbox.settle()
    (push,) = inbox.of("pixel")
    assert push["message"].startswith("Robin set a PIN")


async def test_a_clock_that_was_set_by_days_finds_a_time(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A time derived from the current time would reveal the time of the event."""
    found = hass.data[DATA].slots
    ahead = dt_util.utcnow() + timedelta(days=5)
    with (
        patch(
            "custom_components.doorwatch.household.slots.dt_util.utcnow",
            return_value=ahead,
        ),
        patch(
            "custom_components.doorwatch.household.slots.dt_util.now",
            return_value=dt_util.as_local(ahead),
        ),
    ):
        first, again = found.next, found.next
    assert first == again != ahead + timedelta(days=1)
    assert first > ahead


async def test_the_homes_times_end_with_the_last_entry_and_begin_with_the_next(
    inbox: Inbox, hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    times, key = hass.data[DATA].slots, "doorwatch.slots"
    await times.async_forget()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=3))
    await inbox.settle()
    assert key not in hass_storage
    assert await hass.config_entries.async_reload(inbox.home.front.entry_id)
    assert key in hass_storage
    drawn = hass_storage[key]
    await times.async_start()
    assert hass_storage[key] is drawn


async def test_what_waits_since_the_clock_was_ahead_is_told_at_the_next_time(
    inbox: Inbox, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The time that the clock was ahead does not extend the pause between messages."""
    inbox.wish()
    house, times = hass.data[DATA].notices.house, hass.data[DATA].slots
    now = dt_util.utcnow()
    freezer.move_to(now + timedelta(days=40))
    times.stop()
    await times.async_start()
    house.tell("trouble", lambda _user: True, at_once=True)
    await inbox.settle()
    assert len(inbox.of_house("pixel")) == 1
    house.tell("request", lambda _user: True)
    assert house.waiting.due[inbox.home.admin.id] > now + timedelta(days=39)

    freezer.move_to(now)
    inbox.send_due()
    assert house.waiting.due == {inbox.home.admin.id: times.next}
    assert times.next < now + timedelta(days=2)

    house.waiting.set(inbox.home.admin.id, now)
    inbox.send_due()
    await inbox.settle()
    assert len(inbox.of_house("pixel")) == 2


async def test_a_person_may_choose_the_hour(inbox: Inbox, hass: HomeAssistant) -> None:
    """The next such hour in local time is used."""
    now = dt_util.now()
    chosen = (now + timedelta(hours=2)).replace(second=0, microsecond=0)
    inbox.wish(house_at=chosen.strftime("%H:%M"))
    notices = hass.data[DATA].notices
    notices.house.tell("request", lambda _user: True)
    assert notices.waiting.due == {inbox.home.admin.id: chosen}


async def test_what_comes_while_it_is_quiet_is_told_afterwards(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The message is sent after quiet hours and after a snooze."""
    now = dt_util.now().replace(second=0, microsecond=0)
    ends = now + timedelta(hours=1)
    hours = {"begins": f"{now:%H:%M}", "ends": f"{ends:%H:%M}", "days": [*range(7)]}
    inbox.wish(quiet=[hours])
    notices, admin = hass.data[DATA].notices, inbox.home.admin.id
    DISK_SCARCE.show(hass, placeholders={"free": "1 GB", "total": "9 GB"})
    await inbox.settle()
    assert notices.waiting.due == {admin: ends}

    until = dt_util.utcnow() + timedelta(hours=3)
    hass.data[DATA].people.snooze(admin, ALL, until)
    await inbox.let_the_time_come()
    assert notices.waiting.due == {admin: until}
    assert not inbox.pushes

    hass.data[DATA].people.snooze(admin, ALL, dt_util.utcnow())
    inbox.wish()
    await inbox.let_the_time_come()
    assert len(inbox.of_house("pixel")) == 1


@pytest.mark.parametrize(
    ("state", "zones", "told"),
    [
        ("home", None, 0),
        ("home", ["zone.home"], 0),
        # In a smaller zone inside the home's zone, and in a remote zone of the same
        # name.
        ("Garden", ["zone.garden", "zone.home"], 0),
        ("home", ["zone.home_2"], 1),
        ("Home", ["zone.grandparents"], 1),
        ("not_home", [], 1),
    ],
)
async def test_at_home_is_in_the_zone_of_the_home(
    inbox: Inbox, hass: HomeAssistant, state: str, zones: list[str] | None, told: int
) -> None:
    """The name of the smallest zone doesn't matter."""
    inbox.wish(presence="not_while_i")
    where = {} if zones is None else {"in_zones": zones}
    hass.states.async_set("person.me", state, {"user_id": inbox.home.admin.id, **where})
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == told


async def test_what_the_makers_server_refuses_stops_nothing(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Status 429 is only in core's log; the next ring is sent."""
    inbox.status = HTTPStatus.TOO_MANY_REQUESTS
    await inbox.happen(EventKind.RING)
    inbox.status = HTTPStatus.CREATED
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 2


async def test_a_phone_that_is_gone_is_told_of(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The other phone gets its message."""
    hass.services.async_remove("notify", "mobile_app_pixel")
    await inbox.happen(EventKind.RING)
    assert (len(inbox.of("iphone")), len(inbox.of("pixel"))) == (1, 0)
    client = await inbox.home.connect()
    phones = (await command(client, type="doorwatch/notices"))["result"]["phones"]
    assert {one["name"]: one["problem"] for one in phones}["pixel"] == "no_push"


async def test_fifty_events_in_a_minute(inbox: Inbox) -> None:
    """Motion makes one message, and each ring makes one."""
    for _ in range(40):
        await inbox.happen(EventKind.MOTION)
        await inbox.happen(EventKind.MOTION_ENDED)
    for _ in range(10):
        await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 11


async def test_a_ring_in_a_large_household_asks_little_of_each_phone(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The name of its action is computed once for each phone, not for each person."""
    for number in range(9):
        user = await hass.auth.async_create_user(
            f"User {number}", group_ids=[GROUP_ID_USER]
        )
        await inbox.register(f"large household {number}", user_id=user.id)
        inbox.wish(user.id)
    with patch.object(phones, "slugify", wraps=slugify) as asked:
        await inbox.happen(EventKind.RING)
        await inbox.happen(EventKind.RING)
    assert len(inbox.pushes) == 2 * (9 + 2)
    assert asked.call_count <= 9 + 2


async def test_an_unloaded_doorbell_tells_nothing_more(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A message that waits for a label is dropped."""
    home = inbox.home
    inbox.wish(pause=0)
    await inbox.happen(EventKind.MOTION, "vehicle")
    await inbox.happen(EventKind.MOTION, at=datetime.now(UTC) + timedelta(hours=1))
    assert await hass.config_entries.async_unload(home.front.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=LABEL_WAIT + 1))
    await inbox.settle()
    assert not inbox.pushes


async def test_a_clip_that_comes_too_late_tells_nobody(
    inbox: Inbox, freezer: FrozenDateTimeFactory
) -> None:
    """The integration was unavailable for hours; nobody is woken by an old ring."""
    inbox.wish(
        quiet=[{"days": list(range(7)), "begins": "00:00", "ends": "07:00"}],
        levels={"all": {"ring": "on"}},
    )
    freezer.move_to("2026-11-27T03:00:00+00:00")
    event = await inbox.happen(EventKind.RING)
    freezer.move_to("2026-11-27T08:00:00+00:00")
    await inbox.save(clip_of(inbox.home, event.at))
    assert not inbox.of("pixel")


async def test_the_clip_of_a_doorbell_that_was_unloaded_changes_no_notice(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Unloading sends nothing, not even about the last recording."""
    event = await inbox.happen(EventKind.RING)
    assert await hass.config_entries.async_unload(inbox.home.front.entry_id)
    await inbox.save(clip_of(inbox.home, event.at))
    assert len(inbox.of("pixel")) == 1


async def test_a_ring_is_told_while_nothing_is_recorded(inbox: Inbox) -> None:
    """It has the current picture, which no clip replaces."""
    await inbox.home.front.runtime_data.switches.async_set("recording", False)
    await inbox.happen(EventKind.RING)
    (push,) = inbox.of("pixel")
    assert push["data"]["image"].startswith("/api/camera_proxy/")


async def test_a_deleted_person_leaves_nothing(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Wishes, snoozes and buttons are deleted with the account."""
    guest = await hass.auth.async_create_user("Guest", group_ids=[GROUP_ID_USER])
    await inbox.register("guests", user_id=guest.id)
    inbox.wish(guest.id)
    hass.data[DATA].people.snooze(
        guest.id, "all", dt_util.utcnow() + timedelta(hours=1)
    )
    await hass.auth.async_remove_user(guest)
    await inbox.settle()
    assert hass.data[DATA].people.wishes(guest.id) == {}
    assert hass.data[DATA].people.snoozed(guest.id, dt_util.utcnow()) == {}
    await inbox.happen(EventKind.RING)
    assert not inbox.of("guests")


async def test_a_request_that_fits_is_told_once_to_who_may_see_the_clips(
    inbox: Inbox,
) -> None:
    """The text is general; people who hid the agency's requests get no message."""
    home = inbox.home
    inbox.wish()
    await publish(home.hass, home.agency, request("r1", around(home.hass)))
    await waiting.until(lambda: home.data.notices.waiting.due)
    await inbox.settle()
    assert not inbox.of_house("pixel")
    await inbox.let_the_time_come()
    (push,) = inbox.of_house("pixel")
    assert push["message"] == "There's something new in Doorwatch."
    await publish(home.hass, home.agency, request("r1", around(home.hass), version=2))
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await inbox.let_the_time_come()
    assert len(inbox.of_house("pixel")) == 1
    for user in home.data.users.all:
        home.data.people.hide_agency(user.id, home.agency.entry_id, True)
    await publish(home.hass, home.agency, request("r2", around(home.hass)))
    await waiting.until(
        lambda: (home.agency.entry_id, "r2") in home.data.requests.noted.untold
    )
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await inbox.let_the_time_come()
    assert len(inbox.of_house("pixel")) == 1
