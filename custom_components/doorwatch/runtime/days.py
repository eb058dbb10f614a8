"""Find when local days begin, even where daylight saving time skips midnight."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..signals import SIGNAL_CLOCK_SET_BACK


@callback
def day_begins(day: date | None = None) -> datetime:
    """Return when a local day, by default today, begins in UTC.

    If the time zone skips midnight, the day begins at the time change.
    """
    return dt_util.as_utc(dt_util.start_of_local_day(day))


@callback
def next_day_begins() -> datetime:
    """Return when the next local day begins, in UTC."""
    tomorrow = dt_util.now().date() + timedelta(days=1)
    return day_begins(tomorrow)


@callback
def async_track_days(hass: HomeAssistant, on_day: Callable[[], None]) -> CALLBACK_TYPE:
    """Call `on_day` when a local day begins or the time zone or clock changes.

    Core's `async_track_time_change` would wait for a midnight that exists. Returns a
    function that stops the tracking.
    """
    stop_waiting: CALLBACK_TYPE

    @callback
    def look(_: datetime | Event | None = None) -> None:
        nonlocal stop_waiting
        stop_waiting()
        stop_waiting = async_track_point_in_utc_time(hass, look, next_day_begins())
        on_day()

    stop_waiting = async_track_point_in_utc_time(hass, look, next_day_begins())
    stops = [
        hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, look),
        async_dispatcher_connect(hass, SIGNAL_CLOCK_SET_BACK, look),
    ]

    @callback
    def stop() -> None:
        for each in stops:
            each()
        stop_waiting()

    return stop
