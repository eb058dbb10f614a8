"""Scan for ONVIF devices periodically, and soon when a doorbell is away."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
import logging
import random
from typing import Final

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.discovery_flow import async_create_flow
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import CONF_HOST, CONF_SOURCE, DOMAIN, SOURCE_ONVIF
from ..engine.doorbells.onvif.search import DiscoveredDevice, search_network
from ..signals import SIGNAL_DOORBELL_AWAY
from .companions import entities_of

_LOGGER = logging.getLogger(__name__)

# The waits vary randomly, so that homes don't scan at the same time.
FIRST_SCAN: Final = timedelta(minutes=3)
SCAN_EVERY: Final = timedelta(hours=1)
# Minimum wait since the last scan when a doorbell is away.
SCAN_AGAIN: Final = timedelta(minutes=2)


class Scanner:
    """Scan the network, and start a flow for each device that answers."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Schedule the first scan."""
        self._hass = hass
        self._scanning = False
        self._last: datetime | None = None
        self._due: datetime | None = None
        self._cancel: CALLBACK_TYPE | None = None
        self._wait(FIRST_SCAN)

    @callback
    def scan_soon(self) -> None:
        """Scan early, because a doorbell that is away may have a new address."""
        if not self._scanning:
            self._wait(SCAN_AGAIN if self._last else timedelta(seconds=1))

    @callback
    def _wait(self, wait: timedelta) -> None:
        now = dt_util.utcnow()
        due = now + wait * random.uniform(0.75, 1.25)
        if self._due is not None and self._due <= due:
            return
        if self._cancel is not None:
            self._cancel()
        self._due = due
        self._cancel = async_call_later(
            self._hass,
            (due - now).total_seconds(),
            HassJob(self._async_scan, cancel_on_shutdown=True),
        )

    async def _async_scan(self, now: datetime) -> None:
        """Scan once, and start a flow for each device found."""
        self._due = self._cancel = None
        self._last = now
        self._scanning = True
        try:
            for found in await async_search(self._hass):
                async_create_flow(
                    self._hass,
                    DOMAIN,
                    context={"source": SOURCE_INTEGRATION_DISCOVERY},
                    data=asdict(found),
                )
        finally:
            self._scanning = False
            self._wait(SCAN_EVERY)


@callback
def async_setup_discovery(hass: HomeAssistant) -> None:
    """Start the periodic scans."""
    async_dispatcher_connect(hass, SIGNAL_DOORBELL_AWAY, Scanner(hass).scan_soon)


async def async_search(hass: HomeAssistant) -> list[DiscoveredDevice]:
    """Search the network in a thread; return nothing if it can't be searched."""
    try:
        return await hass.async_add_executor_job(search_network)
    except OSError as err:
        _LOGGER.debug("The network cannot be searched: %s", err.strerror)
        return []


@callback
def onvif_entries(hass: HomeAssistant) -> Iterator[ConfigEntry]:
    """Yield the doorbells that were added through ONVIF."""
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if entry.data.get(CONF_SOURCE) == SOURCE_ONVIF:
            yield entry


@callback
def is_somebody_elses(hass: HomeAssistant, found: DiscoveredDevice) -> bool:
    """Return whether another integration has this device, which is then not offered."""
    if any(
        entry.domain != DOMAIN and entry.data.get(CONF_HOST) == found.host
        for entry in hass.config_entries.async_entries(include_ignore=False)
    ):
        return True
    if found.mac is None:
        return False
    # A router integration has a device for every connected host, but without a camera.
    return any(
        entity.domain == Platform.CAMERA
        for device in dr.async_get(hass).async_get_devices(
            connections={(dr.CONNECTION_NETWORK_MAC, found.mac)}
        )
        for entity in entities_of(hass, device.id)
    )
