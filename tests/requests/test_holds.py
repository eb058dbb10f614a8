"""Test that clips matching an open request are held if the household wants this."""

from datetime import timedelta
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.const import (
    CONF_HOLD,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_REQUESTS,
)
from custom_components.doorwatch.domain.closed import retention
from custom_components.doorwatch.engine.clips.index.retention_scan import HELD_FOR
from custom_components.doorwatch.engine.clips.model import RetentionHold
from custom_components.doorwatch.household.tidying import Tidying
from tests.engine.sharing.requests.items import WINDOW, request
from tests.requests.asking import around, publish
from tests.requests.test_board import asked, start_over
from tests.sharing_fixtures import Home
from tests.waiting import until


@pytest.fixture
def holding(home: Home) -> Home:
    """Enable holds, with retention for some years."""
    home.configure(
        **{CONF_REQUESTS: {CONF_HOLD: True}, CONF_KEEP_DAYS: 3000, CONF_KEEP_GB: 0}
    )
    return home


async def kept(home: Home) -> int:
    """Apply the retention rules years later and return the number of kept clips."""
    later = home.clip.started_at + timedelta(days=3000 + 15)
    while await home.data.library.enforce(retention(home.hass), later):
        pass
    return len(await home.data.library.list([home.front.entry_id, home.back.entry_id]))


def too_short(home: Home) -> int:
    """Return a number of days to keep slightly less than the age of the clips."""
    return (dt_util.utcnow() - home.clip.started_at).days - 10


async def test_clips_that_fit_stay_until_the_request_ends(holding: Home) -> None:
    """Clips of each doorbell in the request's area are held."""
    home, area = holding, around(holding.hass)
    await asked(home, request("r1", area))
    assert retention(home.hass).held == tuple(
        RetentionHold(one, *WINDOW)
        for one in sorted((home.front.entry_id, home.back.entry_id))
    )
    assert await kept(home) == 2
    await publish(home.hass, home.agency, request("r1", area, closed=True))
    await until(lambda: retention(home.hass).held == ())
    assert await kept(home) == 0


async def test_a_request_that_never_ends_holds_for_thirty_days(holding: Home) -> None:
    """The period starts when the request first concerned this home."""
    await asked(holding, request("r1", around(holding.hass)))
    for after, holds in ((HELD_FOR - timedelta(hours=1), True), (HELD_FOR, False)):
        moment = dt_util.utcnow() + after
        with patch(
            "custom_components.doorwatch.requests.holds.dt_util.utcnow",
            return_value=moment,
        ):
            assert bool(retention(holding.hass).held) is holds


async def test_nothing_is_held_unless_the_household_wishes_it(home: Home) -> None:
    """Holds are off by default."""
    await asked(home, request("r1", around(home.hass)))
    assert retention(home.hass).held == ()


async def test_what_a_person_deletes_goes_although_it_is_held(holding: Home) -> None:
    """The clip moves to the bin, which is emptied after a day as usual."""
    home = holding
    await asked(home, request("r1", around(home.hass)))
    await home.hass.services.async_call(
        "doorwatch", "delete_clip", {"clip_id": home.clip.clip_id}, blocking=True
    )
    assert await home.data.library.get(home.clip.clip_id) is None
    assert await kept(home) == 1
    assert await home.data.library.get_deleted(home.clip.clip_id) is None


async def test_what_is_held_goes_by_itself_once_it_is_not(holding: Home) -> None:
    """It expires when the rules are next applied."""
    home = holding
    await asked(home, request("r1", around(home.hass)))
    home.configure(**{CONF_KEEP_DAYS: too_short(home)})
    await home.data.maintenance.tidying.async_tidy()
    front = [home.front.entry_id]
    assert len(await home.data.library.list(front)) == 1
    home.configure(**{CONF_REQUESTS: {}})
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert home.data.requests.concerns
    assert await home.data.library.list(front) == []


async def test_nothing_that_may_be_held_goes_while_an_agency_is_loaded_anew(
    holding: Home,
) -> None:
    """A page that sees no requests changes nothing; a disabled agency holds nothing."""
    home, entries = holding, holding.hass.config_entries
    front = [home.front.entry_id]
    await asked(home, request("r1", around(home.hass)))
    await home.data.maintenance.tidying.async_tidy()
    await entries.async_unload(home.agency.entry_id)
    await until(lambda: home.data.requests.concerns == ())
    home.configure(**{CONF_KEEP_DAYS: too_short(home), CONF_KEEP_GB: 1})
    await home.data.maintenance.tidying.async_tidy()
    assert len(await home.data.library.list(front)) == 1
    await entries.async_set_disabled_by(home.agency.entry_id, ConfigEntryDisabler.USER)
    await home.data.maintenance.tidying.async_tidy()
    assert await home.data.library.list(front) == []


async def test_a_start_lets_go_of_nothing_before_it_knows_what_is_held(
    holding: Home,
) -> None:
    """The household is set up before the agencies are loaded and matched."""
    home, front = holding, [holding.front.entry_id]
    await asked(home, request("r1", around(home.hass)))
    home.configure(**{CONF_KEEP_DAYS: too_short(home)})
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await start_over(home)
    tidying = Tidying(
        home.hass,
        home.data.library,
        home.data.ledger,
        lambda: retention(home.hass),
        home.data.maintenance.tidying.clock,
    )
    await tidying.async_tidy()
    assert len(await home.data.library.list(front)) == 1
    home.data.requests.look()
    await until(lambda: bool(retention(home.hass).held))
    await tidying.async_tidy()
    assert len(await home.data.library.list(front)) == 1
    await publish(home.hass, home.agency)
    await until(lambda: retention(home.hass).held == ())
    await tidying.async_tidy()
    assert await home.data.library.list(front) == []
