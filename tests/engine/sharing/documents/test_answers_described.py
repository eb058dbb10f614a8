"""Test that the published schemas refuse the same agency answers as a home."""

from copy import deepcopy
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.documents.receipts import read_receipt
from custom_components.doorwatch.engine.sharing.documents.withdrawals import read_answer
from custom_components.doorwatch.engine.sharing.signing.canonical import text_digest
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentError,
    DocumentKind,
    sign,
)
from tests.engine.sharing.evidence import NOW
from tests.schemas import problems

from .answers import ANSWER_CLAIMS, DOCUMENT, HOME, KEY, REQUEST, SHARE
from .test_receipts import receipt_claims

_ASKED: dict[str, Any] = {
    "document": DOCUMENT,
    "home": HOME,
    "share_id": SHARE,
    "now": NOW,
}
_WORDS = "Deleted in time."

RECEIPTS: dict[str, dict[str, object]] = {
    "another schema": {"schema": "doorwatch-receipt/2"},
    "a digest in capitals": {"sha256": "AB" * 32},
    "half a digest": {"sha256": "ab" * 16},
    "no size": {"size": None},
    "a size below nothing": {"size": -1},
    "a size as text": {"size": "7"},
    "a size without end": {"size": 2**53},
    "a time to the second": {"received_at": "2025-01-01T00:00:00Z"},
    "a time in another zone": {"received_at": "2025-01-01T00:00:00.000+01:00"},
    "opened at a number": {"opened_at": NOW},
    "a line of the ledger that is none": {"ledger": "head"},
    "no retention": {"retention": None},
    "a retention without a digest": {"retention": {"text": _WORDS, "days": 30}},
    "days below nothing": {
        "retention": {"text": _WORDS, "days": -1, "digest": text_digest(_WORDS)}
    },
}
ANSWERS: dict[str, dict[str, object]] = {
    "another schema": {"schema": "doorwatch-withdrawal-answer/2"},
    "an unknown result": {"result": "perhaps"},
    "no text": {"text": None},
    "a text that turns around": {"text": "a\u202eb"},
    "a text without end": {"text": "x" * 2001},
    "a time that is none": {"at": "now"},
    "about nothing": {"withdrawal_sha256": ""},
}


def test_good_ones_are_described() -> None:
    """The tests below are only meaningful if the unchanged documents are valid."""
    receipt, answer = receipt_claims(), deepcopy(ANSWER_CLAIMS)

    read_receipt(sign(DocumentKind.RECEIPT, receipt, KEY), **_ASKED)
    read_answer(sign(DocumentKind.WITHDRAWAL_ANSWER, answer, KEY), REQUEST, **_ASKED)
    assert problems("receipt", receipt) == []
    assert problems("answer", answer) == []


@pytest.mark.parametrize("changes", RECEIPTS.values(), ids=RECEIPTS)
def test_a_receipt_that_homes_refuse_is_refused(changes: dict[str, object]) -> None:
    """Only cases that a schema can express are listed."""
    claims = receipt_claims(**changes)

    with pytest.raises(DocumentError):
        read_receipt(sign(DocumentKind.RECEIPT, claims, KEY), **_ASKED)
    assert problems("receipt", claims)


@pytest.mark.parametrize("changes", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_homes_refuse_is_refused(changes: dict[str, object]) -> None:
    """Only cases that a schema can express are listed."""
    claims: dict[str, Any] = deepcopy(ANSWER_CLAIMS)
    claims["answer"] |= changes
    token = sign(DocumentKind.WITHDRAWAL_ANSWER, claims, KEY)

    with pytest.raises(DocumentError):
        read_answer(token, REQUEST, **_ASKED)
    assert problems("answer", claims)
