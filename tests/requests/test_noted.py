"""Test the stored state of requests after a restart and a removal."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.doorwatch.requests.noted import MOST, Noted

ONE, TWO = ("desk", "r1"), ("desk", "r2")


async def after_a_start(hass: HomeAssistant) -> Noted:
    """Load the stored data."""
    noted = Noted(hass)
    await noted.async_load()
    return noted


async def test_clips_fit_a_request_for_the_first_time_once(hass: HomeAssistant) -> None:
    """Later changes and a restart cause no other first match."""
    noted = await after_a_start(hass)
    before = dt_util.utcnow()
    assert await noted.async_note([ONE, TWO], []) == []
    assert await noted.async_note([ONE, TWO], [TWO]) == [TWO]
    assert await noted.async_note([ONE, TWO], [TWO]) == []
    noted = await after_a_start(hass)
    assert await noted.async_note([ONE], [ONE]) == [ONE]
    assert await noted.async_note([TWO], [TWO]) == []
    assert noted.seen == 2
    since = noted.since(*ONE)
    assert since is not None
    assert before <= since <= dt_util.utcnow()
    assert noted.since("desk", "r3") is None


async def test_a_clock_that_was_ahead_lets_nothing_be_held_for_longer(
    hass: HomeAssistant,
) -> None:
    """The start of a request in the future is reduced to now."""
    noted = await after_a_start(hass)
    ahead = dt_util.utcnow() + timedelta(days=400)
    with patch(
        "custom_components.doorwatch.requests.noted.dt_util.utcnow", return_value=ahead
    ):
        await noted.async_note([ONE], [ONE])
    assert await noted.async_note([ONE], [ONE]) == []
    since = noted.since(*ONE)
    assert since is not None
    assert since <= dt_util.utcnow()


async def test_what_a_newer_version_wrote_stays_and_stops_nothing(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Doorwatch starts without the data."""
    newer = {"version": 99, "minor_version": 1, "key": "doorwatch.requests", "data": []}
    hass_storage["doorwatch.requests"] = newer
    noted = await after_a_start(hass)
    assert noted.seen == 0
    await noted.async_note([ONE], [])
    assert hass_storage["doorwatch.requests"] is newer


async def test_of_too_many_the_oldest_are_forgotten(hass: HomeAssistant) -> None:
    """The data is limited, so that an agency can't fill the disk."""
    noted = await after_a_start(hass)
    for number in range(MOST // 500 + 1):
        asked = [("desk", f"r{number}-{each}") for each in range(500)]
        await noted.async_note(asked, [])
    await noted.async_note([], [])
    assert noted.seen == MOST
    assert noted.since("desk", "r0-1") is None
    assert noted.since("desk", "r1-1") is not None


async def test_an_agency_that_asks_much_has_nothing_told_once_more(
    hass: HomeAssistant,
) -> None:
    """Requests of other agencies and current requests are kept."""
    noted = await after_a_start(hass)
    await noted.async_note([ONE], [ONE])
    many = [(f"loud-{each}", f"r{each}") for each in range(MOST)]
    many += [("loud", f"r{each}") for each in range(2 * MOST)]
    assert set(await noted.async_note(many, many)) == set(many)
    assert await noted.async_note([ONE, *many], [ONE, *many]) == []


async def test_what_cannot_be_read_is_left_out(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Somebody may have edited the file."""
    sound = {"since": dt_util.utcnow().isoformat(), "matched": True}
    hass_storage["doorwatch.requests"] = {
        "version": 1,
        "minor_version": 1,
        "key": "doorwatch.requests",
        "data": {
            "desk r1": sound,
            "desk r2": {"since": "yesterday", "matched": True},
            "desk r3": {"since": "2026-11-03T12:00:00", "matched": True},
            "desk r4": "x",
            "desk r5": {"matched": False},
        },
    }
    noted = await after_a_start(hass)
    assert noted.seen == 1
    assert await noted.async_note([ONE], [ONE]) == []


async def test_all_of_it_goes_with_doorwatch(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """The file is deleted."""
    noted = await after_a_start(hass)
    await noted.async_note([ONE], [ONE])
    assert "doorwatch.requests" in hass_storage
    await noted.async_forget()
    assert "doorwatch.requests" not in hass_storage
    assert noted.seen == 0


async def test_what_one_agency_asked_goes_with_it(hass: HomeAssistant) -> None:
    """Data of other agencies is kept."""
    noted = await after_a_start(hass)
    await noted.async_note([ONE, ("desk2", "r1")], [])
    await noted.async_forget_agency("desk")
    noted = await after_a_start(hass)
    assert noted.since(*ONE) is None
    assert noted.since("desk2", "r1") is not None
