"""Test that secrets are filtered from logs while Home Assistant runs."""

import logging

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.doorwatch.access.log_secrets import SecretFilter
from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.core_interfaces import LOGGERS


def _filters() -> list[int]:
    return [
        sum(isinstance(each, SecretFilter) for each in logging.getLogger(name).filters)
        for name in LOGGERS
    ]


async def test_nothing_stays_with_other_loggers(doorwatch: HomeAssistant) -> None:
    """Loggers have no filter after importing Doorwatch or stopping Home Assistant."""
    assert _filters() == [0] * len(LOGGERS)
    assert await async_setup_component(doorwatch, DOMAIN, {})
    assert _filters() == [1] * len(LOGGERS)

    doorwatch.bus.async_fire(EVENT_HOMEASSISTANT_CLOSE)
    await doorwatch.async_block_till_done()

    assert _filters() == [0] * len(LOGGERS)
