"""JSON of a share."""

from datetime import datetime
from typing import Literal, TypedDict

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..access.shown_clips import ShownClips
from ..engine.sharing.model import Outcome, ReceiptState, Share, ShareState, Withdrawal
from .clip_json import ClipInWords

# "uploaded" means that all was sent to an agency without receipts, so nothing confirms
# the delivery.
type ShareStateJson = ShareState | Literal["uploaded"]


class ShareJson(TypedDict):
    """A share of one clip to one agency."""

    share_id: str
    clip_id: str
    # None if the clip was deleted and is no longer known.
    clip: ClipInWords | None
    agency_id: str
    agency_name: str
    state: ShareStateJson
    created_at: str
    cancel_in: float | None
    sent: int
    total: int
    problem: str | None
    attempts: int
    next_attempt: str | None
    delivered_at: str | None
    ended_at: str | None
    # None once it was delivered or uploaded.
    outcome: Outcome | None
    has_receipt: bool
    receipt: ReceiptState | None
    received_at: str | None
    # When an officer opened it, as signed by the agency.
    opened_at: str | None
    withdrawal: Withdrawal | None
    # Written by the agency.
    withdrawal_text: str
    withdrawn_at: str | None
    can_withdraw: bool
    # When a package for hand-over is deleted; None for other shares.
    hand_over_until: str | None
    downloads: int
    # The file name of the finished package.
    file: str | None
    # Whether the person can hand over the package instead of Doorwatch sending it.
    can_hand_over: bool
    # The agency's request that it answers.
    request_id: str | None
    # Whether a draft of a declaration was sent with it and can be downloaded.
    has_declaration: bool


def iso(moment: datetime | None) -> str | None:
    """Format a time, or return None without one."""
    return None if moment is None else moment.isoformat()


@callback
def share_json(shown_clips: ShownClips, share: Share) -> ShareJson:
    """Return the JSON of a share; `clip` is None if the clip is no longer known."""
    cancel_in: float | None = None
    if share.state is ShareState.WAITING and share.cancel_until is not None:
        left = share.cancel_until - dt_util.utcnow()
        cancel_in = max(0.0, left.total_seconds())
    clip = shown_clips.of(share.clip_id)
    return {
        "share_id": share.share_id,
        "clip_id": share.clip_id,
        "clip": None
        if clip is None
        else {
            "doorbell_id": clip.doorbell_id,
            "event": clip.event,
            "started_at": clip.started_at.isoformat(),
            "timezone": clip.timezone,
        },
        "agency_id": share.agency_id,
        "agency_name": share.agency_name,
        "state": "uploaded" if share.never_confirmed else share.state,
        "created_at": share.created_at.isoformat(),
        "cancel_in": cancel_in,
        "sent": share.sent,
        "total": share.total,
        "problem": share.problem,
        "attempts": share.attempts,
        "next_attempt": iso(share.next_attempt),
        "delivered_at": None if share.never_confirmed else iso(share.delivered_at),
        "ended_at": iso(share.ended_at),
        "outcome": share.outcome,
        "has_receipt": share.has_receipt,
        "receipt": share.receipt,
        "received_at": iso(share.received_at),
        "opened_at": iso(share.opened_at),
        "withdrawal": share.withdrawal,
        "withdrawal_text": share.withdrawal_text,
        "withdrawn_at": iso(share.withdrawn_at),
        "can_withdraw": share.can_withdraw,
        "hand_over_until": iso(share.hand_over_until),
        "downloads": share.downloads,
        "file": share.file,
        "can_hand_over": share.can_hand_over,
        "request_id": None if share.request is None else share.request.request_id,
        "has_declaration": share.has_declaration,
    }
