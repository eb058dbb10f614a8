"""What became of each share, for automations and for the entities of its agency."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.util.signal_type import SignalType

from ..access.permissions import everybody_may_view
from ..access.visible_shares import async_doorbell_of
from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import ReceiptState, Removal, Share, ShareState, Withdrawal
from ..signals import EVENT_SHARE_DELIVERED, SIGNAL_SHARE_CHANGED

# A share that needs a new tap, or that nobody downloaded, has not arrived either.
_RESULTS: Final = {
    ShareState.DELIVERED: "delivered",
    ShareState.HANDED_OVER: "handed_over",
    ShareState.FAILED: "failed",
    ShareState.EXPIRED: "failed",
    ShareState.NEEDS_NEW_TAP: "failed",
    ShareState.CANCELLED: "withdrawn",
}
RESULTS: Final = ("delivered", "uploaded", "handed_over", "failed", "withdrawn")
# Known long after the delivery was told, perhaps after a restart.
_AFTERWARDS: Final = (
    ReceiptState.RECEIVED,
    ReceiptState.WRONG,
    ReceiptState.MISSING,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The end of a share of a doorbell that every active user may see."""

    agency_id: str
    result: str
    at: datetime | None  # when it got there, if it did


SIGNAL_DELIVERY: SignalType[Delivery] = SignalType(f"{DOMAIN}_delivery")


def _result(share: Share) -> str | None:
    """Return what became of a share now; None of what was told when it came."""
    if share.removal in (Removal.CONFIRMED, Removal.UNCONFIRMED):
        return None
    if share.withdrawal is Withdrawal.DELETED:
        return "withdrawn"
    if share.withdrawal is not None or share.receipt in _AFTERWARDS:
        return None
    return "uploaded" if share.never_confirmed else _RESULTS.get(share.state)


@callback
def async_setup_deliveries(hass: HomeAssistant) -> None:
    """Tell of each end of a share once."""
    told: dict[str, str] = {}

    async def on_share(share: Share) -> None:
        result = _result(share)
        if result is None:
            if share.state not in _RESULTS:
                told.pop(share.share_id, None)
            return
        if told.get(share.share_id) == result:
            return
        told[share.share_id] = result
        try:
            doorbell_id = await async_doorbell_of(hass, share)
        except LibraryError, SharingError:
            doorbell_id = None
        # Only administrators can listen to the bus.
        hass.bus.async_fire(
            EVENT_SHARE_DELIVERED,
            {
                "share_id": share.share_id,
                "clip_id": share.clip_id,
                "agency_id": share.agency_id,
                "doorbell_id": doorbell_id,
                "result": result,
            },
        )
        if doorbell_id is None or not everybody_may_view(hass, doorbell_id):
            return
        at = share.ended_at if result == "handed_over" else None
        if result == "delivered":
            at = share.delivered_at
        delivery = Delivery(agency_id=share.agency_id, result=result, at=at)
        async_dispatcher_send(hass, SIGNAL_DELIVERY, delivery)

    async_dispatcher_connect(hass, SIGNAL_SHARE_CHANGED, on_share)
