"""Test that agency documents are verified, pinned, and never rolled back."""

from dataclasses import asdict
from datetime import UTC, datetime
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.agency import (
    AgencyDocument,
    AgencyPin,
    GroupDocument,
)
from custom_components.doorwatch.engine.sharing.documents.discovery import read_document
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.jws import (
    CLOCK_LEEWAY,
    DocumentKind,
    encode,
    jwk_of,
    sign,
    thumbprint,
)
from tests.age_program import desk, make_identity
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    URL,
    agency_claims,
    agency_token,
    group_token,
    new_key,
    part_with_digest,
)

ROOT = new_key()
NEXT = new_key()
ROOT_PRINT = thumbprint(ROOT.public_key())
NEXT_PRINT = thumbprint(NEXT.public_key())


def read(
    token: str, pin: AgencyPin | None = None, now: float = NOW
) -> tuple[AgencyDocument, AgencyPin]:
    """Read a document fetched from the agency's address."""
    document, new = read_document(token, url=URL, pin=pin, now=now)
    assert isinstance(document, AgencyDocument)
    return document, new


def refused(token: str, pin: AgencyPin | None = None, now: float = NOW) -> str:
    """Return the problem for which the document is refused."""
    with pytest.raises(SharingError) as caught:
        read(token, pin, now)
    assert not caught.value.placeholders
    return caught.value.problem


@pytest.fixture
def pin() -> AgencyPin:
    """Return the pin after a first use whose document announces the next root."""
    return read(agency_token(ROOT, next_root_jkt=NEXT_PRINT))[1]


def test_the_first_use_pins_the_root() -> None:
    """The document's fields are read, and the pin can be stored as JSON."""
    document, pin = read(agency_token(ROOT) + "\n")
    assert document.issuer == ORIGIN
    assert document.host == "police.example"
    assert document.upload_code_required is True
    assert document.requests_uri is None
    assert document.retention_days == 30
    assert document.as_shown.upload_origin == ORIGIN
    assert document.as_shown.root_thumbprint == ROOT_PRINT == pin.root_thumbprint
    assert (pin.seq, pin.newest_iat) == (3, NOW - 100)
    assert AgencyPin.stored(json.loads(json.dumps(asdict(pin)))) == pin


def test_new_online_keys_under_the_same_root_are_followed(pin: AgencyPin) -> None:
    """The part of the document that a confirmation is bound to does not change."""
    before, _ = read(agency_token(ROOT))
    keys = {"keys": [jwk_of(new_key().public_key()) for _ in range(2)]}
    after, new_pin = read(agency_token(ROOT, keys=keys, seq=4), pin)
    assert after.keys != before.keys
    assert after.as_shown == before.as_shown
    assert new_pin.seq == 4


def test_the_same_document_again_is_fine(pin: AgencyPin) -> None:
    """The document is fetched regularly."""
    assert read(agency_token(ROOT, next_root_jkt=NEXT_PRINT), pin)[1] == pin


def test_an_announced_root_is_followed(pin: AgencyPin) -> None:
    """The new root is pinned, and the old root is refused."""
    document, new_pin = read(agency_token(NEXT, seq=4), pin)
    assert document.root_thumbprint == NEXT_PRINT
    assert new_pin == AgencyPin(root_thumbprint=NEXT_PRINT, seq=4, newest_iat=NOW - 100)
    assert refused(agency_token(ROOT, seq=5), new_pin) == "unknown_root"
    assert refused(agency_token(ROOT, seq=3), new_pin) == "unknown_root"


def test_an_announced_root_must_count_up(pin: AgencyPin) -> None:
    """Two documents with the same number indicate a replay or a fork."""
    assert refused(agency_token(NEXT, seq=3), pin) == "replayed"


def test_an_announcement_can_be_taken_back(pin: AgencyPin) -> None:
    """The announced root is then unknown again."""
    _, later = read(agency_token(ROOT, seq=4), pin)
    assert later.next_root_thumbprint is None
    assert refused(agency_token(NEXT, seq=5), later) == "unknown_root"


def test_an_unknown_root_is_refused(pin: AgencyPin) -> None:
    """A higher number makes no difference."""
    assert refused(agency_token(new_key(), seq=99), pin) == "unknown_root"


def test_going_back_is_refused(pin: AgencyPin) -> None:
    """Neither the number nor the time may decrease."""
    assert refused(agency_token(ROOT, seq=2), pin) == "replayed"
    assert refused(agency_token(ROOT, seq=4, iat=NOW - 101), pin) == "replayed"


def test_a_clock_behind_the_newest_document_accepts_nothing(pin: AgencyPin) -> None:
    """With a wrong clock an expired document might be accepted."""
    behind = pin.newest_iat - CLOCK_LEEWAY - 1
    assert refused(agency_token(ROOT), pin, now=behind) == "clock_behind"
    assert refused("garbage", pin, now=behind) == "clock_behind"


def test_a_document_from_the_future_means_the_clock_is_behind() -> None:
    """At first use there is no earlier document to compare with."""
    token = agency_token(ROOT, iat=NOW + 4000, exp=NOW + 90_000)
    assert refused(token) == "clock_behind"


def test_an_expired_document_is_refused() -> None:
    token = agency_token(ROOT)
    assert refused(token, now=NOW + 86_400) == "document_expired"
    read(token, now=NOW + 86_399)


def test_a_document_for_a_hundred_years_ends_after_400_days() -> None:
    """Terms must be signed again within 400 days."""
    token = agency_token(ROOT, iat=NOW, exp=NOW + 36_500 * 86_400)
    end = NOW + 400 * 86_400
    document, pin = read(token)
    assert document.expires_at == datetime.fromtimestamp(end, UTC)
    assert not document.holds_at(datetime.fromtimestamp(end, UTC))
    assert refused(token, pin, now=end) == "document_expired"
    assert read(token, pin, now=end - 1)[0] == document


def test_another_issuer_is_refused() -> None:
    """A document is only valid for the origin that it was fetched from."""
    assert refused(agency_token(ROOT, iss="https://evil.example")) == "issuer_mismatch"
    for url in ("https://evil.example/x", "http://127.0.0.1:80/x", f"{ORIGIN}:8443/x"):
        with pytest.raises(SharingError, match="issuer_mismatch"):
            read_document(agency_token(ROOT), url=url, pin=None, now=NOW)


def test_a_full_address_on_the_same_origin_is_fine() -> None:
    """Some sites cannot serve .well-known."""
    url = f"{ORIGIN}/files/doorwatch.txt?download=1"
    assert read_document(agency_token(ROOT), url=url, pin=None, now=NOW)


def test_wrong_algorithm_type_and_signature_are_refused() -> None:
    """Algorithm "none" with the right key in the header is refused as well."""
    claims = agency_claims()
    header = {
        "alg": "none",
        "typ": DocumentKind.AGENCY,
        "jwk": jwk_of(ROOT.public_key()),
    }
    parts = [encode(json.dumps(part).encode()) for part in (header, claims)]
    assert refused(".".join([*parts, ""])) == "document_invalid"
    wrong_type = sign(DocumentKind.REQUESTS, claims, ROOT, embed_key=True)
    assert refused(wrong_type) == "document_invalid"
    assert refused(sign(DocumentKind.AGENCY, claims, ROOT)) == "document_invalid"
    token = agency_token(ROOT)
    assert refused(token[:-10] + agency_token(ROOT)[-10:]) == "document_invalid"


@pytest.mark.parametrize("name", ["upload_endpoint", "receipts_uri", "withdrawals_uri"])
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/files/",
        "https://police.example:8443/files/",
        "http://police.example/files/",
    ],
)
def test_an_endpoint_elsewhere_is_refused(name: str, address: str) -> None:
    """All endpoints must have the origin that the person saw."""
    assert refused(agency_token(ROOT, **{name: address})) == "origin_mismatch"


MIRROR = "https://mirror.example/feeds/police"


def test_the_feed_may_lie_anywhere() -> None:
    """The feed is signed, so any host may serve it; the addresses are normalized."""
    document, _ = read(
        agency_token(
            ROOT,
            requests_uri="https://CDN.example:443/a b".replace(" ", "%20"),
            requests_mirrors=[MIRROR, f"{ORIGIN}/feed", MIRROR],
        )
    )
    assert document.requests_uri == "https://cdn.example/a%20b"
    assert document.requests_mirrors == (MIRROR, f"{ORIGIN}/feed")


@pytest.mark.parametrize(
    "changes",
    [
        {"requests_uri": "http://police.example/feed"},
        {"requests_uri": "http://127.0.0.1/feed"},
        {"requests_uri": "https://login@mirror.example/feed"},
        {"requests_uri": ["https://mirror.example/feed"]},
        {"requests_uri": MIRROR, "requests_mirrors": MIRROR},
        {"requests_uri": MIRROR, "requests_mirrors": [7]},
        {"requests_uri": MIRROR, "requests_mirrors": ["http://mirror.example/feed"]},
        {"requests_uri": MIRROR, "requests_mirrors": ["ftp://mirror.example/feed"]},
        {
            "requests_uri": MIRROR,
            "requests_mirrors": [f"{MIRROR}/{n}" for n in range(9)],
        },
        {"requests_mirrors": [MIRROR]},
    ],
)
def test_a_feed_that_nobody_could_fetch_safely_is_refused(
    changes: dict[str, object],
) -> None:
    """Without HTTPS, others could withhold a feed or see who requests it."""
    assert refused(agency_token(ROOT, **changes)) == "document_invalid"


@pytest.mark.parametrize("recipients", [None, []])
def test_a_document_without_anybody_to_encrypt_to_is_refused(
    pin: AgencyPin, recipients: list[str] | None
) -> None:
    """It is refused at first use and later, so that shares are never stored unencrypted."""
    token = agency_token(ROOT, seq=4, age_recipients=recipients)
    assert refused(token) == "encryption_missing"
    assert refused(token, pin) == "encryption_missing"


def test_new_recipients_under_the_same_root_are_followed(pin: AgencyPin) -> None:
    """A confirmation is bound to the set of recipients, not to their order."""
    before, _ = read(agency_token(ROOT))
    recipients = [make_identity().recipient for _ in range(16)]
    after, _ = read(agency_token(ROOT, seq=4, age_recipients=recipients), pin)
    assert after.age_recipients == tuple(recipients)
    assert not before.as_shown.is_still(after.as_shown)
    turned, _ = read(agency_token(ROOT, seq=4, age_recipients=recipients[::-1]), pin)
    assert after.as_shown == turned.as_shown


def test_a_pin_of_an_earlier_version_is_read(pin: AgencyPin) -> None:
    """Earlier versions stored whether there was a recipient, which is now required."""
    stored = {**asdict(pin), "had_age_recipient": False}
    assert AgencyPin.stored(json.loads(json.dumps(stored))) == pin


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 201},
        {"name": 5},
        {"name": "Police\u202eecilop"},
        {"name": "Police\nevil"},
        {"jurisdiction": None},
        {"contact": "a\x1b[2Jb"},
        {"keys": None},
        {"keys": {"keys": []}},
        {"keys": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
        {"keys": {"keys": [jwk_of(ROOT.public_key())] * 17}},
        {"keys": {"keys": "x"}},
        {"terms": None},
        {"terms": "text"},
        {"terms": {"text": "changed", "digest": part_with_digest("text")["digest"]}},
        {"terms": part_with_digest(" \n")},
        {"terms": part_with_digest("x" * 50_001)},
        {"terms": part_with_digest("one\u202etwo")},
        {"retention": {"text": "x"}},
        {"retention": part_with_digest("x", days="30")},
        {"retention": part_with_digest("x", days=0)},
        {"retention": part_with_digest("x", days=True)},
        {"seq": None},
        {"seq": 0},
        {"seq": "3"},
        {"seq": 2**53},
        {"upload_endpoint": None},
        {"upload_endpoint": 5},
        {"upload_endpoint": "files/"},
        {"upload_endpoint": "https://user:pass@police.example/"},
        {"upload_code_required": "yes"},
        {"age_recipients": "age1"},
        {"age_recipients": [5]},
        {"age_recipients": ["age1qqqq"]},
        {"age_recipients": [desk().recipient, desk().recipient.upper()]},
        {"age_recipients": [desk().recipient] * 17},
        {"age_recipients": {"0": desk().recipient}},
        {"next_root_jkt": "short"},
        {"next_root_jkt": 5},
        {"iat": "now"},
        {"exp": None},
        {"exp": 2**37},
    ],
)
def test_a_document_with_a_wrong_part_is_refused(changes: dict[str, object]) -> None:
    assert refused(agency_token(ROOT, **changes)) in (
        "document_invalid",
        "unknown_root",
    )


def test_optional_parts_may_be_left_out() -> None:
    """The retention days, the upload code and the receipts are optional."""
    document, _ = read(
        agency_token(
            ROOT,
            retention=part_with_digest("As the law says."),
            upload_code_required=None,
            receipts_uri=None,
            unknown={"to": "us"},
        )
    )
    assert document.retention_days is None
    assert document.upload_code_required is False
    assert document.receipts_uri is None


def test_terms_or_retention_change_what_is_confirmed() -> None:
    """A change of the terms, of the retention text or of the days changes the digest."""
    digests = {
        read(agency_token(ROOT, **changes))[0].terms_digest
        for changes in (
            {},
            {"terms": part_with_digest("Other terms.")},
            {"retention": part_with_digest("Deleted after 30 days!", days=30)},
            {"retention": part_with_digest("Deleted after 30 days.", days=31)},
        )
    }
    assert len(digests) == 4


def test_names_may_be_in_any_script() -> None:
    """Joiners are allowed, because Persian needs them."""
    name = "پلیس می\u200cآید"
    assert read(agency_token(ROOT, name=name))[0].name == name


@pytest.mark.parametrize(
    "blank", ["\u3164", "\u2800", "\u115f", "\uffa0", "\u034f", "\U00013441"]
)
def test_a_name_that_shows_nothing_is_refused(blank: str) -> None:
    """Invisible letters could make a name look like another one."""
    for name in (blank, f"Harbour{blank} Police"):
        with pytest.raises(SharingError, match="document_invalid"):
            read(agency_token(ROOT, name=name))


@pytest.mark.parametrize("name", ["\u200d", "\ufe0f", "\u17b4", "\u0301", "--"])
def test_a_name_without_a_letter_is_refused(name: str) -> None:
    with pytest.raises(SharingError, match="document_invalid"):
        read(agency_token(ROOT, name=name))


@given(st.integers(1, 50), st.lists(st.integers(1, 50), max_size=8))
def test_the_number_never_goes_back(first: int, following: list[int]) -> None:
    """Documents may arrive in any order."""
    _, pin = read(agency_token(ROOT, seq=first))
    for seq in following:
        highest = pin.seq
        if seq < highest:
            assert refused(agency_token(ROOT, seq=seq), pin) == "replayed"
        else:
            _, pin = read(agency_token(ROOT, seq=seq), pin)
        assert pin.seq == max(highest, seq)


# Groups


def test_a_group_has_nowhere_to_send_to() -> None:
    """The sharing endpoints in a group's document are ignored."""
    token = group_token(
        ROOT, upload_endpoint=f"{ORIGIN}/files/", age_recipients=[desk().recipient]
    )
    document, pin = read_document(token, url=URL, pin=None, now=NOW)
    assert isinstance(document, GroupDocument)
    assert document.jurisdiction == "Elm Street and Oak Lane"
    assert document.requests_uri == f"{ORIGIN}/feed"
    assert not hasattr(document, "upload_endpoint")
    assert not hasattr(document, "as_shown")
    assert pin.group
    assert AgencyPin.stored(json.loads(json.dumps(asdict(pin)))) == pin
    assert read_document(token, url=URL, pin=pin, now=NOW) == (document, pin)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"requests_uri": None}, "document_invalid"),
        ({"name": None}, "document_invalid"),
        ({"jurisdiction": ""}, "document_invalid"),
        ({"keys": {"keys": []}}, "document_invalid"),
        ({"iss": "https://other.example"}, "issuer_mismatch"),
        ({"exp": None}, "document_invalid"),
        ({"exp": NOW - 1}, "document_expired"),
    ],
)
def test_a_group_keeps_the_rules_of_all_documents(
    changes: dict[str, object], problem: str
) -> None:
    assert refused(group_token(ROOT, **changes)) == problem


def test_an_agency_never_becomes_a_group_nor_the_other_way_round(
    pin: AgencyPin,
) -> None:
    """The person compared a document of one kind; an unknown root is refused first."""
    _, group = read_document(group_token(ROOT), url=URL, pin=None, now=NOW)
    assert refused(group_token(ROOT, seq=9), pin) == "kind_changed"
    assert refused(agency_token(ROOT, seq=9), group) == "kind_changed"
    assert refused(group_token(new_key(), seq=9), pin) == "unknown_root"
    assert refused("garbage", group) == "document_invalid"
    old = {name: value for name, value in asdict(pin).items() if name != "group"}
    assert AgencyPin.stored(old) == pin
