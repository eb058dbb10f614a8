"""Test which published requests and bulletins concern the home."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import CONF_HOLD, CONF_POSITION, CONF_REQUESTS
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import Mark
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Share, ShareState
from custom_components.doorwatch.engine.sharing.requests.feed import Lack, Request
from custom_components.doorwatch.engine.sharing.requests.match import Matcher
from custom_components.doorwatch.requests.board import PAUSE, RETRY, Board
from custom_components.doorwatch.requests.concerns import Concern
from custom_components.doorwatch.requests.holds import held
from custom_components.doorwatch.requests.noted import Noted
from custom_components.doorwatch.signals import (
    EVENT_REQUEST_MATCHED,
    SIGNAL_CLIP_CHANGED,
    SIGNAL_CLIP_SAVED,
    SIGNAL_SHARE_CHANGED,
    SIGNAL_SLOT,
)
from tests.consent.asking import REQUEST_ID, Asking, request as wanted
from tests.consent.preparing import try_prepare
from tests.engine.sharing.requests.items import (
    BEGINS,
    WINDOW,
    bulletin,
    request,
    square,
)
from tests.renewed import renew
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home, event_of, prepare, tap
from tests.waiting import idle, skip, until


def shown(home: Home) -> list[str]:
    """Return the ids of the items that concern the home."""
    return [
        one.item.request_id if isinstance(one.item, Request) else one.item.bulletin_id
        for one in home.data.requests.concerns
    ]


async def start_over(home: Home) -> None:
    """Forget the matches, as a restart does."""
    requests, data = home.data.requests, home.data
    requests.stop()
    noted = Noted(home.hass)
    await noted.async_load()
    fresh = Board(
        home.hass,
        library=data.library,
        outbox=data.outbox,
        noted=noted,
        shown_clips=data.shown_clips,
    )
    renew(requests, fresh)
    requests.start()


async def asked(home: Home, *items: Request) -> list[Concern]:
    """Publish requests and return those that concern the home."""
    await publish(home.hass, home.agency, *items)
    await until(lambda: len(shown(home)) == len(items))
    return list(home.data.requests.concerns)


async def test_without_agencies_that_ask_nothing_concerns_a_home(home: Home) -> None:
    """No items elsewhere are counted either."""
    assert home.data.requests.concerns == ()
    assert home.data.requests.elsewhere == 0


async def test_what_is_about_this_street_concerns_the_home(home: Home) -> None:
    """Matching clips are listed by doorbell; requests elsewhere are only counted."""
    far = square(1.0, 1.0)
    await publish(
        home.hass,
        home.agency,
        request("street", around(home.hass)),
        request("far", far),
        request("far and invalid", far, lacks=frozenset({Lack.OFFENCE})),
        request("nowhere", (), lacks=frozenset({Lack.AREA})),
        bulletin("dog", around(home.hass)),
        bulletin("far dog", far),
    )
    await until(lambda: shown(home) == ["street", "nowhere", "dog"])
    street, nowhere, dog = home.data.requests.concerns
    front, back = home.front.entry_id, home.back.entry_id
    assert street.doorbells == dog.doorbells == {front, back}
    assert street.clips == {front: 1, back: 1}
    assert street.is_open
    assert nowhere.doorbells == frozenset()
    assert not nowhere.is_open
    assert home.data.requests.elsewhere == 1


async def test_clips_are_looked_for_only_while_they_can_be_sent(home: Home) -> None:
    """Closed, expired and incomplete requests have no matching clips."""
    area = around(home.hass)
    past = dt_util.utcnow() - timedelta(hours=1)
    concerns = await asked(
        home,
        request("closed", area, closed=True),
        request("over", area, until=past),
        request("invalid", area, lacks=frozenset({Lack.CONTACT})),
        request("another hour", area, window=(BEGINS - timedelta(hours=3), BEGINS)),
    )
    assert [one.clips for one in concerns] == [{}] * 4
    assert [one.is_open for one in concerns] == [False, False, False, True]


async def test_a_clip_that_comes_or_goes_is_counted(home: Home) -> None:
    """The count is updated soon, without a request from a page."""
    await asked(home, request("street", around(home.hass)))
    front = home.front.entry_id

    def clips() -> int:
        return home.data.requests.concerns[0].clips.get(front, 0)

    await until(lambda: clips() == 1)
    await home.hass.services.async_call(
        "doorwatch", "delete_clip", {"clip_id": home.clip.clip_id}, blocking=True
    )
    await until(lambda: clips() == 0)
    await home.hass.services.async_call(
        "doorwatch", "restore_clip", {"clip_id": home.clip.clip_id}, blocking=True
    )
    await until(lambda: clips() == 1)


async def test_a_doorbell_that_is_said_to_be_elsewhere_is_not_concerned(
    home: Home,
) -> None:
    """The new position is used at once, and only for this doorbell."""
    [concern] = await asked(home, request("street", around(home.hass)))
    away = {CONF_POSITION: {"latitude": 1.0, "longitude": 1.0}}
    home.hass.config_entries.async_update_entry(
        home.back, options={**home.back.options, CONF_REQUESTS: away}
    )
    front = frozenset({home.front.entry_id})
    await until(lambda: home.data.requests.concerns[0].doorbells == front)
    assert home.data.requests.concerns[0].item == concern.item


async def test_a_request_is_over_when_its_time_has_passed(home: Home) -> None:
    """No page needs to be open."""
    end = dt_util.utcnow() + timedelta(hours=1)
    [concern] = await asked(home, request("r", around(home.hass), until=end))
    assert concern.is_open
    with patch(
        "custom_components.doorwatch.requests.board.dt_util.utcnow",
        return_value=end + timedelta(seconds=1),
    ):
        async_fire_time_changed(home.hass, end + timedelta(seconds=1))
        await until(lambda: home.data.requests.concerns[0].is_over)


async def test_what_an_agency_asked_goes_with_it(home: Home) -> None:
    """The agency is removed or disabled."""
    await asked(home, request("street", around(home.hass)))
    await home.hass.config_entries.async_remove(home.agency.entry_id)
    await until(lambda: shown(home) == [])


async def test_nothing_is_remembered_of_an_agency_that_is_gone(home: Home) -> None:
    """The agency may be removed while its requests are being matched."""
    await asked(home, request("street", around(home.hass)))
    noted = home.data.requests.noted
    assert noted.seen == 1
    library, real = home.data.library, home.data.library.marks

    async def marks(*about: Any) -> Any:
        await home.hass.config_entries.async_remove(home.agency.entry_id)
        return await real(*about)

    with patch.object(library, "marks", marks):
        async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, home.clip.clip_id)
        await until(lambda: home.data.requests.concerns == ())
    assert noted.seen == 0


async def test_what_did_not_change_is_not_looked_through_again(home: Home) -> None:
    """A saved clip is matched by day, without matching areas again."""
    await asked(home, request("street", around(home.hass)))
    with (
        patch.object(Matcher, "covering", side_effect=AssertionError),
        patch.object(
            type(home.data.library), "marks", wraps=home.data.library.marks
        ) as marks,
    ):
        home.data.requests.look()
        await home.hass.async_block_till_done(wait_background_tasks=True)
        assert not marks.called


async def test_a_request_is_found_by_its_id(home: Home) -> None:
    """A bulletin with the same id is not returned."""
    await publish(
        home.hass,
        home.agency,
        bulletin("r1", around(home.hass)),
        request("r1", around(home.hass)),
    )
    await until(lambda: len(shown(home)) == 2)
    found = home.data.requests.concern(home.agency.entry_id, "r1")
    assert found is not None
    assert isinstance(found.item, Request)
    assert home.data.requests.concern("another", "r1") is None


# --- Events


async def let_the_time_come(home: Home, matched: int) -> None:
    """Reach a scheduled time when the given number of requests is waiting."""
    found = home.data.requests
    await until(lambda: found.knows and len(found.noted.untold) == matched)
    async_dispatcher_send(home.hass, SIGNAL_SLOT)
    await home.hass.async_block_till_done()


async def test_clips_fit_a_request_once(home: Home) -> None:
    """A new version or a restart causes no other event, which contains ids only.

    The event is fired at the next scheduled time, also after a restart.
    """
    events = async_capture_events(home.hass, EVENT_REQUEST_MATCHED)
    area = around(home.hass)
    quiet = request("quiet", area, window=(BEGINS - timedelta(hours=3), BEGINS))
    await asked(home, request("r1", area), quiet, request("no", area, closed=True))
    assert len(home.data.requests.noted.untold) == 1
    assert not events
    await let_the_time_come(home, 1)
    assert len(events) == 1
    assert events[0].data == {
        "agency_id": home.agency.entry_id,
        "request_id": "r1",
        "doorbell_ids": sorted((home.front.entry_id, home.back.entry_id)),
        "clips": 2,
        "clip_ids": [home.back_clip.clip_id, home.clip.clip_id],
    }
    await asked(home, request("r1", area, version=2))
    await start_over(home)
    await publish(home.hass, home.agency, request("r1", area), request("r2", area))
    await until(lambda: home.data.requests.noted.untold)
    after_another_start = Noted(home.hass)
    await after_another_start.async_load()
    assert after_another_start.untold == [(home.agency.entry_id, "r2")]
    await let_the_time_come(home, 1)
    assert events[-1].data["request_id"] == "r2"


async def test_a_request_that_is_over_when_the_time_comes_is_not_told(
    home: Home,
) -> None:
    """It can't be answered any more."""
    events = async_capture_events(home.hass, EVENT_REQUEST_MATCHED)
    area = around(home.hass)
    await asked(home, request("r1", area))
    assert home.data.requests.noted.untold
    await publish(home.hass, home.agency, request("r1", area, closed=True, version=2))
    await until(lambda: not any(one.is_open for one in home.data.requests.concerns))
    await let_the_time_come(home, 1)
    await let_the_time_come(home, 0)
    assert not events


async def test_a_clip_that_comes_later_may_fit(home: Home) -> None:
    """The request had no matching clips before."""
    events = async_capture_events(home.hass, EVENT_REQUEST_MATCHED)
    window = (BEGINS - timedelta(hours=3), BEGINS - timedelta(hours=2))
    await asked(home, request("r1", around(home.hass), window=window))
    clip = await home.save(
        home.back,
        "0199c0de-0000-7000-8000-00000000abcd",
        started=window[0] + timedelta(minutes=5),
    )
    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, clip)
    await let_the_time_come(home, 1)
    assert events[0].data["doorbell_ids"] == [home.back.entry_id]
    assert events[0].data["clip_ids"] == [clip.clip_id]


async def test_nobody_watches_for_an_agency(home: Home) -> None:
    """Requests without an end date are not matched either, and show that reason."""
    home.configure(**{CONF_REQUESTS: {CONF_HOLD: True}})
    events = async_capture_events(home.hass, EVENT_REQUEST_MATCHED)
    soon = dt_util.utcnow() + timedelta(hours=1)
    tomorrow = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (soon, soon + timedelta(hours=12))]
    await Asking(home).publish(
        wanted() | {"id": "tomorrow", "time": {"interval": tomorrow}},
        wanted(until=None) | {"id": "endless"},
        wanted(until="2999-01-01T00:00:00Z") | {"id": "2999"},
        wanted(),
    )
    clip = await home.save(
        home.back,
        "0199c0de-0000-7000-8000-00000000abcd",
        started=soon + timedelta(minutes=5),
    )
    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, clip)
    await until(lambda: len(shown(home)) == 4)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    about = {
        one.item.request_id: (set(one.item.lacks), sum(one.clips.values()))
        for one in home.data.requests.concerns
        if isinstance(one.item, Request)
    }
    assert about == {
        "tomorrow": ({Lack.WINDOW_IN_FUTURE}, 0),
        "endless": ({Lack.UNTIL}, 0),
        "2999": ({Lack.UNTIL_TOO_LATE}, 0),
        REQUEST_ID: (set(), 2),
    }
    await let_the_time_come(home, 1)
    assert [event.data["request_id"] for event in events] == [REQUEST_ID]
    assert {
        (one.begin, one.end) for one in held(home.hass, home.data.requests) or ()
    } == {WINDOW}
    client = await home.connect()
    for request_id in ("tomorrow", "endless", "2999"):
        error = await try_prepare(client, home, request_id=request_id)
        assert error["code"] == "request_invalid"


async def test_shares_that_answer_a_request_are_known(home: Home) -> None:
    """People who may see the shares get them after the tap and after a restart."""
    await Asking(home).publish(wanted())
    home.data.requests.look()
    await until(lambda: shown(home) == [REQUEST_ID])
    client = await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/requests/subscribe"})
    assert (await event_of(client))["requests"][0]["answers"] == []
    tapping = await home.connect()
    ready = await prepare(tapping, home, request_id=REQUEST_ID)
    shared = (await tap(tapping, home, ready["confirmation"]))["result"]["response"]
    [answer] = (await event_of(client))["requests"][0]["answers"]
    assert answer == {
        "share_id": shared["share_id"],
        "clip_id": home.clip.clip_id,
        "state": "waiting",
    }
    assert await home.data.requests.async_answered() == 1
    await start_over(home)
    assert await home.data.requests.async_answered() == 1
    [known] = home.data.requests.answers(home.agency.entry_id, REQUEST_ID)
    assert known.share_id == shared["share_id"]


async def test_a_clip_that_goes_during_a_long_match_is_not_counted(
    home: Home,
) -> None:
    """A match that takes longer than the pause between two is followed by another."""
    await asked(home, request("street", around(home.hass)))
    front, board = home.front.entry_id, home.data.requests

    def clips() -> int:
        return board.concerns[0].clips.get(front, 0)

    await until(lambda: clips() == 1)
    marks = home.data.library.marks
    begun, over = asyncio.Event(), asyncio.Event()

    async def slow(*asked: Any) -> Sequence[Mark]:
        found = await marks(*asked)
        begun.set()
        await over.wait()
        return found

    async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, home.clip)
    with patch.object(home.data.library, "marks", slow):
        await begun.wait()
        await home.hass.services.async_call(
            "doorwatch", "delete_clip", {"clip_id": home.clip.clip_id}, blocking=True
        )
        skip(2 * PAUSE)
        await idle()
        over.set()
        await until(lambda: clips() == 0)


async def test_clips_are_counted_when_the_library_can_be_read_again(
    home: Home,
) -> None:
    """No other change is needed."""
    with patch.object(
        home.data.library, "marks", side_effect=LibraryError("library_unavailable")
    ):
        [concern] = await asked(home, request("street", around(home.hass)))
        assert concern.clips == {}
    async_fire_time_changed(home.hass, dt_util.utcnow() + 2 * RETRY)
    await until(lambda: home.data.requests.concerns[0].clips)


async def test_a_share_that_is_told_while_the_outbox_is_asked_is_not_lost(
    home: Home,
) -> None:
    """It is newer than the outbox's answer."""
    client = await home.connect()
    await Asking(home).publish(wanted())
    ready = await prepare(client, home, request_id=REQUEST_ID)
    assert (await tap(client, home, ready["confirmation"]))["success"]
    [old] = await home.data.outbox.list()
    newer = replace(old, state=ShareState.CANCELLED)

    async def slow(limit: int) -> list[Share]:
        async_dispatcher_send(home.hass, SIGNAL_SHARE_CHANGED, newer)
        return [old]

    await start_over(home)
    with patch.object(home.data.outbox, "list", slow):
        assert await home.data.requests.async_answered() == 0
    with patch.object(home.data.outbox, "list", side_effect=SharingError("disk_full")):
        await start_over(home)
        with pytest.raises(SharingError):
            await home.data.requests.async_answered()
    assert await home.data.requests.async_answered() == 1
