"""Send, dismiss and look up proposals."""

from typing import Literal, TypedDict

from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..access.permissions import may_share, may_view
from ..access.users import Users
from ..consent.proposals import SIGNAL_PROPOSAL, Proposal
from ..domain.data import DoorwatchData, HouseholdData
from ..engine.sharing.errors import SharingError
from .decorators import Call, with_data, with_household
from .inputs import ID
from .subscriptions import Changes, Subscription


class ProposalJson(TypedDict):
    """A proposal to share a clip."""

    proposal_id: str
    clip_id: str
    doorbell_id: str
    agency_id: str | None
    # The agency's request that the share would answer.
    request_id: str | None
    at: str
    by: str
    # The user whose login or token made the proposal, if any.
    user: str | None


class Proposed(TypedDict):
    """The state of a proposal."""

    at: str
    became: Literal["open", "shared", "dismissed", "over"]


class OwnProposal(TypedDict):
    """The user's last proposal of a clip, until a week after its end."""

    proposed: Proposed | None


class AllProposals(TypedDict):
    """The proposals that this user may turn into a share."""

    type: Literal["all"]
    proposals: list[ProposalJson]


class ProposalChanged(TypedDict):
    """A proposal is new."""

    type: Literal["changed"]
    proposal: ProposalJson


class ProposalWent(TypedDict):
    """A proposal ended."""

    type: Literal["removed"]
    proposal_id: str


type ProposalEvent = AllProposals | ProposalChanged | ProposalWent


@callback
def _proposal_json(users: Users, proposal: Proposal) -> ProposalJson:
    """Return the JSON of a proposal, with the name of its user."""
    user = users.get(proposal.user_id)
    return {
        "proposal_id": proposal.proposal_id,
        "clip_id": proposal.clip_id,
        "doorbell_id": proposal.doorbell_id,
        "agency_id": proposal.agency_id,
        "request_id": proposal.request_id,
        "at": proposal.at.isoformat(),
        "by": proposal.by,
        "user": None if user is None else user.name,
    }


@with_data.subscription("doorwatch/proposals/subscribe")
async def subscribe_proposals(
    call: Call[DoorwatchData], subscription: Subscription[ProposalEvent]
) -> None:
    """Send the proposals that this user may turn into a share, and their changes."""
    hass, data = call.hass, call.data

    @callback
    def may_see(proposal: Proposal) -> bool:
        return may_share(hass, call.user, proposal.doorbell_id)

    @callback
    def tell(proposal: Proposal, is_open: bool) -> None:
        if not may_see(proposal):
            return
        subscription.send(
            {"type": "changed", "proposal": _proposal_json(data.users, proposal)}
            if is_open
            else {"type": "removed", "proposal_id": proposal.proposal_id}
        )

    changes = Changes(tell)
    subscription.add(async_dispatcher_connect(hass, SIGNAL_PROPOSAL, changes.take))
    found = await data.proposals.async_list()
    call.connection.send_result(call.msg["id"])
    proposals = [_proposal_json(data.users, each) for each in found if may_see(each)]
    subscription.send({"type": "all", "proposals": proposals})
    changes.begin()


@with_household.command(
    "doorwatch/proposals/dismiss", {vol.Required("proposal_id"): ID}
)
async def dismiss_proposal(call: Call[HouseholdData]) -> None:
    """Dismiss a proposal; nothing leaves the home."""
    if not await call.data.proposals.async_end(
        lambda proposal: (
            proposal.proposal_id == call.msg["proposal_id"]
            and may_share(call.hass, call.user, proposal.doorbell_id)
        ),
        "dismissed",
    ):
        raise SharingError("proposal_unknown")


@with_household.command("doorwatch/proposals/mine", {vol.Required("clip_id"): ID})
async def own_proposal(call: Call[HouseholdData]) -> OwnProposal:
    """Return the state of this user's own proposal to share a clip."""
    user = call.user
    proposal = await call.data.proposals.async_own(user.id, call.msg["clip_id"])
    if proposal is None or not may_view(call.hass, user, proposal.doorbell_id):
        return {"proposed": None}
    at = proposal.at.isoformat()
    return {"proposed": {"at": at, "became": proposal.became or "open"}}


COMMANDS = (subscribe_proposals, dismiss_proposal, own_proposal)
