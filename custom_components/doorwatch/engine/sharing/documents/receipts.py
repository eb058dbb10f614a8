"""Read the agency's signed receipts for packages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from ..agency import AgencyDocument
from ..signing.canonical import strict_json_object, text_digest
from ..signing.jws import DocumentError, DocumentKind, decode
from .answers import digest, moment, number, open_answer, text

SCHEMA: Final = "doorwatch-receipt/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReceipt:
    """What the agency received, according to its receipt."""

    sha256: str
    size: int
    received_at: datetime
    ledger: str | None  # the ledger digest that was sent with the upload
    opened_at: datetime | None  # when an officer opened and verified it


def read_receipt(
    token: str, *, document: AgencyDocument, home: str, share_id: str, now: float
) -> DeliveryReceipt:
    """Verify a receipt, but not whether it matches the package that was sent.

    Raises `DocumentError`.
    """
    claims = open_answer(
        token,
        DocumentKind.RECEIPT,
        document=document,
        home=home,
        share_id=share_id,
        part="receipt",
        now=now,
    )
    if claims.get("schema") != SCHEMA:
        raise DocumentError("malformed")
    _check_retention(claims)
    return DeliveryReceipt(
        sha256=digest(claims, "sha256"),
        size=number(claims, "size"),
        received_at=moment(claims, "received_at"),
        ledger=None if claims.get("ledger") is None else digest(claims, "ledger"),
        opened_at=(
            None if claims.get("opened_at") is None else moment(claims, "opened_at")
        ),
    )


def says_the_same(receipt: str, other: str) -> bool:
    """Return whether two verified receipts differ at most in `opened_at`."""
    return _but_opening(receipt) == _but_opening(other)


def _but_opening(token: str) -> Mapping[str, object]:
    claims = strict_json_object(decode(token.split(".")[1]))
    receipt = cast("Mapping[str, object]", claims["receipt"])
    return {name: said for name, said in receipt.items() if name != "opened_at"}


def _check_retention(claims: Mapping[str, object]) -> None:
    """Raise `DocumentError` unless the retention text matches its digest."""
    retention = claims.get("retention")
    if not isinstance(retention, Mapping):
        raise DocumentError("malformed")
    if digest(retention, "digest") != text_digest(text(retention, "text")):
        raise DocumentError("malformed")
    if retention.get("days") is not None:
        number(retention, "days")
