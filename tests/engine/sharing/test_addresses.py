"""What an address is, wherever one is compared: an agency's, a page's, a request's host."""

import pytest

from custom_components.doorwatch.engine.sharing.addresses import origin_of, parse_host
from custom_components.doorwatch.engine.sharing.errors import SharingError


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://192.168.1.5:8123/", "http://192.168.1.5:8123"),
        ("HTTP://HomeAssistant.LOCAL.:8123", "http://homeassistant.local:8123"),
        ("https://home.example.org:443/lovelace/0?x=1#y", "https://home.example.org"),
        ("http://home.example.org:443", "http://home.example.org:443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        (" https://bücher.example", None),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://[FE80:0::1]:8123/", "http://[fe80::1]:8123"),
        ("home.example.org", None),
        ("ftp://home.example.org", None),
        ("http://", None),
        ("https://kim@home.example.org", None),
        ("https://home.example.org\\@elsewhere.example", None),
        ("https://home.example.org\t.elsewhere.example", None),
        ("https://%68ome.example.org", None),
        ("https://home..local", None),
        ("http://home:99999", None),
        ("http://home:0", None),
        ("http://home:", None),
        ("http://-home.local", None),
        ("https://home.example.org/a b", None),
        # Browsers read these as IPv4 addresses, and write them otherwise.
        ("http://3405803783/", None),
        ("http://0x7f000001/", None),
        ("http://192.168.1/", None),
        ("http://192.168.001.005/", None),
        ("http://[fe80::1%25eth0]/", None),
        ("http://[::1", None),
    ],
)
def test_an_address_has_one_origin_or_none(address: str, origin: str | None) -> None:
    """However it is written; what two readers could read differently has none."""
    if origin is None:
        with pytest.raises(SharingError, match="invalid_address"):
            origin_of(address)
        return

    assert origin_of(address) == origin == origin_of(origin)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("HomeAssistant.Local.:8123", ("homeassistant.local", 8123)),
        ("homeassistant", ("homeassistant", None)),
        ("192.168.1.5:80", ("192.168.1.5", 80)),
        ("192.168.1.5:443", ("192.168.1.5", 443)),
        ("[FE80:0::1]:8123", ("fe80::1", 8123)),
        ("", None),
        ("home assistant", None),
        ("kim@homeassistant", None),
        ("homeassistant/", None),
        ("homeassistant?", None),
        ("homeassistant#", None),
        ("homeassistant\\", None),
        ("//homeassistant", None),
        ("homeassistant:0", None),
        ("homeassistant:99999", None),
        ("homeassistant:x", None),
        ("homeassistant:", None),
        ("%68omeassistant", None),
        ("0x7f000001", None),
        ("192.168.1", None),
        ("::1", None),
        ("[::1", None),
    ],
)
def test_a_host_that_is_asked_for_is_read_as_in_an_address(
    asked: str, found: tuple[str, int | None] | None
) -> None:
    """But for the port, of which it counts whether it is written."""
    if found is None:
        with pytest.raises(SharingError, match="invalid_address"):
            parse_host(asked)
        return

    assert parse_host(asked) == found
