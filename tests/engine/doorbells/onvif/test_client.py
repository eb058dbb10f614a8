"""What is said to an ONVIF device and what it answers reaches no log."""

import logging

import pytest

from tests.onvif_device.device import onvif_device

from .test_doorbell import ask, listening, until

PLANTED = "pl4nted"


async def test_no_secret_of_a_device_reaches_any_debug_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither a login, nor the address that holds one, though everybody logs all."""
    caplog.set_level(logging.DEBUG)
    stream = f"rtsp://viewer:{PLANTED}@127.0.0.1/door?password={PLANTED}"
    async with onvif_device(stream) as device:
        device.login = (f"{PLANTED}-user", PLANTED)
        facts = await ask(device)
        assert PLANTED in facts.streams.main
        async with listening(device) as listener:
            device.ring()
            await until(lambda: listener.kinds)
    assert PLANTED not in caplog.text
    # Only what we say is kept back: nothing was done to the loggers of others.
    for name in ("onvif", "onvif.zeep_aiohttp", "zeep", "aiohttp.client"):
        assert not logging.getLogger(name).filters
        assert logging.getLogger(name).isEnabledFor(logging.DEBUG)
