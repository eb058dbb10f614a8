"""Report the result of each share to automations and to the agency's entities."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
import logging
import sqlite3
from typing import Final

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util.signal_type import SignalType

from ..access.users import Users
from ..access.visible_shares import VisibleShares
from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import ReceiptState, Share, ShareState, Withdrawal
from ..engine.sharing.outbox.outbox import Outbox
from ..following import Follower
from ..signals import EVENT_SHARE_DELIVERED, SIGNAL_SHARE_CHANGED

_LOGGER = logging.getLogger(__name__)

# A share that needs a new tap, or was not downloaded in time, was not delivered either.
_RESULTS: Final = {
    ShareState.DELIVERED: "delivered",
    ShareState.HANDED_OVER: "handed_over",
    ShareState.FAILED: "failed",
    ShareState.EXPIRED: "failed",
    ShareState.NEEDS_NEW_TAP: "failed",
    ShareState.CANCELLED: "withdrawn",
}
RESULTS: Final = ("delivered", "uploaded", "handed_over", "failed", "withdrawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The end of a share of a doorbell that every active user may see."""

    agency_id: str
    result: str
    at: datetime | None  # when it was delivered, if it was


SIGNAL_DELIVERY: SignalType[Delivery] = SignalType(f"{DOMAIN}_delivery")


def _result(share: Share) -> str | None:
    """Return the result of a share, or None while it is unknown."""
    if share.withdrawal is Withdrawal.DELETED:
        return "withdrawn"
    if share.receipt is ReceiptState.WRONG:
        return None
    return "uploaded" if share.never_confirmed else _RESULTS.get(share.state)


@dataclass(eq=False, repr=False)
class Deliveries(Follower):
    """Report the end of each share once, including those from before a restart."""

    hass: HomeAssistant
    outbox: Outbox
    users: Users
    visible_shares: VisibleShares
    # Ensures that an older state of a share is not reported after a newer one.
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @callback
    def start(self) -> None:
        """Report the ends of shares once automations are running."""
        self._stops = [
            async_dispatcher_connect(self.hass, SIGNAL_SHARE_CHANGED, self._on_share),
            async_at_started(self.hass, self._async_tell_all),
        ]

    async def _on_share(self, share: Share) -> None:
        if self.hass.state is not CoreState.running:
            return
        async with self._lock:
            try:
                await self._async_tell(share)
            except SharingError as err:
                _LOGGER.debug("The end of a share is reported later: %s", err.problem)

    async def _async_tell_all(self, _hass: HomeAssistant) -> None:
        try:
            for share_id in await self.outbox.ended():
                async with self._lock:
                    if (share := await self.outbox.get(share_id)) is not None:
                        await self._async_tell(share)
        except (SharingError, sqlite3.Error) as err:
            _LOGGER.debug("The ends of shares are reported later: %s", err)

    async def _async_tell(self, share: Share) -> None:
        result = _result(share)
        if result is None or not await self.outbox.note_end(share, result):
            return
        try:
            doorbell_id = await self.visible_shares.async_doorbell_of(share)
        except LibraryError:
            doorbell_id = None
        # Only administrators can listen to the event bus.
        self.hass.bus.async_fire(
            EVENT_SHARE_DELIVERED,
            {
                "share_id": share.share_id,
                "clip_id": share.clip_id,
                "agency_id": share.agency_id,
                "doorbell_id": doorbell_id,
                "result": result,
            },
        )
        if doorbell_id is None or not self.users.all_may_view(doorbell_id):
            return
        at = share.ended_at if result == "handed_over" else None
        if result == "delivered":
            at = share.delivered_at
        delivery = Delivery(agency_id=share.agency_id, result=result, at=at)
        async_dispatcher_send(self.hass, SIGNAL_DELIVERY, delivery)
