"""Test the positions of doorbells, and where they are stored."""

from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_POSITION,
    CONF_RADIUS,
    CONF_REQUESTS,
    DOMAIN,
)
from custom_components.doorwatch.household.household import household
from custom_components.doorwatch.requests.positions import Place, positions, radius
from tests.sharing_fixtures import Home

ELSEWHERE = {"latitude": 52.3712345, "longitude": 4.8954321}
GARDEN = {"latitude": 52.3765432, "longitude": 4.8912345}


def move(home: Home, entry: MockConfigEntry, **asked: object) -> None:
    """Set the position of a doorbell or the household."""
    home.hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_REQUESTS: asked}
    )


async def test_a_doorbell_is_at_the_home_zone_until_somebody_says_otherwise(
    home: Home,
) -> None:
    """A doorbell's own position overrides the household's."""
    front, back = home.front.entry_id, home.back.entry_id
    zone = Place(home.hass.config.latitude, home.hass.config.longitude)
    assert positions(home.hass) == {front: zone, back: zone}
    await home.hass.config.async_update(latitude=52.0, longitude=5.0)
    assert positions(home.hass) == {front: Place(52.0, 5.0), back: Place(52.0, 5.0)}

    move(home, home.household, **{CONF_POSITION: ELSEWHERE})
    move(home, home.back, **{CONF_POSITION: GARDEN})
    assert positions(home.hass) == {front: Place(**ELSEWHERE), back: Place(**GARDEN)}


async def test_how_near_counts_is_the_households_word(home: Home) -> None:
    """The default is 50 metres."""
    assert radius(home.hass) == 50
    move(home, home.household, **{CONF_RADIUS: 0})
    assert radius(home.hass) == 0


async def test_no_state_ledger_or_log_tells_where_a_doorbell_is(home: Home) -> None:
    """Log messages about the household don't contain it either."""
    move(home, home.household, **{CONF_POSITION: ELSEWHERE})
    move(home, home.back, **{CONF_POSITION: GARDEN})
    await home.hass.async_block_till_done()
    told = [
        str([state.as_dict() for state in home.hass.states.async_all()]),
        str([line.data for line in await home.data.ledger.lines(limit=1000)]),
        repr(household(home.hass)),
    ]
    numbers = [str(one) for place in (ELSEWHERE, GARDEN) for one in place.values()]
    assert not [one for one in numbers if any(one in text for text in told)]
    assert not [
        state.entity_id
        for state in home.hass.states.async_all()
        if "latitude" in state.attributes
        and (entity := er.async_get(home.hass).async_get(state.entity_id))
        and entity.platform == DOMAIN
    ]
