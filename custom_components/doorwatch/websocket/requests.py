"""The panel's commands about what agencies ask and tell. None of them is heard outside."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from homeassistant.auth.models import User
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
from ..access.visible_shares import may_see_share
from ..actions.problems import answering
from ..agencies.agencies import agency_entries, loaded_agency
from ..agencies.base import Agency, LinkAgency
from ..engine.clips.model import ClipQuery
from ..engine.sharing.requests.area import Polygon, corners
from ..engine.sharing.requests.feed import Bulletin, Request
from ..household.household import async_get_domain
from ..names import doorbell_names
from ..people.people import people
from ..requests.board import SIGNAL_REQUESTS, board
from ..requests.concerns import Concern
from ..requests.fitting import async_matching
from ..requests.positions import positions, radius
from ..signals import SIGNAL_FEED_CHANGED, SIGNAL_NAMES
from . import answers
from .answers import REQUEST_EVENTS, Clips, Door, FeedState, ItemState, RequestsState
from .clip_json import async_look_into, clip_json
from .clips import MOST_CLIPS
from .inputs import ID
from .subscriptions import Subscription

# Ids of items are as long as agencies make them.
_ITEM_ID: Final = vol.All(str, vol.Length(max=200))
_MOST_TOLD: Final = 999


@websocket_command({vol.Required("type"): "doorwatch/requests/subscribe"})
@callback
def subscribe_requests(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Tell what concerns this user's doorbells, and again when it changes."""
    msg_id: int = msg["id"]
    sent: RequestsState | None = None

    @callback
    def send(*_changed: object) -> None:
        nonlocal sent
        now = _state(hass, connection.user)
        # What is about a doorbell that this user may not see is not told at all.
        if now != sent:
            sent = now
            REQUEST_EVENTS.send(connection, msg_id, now)

    subscription = Subscription(connection, msg_id)
    for signal in (SIGNAL_REQUESTS, SIGNAL_NAMES):
        subscription.add(async_dispatcher_connect(hass, signal, send))
    subscription.add(async_dispatcher_connect(hass, SIGNAL_FEED_CHANGED, send))
    subscription.add(async_watch_permissions(hass, send))
    connection.send_result(msg_id)
    send()


@callback
def _state(hass: HomeAssistant, user: User) -> RequestsState:
    """Return what this user may know."""
    visible = visible_doorbells(hass, user)
    items = people(hass).hidden(user.id)
    agencies = people(hass).hidden_agencies(user.id)
    state: RequestsState = {
        "requests": [],
        "bulletins": [],
        "feeds": [
            _feed_json(one, one.agency_id in agencies)
            for one in (_agencies(hass) if visible else ())
        ],
        "doors": _doors_json(hass, visible),
        # What is not about other places is about this one: said to who may know it.
        "elsewhere": board(hass).elsewhere if visible else 0,
        "radius": radius(hass),
    }
    for concern in board(hass).concerns if visible else ():
        doorbells = [one for one in visible if one in concern.doorbells]
        agency = loaded_agency(hass, concern.agency_id)
        if agency is None:
            continue
        if concern.doorbells and not doorbells:
            is_request = isinstance(concern.item, Request)
            state["elsewhere"] += is_request and concern.is_open
            continue
        hidden = (
            concern.agency_id in agencies
            or (concern.agency_id, concern.item_id) in items
        )
        if isinstance(concern.item, Bulletin):
            state["bulletins"].append(
                _bulletin_json(agency, concern, concern.item, doorbells, hidden)
            )
        else:
            state["requests"].append(
                _request_json(
                    hass, user, agency, concern, concern.item, doorbells, hidden
                )
            )
    return state


@callback
def _agencies(hass: HomeAssistant) -> Iterable[Agency]:
    """Yield those that may publish something, also before any of it was fetched."""
    for entry in agency_entries(hass):
        agency = loaded_agency(hass, entry.entry_id)
        if agency is not None and not isinstance(agency, LinkAgency):
            yield agency


@callback
def _doors_json(hass: HomeAssistant, doorbells: list[str]) -> list[Door]:
    at = positions(hass)
    return [
        {
            "doorbell_id": doorbell_id,
            "name": name,
            "longitude": at[doorbell_id].longitude,
            "latitude": at[doorbell_id].latitude,
        }
        for doorbell_id, name in doorbell_names(hass, doorbells).items()
        if doorbell_id in at
    ]


@callback
def _feed_json(agency: Agency, hidden: bool) -> FeedState:
    held = agency.data.feed
    return {
        "agency_id": agency.agency_id,
        "agency": agency.entry.title,
        "group": not agency.takes_clips,
        "hidden": hidden,
        "problem": agency.data.feed_problem,
        "fetched_at": None if held is None else held.fetched_at.isoformat(),
        "expires_at": None if held is None else held.feed.expires_at.isoformat(),
    }


@callback
def _request_json(
    hass: HomeAssistant,
    user: User,
    agency: Agency,
    concern: Concern,
    request: Request,
    doorbells: list[str],
    hidden: bool,
) -> answers.OpenRequest:
    begins, ends = request.window or (None, None)
    return {
        "agency_id": agency.agency_id,
        "agency": agency.entry.title,
        "request_id": request.request_id,
        "version": request.version,
        "title": request.title,
        "text": request.text,
        "case_reference": request.case_reference,
        "offence": request.offence,
        "contact": request.contact,
        "investigation_code": request.investigation_code,
        "terms": request.terms,
        "begins": _moment(begins),
        "ends": _moment(ends),
        "until": _moment(request.until),
        "labels": sorted(request.labels),
        "area": _area(request.area),
        "lacks": sorted(request.lacks),
        "state": _item_state(concern),
        "doorbells": doorbells,
        "clips": min(sum(concern.clips.get(one, 0) for one in doorbells), _MOST_TOLD),
        "answers": [
            {
                "share_id": share.share_id,
                "clip_id": share.clip_id,
                "state": "uploaded" if share.never_confirmed else share.state,
            }
            for share in board(hass).answers(agency.agency_id, request.request_id)
            if may_see_share(hass, user, share)
        ],
        "hidden": hidden,
    }


@callback
def _bulletin_json(
    agency: Agency,
    concern: Concern,
    bulletin: Bulletin,
    doorbells: list[str],
    hidden: bool,
) -> answers.Bulletin:
    return {
        "agency_id": agency.agency_id,
        "agency": agency.entry.title,
        "group": not agency.takes_clips,
        "bulletin_id": bulletin.bulletin_id,
        "version": bulletin.version,
        "title": bulletin.title,
        "text": bulletin.text,
        "contact": bulletin.contact,
        "until": _moment(bulletin.until),
        "area": _area(bulletin.area),
        "state": _item_state(concern),
        "doorbells": doorbells,
        "hidden": hidden,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _area(area: tuple[Polygon, ...]) -> answers.Area:
    return [
        [[list(corner) for corner in corners(ring)] for ring in polygon]
        for polygon in area
    ]


def _item_state(concern: Concern) -> ItemState:
    """Say whether it can be answered; what is not valid is open and lacks something."""
    if concern.item.closed:
        return "closed"
    return "over" if concern.is_over else "open"


@websocket_command(
    {
        vol.Required("type"): "doorwatch/requests/clips",
        vol.Required("agency_id"): ID,
        vol.Required("request_id"): _ITEM_ID,
    }
)
@async_response
@answering
async def request_clips(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Clips:
    """List this user's clips that fit a request, the best first."""
    concern = board(hass).concern(msg["agency_id"], msg["request_id"])
    visible = visible_doorbells(hass, connection.user)
    if concern is None or not (there := concern.doorbells.intersection(visible)):
        return {"clips": [], "more": False}
    library = (await async_get_domain(hass)).library
    best = await async_matching(hass, concern, there)
    shown = best[:MOST_CLIPS]
    query = ClipQuery(among=frozenset(shown))
    found = await library.list(there, query, limit=MOST_CLIPS)
    await async_look_into(hass, found)
    return {
        "clips": [
            clip_json(hass, connection, clip)
            for clip in sorted(found, key=lambda clip: shown.index(clip.clip_id))
            # Asked again: the library may have taken a while.
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
@answering
async def hide_request(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Put a request or bulletin away for this person alone, or bring it back.

    What is not told to them cannot be put away: nobody can fill what is kept.
    """
    user, agency_id, item_id = connection.user, msg["agency_id"], msg["item_id"]
    state = _state(hass, user)
    told = {(one["agency_id"], one["request_id"]) for one in state["requests"]}
    told |= {(one["agency_id"], one["bulletin_id"]) for one in state["bulletins"]}
    if (agency_id, item_id) in told:
        people(hass).hide(user.id, agency_id, item_id, msg["hidden"])
        async_dispatcher_send(hass, SIGNAL_REQUESTS)


@websocket_command(
    {
        vol.Required("type"): "doorwatch/requests/hide_agency",
        vol.Required("agency_id"): ID,
        vol.Required("hidden"): bool,
    }
)
@async_response
@answering
async def hide_agency(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Put away all that an agency asks and tells, for this person alone."""
    user, agency_id = connection.user, msg["agency_id"]
    if any(one["agency_id"] == agency_id for one in _state(hass, user)["feeds"]):
        people(hass).hide_agency(user.id, agency_id, msg["hidden"])
        async_dispatcher_send(hass, SIGNAL_REQUESTS)


COMMANDS = (subscribe_requests, request_clips, hide_request, hide_agency)
