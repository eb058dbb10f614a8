"""Asks one agency for the receipts of what was delivered to it."""

from datetime import UTC
import hashlib
from typing import Final, override

from ...outside.door import OutsideError
from ..documents.answers import LONGEST_ANSWER
from ..documents.receipts import DeliveryReceipt, read_receipt
from ..errors import DeliveryError
from ..model import ReceiptState
from ..signing.canonical import timestamp
from ..signing.jws import DocumentError
from .follow_ups import FollowUp, Patience
from .jobs import Ended
from .lookups import AgencyAccess
from .record import Record

# Long enough for an officer who makes them by hand, a weekend included.
KEEP_ASKING: Final = 7 * 86400.0


class Receipts(FollowUp):
    """Asks for each receipt until there is one."""

    name = "receipt"
    patience = Patience(
        first=5.0, longest=6 * 3600.0, give_up=KEEP_ASKING, at_once=False
    )

    @override
    def _wants(self, record: Record) -> bool:
        return record.awaits_receipt

    @override
    def _begun(self, record: Record) -> float:
        return record.delivered_at or 0.0

    @override
    async def _ask(self, ended: Ended) -> bool:
        record = ended.record
        access = self._access()
        if (token := await self._fetch(record, access)) is None:
            return False
        try:
            receipt = read_receipt(
                token,
                document=access.published,
                home=record.home or "",
                share_id=record.share_id,
                now=self._registry.clock.now(),
            )
        except DocumentError as error:
            # Nothing of it can be trusted: perhaps a key that is not announced yet.
            self._say_once(
                "The receipt of share %s: %s", record.share_id, error.problem
            )
            return False
        await self._keep(ended, token, receipt)
        return True

    async def _fetch(self, record: Record, access: AgencyAccess) -> str | None:
        """Return what the agency answers; None while there is nothing."""
        if (uri := access.published.receipts_uri) is None:
            return None
        try:
            body = await self._outside.fetch(
                f"{uri.rstrip('/')}/{record.share_id}",
                local=access.local,
                limit=LONGEST_ANSWER,
            )
            return body.decode("ascii").strip()
        except OutsideError, ValueError:
            raise DeliveryError("agency_unavailable", permanent=False) from None

    async def _keep(self, ended: Ended, token: str, receipt: DeliveryReceipt) -> None:
        """Keep it with the share, whether it is about what was sent or not."""
        record = ended.record
        right = (
            receipt.sha256 == record.package_sha256
            and receipt.size == record.package_size
            and receipt.ledger in (None, record.ledger)
        )
        opened = receipt.opened_at
        await self._change(
            ended,
            "received" if right else "receipt_wrong",
            {
                "agency": record.issuer,
                "sha256": receipt.sha256,
                "size": receipt.size,
                "received_at": timestamp(receipt.received_at),
                "opened_at": None if opened is None else timestamp(opened),
                "receipt_sha256": hashlib.sha256(token.encode()).hexdigest(),
            },
            receipt_state=ReceiptState.RECEIVED if right else ReceiptState.WRONG,
            delivery_receipt=token,
            received_at=receipt.received_at.astimezone(UTC).timestamp(),
        )

    @override
    async def _give_up(self, ended: Ended) -> None:
        await self._change(
            ended,
            "receipt_missing",
            {"agency": ended.record.issuer},
            receipt_state=ReceiptState.MISSING,
        )
