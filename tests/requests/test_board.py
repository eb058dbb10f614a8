"""What concerns a home of all that agencies ask."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import async_timeout
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.doorwatch.const import CONF_POSITION, CONF_REQUESTS
from custom_components.doorwatch.engine.sharing.requests.feed import Lack, Request
from custom_components.doorwatch.engine.sharing.requests.match import Matcher
from custom_components.doorwatch.requests.board import Concern, board
from tests.engine.sharing.requests.items import BEGINS, bulletin, request, square
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the board is so."""
    async with async_timeout.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def shown(home: Home) -> list[str]:
    """Return the ids of what concerns the home."""
    return [
        one.item.request_id if isinstance(one.item, Request) else one.item.bulletin_id
        for one in board(home.hass).concerns
    ]


async def asked(home: Home, *items: Request) -> list[Concern]:
    """Publish these and return what concerns the home."""
    await publish(home.hass, home.agency, *items)
    await until(lambda: len(shown(home)) == len(items))
    return list(board(home.hass).concerns)


async def test_without_agencies_that_ask_nothing_concerns_a_home(home: Home) -> None:
    """Nor is there anything about other places."""
    assert board(home.hass).concerns == ()
    assert board(home.hass).elsewhere == 0


async def test_what_is_about_this_street_concerns_the_home(home: Home) -> None:
    """With the clips that fit, by doorbell; what is about others is counted."""
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
    street, nowhere, dog = board(home.hass).concerns
    front, back = home.front.entry_id, home.back.entry_id
    assert street.doorbells == dog.doorbells == {front, back}
    assert street.clips == {front: 1, back: 1}
    assert street.is_open
    assert nowhere.doorbells == frozenset()
    assert not nowhere.is_open
    assert board(home.hass).elsewhere == 1


async def test_clips_are_looked_for_only_while_they_can_be_sent(home: Home) -> None:
    """Not for what is closed, over, or lacks something."""
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
    """Soon after, without a page that asks."""
    await asked(home, request("street", around(home.hass)))
    front = home.front.entry_id

    def clips() -> int:
        return board(home.hass).concerns[0].clips.get(front, 0)

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
    """As soon as it is said, and the household's zone counts for the other."""
    [concern] = await asked(home, request("street", around(home.hass)))
    away = {CONF_POSITION: {"latitude": 1.0, "longitude": 1.0}}
    home.hass.config_entries.async_update_entry(
        home.back, options={**home.back.options, CONF_REQUESTS: away}
    )
    front = frozenset({home.front.entry_id})
    await until(lambda: board(home.hass).concerns[0].doorbells == front)
    assert board(home.hass).concerns[0].item is concern.item


async def test_a_request_is_over_when_its_time_has_passed(home: Home) -> None:
    """Without anybody who looks."""
    end = dt_util.utcnow() + timedelta(hours=1)
    [concern] = await asked(home, request("r", around(home.hass), until=end))
    assert concern.is_open
    with patch(
        "custom_components.doorwatch.requests.board.dt_util.utcnow",
        return_value=end + timedelta(seconds=1),
    ):
        async_fire_time_changed(home.hass, end + timedelta(seconds=1))
        await until(lambda: board(home.hass).concerns[0].is_over)


async def test_who_takes_no_clips_asks_for_none(home: Home) -> None:
    """A group tells things; what it asks is not shown at all."""
    with patch.object(type(home.agency.runtime_data), "takes_clips", False):
        await publish(
            home.hass,
            home.agency,
            request("street", around(home.hass)),
            request("far", square(1.0, 1.0)),
            bulletin("dog", around(home.hass)),
        )
        await until(lambda: shown(home) == ["dog"])
        assert board(home.hass).elsewhere == 0


async def test_what_an_agency_asked_goes_with_it(home: Home) -> None:
    """Removed, or only switched off."""
    await asked(home, request("street", around(home.hass)))
    await home.hass.config_entries.async_remove(home.agency.entry_id)
    await until(lambda: shown(home) == [])


async def test_what_did_not_change_is_not_looked_through_again(home: Home) -> None:
    """A clip that is saved costs a look at its day, and none at any area."""
    await asked(home, request("street", around(home.hass)))
    with (
        patch.object(Matcher, "_match", side_effect=AssertionError),
        patch.object(
            type(home.data.library), "marks", wraps=home.data.library.marks
        ) as marks,
    ):
        board(home.hass).look()
        await home.hass.async_block_till_done(wait_background_tasks=True)
        assert not marks.called


async def test_a_request_is_found_by_its_id(home: Home) -> None:
    """A bulletin of the same id is none."""
    await publish(
        home.hass,
        home.agency,
        bulletin("r1", around(home.hass)),
        request("r1", around(home.hass)),
    )
    await until(lambda: len(shown(home)) == 2)
    found = board(home.hass).concern(home.agency.entry_id, "r1")
    assert found is not None
    assert isinstance(found.item, Request)
    assert board(home.hass).concern("another", "r1") is None
