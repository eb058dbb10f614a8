"""The options contain the location of the doorbells."""

from homeassistant.data_entry_flow import InvalidData
import pytest

from custom_components.doorwatch.const import (
    CONF_HOLD,
    CONF_POSITION,
    CONF_RADIUS,
    CONF_REQUESTS,
    CONF_WEBHOOK_ID,
)
from custom_components.doorwatch.requests.positions import Place, positions, radius
from tests.flows.forms import LENGTHS
from tests.flows.household import change
from tests.sharing_fixtures import Home

ELSEWHERE = {"latitude": 52.37, "longitude": 4.89}


async def say(home: Home, **asked: object) -> None:
    """Fill in the page of the household's options."""
    await change(home.hass, home.household, **asked)
    await home.hass.async_block_till_done()


async def test_the_household_says_where_its_doorbells_are_and_what_is_near(
    home: Home,
) -> None:
    """The location stays when another page is saved."""
    await say(home, **{CONF_POSITION: ELSEWHERE, CONF_RADIUS: 120})
    for _ in range(2):
        assert set(positions(home.hass).values()) == {Place(**ELSEWHERE)}
        assert radius(home.hass) == 120
        await say(home, keep_days=30)

    await say(home, **{CONF_RADIUS: 50})
    assert CONF_REQUESTS not in home.household.options


async def test_a_point_that_is_put_back_follows_the_home_zone_again(home: Home) -> None:
    """A map can't clear a point, and users place it only roughly."""
    zone = home.hass.config
    near = {"latitude": zone.latitude + 0.0001, "longitude": zone.longitude}
    await say(home, **{CONF_POSITION: ELSEWHERE, CONF_RADIUS: 50})
    await say(home, **{CONF_POSITION: near, CONF_RADIUS: 50})
    assert CONF_REQUESTS not in home.household.options
    await zone.async_update(latitude=10.0, longitude=20.0)
    assert set(positions(home.hass).values()) == {Place(10.0, 20.0)}


async def test_a_doorbell_may_be_somewhere_else_than_the_household(home: Home) -> None:
    """A point placed on the household's location is removed from the doorbell."""
    home.hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_WEBHOOK_ID: "secret"}
    )
    await say(home, **{CONF_POSITION: ELSEWHERE, CONF_RADIUS: 50})
    flow = home.hass.config_entries.options
    zone = home.hass.config
    at_zone = {"latitude": zone.latitude, "longitude": zone.longitude}
    for point, expected in ((at_zone, at_zone), (ELSEWHERE, ELSEWHERE)):
        form = await flow.async_init(home.front.entry_id)
        await flow.async_configure(
            form["flow_id"], {"lengths": LENGTHS, CONF_REQUESTS: {CONF_POSITION: point}}
        )
        await home.hass.async_block_till_done()
        assert positions(home.hass)[home.front.entry_id] == Place(**expected)
    assert CONF_REQUESTS not in home.front.options


@pytest.mark.parametrize("metres", [-1, 501])
async def test_nearby_is_at_most_half_a_kilometre(home: Home, metres: int) -> None:
    """A larger radius would match nearly every request."""
    with pytest.raises(InvalidData):
        await say(home, **{CONF_RADIUS: metres})


async def test_holding_clips_is_off_until_the_household_says_so(home: Home) -> None:
    """Saving the page without it turns it off again."""
    await say(home, **{CONF_RADIUS: 50, CONF_HOLD: True})
    assert home.household.options[CONF_REQUESTS] == {CONF_HOLD: True}
    await say(home, **{CONF_RADIUS: 50, CONF_HOLD: False})
    assert CONF_REQUESTS not in home.household.options
