"""Publish requests and bulletins for the area of the home."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.agencies.base import HeldFeed
from custom_components.doorwatch.engine.sharing.requests.area import Polygon
from custom_components.doorwatch.engine.sharing.requests.feed import Bulletin, Request
from custom_components.doorwatch.signals import SIGNAL_FEED_CHANGED
from tests.engine.sharing.requests.items import feed, square


def around(hass: HomeAssistant) -> tuple[Polygon, ...]:
    """Return a square around the home."""
    return square(hass.config.longitude, hass.config.latitude)


async def publish(
    hass: HomeAssistant, agency: MockConfigEntry, *items: Request | Bulletin
) -> None:
    """Store the agency's items in the home, as after a fetch."""
    held = HeldFeed(feed=feed(*items), fetched_at=dt_util.utcnow())
    coordinator = agency.runtime_data
    coordinator.async_set_updated_data(replace(coordinator.data, feed=held))
    async_dispatcher_send(hass, SIGNAL_FEED_CHANGED, agency.entry_id)
    await hass.async_block_till_done()
