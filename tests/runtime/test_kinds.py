"""Test the kinds of doorbells."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.doorbells.demo import DemoDoorbell
from custom_components.doorwatch.runtime.kinds import make_doorbell


async def test_a_demo_is_made(hass: HomeAssistant) -> None:
    """It needs no data except its kind."""
    entry = MockConfigEntry(data={"source": "demo"})
    assert isinstance(make_doorbell(hass, entry), DemoDoorbell)
