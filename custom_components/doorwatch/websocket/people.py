"""Store and return what a person has seen, and their drafts."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from ..access.permissions import may_share, visible_doorbells
from ..actions.clips import async_visible_clip
from ..domain.data import DoorwatchData, HouseholdData
from ..engine.sharing.errors import SharingError
from ..people.drafts import DRAFT
from ..registry import doorbell_ids
from .decorators import answering_with_data, answering_with_household
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


@websocket_command({vol.Required("type"): "doorwatch/seen"})
@async_response
@answering_with_household
async def get_seen(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: HouseholdData,
) -> Seen:
    """Return what this person has seen."""
    return _seen(hass, data, connection)


@websocket_command(
    {
        vol.Required("type"): "doorwatch/seen/mark",
        vol.Required("seen"): MOMENTS,
        vol.Optional("news"): VERSION,
        vol.Optional("ended_shares"): vol.All(vol.Length(max=1000), [ID]),
    }
)
@async_response
@answering_with_household
async def mark_seen(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: HouseholdData,
) -> Seen:
    """Store what this person has seen; a time never moves back.

    Doorbells that are unknown or hidden from this person are ignored.
    """
    visible = visible_doorbells(hass, connection.user)
    data.people.mark(
        connection.user.id,
        {each: moment for each, moment in msg["seen"].items() if each in visible},
    )
    if "news" in msg:
        data.people.tell_news(connection.user.id, msg["news"])
    data.people.drop_ended_shares(connection.user.id, msg.get("ended_shares", ()))
    return _seen(hass, data, connection)


@callback
def _seen(
    hass: HomeAssistant, data: HouseholdData, connection: ActiveConnection
) -> Seen:
    visible = visible_doorbells(hass, connection.user)
    seen = data.people.seen(connection.user.id)
    return {
        "seen": {
            each: moment.isoformat() for each, moment in seen.items() if each in visible
        },
        "news": data.people.news(connection.user.id),
        "ended_shares": [
            {"share_id": share_id, **ended}
            for share_id, ended in data.people.ended_shares(connection.user.id).items()
        ],
    }


@websocket_command(
    {
        vol.Required("type"): "doorwatch/draft",
        vol.Required("clip_id"): ID,
    }
)
@async_response
@answering_with_data
async def get_draft(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> Draft:
    """Return this person's draft for a clip."""
    await _async_check(hass, data, connection, msg["clip_id"])
    return {"draft": data.people.draft(connection.user.id, msg["clip_id"])}


@websocket_command(
    {
        vol.Required("type"): "doorwatch/draft/save",
        vol.Required("clip_id"): ID,
        vol.Required("draft"): DRAFT,
    }
)
@async_response
@answering_with_data
async def save_draft(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> None:
    """Store this person's draft for a clip."""
    await _async_check(hass, data, connection, msg["clip_id"])
    data.people.keep_draft(connection.user.id, msg["clip_id"], msg["draft"])


async def _async_check(
    hass: HomeAssistant,
    data: DoorwatchData,
    connection: ActiveConnection,
    clip_id: str,
) -> None:
    """Raise `SharingError` unless this person could share the clip."""
    clip = await async_visible_clip(hass, data.library, connection.user, clip_id)
    # Store nothing for an account that was removed during the lookup.
    user = await hass.auth.async_get_user(connection.user.id)
    if user is None or not may_share(hass, user, clip.doorbell_id):
        raise SharingError("not_allowed")
    # A page may save its draft on closing, after the last entry was removed.
    if clip.doorbell_id not in doorbell_ids(hass):
        raise SharingError("clip_unknown")


@websocket_command(
    {
        vol.Required("type"): "doorwatch/draft/drop",
        vol.Required("clip_id"): ID,
    }
)
@async_response
@answering_with_household
async def drop_draft(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: HouseholdData,
) -> None:
    """Delete this person's draft, even if they may no longer share."""
    data.people.drop_draft(connection.user.id, msg["clip_id"])


COMMANDS = (get_seen, mark_seen, get_draft, save_draft, drop_draft)
