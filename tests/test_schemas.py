"""Test that the published schemas match what the home and the agency write."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any

from jsonschema import Draft202012Validator
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.agency import UploadPage
from custom_components.doorwatch.engine.sharing.documents.consent import (
    SENTENCES,
    consent_receipt,
)
from custom_components.doorwatch.engine.sharing.documents.discovery import read_document
from custom_components.doorwatch.engine.sharing.documents.statement import (
    make_statement,
)
from custom_components.doorwatch.engine.sharing.documents.withdrawals import (
    make_request,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
)
from custom_components.doorwatch.engine.sharing.requests.feed import read_feed
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import decode, thumbprint
from tests import videos as media
from tests.engine.sharing.answering import make_answer
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    SHARE_ID,
    STARTED,
    URL,
    agency_claims,
    agency_token,
    by_hand,
    group_token,
    make_clip,
    make_context,
    make_intent,
    new_key,
    part_with_digest,
)
from tests.engine.sharing.packed import FACE
from tests.engine.sharing.requests.feeds import feature, feed_claims, feed_token
from tests.repository import ROOT
from tests.schemas import problems, schemas

KEY = new_key()
HOME = thumbprint(KEY.public_key())
SYSTEM = {
    "clock_synchronised": None,
    "camera_clock_offset": -0.25,
    "camera_make": None,
    "camera_model": "Bell 2",
    "time_zone": "Europe/Amsterdam",
    "software": {"doorwatch": "1.0.0", "home_assistant": "2026.10.4", "python": "3.14"},
}


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a signed document."""
    found: dict[str, Any] = json.loads(decode(token.split(".")[1]))
    return found


@pytest.fixture(scope="module")
def clip() -> Clip:
    """Return a saved clip with audio, which tests must not change."""
    return make_clip(media.make(media.SMALL).path)


def plain(clip: Clip, folder: Path) -> Intent:
    """Share the clip without edits."""
    return make_intent(clip, folder)


def cut(clip: Clip, folder: Path) -> Intent:
    """Share a part of the clip, with everything that a person can add."""
    gap = (STARTED + timedelta(seconds=3), STARTED + timedelta(seconds=4))
    return make_intent(
        replace(clip, gaps=(gap,), part=2, recovered=True, labels={}),
        folder,
        edits=Edits(start=2.0, end=6.5),
        personal=PersonalDetails(name="Ann", contact="ann@home.example"),
        compared=False,
        note="He took\nthe parcel.",
        case_reference="2026/117",
    )


def redacted(clip: Clip, folder: Path) -> Intent:
    """Share the clip with redacted areas, one of them for half a second."""
    sometimes = replace(FACE, left=0.5, start=2.0, end=2.5)
    edits = Edits(start=2.0, end=3.0, audio=True, redact=(FACE, sometimes))
    return make_intent(clip, folder, edits=edits)


def fetched(clip: Clip, folder: Path) -> Intent:
    """Share a clip that was fetched from a manufacturer's service."""
    return make_intent(replace(clip, fetched_from="ring", event="motion"), folder)


def handed_over(clip: Clip, folder: Path) -> Intent:
    """Share with an agency that publishes no document."""
    page = UploadPage(name="Other Police", origin=ORIGIN, host="police.example")
    return by_hand(make_intent(clip, folder, document=page))  # type: ignore[arg-type] # the dialog also passes an upload page


SHARED: list[Callable[[Clip, Path], Intent]] = [
    plain,
    cut,
    redacted,
    fetched,
    handed_over,
    make_answer,
]


@pytest.mark.parametrize("make", SHARED)
def test_what_a_home_states_is_described(
    make: Callable[[Clip, Path], Intent], clip: Clip, tmp_path: Path
) -> None:
    """The statement includes the consent record and notice; the person's receipt has a schema too."""
    intent = make(clip, tmp_path)
    parts = ("part-1",) if make is cut else None
    context = make_context(system=SYSTEM, other_parts=parts)
    said = make_statement(intent, context, home=HOME)
    receipt = consent_receipt(
        intent, share_id=SHARE_ID, confirmed_at=context.confirmed_at, key=KEY
    )

    assert problems("share", said) == []
    assert problems("consent-receipt", claims(receipt)) == []


def test_every_sentence_has_its_place() -> None:
    """The schema lists the same sentences as the code."""
    listed: Any = schemas()["notice.json"]["properties"]
    assert set(listed["sentences"]["items"]["enum"]) == set(SENTENCES)


def test_schemas_are_schemas_that_describe_every_member() -> None:
    """The schemas are valid for draft 2020-12, and each object sets additionalProperties."""

    def objects(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("type") == "object":
                yield node
            for inner in node.values():
                yield from objects(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from objects(inner)

    for name, schema in schemas().items():
        Draft202012Validator.check_schema(schema)
        assert schema["$id"] == name
        for each in objects(schema):
            if each != {
                "type": "object"
            }:  # objects of each kind are described elsewhere
                assert "additionalProperties" in each, f"{name}: {each}"


def test_each_schema_is_in_the_list() -> None:
    index = (ROOT / "docs/schemas/README.md").read_text()

    assert set(re.findall(r"\((\w[\w-]*\.json)\)", index)) == set(schemas())


# Documents of agencies

GOOD_DOCUMENTS: dict[str, dict[str, object]] = {
    "with what may be left out": {
        "requests_uri": "https://feed.example/feed",
        "requests_mirrors": ["https://mirror.example/feed"],
        "withdrawals_uri": f"{ORIGIN}/withdrawals",
        "next_root_jkt": HOME,
    },
    "without": {"receipts_uri": None, "upload_code_required": None},
    "for no number of days": {
        "retention": part_with_digest("As long as the law says.", days=None)
    },
}
BAD_DOCUMENTS: dict[str, dict[str, object]] = {
    "no name": {"name": None},
    "a long name": {"name": "x" * 201},
    "a name on two lines": {"name": "a\nb"},
    "a name that turns around": {"name": "a\u202eb"},
    "a number for a name": {"name": 7},
    "no keys": {"keys": {"keys": []}},
    "too many keys": {"keys": {"keys": agency_claims()["keys"]["keys"] * 17}},  # type: ignore[index] # a JWKS
    "another curve": {"keys": {"keys": [{"crv": "P-384", "kty": "EC"}]}},
    "no recipients": {"age_recipients": []},
    "another kind of recipient": {"age_recipients": ["ssh-ed25519 AAAA"]},
    "no endpoint": {"upload_endpoint": None},
    "an endpoint of FTP": {"upload_endpoint": "ftp://police.example/"},
    "a code or not": {"upload_code_required": "yes"},
    "a mirror in the clear": {
        "requests_uri": f"{ORIGIN}/feed",
        "requests_mirrors": ["http://mirror.example/"],
    },
    "mirrors of nothing": {"requests_mirrors": ["https://mirror.example/feed"]},
    "terms without words": {"terms": {"text": "", "digest": "0" * 64}},
    "terms without a digest": {"terms": {"text": "Used for one case."}},
    "no days": {"retention": part_with_digest("Deleted.", days=0)},
    "no number": {"seq": 0},
    "a number as text": {"seq": "3"},
    "no end": {"exp": None},
    "parts of a second": {"iat": NOW - 0.5},
    "an odd next root": {"next_root_jkt": "x"},
}


@pytest.mark.parametrize("changes", GOOD_DOCUMENTS.values(), ids=GOOD_DOCUMENTS)
def test_a_document_that_homes_accept_is_described(changes: dict[str, object]) -> None:
    """Documents with and without optional members match the schema."""
    token = agency_token(None, **changes)

    read_document(token, url=URL, pin=None, now=NOW)
    assert problems("agency", claims(token)) == []


@pytest.mark.parametrize("changes", BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
def test_a_document_that_homes_refuse_is_refused(changes: dict[str, object]) -> None:
    """These are only the errors that a schema can detect."""
    token = agency_token(None, **changes)

    with pytest.raises(SharingError):
        read_document(token, url=URL, pin=None, now=NOW)
    assert problems("agency", claims(token))


def test_a_group_is_described() -> None:
    """The document of a group has a feed but no upload endpoint."""
    token = group_token(KEY, requests_mirrors=["https://mirror.example/feed"])

    read_document(token, url=URL, pin=None, now=NOW)
    assert problems("group", claims(token)) == []
    assert problems("group", claims(group_token(KEY, requests_uri=None)))
    assert problems("group", agency_claims())


def _bulletin() -> dict[str, Any]:
    told = feature("2025-0003", case_reference=None, offence=None)
    return told | {"featureType": "bulletin", "time": None}


def test_a_feed_is_described() -> None:
    """The feed has requests and bulletins with all optional members."""
    full = feature(
        investigation_code="X-1",
        terms="Only for this.\nNothing else.",
        labels=["person", "vehicle"],
        until="2025-01-02T00:00:00.000Z",
        state="open",
        version=2,
        changed="2025-01-01T00:00:00.000Z",
    )
    token = feed_token(KEY, feature("2025-0002"), full, _bulletin())

    feed = read_feed(token, issuer=ORIGIN, keys=[KEY.public_key()], pin=None, now=NOW)
    assert not any(each.lacks for each in feed.requests)
    assert problems("requests", claims(token)) == []


BAD_FEATURES: dict[str, dict[str, Any]] = {
    "no case": feature(case_reference=None),
    "no offence": feature(offence=None),
    "no contact": feature(contact=None),
    "no end": feature(until=None),
    "no window": feature() | {"time": None},
    "one end": feature() | {"time": {"interval": ["2024-12-31T01:00:00Z", ".."]}},
    "in another time zone": feature()
    | {"time": {"interval": ["2025-01-01T01:00:00+01:00", "2025-01-01T02:00:00Z"]}},
    "a point": feature(geometry={"type": "Point", "coordinates": [4.9, 52.3]}),
    "not on Earth": feature(
        geometry={"type": "Polygon", "coordinates": [[[4, 52], [4, 53], [200, 53]]]}
    ),
}


@pytest.mark.parametrize("bad", BAD_FEATURES.values(), ids=BAD_FEATURES)
def test_a_request_that_is_not_valid_is_refused(bad: dict[str, Any]) -> None:
    """A home shows these requests as invalid. Only errors that a schema can detect are tested."""
    feed = read_feed(
        feed_token(KEY, bad), issuer=ORIGIN, keys=[KEY.public_key()], pin=None, now=NOW
    )

    [request] = feed.requests
    assert request.lacks
    assert problems("requests", feed_claims([bad]))


@pytest.mark.parametrize(
    "bad",
    [feature(""), feature("a b"), feature(7), {"type": "Feature"}, "x"],
    ids=str,
)
def test_a_feed_that_homes_refuse_is_refused(bad: object) -> None:
    """A feature without a valid id makes the whole feed invalid."""
    token = feed_token(KEY, bad)

    with pytest.raises(SharingError):
        read_feed(token, issuer=ORIGIN, keys=[KEY.public_key()], pin=None, now=NOW)
    assert problems("requests", claims(token))


# Documents in a package


@pytest.fixture(scope="module")
def stated(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a statement with the answer to a request, as JSON."""
    intent = make_answer(clip, tmp_path_factory.mktemp("stated"))
    said = make_statement(intent, make_context(system=SYSTEM), home=HOME)
    return canonical_json(said).decode()


def _set(*path: str | int, to: object) -> Callable[[Any], None]:
    def change(said: Any) -> None:
        for name in path[:-1]:
            said = said[name]
        said[path[-1]] = to

    return change


NOTICE = ("consent", "pii_processing", "privacy_notice", "notice")
WRONG_STATEMENTS = {
    "another schema": _set("schema", to="doorwatch-share/2"),
    "one member more": _set("more", to=1),
    "one member more within": _set("file", "more", to=1),
    "a digest in capitals": _set("file", "sha256", to="AB" * 32),
    "a size as text": _set("file", "size", to="7"),
    "a copy without edits": _set("file", "derived", to=True),
    "an unknown event": _set("clip", "event", to="visit"),
    "a time in seconds": _set("confirmed_at", to="2025-01-01T00:00:00Z"),
    "another kind of record": _set("consent", "schema_version", to="1"),
    "a notice that is text": _set(*NOTICE, to="He read it."),
    "a sentence that nobody knows": _set(*NOTICE, "sentences", to=["all_is_well"]),
    "the digest of the feed in the notice": _set(
        *NOTICE, "request", "feed_sha256", to="0" * 64
    ),
    "a request without its feed": _set("request", "feed_sha256", to=None),
    "a version that is none": _set("request", "version", to=0),
}


@pytest.mark.parametrize("change", WRONG_STATEMENTS.values(), ids=WRONG_STATEMENTS)
def test_another_statement_is_refused(
    change: Callable[[Any], None], stated: str
) -> None:
    """Authors of other software can check their statements with the schema."""
    said = json.loads(stated)
    assert problems("share", said) == []

    change(said)

    assert problems("share", said)


def test_a_withdrawal_is_described() -> None:
    """The home signs the withdrawal."""
    token = make_request(
        KEY, issuer=ORIGIN, share_id=SHARE_ID, sha256="0" * 64, now=NOW + 0.5
    )
    said = claims(token)

    assert problems("withdrawal", said) == []
    del said["withdrawal"]["sha256"]
    assert problems("withdrawal", said)
