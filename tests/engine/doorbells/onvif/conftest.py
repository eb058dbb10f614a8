"""Fixtures for tests of ONVIF."""

from collections.abc import AsyncIterator

import pytest

from custom_components.doorwatch.engine.doorbells.onvif import doorbell
from tests.engine.doorbells.onvif.listening import MAIN, SUB
from tests.onvif_device.device import OnvifDevice, onvif_device


@pytest.fixture
async def device() -> AsyncIterator[OnvifDevice]:
    """Run an ONVIF device."""
    async with onvif_device(MAIN, SUB) as one:
        yield one


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect again soon."""
    monkeypatch.setattr(doorbell, "LONGEST_PAUSE", 1.0)
