"""Keep the addresses of this home, and when a login at each of them may share.

Any administrator can change core's own addresses or list others. A new address counts
only after a day, in which everyone can notice it, unless it was added with the PIN.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
import logging
import math
import time
from typing import Final, TypedDict

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store

from ..admin_notices import async_tell_everyone
from ..const import DOMAIN
from ..core_interfaces import cloud_urls
from ..engine.clips.errors import LibraryError
from ..engine.sharing.addresses import origin_of
from ..engine.sharing.errors import SharingError
from ..following import Follower
from ..household.household import household
from ..household.stores import async_load_readable

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 1
# Seconds until an address counts that was added without the PIN.
WAIT: Final = 24 * 3600.0


class KnownAddress(TypedDict):
    """When an address begins to count (Unix time), and whether it is the cloud's."""

    counts_from: float
    cloud: bool


# Writes a line to the ledger; raises `LibraryError` and `SharingError`.
type Note = Callable[[Mapping[str, object]], Awaitable[None]]


class HomeAddresses(Follower):
    """The known addresses by origin, kept across restarts."""

    def __init__(self, hass: HomeAssistant, note: Note) -> None:
        """Initialize without loading the stored addresses; `note` writes to the ledger."""
        self._hass = hass
        self._note = note
        self._store = Store[dict[str, KnownAddress]](
            hass, STORAGE_VERSION, f"{DOMAIN}.addresses", atomic_writes=True
        )
        self._lock = asyncio.Lock()
        # None until the first check. All addresses found by it count at once.
        self._known: dict[str, KnownAddress] | None = None

    async def async_start(self) -> None:
        """Load the stored addresses, and check for new ones at start and on changes."""
        # If the file can't be read, no address counts yet.
        self._known = await async_load_readable(self._store, otherwise={})

        async def look(_: Event | HomeAssistant) -> None:
            await self.async_look()

        self._stops = [
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, look),
            async_at_started(self._hass, look),
        ]

    @callback
    def counts(self, origin: str) -> bool:
        """Return whether a login at this address may share now."""
        return self.is_named(origin) and self._left(origin) <= 0

    @callback
    def hours_left(self, origin: str) -> int:
        """Return in how many hours an address of this home will count."""
        return math.ceil(self._left(origin) / 3600) if self.is_named(origin) else 0

    @callback
    def is_named(self, origin: str) -> bool:
        """Return whether this is one of core's own addresses or a listed one."""
        return origin in self._named() or origin in self._listed()

    def _left(self, origin: str) -> float:
        if self._known is None:
            return 0
        if (known := self._known.get(origin)) is None:
            # Home Assistant Cloud doesn't announce a new address.
            self._hass.async_create_task(self.async_look(), "doorwatch addresses")
            return WAIT
        # A clock that was set back must not prolong the wait.
        return min(known["counts_from"] - time.time(), WAIT)

    def _named(self) -> dict[str, bool]:
        """Return core's own addresses, and for each whether it is the cloud's."""
        config = self._hass.config
        own = _origins((config.internal_url, config.external_url))
        return dict.fromkeys(_origins(cloud_urls(self._hass)), True) | dict.fromkeys(
            own, False
        )

    def _listed(self) -> set[str]:
        return _origins(household(self._hass).client_addresses)

    async def async_look(self) -> None:
        """Store core's current addresses, and notify everyone of new ones."""
        async with self._lock:
            named = self._named()
            present = named | dict.fromkeys(self._listed(), False)
            first = self._known is None
            known = {
                origin: each
                for origin, each in (self._known or {}).items()
                # The cloud's addresses are missing while the cloud is not connected.
                if origin in present or each["cloud"]
            }
            new = sorted(present.keys() - known.keys())
            if known == self._known and not new:
                return
            counts_from = 0 if first else time.time() + WAIT
            known |= {
                origin: KnownAddress(counts_from=counts_from, cloud=present[origin])
                for origin in new
            }
            await self._store.async_save(known)
            self._known = known
        if not first:
            await self._async_tell(sorted(named), new)

    async def async_list(
        self, added: Iterable[str], removed: Iterable[str], *, with_pin: bool
    ) -> None:
        """Record listed addresses that are added or removed, before they are stored."""
        async with self._lock:
            if self._known is None:
                return
            present = self._named()
            known = {
                origin: each
                for origin, each in self._known.items()
                if origin in present or each["cloud"] or origin not in set(removed)
            }
            counts_from = time.time() + (0 if with_pin else WAIT)
            for origin in added:
                if (before := known.get(origin)) is None or with_pin:
                    cloud = before["cloud"] if before is not None else False
                    known[origin] = KnownAddress(counts_from=counts_from, cloud=cloud)
            await self._store.async_save(known)
            self._known = known

    async def _async_tell(self, named: list[str], new: list[str]) -> None:
        if new:
            await async_tell_everyone(
                self._hass, "home_addresses_changed", {"addresses": ", ".join(new)}
            )
        line = {"changed": ["home_addresses"], "home_addresses": named}
        try:
            await self._note(line)
        except (LibraryError, SharingError) as err:
            _LOGGER.warning(
                "The change of this home's addresses couldn't be written to the"
                " ledger: %s",
                err.problem,
            )


def _origins(addresses: Iterable[str | None]) -> set[str]:
    """Return the origins of the addresses that a browser would open."""
    found = set()
    for each in addresses:
        with suppress(SharingError):
            found.add(origin_of(each or ""))
    return found
