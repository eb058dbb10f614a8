"""Tests of parsing the answers of devices in all their variants."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.onvif.answers import (
    mac_in,
    mac_of,
    on_host,
    profiles_of,
    split_host,
    time_of,
)


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("ec:71:db:00:11:22", "ec:71:db:00:11:22"),
        ("EC71DB001122", "ec:71:db:00:11:22"),
        ("ec-71-db-00-11-22", "ec:71:db:00:11:22"),
        ("00:00:00:00:00:00", None),
        ("ec:71:db:00:11", None),
        ("a doorbell", None),
        ("", None),
    ],
)
def test_a_mac_is_read_however_it_is_written(text: str, mac: str | None) -> None:
    """Zeros are not a MAC; many devices report them for a missing interface."""
    assert mac_in(text) == mac


def test_the_last_interface_in_use_tells_the_mac() -> None:
    """Some devices list an interface first whose MAC is the same on every device."""

    def interface(mac: str | None, enabled: bool = True) -> SimpleNamespace:
        info = None if mac is None else SimpleNamespace(HwAddress=mac)
        return SimpleNamespace(Info=info, Enabled=enabled)

    first, second, off = "ec71db000001", "ec71db000002", "ec71db000003"

    assert mac_of(None) is None
    assert mac_of([interface(None)]) is None
    found = mac_of([interface(first), interface(second), interface(off, enabled=False)])
    assert found == mac_in(second)


@pytest.mark.parametrize("second", [7, 59, 60, 61])
def test_a_time_with_a_leap_second_is_one(second: int) -> None:
    """Python's datetime has no leap seconds."""
    date = SimpleNamespace(Year=2026, Month=11, Day=26)
    time = SimpleNamespace(Hour=12, Minute=0, Second=second)
    answer = SimpleNamespace(UTCDateTime=SimpleNamespace(Date=date, Time=time))

    assert time_of(answer) == datetime(2026, 11, 26, 12, 0, min(second, 59), tzinfo=UTC)


@pytest.mark.parametrize("month", [0, 13, None, "May"])
def test_a_time_that_makes_no_sense_is_none(month: object) -> None:
    """A missing time is None as well."""
    date = SimpleNamespace(Year=2026, Month=month, Day=26)
    time = SimpleNamespace(Hour=12, Minute=0, Second=0)

    assert (
        time_of(SimpleNamespace(UTCDateTime=SimpleNamespace(Date=date, Time=time)))
        is None
    )
    assert time_of(SimpleNamespace(UTCDateTime=None)) is None
    assert time_of(None) is None


def test_a_profile_of_which_most_is_missing_is_one() -> None:
    """Some devices omit required fields; a profile without video is not recordable."""
    bare = SimpleNamespace(
        token="p1",
        Name=None,
        VideoEncoderConfiguration=None,
        VideoSourceConfiguration=None,
        VideoAnalyticsConfiguration=None,
    )
    video = SimpleNamespace(Encoding="h264", Resolution=None)
    source = SimpleNamespace(SourceToken="lens" * 1000, token="s1")
    more = SimpleNamespace(
        token="p2",
        Name="  ",
        VideoEncoderConfiguration=video,
        VideoSourceConfiguration=source,
        VideoAnalyticsConfiguration=None,
    )

    first, second = profiles_of([bare, more])

    assert profiles_of(None) == []
    assert (first.token, first.name, first.recordable, first.width) == (
        "p1",
        None,
        False,
        0,
    )
    assert (second.recordable, second.height, second.configuration) == (True, 0, "s1")
    assert second.source == "", "too long to be one"


@pytest.mark.parametrize(
    ("address", "host", "found"),
    [
        ("http://10.0.0.1:8000/onvif", "door.local", "http://door.local:8000/onvif"),
        ("rtsp://10.0.0.1/live?x=1", "fe80::1", "rtsp://[fe80::1]/live?x=1"),
    ],
)
def test_an_address_leads_to_the_host_that_was_asked(
    address: str, host: str, found: str
) -> None:
    """Port and path don't change."""
    assert on_host(address, host) == found


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http:///x", "http://a:b/"])
def test_what_is_no_address_of_a_device_is_refused(address: str) -> None:
    with pytest.raises(DoorbellError) as caught:
        on_host(address, "10.0.0.1")
    assert caught.value.problem == "not_onvif"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" 192.168.1.5 ", ("192.168.1.5", None)),
        ("door.local:8000", ("door.local", 8000)),
        ("http://door.local:8000/onvif/device_service", ("door.local", 8000)),
        ("fe80::1", ("fe80::1", None)),
        ("[fe80::1]:80", ("fe80::1", 80)),
    ],
)
def test_what_a_person_calls_the_address_is_read(
    text: str, found: tuple[str, int | None]
) -> None:
    """A complete URL is accepted as well."""
    assert split_host(text) == found


@pytest.mark.parametrize("text", ["", "front door", "door:0", "door:x", "http://"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(DoorbellError) as caught:
        split_host(text)
    assert caught.value.problem == "invalid_host"
