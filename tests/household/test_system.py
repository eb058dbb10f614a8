"""Test the description of the recording system in an evidence package."""

import ctypes
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.household import system


async def test_what_is_said_of_the_system(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """It contains versions, the time zone, and whether the clock is synchronized."""
    assert await async_setup_component(hass, DOMAIN, {})
    found = await system.async_system(hass, "gone")

    assert found["time_zone"] == hass.config.time_zone
    assert found["clock_synchronised"] in (True, False, None)
    software = found["software"]
    assert isinstance(software, dict)
    assert set(software) == {"doorwatch", "home_assistant", "python"}
    assert found["camera_clock_offset"] is None
    assert found["camera_make"] is None


class Kernel:
    """A C library with a fixed answer of adjtimex."""

    def __init__(self, state: int, status: int) -> None:
        """Store the return value and the status field."""
        self._state = state
        self._status = status

    def adjtimex(self, buffer: ctypes.Array[ctypes.c_char]) -> int:
        """Set the status."""
        offset = ctypes.sizeof(ctypes.c_long) * 5
        ctypes.c_int.from_buffer(buffer, offset).value = self._status
        return self._state


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (Kernel(0, 0x2001), True),
        (Kernel(0, 0x40), False),
        (Kernel(5, 0), False),
        (Kernel(-1, 0), None),
        (object(), None),
    ],
)
def test_the_kernel_says_whether_the_clock_is_synchronised(
    kernel: object, expected: bool | None
) -> None:
    """An unsynchronized clock matters for evidence."""
    with patch("ctypes.CDLL", return_value=kernel):
        assert system.clock_synchronised() is expected
