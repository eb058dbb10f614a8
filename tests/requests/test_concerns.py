"""Test what concerns this home, and the count of other requests."""

from datetime import timedelta
from unittest.mock import patch

from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.engine.sharing.requests.items import bulletin, request, square
from tests.requests.asking import around, publish
from tests.requests.test_board import shown
from tests.sharing_fixtures import Home
from tests.waiting import until


async def test_what_is_over_elsewhere_is_counted_no_more_at_the_same_moment(
    home: Home,
) -> None:
    """When the count changes must not reveal where a hidden doorbell is."""
    end = dt_util.utcnow() + timedelta(hours=1)
    await publish(home.hass, home.agency, request("far", square(1.0, 1.0), until=end))
    await until(lambda: home.data.requests.elsewhere == 1)
    with patch(
        "custom_components.doorwatch.requests.board.dt_util.utcnow", return_value=end
    ):
        async_fire_time_changed(home.hass, end)
        await until(lambda: home.data.requests.elsewhere == 0)


async def test_who_takes_no_clips_asks_for_none(home: Home) -> None:
    """Only the bulletins of a group are shown or counted."""
    with patch.object(type(home.agency.runtime_data), "takes_clips", False):
        await publish(
            home.hass,
            home.agency,
            request("street", around(home.hass)),
            request("far", square(1.0, 1.0)),
            bulletin("dog", around(home.hass)),
        )
        await until(lambda: shown(home) == ["dog"])
        assert home.data.requests.elsewhere == 0
