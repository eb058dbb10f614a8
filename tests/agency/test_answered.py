"""The command and the script refuse a package whose request does not match its feed."""

from collections.abc import Callable
from dataclasses import replace
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    encode,
    sign,
    thumbprint,
)
from tests.engine.sharing.answering import DECLARATION as DRAFT, FEED, ONLINE
from tests.engine.sharing.evidence import NOW, Made, make_intent, make_zip, new_key
from tests.engine.sharing.requests.feeds import feature, feed_claims, feed_token
from tests.series import named

from .answers import answering, document, later
from .bench import Change, Desk, Parts, said_by_both

__all__ = ["answering", "document", "later"]

type Edit = Callable[[dict[str, Any]], None]
ID = "2025-0001"


@pytest.fixture
def bench(answering: Made, handed_over: Made, tmp_path: Path) -> Desk:
    """Return a desk whose good package answers a request."""
    return Desk(made=answering, zipped=handed_over, folder=tmp_path)


def notice_of(share: dict[str, Any]) -> dict[str, Any]:
    """Return the notice that the person saw."""
    shown: dict[str, Any] = share["consent"]["pii_processing"]["privacy_notice"]
    return shown


def stated(desk: Desk, edit: Edit, files: Change = lambda _: None) -> bytes:
    """Return a package with a changed statement of the home, and with changed files."""

    def restate(share: dict[str, Any]) -> None:
        edit(share)
        shown = notice_of(share)
        shown["digest"] = hashlib.sha256(canonical_json(shown["notice"])).hexdigest()

    package = desk.folder / "restated.tar"
    package.write_bytes(desk.restated(restate))
    made = replace(desk.made, package=replace(desk.made.package, path=package))
    return replace(desk, made=made).resigned(files)


def read(**changes: object) -> Callable[[Desk], bytes]:
    """Change the request in the statement and in the notice."""

    def make(desk: Desk) -> bytes:
        def edit(share: dict[str, Any]) -> None:
            share["request"] |= changes
            shown = notice_of(share)["notice"]["request"]
            shown |= {
                name: value for name, value in changes.items() if name != "feed_sha256"
            }
            share["request_id"] = share["request"]["request_id"]

        return stated(desk, edit)

    return make


def without(*names: str) -> Callable[[Desk], bytes]:
    """Remove members of the request from the statement and the notice."""

    def make(desk: Desk) -> bytes:
        def edit(share: dict[str, Any]) -> None:
            for name in names:
                del share["request"][name]
                notice_of(share)["notice"]["request"].pop(name, None)

        return stated(desk, edit)

    return make


def fed(token: str | bytes) -> Callable[[Desk], bytes]:
    """Replace the feed, and state the new feed's digest."""
    feed = token.encode() if isinstance(token, str) else token

    def make(desk: Desk) -> bytes:
        def edit(share: dict[str, Any]) -> None:
            share["request"]["feed_sha256"] = hashlib.sha256(feed).hexdigest()

        return stated(desk, edit, lambda parts: parts.update({REQUESTS: feed}))

    return make


REQUESTS = "data/requests.jws"
DECLARATION = "data/declaration.txt"


def headed(header: dict[str, Any] | bytes) -> str:
    """Replace the header of the feed; the signature then does not match."""
    if not isinstance(header, bytes):
        header = canonical_json(header)
    _, claims, signature = FEED.split(".")
    return f"{encode(header)}.{claims}.{signature}"


def claimed(claims: bytes) -> str:
    """Replace the claims of the feed; the signature then does not match."""
    header, _, signature = FEED.split(".")
    return f"{header}.{encode(claims)}.{signature}"


def spelt(**changes: object) -> bytes:
    """Write the claims of a feed as indented JSON."""
    return json.dumps(feed_claims([feature()], **changes), indent=1).encode()


def nested(deep: int) -> bytes:
    """Write claims with nested lists, and with brackets in a string."""
    written = spelt(more="@", note='[[[["\\')
    return written.replace(b'"@"', b"[" * deep + b"]" * deep)


def of(request_id: str) -> Callable[[Desk], bytes]:
    """Use this request id in the feed, the statement and the notice."""
    feed = feed_token(ONLINE, feature(request_id)).encode()

    def make(desk: Desk) -> bytes:
        def edit(share: dict[str, Any]) -> None:
            share["request"]["feed_sha256"] = hashlib.sha256(feed).hexdigest()
            share["request_id"] = share["request"]["request_id"] = request_id
            notice_of(share)["notice"]["request"]["request_id"] = request_id

        return stated(desk, edit, lambda parts: parts.update({REQUESTS: feed}))

    return make


def only(name: str, file: str | None = None) -> Callable[[Desk], bytes]:
    """Change only the statement or only the notice."""

    def make(desk: Desk) -> bytes:
        def edit(share: dict[str, Any]) -> None:
            target = share if file is None else notice_of(share)["notice"]
            target[name] = None

        return stated(desk, edit)

    return make


def gone(name: str) -> Callable[[Desk], bytes]:
    """Remove a file."""
    return lambda desk: desk.resigned(without_file(name))


def without_file(name: str) -> Change:
    """Remove a file."""

    def edit(parts: Parts) -> None:
        del parts[name]

    return edit


def put(name: str, content: bytes) -> Callable[[Desk], bytes]:
    """Replace a file."""
    return lambda desk: desk.resigned(lambda parts: parts.update({name: content}))


def untold(name: str) -> Callable[[Desk], bytes]:
    """Leave a file in the package that neither statement nor notice mentions."""

    def make(desk: Desk) -> bytes:
        def edit(share: dict[str, Any]) -> None:
            share[name] = share["request_id"] = None
            notice_of(share)["notice"][name] = None

        return stated(desk, edit)

    return make


HEADER = {
    "alg": "ES256",
    "kid": thumbprint(ONLINE.public_key()),
    "typ": "doorwatch-requests+jwt",
}
OTHER = new_key()
LETTERS = "\\u0000 \x01 \u2028 é 🚪 \ufeff / \\"


def _odd_feed() -> bytes:
    """Return a feed with all unusual forms that readers must accept."""
    more = (feature(f"{n}") for n in range(300))
    odd = feature("x", note={"id": ID}), feature(note={"id": ID}, version=None)
    claims = json.dumps(feed_claims([*more, *odd], more="@", note=LETTERS), indent=1)
    claims = claims.replace('"seq"', '"iat": 1, "seq"')
    claims = claims.replace('"@"', "[" * 2046 + "]" * 2046)
    header = canonical_json(HEADER | {"jwk": {"kty": "EC"}})
    signature = FEED.rpartition(".")[2]
    return f"{encode(header)}.{encode(claims.encode())}.{signature}".encode()


ODD_FEED = _odd_feed()


def all_at_once(share: dict[str, Any]) -> None:
    """State the digest of the odd feed, and leave out the request's title and text."""
    share["request"] |= {"title": None, "text": None}
    notice_of(share)["notice"]["request"] |= {"title": None, "text": None}
    share["request"]["feed_sha256"] = hashlib.sha256(ODD_FEED).hexdigest()


GOOD: dict[str, Callable[[Desk], bytes]] = {
    "as it came": lambda desk: desk.tar,
    "signed by nobody we know": fed(feed_token(OTHER, feature())),
    "spelt in another way": fed(claimed(spelt())),
    "among many": fed(
        feed_token(ONLINE, *(feature(f"{n}") for n in range(300)), feature())
    ),
    "with an id of its own inside": fed(
        feed_token(ONLINE, feature(note={"id": ID}), feature("x", note={"id": ID}))
    ),
    "a text that was not shown": read(title=None, text=None),
    "no version in the feed": fed(feed_token(ONLINE, feature(version=None))),
    "an odd version in the feed": fed(feed_token(ONLINE, feature(version="2"))),
    "a version of another kind": fed(feed_token(ONLINE, feature(version=1.0))),
    "with a key of its own": fed(headed(HEADER | {"jwk": {"kty": "EC"}})),
    "a name twice": fed(claimed(spelt().replace(b'"seq"', b'"iat": 1, "seq"'))),
    "nested deeply": fed(claimed(nested(2046))),
    "a long id": of("x" * 200),
    "an id of signs": of('\\"!*-n~$[a]'),
    "letters of all kinds": fed(claimed(spelt(more=LETTERS))),
    "a long id of signs": of(('\\"!*-n~$[a]' * 19)[:200]),
    "all of that at once": lambda desk: stated(
        desk,
        all_at_once,
        lambda parts: parts.update({REQUESTS: ODD_FEED}),
    ),
}

BAD: dict[str, Callable[[Desk], bytes]] = {
    **{
        f"another {name}": read(**{name: value})
        for name, value in {
            "title": "Another",
            "text": "Somebody took a red bicycle.",
            "case_reference": "PL1300-2025-0002",
            "offence": "Theft",
            "investigation_code": "INV",
            "contact": "other@police.example",
            "terms": "None",
            "begins": "2024-12-31T01:00:00.001Z",
            "ends": "2024-12-31T03:30:00.000Z",
            "until": "2025-02-01T00:00:00.000Z",
            "version": 2,
            "request_id": "2025-0003",
            "feed_sha256": "ab" * 32,
        }.items()
    },
    **{
        f"{name} that is none": read(**{name: None})
        for name in ("case_reference", "offence", "contact", "begins", "ends")
    },
    "a title that is a number": read(title=7),
    "a time as the feed writes it": read(begins="2024-12-31T01:00:00Z"),
    "a version that is a text": read(version="1"),
    "a version that is true": read(version=True),
    "an id that is a number": read(request_id=1),
    "nothing said of the text": without("text"),
    "nothing said of the feed": without("feed_sha256"),
    "something more said": read(note="more"),
    "another request in the notice": only("request", "notice"),
    "another id beside it": only("request_id"),
    "a request that is a text": lambda desk: stated(
        desk, lambda share: share.update(request="2025-0001")
    ),
    "a request in the notice alone": lambda desk: stated(
        desk,
        lambda share: share.update(request=None, request_id=None),
        without_file(REQUESTS),
    ),
    "no feed": gone(REQUESTS),
    "a feed of which nothing is said": untold("request"),
    "another feed": put(REQUESTS, feed_token(OTHER, feature()).encode()),
    "a feed without it": fed(feed_token(ONLINE, feature("another"))),
    "a feed with it twice": fed(feed_token(ONLINE, feature(), feature())),
    "a bulletin": fed(feed_token(ONLINE, feature() | {"featureType": "bulletin"})),
    "no properties": fed(feed_token(ONLINE, feature() | {"properties": None})),
    "no window": fed(feed_token(ONLINE, feature() | {"time": None})),
    "a window of three": fed(
        feed_token(
            ONLINE,
            feature()
            | {
                "time": {
                    "interval": [
                        "2024-12-31T01:00:00Z",
                        "2024-12-31T03:30:00.5Z",
                        "2024-12-31T03:30:00.5Z",
                    ]
                }
            },
        )
    ),
    "features that are no list": fed(
        feed_token(ONLINE, feed={"features": {"a": feature()}})
    ),
    "no features": fed(feed_token(ONLINE, feed={})),
    "another agency's feed": fed(
        feed_token(ONLINE, feature(), iss="https://x.example")
    ),
    "a feed without a date": fed(feed_token(ONLINE, feature(), iat="today")),
    "a feed of another kind": fed(
        sign(DocumentKind.RECEIPT, feed_claims([feature()]), ONLINE)
    ),
    "no algorithm": fed(headed(HEADER | {"alg": "none"})),
    "no key is named": fed(headed({"alg": "ES256", "typ": HEADER["typ"]})),
    "a header more": fed(headed(HEADER | {"crit": ["x"]})),
    "a header that is none": fed(headed(b"[]")),
    "claims that are none": fed(claimed(b"nonsense")),
    "claims with a NUL": fed(claimed(spelt(more="\0"))),
    "claims with half a letter": fed(claimed(spelt(more="\ud800"))),
    "claims with no number": fed(claimed(spelt(more=float("nan")))),
    "claims with a number without end": fed(
        claimed(spelt().replace(b'"seq": 7', b'"seq": 1e999'))
    ),
    "claims with too large a number": fed(claimed(spelt(more=2**64))),
    "four parts": fed(f"{FEED}.x"),
    "a line feed behind": fed(f"{FEED}\n"),
    "another spelling of base64url": fed(FEED[:-1] + chr(ord(FEED[-1]) ^ 1)),
    "nothing signed": fed(FEED.rpartition(".")[0] + "."),
    "something behind the header": fed(headed(canonical_json(HEADER) + b"{}")),
    "something behind the claims": fed(claimed(spelt() + b" x")),
    "a NUL behind the claims": fed(claimed(spelt() + b"\0")),
    "another object behind the claims": fed(claimed(spelt() + b',{"a":1}')),
    "a NUL that another one hides": fed(
        claimed(spelt(more="@").replace(b'"more"', b'"more": "\\u0000", "more"'))
    ),
    "half a letter that another one hides": fed(
        claimed(spelt(more="@").replace(b'"more"', b'"more": ["\\ud800"], "more"'))
    ),
    "nested too deeply": fed(claimed(nested(2047))),
    "nested without end": fed(claimed(nested(100_000))),
    "closed already": fed(feed_token(ONLINE, feature(state="closed"))),
    "too long an id": of("x" * 201),
    "an endless id": of("x" * 200_000),
    "an id with a space": of("a b"),
    "an id in two lines": of("a\nb"),
    "an id of letters of all kinds": of("é"),
    "an id that turns the line": of("a\u202eb"),
    "no id": of(""),
    "no declaration": gone(DECLARATION),
    "another declaration": put(DECLARATION, b"I declare what I like.\n"),
    "a declaration of which nothing is said": untold("declaration_sha256"),
    "a declaration that the person did not read": only("declaration_sha256", "notice"),
    "too large a feed": put(REQUESTS, b"x" * 4_000_001),
    "a third file more": put("data/more.txt", b""),
}


# Ordinary runs use only these cases: one for each reason of the script or the command to refuse a
# package, and more where a reason covers several checks.
GOOD_KEPT = ("as it came", "a long id of signs", "all of that at once")
BAD_KEPT = (
    "another title",
    "another version",
    "another request_id",
    "another feed_sha256",
    "nothing said of the text",
    "another request in the notice",
    "no feed",
    "a feed of which nothing is said",
    "another agency's feed",
    "a feed without a date",
    "a feed of another kind",
    "no key is named",
    "a header that is none",
    "closed already",
    "no declaration",
    "another declaration",
    "a declaration of which nothing is said",
    "too large a feed",
    "another begins",
    "offence that is none",
    "a title that is a number",
    "a feed with it twice",
    "a bulletin",
    "an id with a space",
    "too long an id",
    "another spelling of base64url",
    "a NUL that another one hides",
    "nested too deeply",
)


@pytest.mark.parametrize("name", named(GOOD_KEPT, GOOD))
def test_both_accept_a_request_that_is_in_the_feed(
    bench: Desk, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The agency may serialize the feed in any valid form."""
    command, script, words = said_by_both(bench, GOOD[name](bench), capsys)
    assert (command, script) == (0, 0), words


@pytest.mark.parametrize("name", named(BAD_KEPT, BAD))
def test_both_refuse_a_request_that_is_not(
    bench: Desk, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The request is missing from the feed, or differs from the one that the person read."""
    command, script, words = said_by_both(bench, BAD[name](bench), capsys)
    assert (command, script) == (1, 1), words


def test_a_feed_whose_signature_does_not_fit_its_key_is_refused(
    bench: Desk, capsys: pytest.CaptureFixture[str], document: Path
) -> None:
    """The key is the agency's, but the signature is for other claims."""
    header, claims, _ = FEED.split(".")
    signature = feed_token(ONLINE, feature("other")).rpartition(".")[2]
    package = fed(f"{header}.{claims}.{signature}")(bench)
    command, script, words = said_by_both(bench, package, capsys, document)
    assert (command, script) == (1, 1), words
    assert "signature does not match" in words


def test_a_zip_with_a_declaration_is_accepted(
    clip: Clip, bench: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Stock programs can unpack the draft of the declaration."""
    intent = make_intent(clip, tmp_path / "staging", declaration=DRAFT)
    made = make_zip(intent, tmp_path / "share.zip")
    content = made.package.path.read_bytes()
    command, script, words = said_by_both(bench, content, capsys)
    assert (command, script) == (0, 0), words


def test_a_request_that_is_only_named_is_said_to_be_proved_by_nothing(
    bench: Desk, capsys: pytest.CaptureFixture[str], document: Path
) -> None:
    """Earlier homes sent packages that only name the request, so they are accepted."""

    def edit(share: dict[str, Any]) -> None:
        del share["request"]
        notice_of(share)["notice"]["request"] = None

    package = stated(bench, edit, without_file(REQUESTS))
    command, script, words = said_by_both(bench, package, capsys, document)
    assert (command, script) == (0, 0), words
    assert "It names the request 2025-0001, but includes no feed." in words
    assert 'it names the request "2025-0001", but includes no feed' in words
    assert "this request is yours" not in words


@pytest.mark.parametrize("what", ["until", "exp", "neither"])
def test_an_answer_to_what_had_ended_is_said_to_be_one(
    bench: Desk, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """Such an answer is not refused, because the home's clock may be wrong."""
    until = (
        "2024-12-31T23:59:59.000Z" if what == "until" else "2025-01-31T00:00:00.000Z"
    )
    exp = NOW if what == "exp" else NOW + 1
    feed = feed_token(ONLINE, feature(until=until), exp=exp).encode()

    def edit(share: dict[str, Any]) -> None:
        share["request"]["feed_sha256"] = hashlib.sha256(feed).hexdigest()
        share["request"]["until"] = until
        notice_of(share)["notice"]["request"]["until"] = until

    package = stated(bench, edit, lambda parts: parts.update({REQUESTS: feed}))
    command, script, words = said_by_both(bench, package, capsys)
    assert (command, script) == (0, 0), words
    count = 0 if what == "neither" else 2
    assert words.count("had already ended when the person tapped") == count


def test_both_look_only_at_the_signature_of_a_feed_that_an_agency_spelt_its_own_way(
    bench: Desk, capsys: pytest.CaptureFixture[str], document: Path
) -> None:
    """A document adds only the check of the feed's signature."""
    claims = spelt().replace(b'"seq"', b'"iat": 1, "seq"')
    signed = f"{encode(canonical_json(HEADER))}.{encode(claims)}"
    key = replace(bench, made=replace(bench.made, key=ONLINE))
    signature = encode(key.raw_signature(signed.encode()))
    package = fed(f"{signed}.{signature}")(bench)
    command, script, words = said_by_both(bench, package, capsys, document)
    assert (command, script) == (0, 0), words
    assert words.count("so this request is yours") == 2


def test_no_text_of_a_package_steers_the_terminal(
    bench: Desk, capsys: pytest.CaptureFixture[str], later: Path
) -> None:
    """The texts are the request's and the feed's key id."""
    odd = "A\u202e\u2066\u009b2J\u200b\ufeff\U000e0041Z"
    case = {"case_reference": odd}
    header = encode(canonical_json(HEADER | {"kid": odd}))
    feed = feed_token(ONLINE, feature(**case))
    feed = ".".join((header, *feed.split(".")[1:]))

    def edit(share: dict[str, Any]) -> None:
        share["request"]["feed_sha256"] = hashlib.sha256(feed.encode()).hexdigest()
        share["request"] |= case
        notice_of(share)["notice"]["request"] |= case

    package = stated(bench, edit, lambda parts: parts.update({REQUESTS: feed.encode()}))
    command, script, words = said_by_both(bench, package, capsys, later)
    assert (command, script) == (0, 0), words
    assert not set("\u202e\u2066\u009b\u200b\ufeff\U000e0041") & set(words)
    assert words.count('"A???2J???Z"') == 2
