"""The kinds of doorbells: each home imports what it has."""

import subprocess
import sys

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.doorbells.demo.doorbell import DemoDoorbell
from custom_components.doorwatch.runtime.kinds import make_doorbell

_TELL = """
import sys
import custom_components.doorwatch.config_flow, custom_components.doorwatch.camera
print([name for name in sys.modules if ".doorbells.demo" in name])
"""


def test_what_draws_is_not_imported_without_a_demo() -> None:
    """Its fonts and filters take 1.7 MB of each home's memory."""
    told = subprocess.run(
        (sys.executable, "-c", _TELL), capture_output=True, check=True, text=True
    )
    assert told.stdout.strip() == "[]"


async def test_a_demo_is_made(hass: HomeAssistant) -> None:
    """Off the loop, when the first entry needs it."""
    entry = MockConfigEntry(data={"source": "demo"})
    assert isinstance(await make_doorbell(hass, entry), DemoDoorbell)
