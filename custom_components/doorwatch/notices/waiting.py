"""Messages of the house that wait, and how many went out today; across restarts."""

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
_COUNT_DELAY: Final = 1  # seconds: a ring goes to many phones


class StoredNotices(TypedDict):
    """As JSON: `due` by user, `sent` by phone on `day`."""

    due: dict[str, str]
    day: str
    sent: dict[str, int]


class WaitingNotices:
    """When each person is to hear that there is something new, if they are."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of nothing yet."""
        self._store = Store[StoredNotices](
            hass, STORAGE_VERSION, f"{DOMAIN}.notices", private=True, atomic_writes=True
        )
        self.due: dict[str, datetime] = {}
        # The apps' makers count by the day in UTC.
        self._day = dt_util.utcnow().date()
        self._sent: Counter[str] = Counter()

    async def async_load(self) -> None:
        """Read what was stored."""
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
        """Remove all, and what is stored: Doorwatch is being removed."""
        self.due, self._sent = {}, Counter()
        # After what is being written now, which would put the file back.
        await self._store.async_save(self._data())
        await self._store.async_remove()

    @callback
    def add(self, user_id: str, due: datetime) -> None:
        """Let a person hear of it then, or earlier with what waits already."""
        self.set(user_id, min(due, self.due.get(user_id, due)))

    @callback
    def set(self, user_id: str, due: datetime | None) -> None:
        """Let a person hear of it then; None of whom nothing waits for."""
        if due is None:
            self.due.pop(user_id, None)
        else:
            self.due[user_id] = due
        self._store.async_delay_save(self._data, 0)

    @callback
    def count(self, phone_id: str, most: int) -> bool:
        """Count a message to a phone today, unless it got as many."""
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
