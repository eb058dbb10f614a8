"""Fixtures for tests of ONVIF."""

from collections.abc import AsyncIterator

import pytest

from tests.engine.doorbells.onvif.listening import MAIN, SUB
from tests.onvif_device.device import OnvifDevice, onvif_device


@pytest.fixture
async def device() -> AsyncIterator[OnvifDevice]:
    """Run an ONVIF device."""
    async with onvif_device(MAIN, SUB) as one:
        yield one
