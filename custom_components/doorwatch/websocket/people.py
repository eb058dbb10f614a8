"""Store and return what a person has seen, and their drafts."""

from collections.abc import Mapping
from typing import Literal, TypedDict

from homeassistant.core import callback
import voluptuous as vol

from ..access.permissions import may_share, visible_doorbells
from ..actions.clips import async_visible_clip
from ..domain.data import DoorwatchData, HouseholdData
from ..engine.sharing.errors import SharingError
from ..people.drafts import DRAFT
from ..registry import doorbell_ids
from .decorators import Call, with_data, with_household
from .inputs import ID, MOMENTS, VERSION


class EndedShare(TypedDict):
    """A share of this person that somebody else stopped or withdrew."""

    share_id: str
    by: str
    what: Literal["stopped", "withdrawn"]
    at: str


class Seen(TypedDict):
    """What this person has seen.

    `seen` is the time up to which they have seen each doorbell's clips. `news` is the
    last version whose news they were shown, None for a new person. `ended_shares` are
    those they have not read yet.
    """

    seen: dict[str, str]
    news: str | None
    ended_shares: list[EndedShare]


class Draft(TypedDict):
    """A person's unfinished share of a clip; it never contains a PIN or an upload link."""

    draft: Mapping[str, object] | None


@with_household.command("doorwatch/seen")
async def get_seen(call: Call[HouseholdData]) -> Seen:
    """Return what this person has seen."""
    return _seen(call)


@with_household.command(
    "doorwatch/seen/mark",
    {
        vol.Required("seen"): MOMENTS,
        vol.Optional("news"): VERSION,
        vol.Optional("ended_shares"): vol.All(vol.Length(max=1000), [ID]),
    },
)
async def mark_seen(call: Call[HouseholdData]) -> Seen:
    """Store what this person has seen; a time never moves back.

    Doorbells that are unknown or hidden from this person are ignored.
    """
    msg, user = call.msg, call.user
    visible = visible_doorbells(call.hass, user)
    call.data.people.mark(
        user.id,
        {each: moment for each, moment in msg["seen"].items() if each in visible},
    )
    if "news" in msg:
        call.data.people.tell_news(user.id, msg["news"])
    call.data.people.drop_ended_shares(user.id, msg.get("ended_shares", ()))
    return _seen(call)


@callback
def _seen(call: Call[HouseholdData]) -> Seen:
    people, user = call.data.people, call.user
    visible = visible_doorbells(call.hass, user)
    seen = people.seen(user.id)
    return {
        "seen": {
            each: moment.isoformat() for each, moment in seen.items() if each in visible
        },
        "news": people.news(user.id),
        "ended_shares": [
            {"share_id": share_id, **ended}
            for share_id, ended in people.ended_shares(user.id).items()
        ],
    }


@with_data.command("doorwatch/draft", {vol.Required("clip_id"): ID})
async def get_draft(call: Call[DoorwatchData]) -> Draft:
    """Return this person's draft for a clip."""
    await _async_check(call)
    return {"draft": call.data.people.draft(call.user.id, call.msg["clip_id"])}


@with_data.command(
    "doorwatch/draft/save", {vol.Required("clip_id"): ID, vol.Required("draft"): DRAFT}
)
async def save_draft(call: Call[DoorwatchData]) -> None:
    """Store this person's draft for a clip."""
    await _async_check(call)
    call.data.people.keep_draft(call.user.id, call.msg["clip_id"], call.msg["draft"])


async def _async_check(call: Call[DoorwatchData]) -> None:
    """Raise `SharingError` unless this person could share the clip."""
    hass, clip_id = call.hass, call.msg["clip_id"]
    clip = await async_visible_clip(hass, call.data.library, call.user, clip_id)
    # Store nothing for an account that was removed during the lookup.
    user = await hass.auth.async_get_user(call.user.id)
    if user is None or not may_share(hass, user, clip.doorbell_id):
        raise SharingError("not_allowed")
    # A page may save its draft on closing, after the last entry was removed.
    if clip.doorbell_id not in doorbell_ids(hass):
        raise SharingError("clip_unknown")


@with_household.command("doorwatch/draft/drop", {vol.Required("clip_id"): ID})
async def drop_draft(call: Call[HouseholdData]) -> None:
    """Delete this person's draft, even if they may no longer share."""
    call.data.people.drop_draft(call.user.id, call.msg["clip_id"])


COMMANDS = (get_seen, mark_seen, get_draft, save_draft, drop_draft)
