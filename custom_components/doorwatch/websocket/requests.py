"""List, match and hide requests; none of these commands contacts an agency."""

from typing import Final

from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
import voluptuous as vol

from ..access.permissions import async_watch_permissions, may_view, visible_doorbells
from ..domain.data import DoorwatchData
from ..engine.clips.model import ClipQuery
from ..requests.board import SIGNAL_REQUESTS
from ..requests.fitting import async_matching
from ..signals import SIGNAL_FEED_CHANGED, SIGNAL_NAMES
from .clip_json import async_look_into, clip_json
from .clips import MOST_CLIPS, Clips
from .decorators import Call, with_data
from .inputs import ID
from .request_json import RequestsState, requests_json
from .subscriptions import Subscription

# Agencies choose the length of item IDs.
_ITEM_ID: Final = vol.All(str, vol.Length(max=200))


@with_data.subscription("doorwatch/requests/subscribe")
async def subscribe_requests(
    call: Call[DoorwatchData], subscription: Subscription[RequestsState]
) -> None:
    """Send this user's requests and bulletins, now and at each change."""
    # Nothing is sent if only doorbells changed that this user may not see.
    send = subscription.sender(lambda: requests_json(call.hass, call.data, call.user))
    for signal in (SIGNAL_REQUESTS, SIGNAL_NAMES):
        subscription.add(async_dispatcher_connect(call.hass, signal, send))
    subscription.add(async_dispatcher_connect(call.hass, SIGNAL_FEED_CHANGED, send))
    subscription.add(async_watch_permissions(call.hass, send))
    call.connection.send_result(call.msg["id"])
    send()


@with_data.command(
    "doorwatch/requests/clips",
    {vol.Required("agency_id"): ID, vol.Required("request_id"): _ITEM_ID},
)
async def request_clips(call: Call[DoorwatchData]) -> Clips:
    """List this user's clips that match a request, best match first."""
    hass, data, msg = call.hass, call.data, call.msg
    concern = data.requests.concern(msg["agency_id"], msg["request_id"])
    visible = visible_doorbells(hass, call.user)
    if concern is None or not (there := concern.doorbells.intersection(visible)):
        return {"clips": [], "more": False}
    library = data.library
    best = await async_matching(hass, library, concern, there)
    shown = best[:MOST_CLIPS]
    query = ClipQuery(among=frozenset(shown))
    found = await library.list(there, query, limit=MOST_CLIPS)
    await async_look_into(call, found)
    return {
        "clips": [
            clip_json(call, clip)
            for clip in sorted(found, key=lambda clip: shown.index(clip.clip_id))
            # Permissions may have changed during the query.
            if may_view(hass, call.user, clip.doorbell_id)
        ],
        "more": len(best) > len(shown),
    }


@with_data.command(
    "doorwatch/requests/hide",
    {
        vol.Required("agency_id"): ID,
        vol.Required("item_id"): _ITEM_ID,
        vol.Required("hidden"): bool,
    },
)
async def hide_request(call: Call[DoorwatchData]) -> None:
    """Hide a request or bulletin for this person, or show it again.

    Items that the person cannot see are ignored, so that nobody can fill the store.
    """
    user, agency_id, item_id = call.user, call.msg["agency_id"], call.msg["item_id"]
    state = requests_json(call.hass, call.data, user)
    told = {(one["agency_id"], one["request_id"]) for one in state["requests"]}
    told |= {(one["agency_id"], one["bulletin_id"]) for one in state["bulletins"]}
    if (agency_id, item_id) in told:
        call.data.people.hide(user.id, agency_id, item_id, call.msg["hidden"])
        async_dispatcher_send(call.hass, SIGNAL_REQUESTS)


@with_data.command(
    "doorwatch/requests/hide_agency",
    {vol.Required("agency_id"): ID, vol.Required("hidden"): bool},
)
async def hide_agency(call: Call[DoorwatchData]) -> None:
    """Hide all requests and bulletins of an agency for this person, or show them again."""
    user, agency_id = call.user, call.msg["agency_id"]
    if any(
        one["agency_id"] == agency_id
        for one in requests_json(call.hass, call.data, user)["feeds"]
    ):
        call.data.people.hide_agency(user.id, agency_id, call.msg["hidden"])
        async_dispatcher_send(call.hass, SIGNAL_REQUESTS)


COMMANDS = (subscribe_requests, request_clips, hide_request, hide_agency)
