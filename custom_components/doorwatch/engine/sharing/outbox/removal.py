"""Remove what stopped shares left at an agency, and store the result."""

from typing import Final, override

from ..model import ReceiptState, Removal, ShareState
from .delivery import TakenBack, take_back
from .follow_ups import FollowUp, Patience
from .jobs import Ended
from .lookups import AgencyAccess
from .record import TO_TAKE_BACK, Record

# Seconds after which an agency without answer is no longer asked.
KEEP_ASKING: Final = 7 * 86400.0
# Problem of a share that arrived before it could be stopped.
ARRIVED_ANYWAY: Final = "arrived_anyway"


class TakingBack(FollowUp):
    """Ask for the removal of stopped shares until the agency answers."""

    name = "removal"
    patience = Patience(first=5.0, longest=3600.0, give_up=KEEP_ASKING)

    @override
    def _wants(self, record: Record) -> bool:
        return record.removal in TO_TAKE_BACK

    @override
    def _begun(self, record: Record) -> float:
        return record.ended_at or 0.0

    @override
    async def _ask(self, ended: Ended) -> bool:
        record = ended.record
        access = self._access()
        if record.upload_url is None:
            return False

        async def on_part(arrived: int) -> None:
            await self._change(ended, removal=Removal.ASKED, sent=arrived)

        taken = await take_back(
            access.client(self.outside), record.upload_url, record.total, on_part
        )
        if taken is TakenBack.ARRIVED:
            await self._arrived(ended, access)
            return True
        record = ended.record  # changed by `on_part`
        # If all of it left, the agency may have moved it out of its intake.
        only_part = record.removal is Removal.ASKED or not record.begun
        removed = taken is TakenBack.REMOVED or only_part
        if removed and not record.left_behind:
            await self._settle(ended, Removal.CONFIRMED)
        else:
            await self._settle(ended, Removal.UNCONFIRMED)
        return True

    @override
    async def _give_up(self, ended: Ended) -> None:
        await self._settle(ended, Removal.UNCONFIRMED)

    async def _settle(self, ended: Ended, removal: Removal) -> None:
        """Store the result of the removal."""
        known = ended.record.removal is Removal.ASKED
        await self._change(
            ended,
            "taken_back",
            {
                "removal": removal.value,
                "begun": ended.record.begun,
                "arrived": ended.record.sent if known else None,
            },
            removal=removal,
            ended_at=self.registry.clock.now(),
        )

    async def _arrived(self, ended: Ended, access: AgencyAccess) -> None:
        """Mark the share as delivered: it was stopped too late."""
        record = ended.record
        now = self.registry.clock.now()
        await self._change(
            ended,
            "sent",
            {
                "agency": access.published.issuer,
                "sha256": record.package_sha256,
                "size": record.package_size,
                "stopped_too_late": True,
            },
            state=ShareState.DELIVERED,
            problem=ARRIVED_ANYWAY,
            removal=None,
            sent=record.total,
            ended_at=now,
            delivered_at=now,
            receipt_state=(
                ReceiptState.AWAITED
                if access.published.receipts_uri
                else ReceiptState.NONE
            ),
        )
