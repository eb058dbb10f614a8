"""Report the result of each share to automations and to the agency's entities."""

import asyncio
from dataclasses import dataclass
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

from ..access.permissions import everybody_may_view
from ..access.visible_shares import async_doorbell_of
from ..const import DOMAIN
from ..data import DATA, DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import ReceiptState, Share, ShareState, Withdrawal
from ..signals import EVENT_SHARE_DELIVERED, SIGNAL_OPENED, SIGNAL_SHARE_CHANGED

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


@callback
def async_setup_deliveries(hass: HomeAssistant) -> None:
    """Report the end of each share once, including those from before a restart."""

    # Ensures that an older state of a share is not reported after a newer one.
    lock = asyncio.Lock()

    @callback
    def domain() -> DoorwatchData | None:
        """Return the domain if it is open and automations are running."""
        return hass.data.get(DATA) if hass.state is CoreState.running else None

    async def tell(data: DoorwatchData, share: Share) -> None:
        result = _result(share)
        if result is None or not await data.outbox.note_end(share, result):
            return
        try:
            doorbell_id = await async_doorbell_of(hass, share)
        except LibraryError, SharingError:
            doorbell_id = None
        # Only administrators can listen to the event bus.
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

    async def on_share(share: Share) -> None:
        if (data := domain()) is None:
            return
        async with lock:
            try:
                await tell(data, share)
            except SharingError as err:
                _LOGGER.debug("The end of a share is reported later: %s", err.problem)

    async def tell_all(_hass: HomeAssistant | None = None) -> None:
        if (data := domain()) is None:
            return
        try:
            for share_id in await data.outbox.ended():
                async with lock:
                    if (share := await data.outbox.get(share_id)) is not None:
                        await tell(data, share)
        except (SharingError, sqlite3.Error) as err:
            _LOGGER.debug("The ends of shares are reported later: %s", err)

    async_dispatcher_connect(hass, SIGNAL_SHARE_CHANGED, on_share)
    async_dispatcher_connect(hass, SIGNAL_OPENED, tell_all)
    async_at_started(hass, tell_all)
