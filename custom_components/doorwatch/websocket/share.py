"""Prepare, list, stop, withdraw and retry shares.

The tap itself is in consent/.
"""

from typing import Literal, TypedDict

from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..consent.prepare import PrepareEvent, PrepareReady, Report
from ..consent.request import PrepareRequest
from ..domain.data import DoorwatchData
from ..engine.sharing.documents.consent import ENGLISH, RequestInNotice, request_as_json
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import PersonalDetails, ReceiptState, Share
from ..engine.sharing.signing.jws import fingerprint
from ..paths import DECLARATION_PATH, DELIVERY_RECEIPT_PATH, RECEIPT_PATH
from ..signals import SIGNAL_SHARE_CHANGED
from .clip_json import signed
from .decorators import Call, with_data
from .inputs import ID, LANGUAGE, words
from .preparing import COUNTED, EDITS, async_prepare, edits_of
from .share_json import ShareJson, share_json
from .subscriptions import Changes, Subscription


class ChangedShare(TypedDict):
    """A share after a command changed it."""

    share: ShareJson


class AllShares(TypedDict):
    """All shares that this user may see."""

    type: Literal["all"]
    shares: list[ShareJson]


class ShareChanged(TypedDict):
    """A share is new or has changed."""

    type: Literal["changed"]
    share: ShareJson


type ShareEvent = AllShares | ShareChanged


class ShareProof(TypedDict):
    """Proof of a share for its owner: the home's key fingerprint and links to documents."""

    fingerprint: str | None
    receipt: str | None
    delivery_receipt: str | None
    # The draft of a declaration that was sent with the clip.
    declaration: str | None
    # As shown before the tap.
    request: RequestInNotice | None


@with_data.subscription(
    "doorwatch/share/prepare",
    {
        vol.Required("clip_id"): ID,
        vol.Required("agency_id"): ID,
        vol.Optional("edits", default=dict): EDITS,
        vol.Optional("note", default=""): words(2000),
        vol.Optional("case_reference", default=""): words(100),
        vol.Optional("request_id"): vol.All(str, vol.Length(max=200)),
        vol.Optional("still_belongs", default=False): bool,
        vol.Optional("declaration", default=False): bool,
        vol.Optional("link_origin"): vol.All(str, vol.Length(max=300)),
        vol.Optional("language", default=ENGLISH): LANGUAGE,
        vol.Optional("small_preview", default=False): bool,
        vol.Optional("personal", default=dict): {
            vol.Optional("name"): words(200),
            vol.Optional("contact"): words(200),
        },
        # Core redacts this key when the command fails; log_secrets.py redacts it
        # otherwise.
        vol.Optional("password"): vol.All(str, vol.Length(max=200)),
    },
)
async def prepare(
    call: Call[DoorwatchData], subscription: Subscription[PrepareEvent]
) -> None:
    """Prepare a share; unsubscribing before the tap cancels that or deletes the file."""
    msg = call.msg
    personal = msg["personal"]
    request = PrepareRequest(
        clip_id=msg["clip_id"],
        agency_id=msg["agency_id"],
        edits=edits_of(msg),
        personal=PersonalDetails(
            name=personal.get("name") or None, contact=personal.get("contact") or None
        ),
        note=msg["note"],
        case_reference=msg["case_reference"],
        request_id=msg.get("request_id"),
        still_belongs=msg["still_belongs"],
        declaration=msg["declaration"],
        link_origin=msg.get("link_origin"),
        language=msg["language"],
        small_preview=msg["small_preview"],
        pin=msg.get("password"),
    )
    opened = call.data.preparations

    async def make(report: Report) -> PrepareReady:
        preparation = opened.begin(call.connection, report)
        subscription.add(lambda: opened.close(preparation))
        return await opened.async_run(preparation, request)

    await async_prepare(call, subscription, "prepare", make)


@with_data.subscription("doorwatch/shares/subscribe")
async def subscribe_shares(
    call: Call[DoorwatchData], subscription: Subscription[ShareEvent]
) -> None:
    """Send all shares that this user may see, then each change."""
    data, user = call.data, call.user

    @callback
    def tell(share: Share) -> None:
        if data.visible_shares.may_see(user, share):
            shown = share_json(data.shown_clips, share)
            subscription.send({"type": "changed", "share": shown})

    changes = Changes(tell)
    # Subscribe before listing, so that no change is missed.
    subscription.add(
        async_dispatcher_connect(call.hass, SIGNAL_SHARE_CHANGED, changes.take)
    )
    shares = await data.visible_shares.async_filter(user, await data.outbox.list())
    call.connection.send_result(call.msg["id"])
    listed = [share_json(data.shown_clips, share) for share in shares]
    subscription.send({"type": "all", "shares": listed})
    changes.begin()


@with_data.command("doorwatch/share/cancel", {vol.Required("share_id"): ID})
async def cancel(call: Call[DoorwatchData]) -> ChangedShare:
    """Stop an undelivered share, and ask the agency to delete what was uploaded.

    Requires a person, who is named to the person who shared the clip, but no PIN.
    """
    data = call.data
    share = await data.visible_shares.async_get(call.user, call.msg["share_id"])
    user = await data.guard.async_person(data.ledger, call.connection, "cancel")
    stopped = await data.share_ending.async_stop(user, share)
    return {"share": share_json(data.shown_clips, stopped)}


@with_data.command(
    "doorwatch/share/withdraw",
    {
        vol.Required("share_id"): ID,
        vol.Optional("password"): vol.All(str, vol.Length(max=200)),
    },
)
async def withdraw(call: Call[DoorwatchData]) -> ChangedShare:
    """Ask the agency to delete a delivered share, as a person who may stop it.

    The request is sent in this person's name and cannot be undone.
    """
    data = call.data
    share = await data.visible_shares.async_get(call.user, call.msg["share_id"])
    user = await data.guard.async_person(data.ledger, call.connection, "withdraw")
    try:
        withdrawn = await data.share_ending.async_withdraw(
            user, share, call.msg.get("password")
        )
    except SharingError as err:
        if err.problem in COUNTED:
            await data.ledger.refused(
                data.guard.caller_at(call.connection), f"withdraw_{err.problem}"
            )
        raise
    return {"share": share_json(data.shown_clips, withdrawn)}


@with_data.command("doorwatch/share/retry", {vol.Required("share_id"): ID})
async def retry(call: Call[DoorwatchData]) -> ChangedShare:
    """Retry a failed share, which requires the permission to share the clip."""
    share, _ = await call.data.visible_shares.async_sharer_anew(
        call.connection, call.msg["share_id"], "retry"
    )
    retried = await call.data.outbox.retry(share.share_id)
    return {"share": share_json(call.data.shown_clips, retried)}


@with_data.command("doorwatch/share/proof", {vol.Required("share_id"): ID})
async def proof(call: Call[DoorwatchData]) -> ShareProof:
    """Return the home's key fingerprint and the documents of a share."""
    share = await call.data.visible_shares.async_get(call.user, call.msg["share_id"])
    if share.home is not None:
        shown: str | None = fingerprint(share.home)
    else:  # not packaged yet
        shown = await call.hass.async_add_executor_job(
            call.data.keys.fingerprint, share.agency_id
        )

    def link(path: str, exists: bool) -> str | None:
        return signed(call, path.format(share.share_id)) if exists else None

    has_delivery_receipt = share.receipt in (ReceiptState.RECEIVED, ReceiptState.WRONG)
    return {
        "fingerprint": shown,
        "receipt": link(RECEIPT_PATH, share.has_receipt),
        "delivery_receipt": link(DELIVERY_RECEIPT_PATH, has_delivery_receipt),
        "declaration": link(DECLARATION_PATH, share.has_declaration),
        "request": None if share.request is None else request_as_json(share.request),
    }


COMMANDS = (prepare, subscribe_shares, cancel, withdraw, retry, proof)
