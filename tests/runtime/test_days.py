"""Test that a day starts at midnight of the local calendar."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.doorwatch.runtime.days import (
    async_track_days,
    day_begins,
    next_day_begins,
)
from custom_components.doorwatch.signals import SIGNAL_CLOCK_SET_BACK

# Time zones and midnights in UTC: skipped, repeated, and ordinary.
NIGHTS = [
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ("Europe/Amsterdam", datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 3, 28, 18, 15, tzinfo=UTC)),
]
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("zone", "midnight"), NIGHTS)
async def test_a_day_begins_once_whatever_the_clocks_do(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, zone: str, midnight: datetime
) -> None:
    """The day starts at its first moment, which resets the daily count."""
    await hass.config.async_set_time_zone(zone)
    freezer.move_to(midnight - timedelta(hours=5))
    yesterday = dt_util.now().date()
    days: list[datetime] = []
    stop = async_track_days(hass, lambda: days.append(day_begins()))
    assert next_day_begins() == midnight

    for moment in (midnight - SECOND, midnight + SECOND):
        freezer.move_to(moment)
        async_fire_time_changed(hass, moment)
        await hass.async_block_till_done()
        assert bool(days) is (moment > midnight)
    assert days == [midnight]
    assert dt_util.now().date() > yesterday

    # Continue through the night, with a repeated midnight, to the next day.
    next_midnight = next_day_begins()
    assert timedelta(hours=22) < next_midnight - midnight < timedelta(hours=26)
    for hours in range(1, 23):
        freezer.move_to(midnight + timedelta(hours=hours))
        async_fire_time_changed(hass, midnight + timedelta(hours=hours))
        await hass.async_block_till_done()
    assert days == [midnight]
    freezer.move_to(next_midnight + SECOND)
    async_fire_time_changed(hass, next_midnight + SECOND)
    await hass.async_block_till_done()
    assert days == [midnight, next_midnight]
    stop()


async def test_another_time_zone_is_another_day(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The change is reported at once, and then each midnight of the new zone."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    freezer.move_to("2026-06-01T12:00:00+00:00")
    days: list[datetime] = []
    stop = async_track_days(hass, lambda: days.append(day_begins()))

    await hass.config.async_update(time_zone="Pacific/Auckland")
    await hass.async_block_till_done()
    assert days == [datetime(2026, 6, 1, 12, tzinfo=UTC)]

    # Midnight in Amsterdam is not reported any more.
    for moment in (
        datetime(2026, 6, 1, 22, 0, 1, tzinfo=UTC),
        datetime(2026, 6, 2, 12, 0, 1, tzinfo=UTC),
    ):
        freezer.move_to(moment)
        async_fire_time_changed(hass, moment)
        await hass.async_block_till_done()
    assert days[1:] == [datetime(2026, 6, 2, 12, tzinfo=UTC)]

    # A clock that is set back starts a new day, too.
    freezer.move_to("2026-05-01T12:00:01+00:00")
    async_dispatcher_send(hass, SIGNAL_CLOCK_SET_BACK)
    freezer.move_to("2026-05-02T12:00:01+00:00")
    async_fire_time_changed(hass, datetime(2026, 5, 2, 12, 0, 1, tzinfo=UTC))
    await hass.async_block_till_done()
    assert days[2:] == [datetime(2026, 5, day, 12, tzinfo=UTC) for day in (1, 2)]

    stop()
    await hass.config.async_update(time_zone="Europe/Amsterdam")
    async_fire_time_changed(hass, datetime(2026, 6, 5, tzinfo=UTC))
    await hass.async_block_till_done()
    assert len(days) == 4
