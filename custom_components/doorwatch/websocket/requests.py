"""List, match and hide requests; none of these commands contacts an agency."""

from typing import Any, Final

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant, callback
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
from .decorators import answering_with_data, subscribing_with_data
from .inputs import ID
from .request_json import RequestsState, requests_json
from .subscriptions import Events, Subscription

REQUEST_EVENTS: Final = Events[RequestsState]("doorwatch/requests/subscribe")


# Agencies choose the length of item IDs.
_ITEM_ID: Final = vol.All(str, vol.Length(max=200))


@websocket_command({vol.Required("type"): "doorwatch/requests/subscribe"})
@async_response
@subscribing_with_data
async def subscribe_requests(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
    subscription: Subscription,
) -> None:
    """Send this user's requests and bulletins, now and at each change."""
    msg_id: int = msg["id"]
    sent: RequestsState | None = None

    @callback
    def send(*_changed: object) -> None:
        nonlocal sent
        now = requests_json(hass, data, connection.user)
        # Send nothing if only doorbells changed that this user may not see.
        if now != sent:
            sent = now
            REQUEST_EVENTS.send(connection, msg_id, now)

    for signal in (SIGNAL_REQUESTS, SIGNAL_NAMES):
        subscription.add(async_dispatcher_connect(hass, signal, send))
    subscription.add(async_dispatcher_connect(hass, SIGNAL_FEED_CHANGED, send))
    subscription.add(async_watch_permissions(hass, send))
    connection.send_result(msg_id)
    send()


@websocket_command(
    {
        vol.Required("type"): "doorwatch/requests/clips",
        vol.Required("agency_id"): ID,
        vol.Required("request_id"): _ITEM_ID,
    }
)
@async_response
@answering_with_data
async def request_clips(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> Clips:
    """List this user's clips that match a request, best match first."""
    concern = data.requests.concern(msg["agency_id"], msg["request_id"])
    visible = visible_doorbells(hass, connection.user)
    if concern is None or not (there := concern.doorbells.intersection(visible)):
        return {"clips": [], "more": False}
    library = data.library
    best = await async_matching(hass, library, concern, there)
    shown = best[:MOST_CLIPS]
    query = ClipQuery(among=frozenset(shown))
    found = await library.list(there, query, limit=MOST_CLIPS)
    await async_look_into(hass, data, found)
    return {
        "clips": [
            clip_json(hass, data, connection, clip)
            for clip in sorted(found, key=lambda clip: shown.index(clip.clip_id))
            # Permissions may have changed during the query.
            if may_view(hass, connection.user, clip.doorbell_id)
        ],
        "more": len(best) > len(shown),
    }


@websocket_command(
    {
        vol.Required("type"): "doorwatch/requests/hide",
        vol.Required("agency_id"): ID,
        vol.Required("item_id"): _ITEM_ID,
        vol.Required("hidden"): bool,
    }
)
@async_response
@answering_with_data
async def hide_request(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> None:
    """Hide a request or bulletin for this person, or show it again.

    Items that the person cannot see are ignored, so that nobody can fill the store.
    """
    user, agency_id, item_id = connection.user, msg["agency_id"], msg["item_id"]
    state = requests_json(hass, data, user)
    told = {(one["agency_id"], one["request_id"]) for one in state["requests"]}
    told |= {(one["agency_id"], one["bulletin_id"]) for one in state["bulletins"]}
    if (agency_id, item_id) in told:
        data.people.hide(user.id, agency_id, item_id, msg["hidden"])
        async_dispatcher_send(hass, SIGNAL_REQUESTS)


@websocket_command(
    {
        vol.Required("type"): "doorwatch/requests/hide_agency",
        vol.Required("agency_id"): ID,
        vol.Required("hidden"): bool,
    }
)
@async_response
@answering_with_data
async def hide_agency(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> None:
    """Hide all requests and bulletins of an agency for this person, or show them again."""
    user, agency_id = connection.user, msg["agency_id"]
    if any(
        one["agency_id"] == agency_id
        for one in requests_json(hass, data, user)["feeds"]
    ):
        data.people.hide_agency(user.id, agency_id, msg["hidden"])
        async_dispatcher_send(hass, SIGNAL_REQUESTS)


COMMANDS = (subscribe_requests, request_clips, hide_request, hide_agency)
