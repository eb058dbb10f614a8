"""Test that an agency's receipt is only kept if it is exactly right."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
import tempfile

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from hypothesis import example, given, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.documents.receipts import read_receipt
from custom_components.doorwatch.engine.sharing.model import ReceiptState, ShareState
from custom_components.doorwatch.engine.sharing.signing.canonical import (
    text_digest,
    timestamp,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentError,
    DocumentKind,
    sign,
    thumbprint,
)
from tests import waiting
from tests.engine.sharing.documents.answers import DOCUMENT, HOME, KEY, SHARE, header_of
from tests.engine.sharing.evidence import NOW
from tests.engine.sharing.outbox.desk import ISSUER, Desk
from tests.engine.sharing.outbox.home import FakeTime, Home
from tests.outside_servers import serve
from tests.series import examples

from .tokens import Forged, claims_of, json_values, tokens


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on the loopback interface."""


def receipt_claims(**changes: object) -> dict[str, object]:
    """Return the claims of a valid receipt."""
    words = "Deleted after 30 days."
    return {
        "iss": ISSUER,
        "aud": HOME,
        "jti": SHARE,
        "iat": NOW,
        "receipt": {
            "schema": "doorwatch-receipt/1",
            "sha256": "ab" * 32,
            "size": 12_345,
            "received_at": timestamp(NOW),
            "retention": {"text": words, "days": 30, "digest": text_digest(words)},
            "ledger": "cd" * 32,
            "opened_at": None,
            **changes,
        },
    }


# Strings that look like times, some of them invalid.
_TIMES = st.sampled_from(
    [
        "0000-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T24:00:00.000Z",
        "2026-02-30T00:00:00.000Z",
        "2026-02-28T24:00:00.000Z",
        "2026-02-28T23:59:60.000Z",
        "2026-02-28T23:59:59.000Z\n",
        "2026-02-28T23:59:59.000+14:00",
        "\u0662026-02-28T23:59:59.000Z",
    ]
)


@examples(250)
@given(tokens(header_of(DocumentKind.RECEIPT), receipt_claims(), KEY))
def test_a_receipt_is_read_as_it_was_signed_or_refused(forged: Forged) -> None:
    """Every field has a valid value."""
    try:
        receipt = read_receipt(
            forged.token, document=DOCUMENT, home=HOME, share_id=SHARE, now=NOW
        )
    except DocumentError:
        return
    assert forged.token.rpartition(".")[0] == forged.signed
    assert len(bytes.fromhex(receipt.sha256)) == 32
    assert 0 <= receipt.size < 2**53
    assert receipt.ledger is None or len(bytes.fromhex(receipt.ledger)) == 32
    for moment in (receipt.received_at, receipt.opened_at):
        assert moment is None or timestamp(moment)


@examples(100)
@given(
    st.sampled_from(["sha256", "size", "received_at", "ledger", "opened_at", "schema"]),
    json_values
    | _TIMES
    | st.sampled_from(
        ["AB" * 32, "ab" * 31, "ab" * 32 + "\n", "\uff41\uff42" * 32, -1, 2**53, 1.0]
    ),
)
@example("received_at", "9999-12-31T24:00:00.000Z")
@example("received_at", "2026-02-28T24:00:00.000Z")
@example("opened_at", "0001-01-01T00:00:00.000Z")
def test_a_receipt_holds_no_value_that_cannot_be_kept(name: str, value: object) -> None:
    """Accepted values are kept without any change of value or type."""
    token = sign(DocumentKind.RECEIPT, receipt_claims(**{name: value}), KEY)
    try:
        receipt = read_receipt(
            token, document=DOCUMENT, home=HOME, share_id=SHARE, now=NOW
        )
    except DocumentError:
        return
    kept = getattr(receipt, name, value)
    if isinstance(kept, datetime):
        kept.astimezone(UTC).timestamp()
        assert timestamp(kept) == value
    else:
        assert kept == value
        assert type(kept) is type(value)


@examples(60)
@given(
    st.text(max_size=60)
    | st.text(max_size=20).map(lambda text: f"{text}.{text}.{text}")
    | st.sampled_from([".", "..", "...", "e30.e30.", "\u0660.\u0660.\u0660"])
)
def test_any_text_is_refused_as_a_receipt(text: str) -> None:
    with pytest.raises(DocumentError):
        read_receipt(text, document=DOCUMENT, home=HOME, share_id=SHARE, now=NOW)


class _Visit:
    """A home that shared one clip, and the agency's desk that received it."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        self.passing = FakeTime()
        self.home = Home(folder, self.passing.clock)
        self.home.time = self.passing
        self.desk = desk

    async def deliver(self) -> dict[str, object]:
        """Share a clip; return the claims of its correct receipt."""
        document = self.desk.document()
        self.home.set_agency(document)
        share = await self.home.add(document)
        await self.home.until(share.share_id, ShareState.DELIVERED)
        await self.home.settle()
        self.share_id = share.share_id
        (sent,) = await self.home.lines("sent")
        return dict(claims_of(self.desk.receipt(sent)))

    async def ask(self, token: str) -> ReceiptState:
        """Let the home ask once; return the state of its receipt."""
        before = len(self.desk.asked)
        self.desk.receipts[self.share_id] = token
        self.passing.advance(6 * 3600)
        await waiting.until(lambda: len(self.desk.asked) != before)
        await self.home.settle()
        share = await self.home.outbox.get(self.share_id)
        assert share is not None
        assert share.receipt is not None
        return share.receipt


# Claims that are signed correctly but are about another share, or about none.
_OTHER_WORDS: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [{}, {"iss": "https://other.example"}, {"aud": HOME}, {"jti": SHARE}, {"jti": ""}]
)
_OTHER_RECEIPTS: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [
        {},
        {"sha256": "00" * 32},
        {"size": 1},
        {"size": "5"},
        {"ledger": None},
        {"ledger": "00" * 32},
        {"ledger": ""},
        {"retention": None},
        {"schema": "doorwatch-receipt/2"},
    ]
)


@st.composite
def _receipts(
    draw: st.DrawFn, claims: dict[str, object], key: EllipticCurvePrivateKey
) -> Forged:
    """Draw a forged token, or one whose claims alone are wrong."""
    header = header_of(DocumentKind.RECEIPT) | {"kid": thumbprint(key.public_key())}
    if draw(st.booleans()):
        return draw(tokens(header, claims, key))
    receipt = claims["receipt"]
    assert isinstance(receipt, dict)
    changed: dict[str, object] = {
        **claims,
        **draw(_OTHER_WORDS),
        "receipt": {**receipt, **draw(_OTHER_RECEIPTS)},
    }
    token = sign(DocumentKind.RECEIPT, changed, key)
    return Forged(token=token, signed=token.rpartition(".")[0])


async def _ask_until_it_knows(folder: Path, data: st.DataObject) -> None:
    desk = Desk()
    async with serve(desk.answer) as port:
        desk.root = f"http://127.0.0.1:{port}"
        desk.tus.endpoint = f"{desk.root}/uploads"
        visit = _Visit(folder, desk)
        await visit.home.open()
        try:
            claims = await visit.deliver()
            for _ in range(5):
                forged = data.draw(_receipts(claims, desk.key))
                state = await visit.ask(forged.token)
                await _check(visit, forged, claims, state)
                if state is not ReceiptState.AWAITED:
                    return
        finally:
            await visit.home.close()


async def _check(
    visit: _Visit, forged: Forged, right: dict[str, object], state: ReceiptState
) -> None:
    """Check that the home's state and ledger match the token it was given."""
    lines = await visit.home.ledger.lines(limit=1000)
    told = [
        line
        for line in lines
        if line.kind.startswith("receipt") or line.kind == "received"
    ]
    if state is ReceiptState.AWAITED:
        assert told == []
        return
    assert forged.token.rpartition(".")[0] == forged.signed
    claims = claims_of(forged.token)
    for name in ("iss", "aud", "jti"):
        assert claims[name] == right[name]
    expected = right["receipt"]
    assert isinstance(expected, dict)
    exactly = all(
        claims["receipt"][name] == expected[name] for name in ("sha256", "size")
    ) and claims["receipt"].get("ledger") in (None, expected["ledger"])
    assert state is (ReceiptState.RECEIVED if exactly else ReceiptState.WRONG)
    assert [line.kind for line in told] == ["received" if exactly else "receipt_wrong"]


@examples(12)
@given(st.data())
def test_a_home_keeps_the_right_receipt_alone(data: st.DataObject) -> None:
    """The agency may send any other tokens first."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_ask_until_it_knows(Path(folder) / "home", data))
