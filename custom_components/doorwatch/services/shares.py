"""Register the actions about sharing: the tap and the proposal."""

from collections.abc import Mapping
import logging
from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..access.guard import Caller, Tap
from ..access.permissions import may_share
from ..actions.clips import async_user_of, async_visible_clip
from ..actions.problems import translated
from ..agencies.agencies import agency_entries
from ..agencies.base import is_group
from ..consent.prepare import access_now
from ..consent.proposals import Proposal
from ..domain.data import DATA, DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.sharing.agency import AgencyAsShown
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Share
from ..engine.sharing.requests.feed import Request
from ..engine.sharing.tap.confirmations import ConfirmationRefused, Confirmed
from ..household.household import household
from ..requests.board import Board
from ..requests.fitting import fits
from .action import Action
from .clips import ATTR_AGENCY_ID, ATTR_CLIP_ID, ATTR_REQUEST_ID, CLIP_SCHEMA

_LOGGER = logging.getLogger(__name__)

ATTR_CONFIRMATION = "confirmation"

SHARE_FIELDS = (ATTR_CLIP_ID, ATTR_AGENCY_ID, ATTR_CONFIRMATION)
# Accepts everything, because an attempt that the schema refused would not be counted.
SHARE_SCHEMA = vol.Schema(
    {vol.Optional(field): object for field in SHARE_FIELDS},
    extra=vol.ALLOW_EXTRA,
)
PROPOSE_SCHEMA = vol.All(
    CLIP_SCHEMA.extend(
        {
            vol.Optional(ATTR_AGENCY_ID): cv.string,
            vol.Optional(ATTR_REQUEST_ID): cv.string,
        }
    ),
    cv.key_dependency(ATTR_REQUEST_ID, ATTR_AGENCY_ID),
)


async def _share_clip(
    call: ServiceCall, caller: Caller, data: DoorwatchData
) -> ServiceResponse:
    """Share one clip with one agency, only on a person's tap.

    If the PIN was removed without being entered less than a day ago, a tap is refused
    with that reason. Other callers get the same refusal as always.
    """
    hass = call.hass
    await data.pin_gate.async_load()
    try:
        tap, confirmed = _redeem(call, data, caller)
    except ConfirmationRefused as refusal:
        await data.ledger.refused(caller, refusal.reason)
        raise translated(refusal.problem) from None
    except SharingError as err:
        await data.ledger.refused(caller, err.problem)
        raise
    share = await _async_send(hass, data, tap, confirmed)
    data.people.drop_draft(share.user_id, share.clip_id)
    await data.proposals.async_end(
        lambda proposal: (
            proposal.clip_id == share.clip_id
            and proposal.agency_id in (None, share.agency_id)
        ),
        "shared",
    )
    return {"share_id": share.share_id}


async def _async_send(
    hass: HomeAssistant, data: DoorwatchData, tap: Tap, confirmed: Confirmed
) -> Share:
    """Hand the share to the outbox; leave nothing staged, whatever the result."""
    preparation = data.preparations.take(confirmed.intent)
    try:
        return await data.outbox.add(
            confirmed,
            cancel_window=household(hass).cancel_window,
            login={"client_id": tap.token.client_id, "token_id": tap.token.id},
        )
    finally:
        data.preparations.discard(preparation)


@callback
def _redeem(
    call: ServiceCall, data: DoorwatchData, caller: Caller
) -> tuple[Tap, Confirmed]:
    """Redeem the confirmation, and return the tap and what it confirms.

    Raises `ConfirmationRefused`, `SharingError` with `core_changed` or
    `sharing_closed`, or `LibraryError` while Home Assistant stops, and then consumes
    nothing.
    """
    hass = call.hass
    data.guard.require_known_callers()
    tap = data.guard.require_tap(call)
    if caller is not Caller.DASHBOARD:
        raise ConfirmationRefused("not_the_dashboard")
    # Sharing may have been closed since the preparation.
    data.pin_gate.check_open()
    if set(call.data) - set(SHARE_FIELDS):
        # The call asks for something that was not shown, such as other edits.
        raise ConfirmationRefused("unexpected_data")
    clip_id, agency_id, confirmation = (_text(call, field) for field in SHARE_FIELDS)
    preparation = data.preparations.of(tap.connection)
    if (
        preparation is not None
        and preparation.clip is not None
        and not may_share(hass, tap.user, preparation.clip.doorbell_id)
    ):
        raise ConfirmationRefused("not_allowed")
    if DATA not in hass.data:  # everything is being closed
        raise LibraryError("library_unavailable")
    confirmed = data.confirmations.redeem(
        confirmation,
        connection=tap.connection,
        user_id=tap.user.id,
        clip_id=clip_id,
        agency_id=agency_id,
        agency=_as_shown(hass, agency_id),
    )
    return tap, confirmed


def _text(call: ServiceCall, field: str) -> str:
    """Return a field of the call, or an empty string if it isn't text."""
    value = call.data.get(field)
    return value if isinstance(value, str) else ""


@callback
def _as_shown(hass: HomeAssistant, agency_id: str) -> AgencyAsShown | None:
    """Return the agency as it would be shown now, or None if it can't be reached."""
    try:
        access = access_now(hass, agency_id)
    except SharingError:
        return None
    return access.document.as_shown if access is not None else None


@callback
def _check_answers(
    hass: HomeAssistant, requests: Board, clip: Clip, agency_id: str, request_id: str
) -> None:
    """Raise `SharingError` unless the request is open, concerns this home and fits the clip."""
    concern = requests.concern(agency_id, request_id)
    if concern is None or not isinstance(concern.item, Request):
        raise SharingError("request_unknown")
    if concern.item.lacks:
        raise SharingError("request_invalid")
    if not concern.is_open:
        raise SharingError("request_closed")
    if not fits(hass, clip, concern.item):
        raise SharingError("clip_does_not_match")


@callback
def _check_takes_clips(hass: HomeAssistant, agency_id: str) -> None:
    """Raise `SharingError` for an unknown agency and for a group."""
    for entry in agency_entries(hass):
        if entry.entry_id == agency_id:
            if is_group(entry.data):
                raise SharingError("group_takes_no_clips")
            return
    raise SharingError("agency_unknown")


async def _propose(
    call: ServiceCall, caller: Caller, data: DoorwatchData
) -> ServiceResponse:
    """Store a proposal and notify; any caller may propose."""
    hass = call.hass
    agency_id: str | None = call.data.get(ATTR_AGENCY_ID)
    request_id: str | None = call.data.get(ATTR_REQUEST_ID)
    user = await async_user_of(hass, call.context)
    clip = await async_visible_clip(hass, data.library, user, call.data[ATTR_CLIP_ID])
    if agency_id is not None:
        _check_takes_clips(hass, agency_id)
        if request_id is not None:
            _check_answers(hass, data.requests, clip, agency_id, request_id)
    proposal, new = await data.proposals.async_add(
        Proposal(
            clip_id=clip.clip_id,
            doorbell_id=clip.doorbell_id,
            agency_id=agency_id,
            request_id=request_id,
            by=caller,
            user_id=call.context.user_id,
        )
    )
    if new:
        try:
            await data.ledger.append(
                "proposed",
                {
                    "clip_id": clip.clip_id,
                    "agency_id": agency_id,
                    **({"request_id": request_id} if request_id else {}),
                    "by": caller,
                },
            )
        except SharingError as err:
            # The proposal is kept without its ledger line, because it sends
            # nothing.
            _LOGGER.error(
                "The suggestion to share clip %s couldn't be written to the ledger: %s",
                clip.clip_id,
                err.problem,
            )
    return {"proposal_id": proposal.proposal_id}


# The handler, schema and response of each action.
SHARE_ACTIONS: Final[Mapping[str, Action]] = {
    "share_clip": (_share_clip, SHARE_SCHEMA, SupportsResponse.OPTIONAL),
    "propose_share": (_propose, PROPOSE_SCHEMA, SupportsResponse.OPTIONAL),
}
