"""Draw three times a day at which people are notified of agencies' requests and bulletins.

They are drawn in advance, so that the time of a message reveals nothing about its
subject: an agency knows when this home fetched its requests, and others know when a
phone got a message.
"""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
import secrets
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..signals import SIGNAL_SLOT
from .stores import async_load_readable

STORAGE_VERSION: Final = 1
A_DAY: Final = 3
# In local time, when most people are awake.
_BEGINS: Final = time(8)
_SECONDS: Final = 14 * 3600


class Slots:
    """Today's and tomorrow's times, kept across restarts."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without times."""
        self._hass = hass
        self._store = Store[dict[str, list[str]]](
            hass, STORAGE_VERSION, f"{DOMAIN}.slots", private=True, atomic_writes=True
        )
        # By local day.
        self._times: dict[str, list[datetime]] = {}
        self._wait: CALLBACK_TYPE | None = None

    async def async_start(self) -> None:
        """Load or draw the times and wait for the next one, unless already started."""
        if self._wait is not None:
            return
        stored = await async_load_readable(self._store)
        with suppress(AttributeError, TypeError, ValueError):  # they are drawn again
            self._times = {
                day: [datetime.fromisoformat(each) for each in times]
                for day, times in (stored or {}).items()
            }
        await self._async_draw()

    @callback
    def stop(self) -> None:
        """Stop waiting for the next time."""
        if self._wait is not None:
            self._wait()
            self._wait = None

    async def async_forget(self) -> None:
        """Stop and delete the stored times, because Doorwatch is being removed."""
        self.stop()
        self._times = {}
        await self._store.async_remove()

    @property
    def next(self) -> datetime:
        """Return the next time."""
        now = dt_util.utcnow()
        # The clock or the time zone may have changed since the times were drawn.
        today = dt_util.as_local(now).date()
        for ahead in range(2):
            day = today + timedelta(days=ahead)
            if not self._times.get(str(day)):
                self._times[str(day)] = _draw(day)
        return min(one for times in self._times.values() for one in times if one > now)

    async def _async_draw(self) -> None:
        now = dt_util.utcnow()
        today = dt_util.as_local(now).date()
        days = [str(today), str(today + timedelta(days=1))]
        before = self._times
        self._times = {
            day: times
            for day, times in before.items()
            if day in days or max(times, default=now) > now
        }
        for day in days:
            if day not in self._times:
                self._times[day] = _draw(date.fromisoformat(day))
        if self._times != before:
            await self._store.async_save(
                {
                    day: [each.isoformat() for each in times]
                    for day, times in self._times.items()
                }
            )
        self.stop()
        due = self.next

        async def on_time(_now: datetime) -> None:
            self._wait = None
            # The clock may have been set meanwhile.
            if dt_util.utcnow() >= due:
                async_dispatcher_send(self._hass, SIGNAL_SLOT)
            await self._async_draw()

        left = (due - dt_util.utcnow()).total_seconds()
        self._wait = async_call_later(
            self._hass, left, HassJob(on_time, cancel_on_shutdown=True)
        )


def _draw(day: date) -> list[datetime]:
    begins = datetime.combine(day, _BEGINS, dt_util.get_default_time_zone())
    return sorted(
        dt_util.as_utc(begins) + timedelta(seconds=secrets.randbelow(_SECONDS))
        for _ in range(A_DAY)
    )
