"""Create and read the documents for withdrawing a delivered share.

A withdrawal is a signed request for deletion. Copies cannot be recalled, and the home
cannot check whether they were deleted.
"""

from dataclasses import dataclass
from datetime import datetime
import hashlib
import hmac
from typing import Final

from ..agency import AgencyDocument
from ..model import Withdrawal
from ..signing.canonical import timestamp
from ..signing.jws import DocumentError, DocumentKind, PrivateKey, sign, thumbprint
from ..text import unseen
from .answers import digest, moment, open_answer, text

REQUEST: Final = "doorwatch-withdrawal/1"
ANSWER: Final = "doorwatch-withdrawal-answer/1"

_RESULTS: Final = {
    "deleted": Withdrawal.DELETED,
    "pending": Withdrawal.PENDING,
    "refused": Withdrawal.REFUSED,
}
_LONGEST_TEXT: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class WithdrawalAnswer:
    """The agency's answer."""

    result: Withdrawal
    text: str
    at: datetime


def make_request(
    key: PrivateKey, *, issuer: str, share_id: str, sha256: str, now: float
) -> str:
    """Sign a request; it contains the key, so agencies need no list of homes."""
    return sign(
        DocumentKind.WITHDRAWAL,
        {
            "iss": thumbprint(key.public_key()),
            "aud": issuer,
            "jti": share_id,
            "iat": int(now),
            "withdrawal": {
                "schema": REQUEST,
                "sha256": sha256,
                "requested_at": timestamp(now),
            },
        },
        key,
        embed_key=True,
    )


def read_answer(
    token: str,
    request: str,
    *,
    document: AgencyDocument,
    home: str,
    share_id: str,
    now: float,
) -> WithdrawalAnswer:
    """Verify the answer to this exact request; raises `DocumentError`."""
    claims = open_answer(
        token,
        DocumentKind.WITHDRAWAL_ANSWER,
        document=document,
        home=home,
        share_id=share_id,
        part="answer",
        now=now,
    )
    asked = hashlib.sha256(request.encode()).hexdigest()
    words, result = text(claims, "text"), _RESULTS.get(text(claims, "result"))
    if (
        claims.get("schema") != ANSWER
        or result is None
        or len(words) > _LONGEST_TEXT
        or any(unseen(char) and char not in "\n\t" for char in words)
        or not hmac.compare_digest(digest(claims, "withdrawal_sha256"), asked)
    ):
        raise DocumentError("malformed")
    return WithdrawalAnswer(result=result, text=words, at=moment(claims, "at"))
