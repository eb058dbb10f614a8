"""Tests of an ONVIF doorbell against a device that speaks real SOAP."""

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from tests.engine.doorbells.onvif.listening import MAC, listening
from tests.onvif_device.device import OnvifDevice, Profile
from tests.waiting import until


async def test_a_password_that_was_changed_is_noticed(device: OnvifDevice) -> None:
    """The problem is reported to subscribers."""
    async with listening(device) as listener:
        followed: list[str | None] = []
        listener.doorbell.changes.add(
            lambda: followed.append(listener.doorbell.problem)
        )
        device.login = ("viewer", "changed")
        device.events.drop()
        await until(lambda: "invalid_auth" in followed)
        assert listener.doorbell.hears_events is False


async def test_a_clock_that_is_set_is_read_again_before_the_login_is_doubted(
    device: OnvifDevice,
) -> None:
    """A device may find its time server late, as after a power cut."""
    device.clock_offset = -500_000.0
    async with listening(device) as listener:
        followed: list[str | None] = []
        listener.doorbell.changes.add(
            lambda: followed.append(listener.doorbell.problem)
        )
        device.clock_offset = 0.0
        device.events.drop()
        await until(
            lambda: (
                listener.doorbell.clock_offset == pytest.approx(0, abs=2)
                and device.events.subscriptions
            )
        )
        await until(lambda: listener.doorbell.hears_events)
        assert "invalid_auth" not in followed
        assert "clock_off" not in followed


async def test_another_device_at_the_address_is_not_listened_to(
    device: OnvifDevice,
) -> None:
    """Its video is not used either."""
    async with listening(device, wait=False, mac="00:11:22:33:44:55") as listener:
        await until(lambda: listener.doorbell.problem == "other_device")
        assert not device.events.subscriptions
        with pytest.raises(DoorbellError, match="other_device"):
            listener.doorbell.stream_source()


async def test_a_device_without_events_tells_none(device: OnvifDevice) -> None:
    """Missing events are not a problem, because motion may come from elsewhere."""
    device.events.offers_pull_points = False
    async with listening(device, wait=False) as listener:
        await until(lambda: listener.doorbell.hears_events is None)
        assert listener.doorbell.problem is None
        assert listener.doorbell.diagnostics()["events"] is None


async def test_streams_that_moved_are_taken_over(device: OnvifDevice) -> None:
    """An update of the device may change the streams; the next connection uses them."""
    async with listening(device) as listener:
        assert listener.doorbell.stream_source().address.endswith("@127.0.0.1:9/main")
        device.profiles = (
            Profile(token="main", stream="rtsp://127.0.0.1:9/new", width=1, height=1),
        )
        await device.stop()
        await device.start()
        await until(lambda: listener.doorbell.stream_source().address.endswith("/new"))
        assert listener.doorbell.sub_stream_source() is None


async def test_diagnostics_tell_how_it_goes_and_nothing_else(
    device: OnvifDevice,
) -> None:
    """They contain no address, login or serial number."""
    async with listening(device) as listener:
        found = listener.doorbell.diagnostics()
    assert found["events"] == "pullpoint"
    assert found["video"] == "rtsp/tcp"
    assert found["subscriptions"] == 1
    for secret in ("127.0.0.1", *device.login, device.serial, MAC):
        assert secret not in str(found)
