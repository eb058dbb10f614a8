"""Test parsing and comparing addresses of agencies and pages."""

import re

from hypothesis import given, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.addresses import (
    origin_of,
    parse_address,
)
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    document_url,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("police.example", f"https://police.example{WELL_KNOWN}"),
        ("  Police.Example/ ", f"https://police.example{WELL_KNOWN}"),
        ("police.example.", f"https://police.example{WELL_KNOWN}"),
        ("https://police.example:8443", f"https://police.example:8443{WELL_KNOWN}"),
        ("https://police.example:443/", f"https://police.example{WELL_KNOWN}"),
        ("police.example/some/doc.txt", "https://police.example/some/doc.txt"),
        ("https://police.example/doc?id=1#top", "https://police.example/doc?id=1"),
        ("192.0.2.7:8443", f"https://192.0.2.7:8443{WELL_KNOWN}"),
        ("https://[2001:db8::7]", f"https://[2001:db8::7]{WELL_KNOWN}"),
        ("polícia.example", f"https://xn--polcia-5va.example{WELL_KNOWN}"),
        ("POLÍCIA.example", f"https://xn--polcia-5va.example{WELL_KNOWN}"),
        ("roti。example", f"https://roti.example{WELL_KNOWN}"),
    ],
)
def test_what_a_person_types_becomes_an_address(typed: str, expected: str) -> None:
    """The input may be a host, an origin or a full address."""
    assert document_url(typed) == expected


@pytest.mark.parametrize(
    "scanned",
    [
        f"https://police.example{WELL_KNOWN}\n",
        f"\u00a0 https://police.example{WELL_KNOWN}\r\n ",
        f"HTTPS://POLICE.EXAMPLE{WELL_KNOWN.upper()}",
        f"Https://Police.Example{WELL_KNOWN}",
        f"QR code: https://police.example{WELL_KNOWN}",
        f"Open “https://police.example{WELL_KNOWN}”.",
        f"Add us\n<HTTPS://POLICE.EXAMPLE{WELL_KNOWN.upper()}>\nin Doorwatch",
        "Our website is https://police.example.",
    ],
)
def test_what_a_scanner_gives_is_an_address(scanned: str) -> None:
    """Phones may add other text to the code on a leaflet."""
    assert document_url(scanned) == f"https://police.example{WELL_KNOWN}"


def test_a_name_that_mixes_scripts_shows_itself() -> None:
    """A Cyrillic letter in "police" is shown as punycode."""
    url = document_url("p\u043elice.example")
    assert url.startswith("https://xn--")
    assert parse_address(url).host.isascii()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "http://police.example",
        "ftp://police.example",
        "file:///etc/passwd",
        "https://",
        "https://user@police.example",
        "https://user:secret@police.example",
        "https://@police.example",
        "police.example:0",
        "police.example:",
        "police.example:99999",
        "police.example:x",
        "pol ice.example",
        "police.example\\@evil.example",
        "police.exa\tmple",
        "police.example/a\nb",
        "127.1",
        "https://0x7f.1",
        "2130706433",
        "1.2.3.4.5",
        "-police.example",
        "police..example",
        "[::1",
        "[fe80::1%25eth0]",
        "[127.0.0.1]",
        "[v1.x]",
        "2001:db8::7",
        "pol%69ce.example",
        "x" * 64 + ".example",
        ".".join(["xxxxxxxx"] * 40),
        "\u2665\u202e.example",
        "a\u2024b\ufffd.example",
        "http://localhost:8080",
        "http://192.168.1.5",
        "our website: police.example",
        "https://police.example or https://other.example",
        "https://police.example https://police.example",
        "now http://police.example",
        "say ://",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """The error does not repeat the input, which may contain a login."""
    with pytest.raises(SharingError) as caught:
        document_url(typed)
    assert caught.value.problem == "invalid_address"
    assert "secret" not in repr(caught.value)


@pytest.mark.parametrize(
    "host", ["localhost", "agency.localhost", "127.0.0.1", "127.8.8.8", "[::1]"]
)
def test_plain_http_is_for_this_machine_only(host: str) -> None:
    """It is only allowed for an agency on the local network."""
    typed = f"http://{host}:8080"
    assert document_url(typed, local=True) == typed + WELL_KNOWN
    with pytest.raises(SharingError):
        document_url(typed)
    with pytest.raises(SharingError):
        document_url("http://192.168.1.5", local=True)
    assert document_url("192.168.1.5", local=True).startswith("https://192")


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """Parsing the address again does not change it."""
    try:
        url = document_url(text)
    except SharingError:
        return
    assert re.match(r"https://[a-z0-9._\[\]:-]+/", url)
    assert origin_of(url) == url[: len(origin_of(url))]
    assert str(parse_address(url)) == url


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
        # Browsers read these as IPv4 addresses and normalize them.
        ("http://3405803783/", None),
        ("http://0x7f000001/", None),
        ("http://192.168.1/", None),
        ("http://192.168.001.005/", None),
        ("http://[fe80::1%25eth0]/", None),
        ("http://[::1", None),
    ],
)
def test_an_address_has_one_origin_or_none(address: str, origin: str | None) -> None:
    """An address that parsers may read differently has no origin."""
    if origin is None:
        with pytest.raises(SharingError, match="invalid_address"):
            origin_of(address)
        return

    assert origin_of(address) == origin == origin_of(origin)
