"""Test that an agency's answer to a withdrawal is read as it was signed, or refused."""

from hypothesis import given

from custom_components.doorwatch.engine.sharing.documents.withdrawals import read_answer
from custom_components.doorwatch.engine.sharing.signing.canonical import timestamp
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentError,
    DocumentKind,
)
from custom_components.doorwatch.engine.sharing.text import unseen
from tests.engine.sharing.documents.answers import (
    ANSWER_CLAIMS,
    DOCUMENT,
    HOME,
    KEY,
    REQUEST,
    SHARE,
    header_of,
)
from tests.engine.sharing.documents.tokens import Forged, tokens
from tests.engine.sharing.evidence import NOW
from tests.series import examples


@examples(250)
@given(tokens(header_of(DocumentKind.WITHDRAWAL_ANSWER), ANSWER_CLAIMS, KEY))
def test_an_answer_is_read_as_it_was_signed_or_refused(forged: Forged) -> None:
    """An accepted text has no invisible characters."""
    try:
        answer = read_answer(
            forged.token,
            REQUEST,
            document=DOCUMENT,
            home=HOME,
            share_id=SHARE,
            now=NOW,
        )
    except DocumentError:
        return
    assert forged.token.rpartition(".")[0] == forged.signed
    assert not any(unseen(char) and char not in "\n\t" for char in answer.text)
    assert len(answer.text) <= 2000
    assert timestamp(answer.at)
