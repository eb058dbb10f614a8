"""Tests of parsing and building addresses."""

from urllib.parse import urlsplit

from hypothesis import given, strategies as st
import pytest

from custom_components.doorwatch.engine.doorbells.address import (
    add_scheme,
    is_bare,
    join_login,
    split_login,
)
from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.rtsp import RtspDoorbell


@pytest.mark.parametrize(
    ("pasted", "address", "username", "password"),
    [
        ("rtsp://cam.local/live", "rtsp://cam.local/live", None, None),
        (" RTSP://10.0.0.1:8554/a?b=1 ", "rtsp://10.0.0.1:8554/a?b=1", None, None),
        ("rtsps://cam/x", "rtsps://cam/x", None, None),
        ("rtsp://[fe80::1]:554/x", "rtsp://[fe80::1]:554/x", None, None),
        ("rtsp://u:p@[::1]/", "rtsp://[::1]/", "u", "p"),
        ("rtsp://user@cam/x", "rtsp://cam/x", "user", None),
        ("rtsp://user:@cam/x", "rtsp://cam/x", "user", ""),
        ("rtsp://u%40x:p%2Fq@cam", "rtsp://cam", "u@x", "p/q"),
        ("rtsp://admin:p@ss@cam:554/live", "rtsp://cam:554/live", "admin", "p@ss"),
        ("rtsp://admin:pa/ss@cam/live", "rtsp://cam/live", "admin", "pa/ss"),
        ("rtsp://a:p#s?s@10.0.0.1/a@b", "rtsp://10.0.0.1/a@b", "a", "p#s?s"),
        ("rtsp://cam/user@home", "rtsp://cam/user@home", None, None),
        ("rtsp://cam/x#backchannel=0", "rtsp://cam/x", None, None),
    ],
)
def test_login_is_split_off(
    pasted: str, address: str, username: str | None, password: str | None
) -> None:
    assert split_login(pasted) == (address, username, password)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "cam.local/live",
        "http://cam/live",
        "file:///etc/passwd",
        "concat:rtsp://a|rtsp://b",
        "rtsp:///live",
        "rtsp://:554/live",
        "rtsp://cam:0/",
        "rtsp://cam:99999/",
        "rtsp://cam:port/",
        "rtsp://fe80::1/x",
        "rtsp://[fe80::1/x",
        "rtsp://u:p@/x",
        "rtsp://cam/a b",
        "rtsp://cam/a\r\nDESCRIBE",
        "rtsp://cam\x00/",
        "rtsp://ca%6d/",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(DoorbellError) as caught:
        split_login(address)
    assert caught.value.problem == "invalid_address"
    with pytest.raises(DoorbellError):
        RtspDoorbell(address)


@pytest.mark.parametrize(
    ("typed", "address", "bare"),
    [
        ("192.168.1.20", "rtsp://192.168.1.20", True),
        (" door.local:8554 ", "rtsp://door.local:8554", True),
        ("fe80::1", "rtsp://[fe80::1]", True),
        ("[fe80::1]:554", "rtsp://[fe80::1]:554", True),
        ("me:pw@door", "rtsp://me:pw@door", True),
        ("rtsp://me:p/w@door", "rtsp://me:p/w@door", True),
        ("RTSP://door/", "RTSP://door/", True),
        ("rtsps://door", "rtsps://door", False),
        ("rtsp://door/?a=1", "rtsp://door/?a=1", False),
        ("door/live", "rtsp://door/live", False),
    ],
)
def test_a_typed_address_is_completed(typed: str, address: str, bare: bool) -> None:
    assert add_scheme(typed) == address
    assert is_bare(address) is bare


@pytest.mark.parametrize(
    "typed", ["", "front door", "http://door", "fe80::1%eth0", "fe80::1:x", "file:///x"]
)
def test_what_is_no_address_is_not_completed(typed: str) -> None:
    with pytest.raises(DoorbellError):
        is_bare(add_scheme(typed))


LOGINS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1)


@given(LOGINS, LOGINS)
def test_any_login_survives_joining_and_splitting(username: str, password: str) -> None:
    joined = join_login("rtsp://cam:554/live?x=1", username, password)
    assert joined.isascii()
    assert split_login(joined) == ("rtsp://cam:554/live?x=1", username, password)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        address, _, _ = split_login("rtsp://" + text)
    except DoorbellError:
        return
    assert split_login(address)[0] == address
    assert urlsplit(address).hostname


def test_address_without_a_user_stays_without_login() -> None:
    assert join_login("rtsp://cam/x", None, "secret") == "rtsp://cam/x"
    assert join_login("rtsp://cam/x", "", None) == "rtsp://cam/x"
    assert join_login("rtsp://cam/x", "me", None) == "rtsp://me@cam/x"
