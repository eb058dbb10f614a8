"""Fetch the receipts of delivered shares from an agency.

The intake issues the first receipt. A later one has the time when an officer opened the
package, days or weeks later.
"""

from dataclasses import replace
import hashlib
from typing import Final, override

from ...backoff import backoff
from ...outside.errors import OutsideError
from ..documents.answers import LONGEST_ANSWER
from ..documents.receipts import DeliveryReceipt, read_receipt, says_the_same
from ..errors import DeliveryError
from ..model import ReceiptState
from ..signing.canonical import timestamp
from .follow_ups import Due, FollowUp, Patience
from .jobs import Ended
from .record import Record

# Seconds; long enough for receipts issued by hand, including a weekend.
KEEP_ASKING: Final = 7 * 86400.0
# Seconds to wait for an officer to open the package.
KEEP_ASKING_ON: Final = 30 * 86400.0


class Receipts(FollowUp):
    """Ask for the first receipt until there is one."""

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
        if (token := await self._fetch(record)) is None:
            return False
        receipt = await self._read(
            ended,
            "The receipt of share %s: %s",
            lambda document: read_receipt(
                token,
                document=document,
                home=record.home or "",
                share_id=record.share_id,
                now=self.registry.clock.now(),
            ),
        )
        return receipt is not None and await self._take(ended, token, receipt)

    async def _fetch(self, record: Record) -> str | None:
        """Return the agency's answer, or None if it publishes no receipts."""
        access = self._access()
        if (uri := access.published.receipts_uri) is None:
            return None
        try:
            body = await self.outside.fetch(
                f"{uri.rstrip('/')}/{record.share_id}",
                local=access.local,
                limit=LONGEST_ANSWER,
            )
            return body.decode("ascii").strip()
        except OutsideError, ValueError:
            raise DeliveryError("agency_unavailable", permanent=False) from None

    async def _take(self, ended: Ended, token: str, receipt: DeliveryReceipt) -> bool:
        """Store the receipt, whether it matches the package or not."""
        record = ended.record
        right = (
            receipt.sha256 == record.package_sha256
            and receipt.size == record.package_size
            and receipt.ledger in (None, record.ledger)
        )
        opened = receipt.opened_at if right else None
        await self._keep(
            ended,
            "received" if right else "receipt_wrong",
            token,
            receipt,
            receipt_state=ReceiptState.RECEIVED if right else ReceiptState.WRONG,
            received_at=receipt.received_at.timestamp(),
            opened_at=None if opened is None else opened.timestamp(),
            receipt_due=self._again() if right and opened is None else None,
        )
        return True

    async def _keep(
        self,
        ended: Ended,
        kind: str,
        token: str,
        receipt: DeliveryReceipt,
        **changes: object,
    ) -> None:
        opened = receipt.opened_at
        await self._change(
            ended,
            kind,
            {
                "agency": ended.record.issuer,
                "sha256": receipt.sha256,
                "size": receipt.size,
                "received_at": timestamp(receipt.received_at),
                "opened_at": None if opened is None else timestamp(opened),
                "receipt_sha256": hashlib.sha256(token.encode()).hexdigest(),
            },
            delivery_receipt=token,
            **changes,
        )

    @override
    async def _give_up(self, ended: Ended) -> None:
        await self._change(
            ended,
            "receipt_missing",
            {"agency": ended.record.issuer},
            receipt_state=ReceiptState.MISSING,
            receipt_due=None if self._agency_is_gone else self._again(),
        )

    def _again(self) -> float:
        """Return a random time for the next request."""
        clock, first = self.registry.clock, Openings.patience.first
        return clock.now() + backoff(0, first, first, clock.jitter)


class Openings(Receipts):
    """Ask for a receipt with the time of opening, at growing intervals.

    Also accepts a late first receipt. The next time is stored, so that the agency
    cannot notice restarts of this home.
    """

    name = "opening"
    patience = Patience(first=3600.0, longest=2 * 86400.0, give_up=KEEP_ASKING_ON)

    @override
    def _wants(self, record: Record) -> bool:
        return record.awaits_opening

    @override
    def _due_of(self, ended: Ended) -> Due:
        known, clock = ended.record.share_id in self._due, self.registry.clock
        due = super()._due_of(ended)
        if not known:
            left = (ended.record.receipt_due or 0.0) - clock.now()
            # Skip missed times and continue the schedule; otherwise a home that is off
            # each night would never ask.
            if left <= 0:
                left %= -self.patience.longest
            while left <= 0:
                left += self._pause(due.troubles)
            # Limits the delay after the clock was set back.
            late = left > self.patience.longest
            due.at = clock.monotonic() + (self._pause(due.troubles) if late else left)
        return due

    @override
    def agency_changed(self) -> None:
        if self._agency_is_gone:
            super().agency_changed()

    @override
    async def _ask(self, ended: Ended) -> bool:
        now = self.registry.clock.now()
        if now > self._begun(ended.record) + self.patience.give_up:
            await self._plan(ended, None)
            return True
        # Store this first, so that a restart during the request does not repeat it.
        await self._plan(ended, now + self._pause(self._due_of(ended).troubles))
        return await super()._ask(ended)

    @override
    async def _take(self, ended: Ended, token: str, receipt: DeliveryReceipt) -> bool:
        before = ended.record.delivery_receipt
        if before is None:
            return await super()._take(ended, token, receipt)
        if not says_the_same(token, before):
            self._say_once(
                "The new receipt of share %s: %s", ended.record.share_id, "not the same"
            )
            return False
        if receipt.opened_at is None:
            return False
        await self._keep(
            ended,
            "opened",
            token,
            receipt,
            opened_at=receipt.opened_at.timestamp(),
            receipt_due=None,
        )
        return True

    async def _plan(self, ended: Ended, due: float | None) -> None:
        """Store when to ask again, if ever, without notifying people."""
        async with ended.lock:
            record = replace(ended.record, receipt_due=due)
            ended.record = await self.registry.save(record)
        self.registry.let_go(ended)

    @override
    async def _give_up(self, ended: Ended) -> None:
        await self._plan(ended, None)
