"""Store which requests concerned this home. The store never leaves the home."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NotRequired, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..household.stores import async_load_readable

STORAGE_VERSION: Final = 1
# The most past requests that are kept of an agency; more than it publishes in years.
# Beyond that, only its own oldest are dropped, because an agency could otherwise have
# another agency's requests announced again.
MOST: Final = 1000

type Key = tuple[str, str]  # IDs of the agency and of its request


class StoredRequest(TypedDict):
    """When a request first concerned this home, and whether clips have matched it.

    `told` is False until automations got the event.
    """

    since: str
    matched: bool
    told: NotRequired[bool]


class Noted:
    """The requests by agency and ID, stored before anything is announced."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without any request."""
        self._store = Store[dict[str, StoredRequest]](
            hass, STORAGE_VERSION, f"{DOMAIN}.requests", private=True
        )
        # The most recently noted are last.
        self._known: dict[str, StoredRequest] = {}

    async def async_load(self) -> None:
        """Load the stored requests, skipping unreadable ones."""
        stored: object = await async_load_readable(self._store)
        for key, one in stored.items() if isinstance(stored, dict) else ():
            if _is_sound(one):
                self._known[key] = one

    @callback
    def since(self, agency_id: str, request_id: str) -> datetime | None:
        """Return when a request first concerned this home."""
        known = self._known.get(f"{agency_id} {request_id}")
        return None if known is None else datetime.fromisoformat(known["since"])

    @property
    def seen(self) -> int:
        """The number of requests that have concerned this home."""
        return len(self._known)

    async def async_note(
        self, concerned: Iterable[Key], matched: Iterable[Key]
    ) -> list[Key]:
        """Store valid open requests; return those that clips match for the first time."""
        now = dt_util.utcnow().isoformat()
        known = dict(self._known)
        asked = {f"{agency_id} {request_id}" for agency_id, request_id in concerned}
        for key in sorted(asked - known.keys()):
            known[key] = {"since": now, "matched": False}
        for key in asked:
            if known[key]["since"] > now:  # the clock was ahead then
                known[key] = {**known[key], "since": now}
        new: list[Key] = []
        for agency_id, request_id in matched:
            key = f"{agency_id} {request_id}"
            if not known[key]["matched"]:
                known[key] = {
                    "since": known[key]["since"],
                    "matched": True,
                    "told": False,
                }
                new.append((agency_id, request_id))
        left: Counter[str] = Counter()
        for key in [one for one in reversed(known) if one not in asked]:
            agency_id = key.partition(" ")[0]
            left[agency_id] += 1
            if left[agency_id] > MOST:
                del known[key]
        await self._async_keep(known)
        return new

    async def _async_keep(self, known: dict[str, StoredRequest]) -> None:
        if known != self._known:
            self._known = known
            await self._store.async_save(known)

    @property
    def untold(self) -> list[Key]:
        """Matched requests for which automations got no event yet."""
        return [
            (key.partition(" ")[0], key.partition(" ")[2])
            for key, one in self._known.items()
            if one.get("told") is False
        ]

    async def async_told(self, told: Iterable[Key]) -> None:
        """Store that automations get the event for these, before it is fired."""
        known = dict(self._known)
        for agency_id, request_id in told:
            key = f"{agency_id} {request_id}"
            known[key] = {**known[key], "told": True}
        await self._async_keep(known)

    async def async_forget_agency(self, agency_id: str) -> None:
        """Delete the requests of a removed agency."""
        await self._async_keep(
            {
                key: one
                for key, one in self._known.items()
                if key.partition(" ")[0] != agency_id
            }
        )

    async def async_forget(self) -> None:
        """Delete all requests and the file, when Doorwatch is removed."""
        self._known = {}
        await self._store.async_remove()


def _is_sound(stored: Any) -> bool:
    try:
        moment = datetime.fromisoformat(stored["since"])
        return moment.tzinfo is not None and isinstance(stored["matched"], bool)
    except KeyError, TypeError, ValueError:
        return False
