"""Tests of the problems reported for a device, and of its clock."""

import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from tests.engine.doorbells.onvif.listening import ask, listening, refuse
from tests.engine.doorbells.servers import answering
from tests.onvif_device.device import OnvifDevice
from tests.ports import own_port
from tests.waiting import until


@pytest.mark.parametrize("offset", [-90_000_000.0, 7200.0, -45.0])
async def test_a_wrong_clock_is_measured_and_no_obstacle(
    device: OnvifDevice, offset: float
) -> None:
    """The login and the times of events use the device's clock."""
    device.clock_offset = offset
    facts = await ask(device)
    assert facts.clock_offset == pytest.approx(offset, abs=20)
    async with listening(device) as listener:
        assert listener.doorbell.clock_offset == pytest.approx(offset, abs=20)
        before = time.monotonic()
        device.ring()
        await until(lambda: listener.events)
        assert before - 0.1 <= listener.events[0].monotonic <= time.monotonic()


@pytest.mark.parametrize("told", [True, False])
async def test_a_clock_that_is_told_only_with_a_login_is_read_from_the_answer(
    device: OnvifDevice, told: bool
) -> None:
    """Every HTTP response has a Date header."""
    device.time_needs_login = True
    device.time_is_told = told
    device.clock_offset = 3600.0
    facts = await ask(device)
    assert facts.clock_offset == pytest.approx(3600, abs=20)


async def test_what_is_wrong_is_named(device: OnvifDevice) -> None:
    async def problem(**data: object) -> str:
        with pytest.raises(DoorbellError) as caught:
            await ask(device, **data)
        assert "127.0.0.1" not in str(caught.value)
        assert caught.value.__cause__ is None
        return caught.value.problem

    assert await problem(port=own_port()) == "cannot_connect"
    assert await problem(password="wrong") == "invalid_auth"
    assert await problem(username=None, password=None) == "login_missing"
    device.auth = "http"
    assert await problem(password="wrong") == "invalid_auth"
    assert await problem(username=None, password=None) == "login_missing"
    device.auth = "wsse"
    device.clock_offset = 3600.0
    assert await problem(password="wrong") == "clock_off"
    # Without a login, the clock is not the problem, even if the device reports its
    # time.
    assert await problem(username=None, password=None) == "login_missing"
    device.time_needs_login = True
    assert await problem(username=None, password=None) == "login_missing"
    device.time_needs_login = False
    device.clock_offset = 0.0
    device.misbehaves["GetDeviceInformation"] = refuse
    assert await problem() == "request_refused"
    device.misbehaves.clear()
    device.profiles = ()
    assert await problem() == "no_profile"
    device.speaks_onvif = False
    assert await problem() == "not_onvif"
    with answering(b"RTSP/1.0 200 OK\r\n\r\n") as port:
        assert await problem(port=port) in ("not_onvif", "cannot_connect")
