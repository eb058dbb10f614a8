"""Store the waiting messages and today's counts across restarts."""

from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from typing import Final, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..household.stores import async_load_readable

STORAGE_VERSION: Final = 1
_COUNT_DELAY: Final = 1  # seconds, because a ring goes to many phones


class StoredNotices(TypedDict):
    """The stored JSON: `due` by user, `sent` by phone on `day`."""

    due: dict[str, str]
    day: str
    sent: dict[str, int]


class WaitingNotices:
    """When each person gets their waiting message."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without messages."""
        self._store = Store[StoredNotices](
            hass, STORAGE_VERSION, f"{DOMAIN}.notices", private=True, atomic_writes=True
        )
        self.due: dict[str, datetime] = {}
        # The push service counts by the day in UTC.
        self._day = dt_util.utcnow().date()
        self._sent: Counter[str] = Counter()

    async def async_load(self) -> None:
        """Load what was stored."""
        stored = await async_load_readable(self._store)
        if not isinstance(stored, dict):
            return
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            self.due = {
                user_id: datetime.fromisoformat(due)
                for user_id, due in stored["due"].items()
            }
            self._day = date.fromisoformat(stored["day"])
            self._sent = Counter(stored["sent"])

    async def async_forget(self) -> None:
        """Delete all messages and the store, when Doorwatch is removed."""
        self.due, self._sent = {}, Counter()
        # Save first, as a pending write would restore the file.
        await self._store.async_save(self._data())
        await self._store.async_remove()

    @callback
    def add(self, user_id: str, due: datetime) -> None:
        """Notify a person at this time, or with an earlier message."""
        self.set(user_id, min(due, self.due.get(user_id, due)))

    @callback
    def set(self, user_id: str, due: datetime | None) -> None:
        """Set when a person is notified, or None if no message waits."""
        if due is None:
            self.due.pop(user_id, None)
        else:
            self.due[user_id] = due
        self._store.async_delay_save(self._data, 0)

    @callback
    def count(self, phone_id: str, most: int) -> bool:
        """Count a message to a phone today; return False if it had `most` already."""
        today = dt_util.utcnow().date()
        if self._day != today:
            self._day, self._sent = today, Counter()
        if self._sent[phone_id] >= most:
            return False
        self._sent[phone_id] += 1
        self._store.async_delay_save(self._data, _COUNT_DELAY)
        return True

    def _data(self) -> StoredNotices:
        return StoredNotices(
            due={user_id: due.isoformat() for user_id, due in self.due.items()},
            day=self._day.isoformat(),
            sent=dict(self._sent),
        )
