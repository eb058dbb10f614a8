"""JSON of agencies' requests and bulletins."""

from typing import Final, Literal, TypedDict

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback

from ..access.permissions import visible_doorbells
from ..agencies.agencies import loaded_agencies, loaded_agency
from ..agencies.base import Agency, LinkAgency
from ..domain.data import DoorwatchData
from ..engine.sharing.requests.area import Polygon, corners
from ..engine.sharing.requests.feed import Bulletin, Request
from ..names import doorbell_names
from ..requests.concerns import Concern
from ..requests.positions import positions, radius
from .share_json import ShareStateJson, iso

_MOST_TOLD: Final = 999


class RequestAnswer(TypedDict):
    """A share that answers a request."""

    share_id: str
    clip_id: str
    state: ShareStateJson


# A closed or expired request cannot be answered, nor a request of an expired feed.
type ItemState = Literal["open", "closed", "over"]


# Coordinates of a GeoJSON MultiPolygon: rings of longitude and latitude in degrees.
type AreaJson = list[list[list[list[float]]]]


class OpenRequest(TypedDict):
    """A request of an agency; the agency wrote all its texts."""

    agency_id: str
    agency: str
    request_id: str
    version: int
    title: str | None
    text: str | None
    case_reference: str | None
    offence: str | None
    contact: str | None
    investigation_code: str | None
    terms: str | None
    # The time window, and the deadline for answers.
    begins: str | None
    ends: str | None
    until: str | None
    labels: list[str]
    area: AreaJson
    # The fields that the request lacks to be valid.
    lacks: list[str]
    state: ItemState
    # The doorbells in the area, of those that this user may see.
    doorbells: list[str]
    # The number of their clips that match.
    clips: int
    answers: list[RequestAnswer]
    # Whether this user hid it.
    hidden: bool


class BulletinJson(TypedDict):
    """A public notice of an agency or a group, with an area."""

    agency_id: str
    agency: str
    group: bool
    bulletin_id: str
    version: int
    title: str | None
    text: str | None
    contact: str | None
    until: str | None
    area: AreaJson
    state: ItemState
    doorbells: list[str]
    hidden: bool


class FeedState(TypedDict):
    """The last fetch of an agency's feed."""

    agency_id: str
    agency: str
    group: bool
    # Whether this user hid all of the agency's items.
    hidden: bool
    problem: str | None
    # None before the first scheduled fetch.
    fetched_at: str | None
    expires_at: str | None


class DoorJson(TypedDict):
    """The position of a doorbell, for a sketch that the browser draws."""

    doorbell_id: str
    name: str
    longitude: float
    latitude: float


class RequestsState(TypedDict):
    """The requests and bulletins that this user may see."""

    requests: list[OpenRequest]
    bulletins: list[BulletinJson]
    feeds: list[FeedState]
    doors: list[DoorJson]
    # The number of valid open requests about other places.
    elsewhere: int
    # Meters; an area within this distance of a doorbell includes it.
    radius: float


@callback
def requests_json(
    hass: HomeAssistant, data: DoorwatchData, user: User
) -> RequestsState:
    """Return the requests and bulletins that this user may see."""
    visible = visible_doorbells(hass, user)
    items = data.people.hidden(user.id)
    agencies = data.people.hidden_agencies(user.id)
    state: RequestsState = {
        "requests": [],
        "bulletins": [],
        # Agencies that have a feed, even before the first fetch.
        "feeds": [
            _feed_json(one, one.agency_id in agencies)
            for one in (loaded_agencies(hass) if visible else ())
            if not isinstance(one, LinkAgency)
        ],
        "doors": _doors_json(hass, visible),
        # The count reveals something about this place, so hide it from a user without
        # doorbells.
        "elsewhere": data.requests.elsewhere if visible else 0,
        "radius": radius(hass),
    }
    for concern in data.requests.concerns if visible else ():
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
                    data, user, agency, concern, concern.item, doorbells, hidden
                )
            )
    return state


@callback
def _doors_json(hass: HomeAssistant, doorbells: list[str]) -> list[DoorJson]:
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
    data: DoorwatchData,
    user: User,
    agency: Agency,
    concern: Concern,
    request: Request,
    doorbells: list[str],
    hidden: bool,
) -> OpenRequest:
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
        "begins": iso(begins),
        "ends": iso(ends),
        "until": iso(request.until),
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
            for share in data.requests.answers(agency.agency_id, request.request_id)
            if data.visible_shares.may_see(user, share)
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
) -> BulletinJson:
    return {
        "agency_id": agency.agency_id,
        "agency": agency.entry.title,
        "group": not agency.takes_clips,
        "bulletin_id": bulletin.bulletin_id,
        "version": bulletin.version,
        "title": bulletin.title,
        "text": bulletin.text,
        "contact": bulletin.contact,
        "until": iso(bulletin.until),
        "area": _area(bulletin.area),
        "state": _item_state(concern),
        "doorbells": doorbells,
        "hidden": hidden,
    }


def _area(area: tuple[Polygon, ...]) -> AreaJson:
    return [
        [[list(corner) for corner in corners(ring)] for ring in polygon]
        for polygon in area
    ]


def _item_state(concern: Concern) -> ItemState:
    """Return whether an item is open, closed or over; an invalid request is open."""
    if concern.item.closed:
        return "closed"
    return "over" if concern.is_over else "open"
