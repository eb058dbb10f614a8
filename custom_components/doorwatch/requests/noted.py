"""What is remembered of requests that concerned this home. It stays here."""

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
# Of one agency, besides what it asks now: more than it asks in years. Of too many its
# oldest are forgotten, and nobody else's: or it could have those told once more.
MOST: Final = 1000

type Key = tuple[str, str]  # ids of the agency and of its request


class StoredRequest(TypedDict):
    """When a request concerned this home first, and whether clips have fitted it.

    `told` is False while automations have not heard of that.
    """

    since: str
    matched: bool
    told: NotRequired[bool]


class Noted:
    """Kept by agency and request; written before anybody is told."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of none yet."""
        self._store = Store[dict[str, StoredRequest]](
            hass, STORAGE_VERSION, f"{DOMAIN}.requests", private=True
        )
        # Those that were noted last come last.
        self._known: dict[str, StoredRequest] = {}

    async def async_load(self) -> None:
        """Read what was stored, as far as it can be read."""
        stored: object = await async_load_readable(self._store)
        for key, one in stored.items() if isinstance(stored, dict) else ():
            if _is_sound(one):
                self._known[key] = one

    @callback
    def since(self, agency_id: str, request_id: str) -> datetime | None:
        """Return when a request concerned this home first."""
        known = self._known.get(f"{agency_id} {request_id}")
        return None if known is None else datetime.fromisoformat(known["since"])

    @property
    def seen(self) -> int:
        """How many requests have concerned this home."""
        return len(self._known)

    async def async_note(
        self, concerned: Iterable[Key], matched: Iterable[Key]
    ) -> list[Key]:
        """Note valid open requests; return those that clips fit for the first time."""
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
        if known != self._known:
            self._known = known
            await self._store.async_save(known)
        return new

    @property
    def untold(self) -> list[Key]:
        """Return those that clips fit, and automations have not heard of."""
        return [
            (key.partition(" ")[0], key.partition(" ")[2])
            for key, one in self._known.items()
            if one.get("told") is False
        ]

    async def async_told(self, told: Iterable[Key]) -> None:
        """Note that automations hear of these, before they do."""
        known = dict(self._known)
        for agency_id, request_id in told:
            key = f"{agency_id} {request_id}"
            known[key] = {**known[key], "told": True}
        if known != self._known:
            self._known = known
            await self._store.async_save(known)

    async def async_forget_agency(self, agency_id: str) -> None:
        """Remove what an agency asked that is gone."""
        known = {
            key: one
            for key, one in self._known.items()
            if key.partition(" ")[0] != agency_id
        }
        if known != self._known:
            self._known = known
            await self._store.async_save(known)

    async def async_forget(self) -> None:
        """Remove all, and the file: Doorwatch is being removed."""
        self._known = {}
        await self._store.async_remove()


def _is_sound(stored: Any) -> bool:
    try:
        moment = datetime.fromisoformat(stored["since"])
        return moment.tzinfo is not None and isinstance(stored["matched"], bool)
    except KeyError, TypeError, ValueError:
        return False
