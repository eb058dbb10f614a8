"""Test that feeds of a malicious agency are refused with a reason, or harmless."""

from collections.abc import Callable
import json
import marshal
import math
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.requests.compact import MOST_REQUESTS
from custom_components.doorwatch.engine.sharing.requests.feed import (
    Feed,
    FeedPin,
    Lack,
    Request,
    read_feed,
)
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    LONGEST_TOKEN,
    DocumentKind,
    encode,
    sign,
    thumbprint,
)
from tests.engine.sharing.documents.tokens import outcome, signature_of
from tests.engine.sharing.evidence import NOW, ORIGIN, new_key

from .feeds import INSIDE, SQUARE, covers, feature, feed_claims, feed_token

ONLINE = new_key()
OTHER = new_key()
KID = thumbprint(ONLINE.public_key())
PIN = FeedPin(seq=5, newest_iat=NOW - 200, signed_by=KID)
HEADER: dict[str, object] = {
    "alg": "ES256",
    "typ": DocumentKind.REQUESTS.value,
    "kid": KID,
}
MANY = [[4.9 + n / 1e6, 52.37 + n % 2 / 1e6] for n in range(10_000)]


def read(token: str) -> Feed | str:
    """Read a feed; return the problem if it is refused."""
    keys = [ONLINE.public_key()]
    return outcome(lambda: read_feed(token, issuer=ORIGIN, keys=keys, pin=PIN, now=NOW))


def written(claims: str, header: dict[str, object] | None = None) -> str:
    """Sign claims in JSON text without checking them."""
    signed = f"{encode(canonical_json(header or HEADER))}.{encode(claims.encode())}"
    return f"{signed}.{signature_of(signed, ONLINE)}"


def with_value(value: str, *others: object) -> str:
    """Sign a feed with this JSON text as a value of the first request."""
    claims = json.dumps(feed_claims([feature(text="HERE"), *others]))
    return written(claims.replace('"HERE"', value))


def nested(depth: int) -> str:
    """Return nested features of this depth, with a long text in the innermost."""
    return '{"type":"Feature","in":' * depth + f'"{"x" * 30_000}"' + "}" * depth


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: feed_token(ONLINE, seq=4), "replayed"),
        (lambda: feed_token(ONLINE, iat=NOW - 201), "replayed"),
        (lambda: feed_token(ONLINE, exp=NOW), "document_expired"),
        (lambda: feed_token(ONLINE, iat=NOW + 301), "clock_behind"),
        (lambda: feed_token(ONLINE, iss="https://mirror.example"), "issuer_mismatch"),
        (lambda: feed_token(OTHER), "document_invalid"),
        (
            lambda: sign(DocumentKind.AGENCY, feed_claims([]), ONLINE),
            "document_invalid",
        ),
        (
            lambda: written(json.dumps(feed_claims([])), HEADER | {"alg": "none"}),
            "document_invalid",
        ),
        (
            lambda: written(json.dumps(feed_claims([])), HEADER | {"crit": []}),
            "document_invalid",
        ),
        (lambda: feed_token(ONLINE)[:-4] + "AAAA", "document_invalid"),
        (lambda: "", "document_invalid"),
        (lambda: "<!doctype html><title>Sign in</title>", "document_invalid"),
        (lambda: "a" * (LONGEST_TOKEN + 1), "document_invalid"),
        (lambda: with_value("[" * 100_000), "document_invalid"),
        (lambda: with_value("[" * 500_000 + "]" * 500_000), "document_invalid"),
        (
            lambda: with_value('{"a":' * 400_000 + "1" + "}" * 400_000),
            "document_invalid",
        ),
        (lambda: with_value("9" * 5000), "document_invalid"),
        (lambda: with_value("1e999"), "document_invalid"),
        (lambda: with_value("NaN"), "document_invalid"),
        (lambda: with_value("-Infinity"), "document_invalid"),
        (lambda: with_value('{"a": 1, "a": 2}'), "document_invalid"),
        (lambda: written('{"seq": 7, "seq": 8}'), "document_invalid"),
        (lambda: feed_token(ONLINE, feature("1"), feature("1")), "document_invalid"),
        (lambda: feed_token(ONLINE, feature("a\nb")), "document_invalid"),
        (lambda: feed_token(ONLINE, feature("\u0430")), "document_invalid"),
        (lambda: feed_token(ONLINE, seq=2**53), "document_invalid"),
        (lambda: feed_token(ONLINE, seq=7.0), "document_invalid"),
        (lambda: feed_token(ONLINE, exp=2**60), "document_invalid"),
        (
            lambda: feed_token(
                ONLINE, *(feature(str(n), text=None) for n in range(MOST_REQUESTS + 1))
            ),
            "document_invalid",
        ),
        (lambda: with_value(nested(MOST_REQUESTS)), "document_invalid"),
    ],
)
def test_a_hostile_feed_is_refused_with_its_reason(
    make: Callable[[], str], problem: str
) -> None:
    assert read(make()) == problem


@pytest.mark.parametrize(
    "value",
    ["[" * 2500 + "]" * 2500, nested(1), nested(MOST_REQUESTS - 2)],
    ids=["lists", "a feature", "many features"],
)
def test_a_request_that_nests_spoils_nothing_else(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nested values are not copied at each level either."""
    written: list[int] = []
    dumps = marshal.dumps

    def dump(found: Any) -> bytes:
        data = dumps(found)
        written.append(len(data))
        return data

    token = with_value(value, feature("other"))
    monkeypatch.setattr(marshal, "dumps", dump)
    feed = read(token)
    assert isinstance(feed, Feed)
    nests, other = feed.requests
    assert (nests.request_id, nests.title, nests.text) == ("2025-0001", None, None)
    assert {Lack.CONTACT, Lack.WINDOW, Lack.UNTIL, Lack.AREA} <= nests.lacks
    assert (other.request_id, other.lacks) == ("other", frozenset())
    assert sum(written) < len(token)


def request(**changes: Any) -> Request:
    """Read the only request of a feed."""
    feed = read(feed_token(ONLINE, feature(**changes)))
    assert isinstance(feed, Feed)
    [found] = feed.requests
    return found


@pytest.mark.parametrize(
    ("coordinates", "lack"),
    [
        ([[[4, 52], [5, 53], [5, 52], [4, 53], [4, 52]]], Lack.AREA),
        ([MANY], Lack.AREA),
        ([SQUARE] * 10_000, Lack.AREA),
        ([[[4.9, 52.37], [4.91, 52.37], [4.9, 52.37]]], Lack.AREA),
        # A ring across the antimeridian would go around the Earth the other way.
        (
            [[[179.999, 10], [-179.999, 10], [-179.999, 10.001], [179.999, 10.001]]],
            Lack.AREA,
        ),
        # The same with a ring of almost no area.
        ([[[-179, 10], [179, 10], [0, 10.0000001]]], Lack.AREA),
        # A pole is on every meridian.
        ([[[-180, 89], [180, 89], [180, 90], [-180, 90]]], Lack.AREA),
        # A line through a town, one meter wide.
        (
            [[[4, 52], [4.3, 52], [4.3, 52.00001], [4, 52.00001]]],
            Lack.OUTLINE_TOO_LONG,
        ),
        ([[[1e300, 52], [5, 53], [5, 52], [1e300, 52]]], Lack.AREA),
        ([[[10**400, 52], [5, 53], [5, 52], [10**400, 52]]], Lack.AREA),
    ],
    ids=[
        "crosses itself",
        "corners",
        "rings",
        "no width",
        "antimeridian",
        "sliver",
        "pole",
        "line",
        "float",
        "int",
    ],
)
def test_a_hostile_area_covers_nobody(
    coordinates: list[list[list[float]]], lack: Lack
) -> None:
    """The area is missing, or violates a rule."""
    rings = [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in coordinates]
    found = request(geometry={"type": "Polygon", "coordinates": rings})
    assert lack in found.lacks


def test_an_area_around_a_pole_cannot_be_drawn() -> None:
    """On a map its outline goes to the pole and back."""
    ring = [[-180, 89.999], [180, 89.999], [180, 90], [-180, 90], [-180, 89.999]]
    found = request(geometry={"type": "Polygon", "coordinates": [ring]})
    assert found.lacks == {Lack.AREA}


@pytest.mark.parametrize(
    "text",
    [
        "<img src=https://track.example/x.png onerror=alert(1)>",
        "[Prize](javascript:alert(1)) https://track.example/?home=1",
        "{{ states('lock.front') }} ${x} %s %n",
        "=cmd|' /C calc'!A0",
        "\N{FULLWIDTH LATIN SMALL LETTER A}\N{CYRILLIC SMALL LETTER A}",
    ],
)
def test_markup_is_text(text: str) -> None:
    """The text is kept unchanged and not interpreted."""
    found = request(title=text, text=text, case_reference=text, offence=text)
    assert (found.title, found.text, found.case_reference) == (text, text, text)


@pytest.mark.parametrize(
    "line",
    [
        "Theft\u202etfehT",
        "Theft\u2066x\u2069",
        "Theft\x1b[2J",
        "Theft\r\nCase closed",
        "Theft\u2028Case closed",
        "Theft\x00",
        "\U000e0054\U000e0068",
        "T" + "\u0301" * 9 + "heft",
        "T" + "\u0301\u200d\u0489" * 9 + "heft",
        "T" * 201,
        "\u3164",
        {"toString": "Theft"},
        ["Theft"],
        True,
    ],
)
def test_a_line_that_would_show_something_else_is_none(line: object) -> None:
    """A request that needs the line lacks it and is not valid."""
    found = request(offence=line, title=line, text=line)
    assert found.lacks == {Lack.OFFENCE}
    assert found.title is None
    assert found.text is None or line == "T" * 201


def test_what_a_feed_names_beside_what_is_read_is_left_out() -> None:
    found = request(
        url="https://track.example",
        image="https://track.example/x.png",
        upload_endpoint="https://other.example",
        age_recipients=["age1other"],
        reward=1000,
        version=10**300,
        labels=["person", "face", 7, {"a": 1}, ["person"]],
        state=["closed"],
    )
    assert not found.lacks
    assert found.labels == {"person"}
    assert (found.version, found.closed) == (1, False)
    assert "track.example" not in repr(found)
    assert "other.example" not in repr(found)
    assert covers(found, *INSIDE)
    assert not covers(found, math.nan, math.nan)
