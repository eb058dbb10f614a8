"""Report what was shared, requested and refused, from the ledger."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..access.permissions import visible_doorbells
from ..actions.problems import answering
from ..agencies.agencies import agency_entries
from ..domain.data import DoorwatchData
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger, LedgerLine
from ..paths import LEDGER_PATH
from ..registry import doorbell_ids
from .agencies import group_ids
from .clip_json import signed
from .decorators import answering_with_data
from .inputs import ID


class LedgerLink(TypedDict):
    """A link to the whole ledger."""

    url: str


class LedgerHead(TypedDict):
    """The last line of the ledger."""

    seq: int
    digest: str


class LedgerCounts(TypedDict):
    """The number of ledger lines of each kind."""

    counts: dict[str, int]
    head: LedgerHead


class AgencyCounts(TypedDict):
    """The number of ledger lines of each kind about one agency."""

    agency_id: str
    # None if the agency was removed.
    name: str | None
    # Whether it is a group, which receives no clips.
    group: bool
    counts: dict[str, int]
    newest: int


class RequestCounts(TypedDict):
    """Counts of agencies' requests; they stay in the home."""

    # Valid requests that included a doorbell of this home.
    seen: int
    # Items that are hidden now, by any person.
    hidden: int
    # Requests for which somebody shared a clip.
    answered: int


class Transparency(TypedDict):
    """Counts of what was shared with each agency."""

    agencies: list[AgencyCounts]
    # None for a user who may not see every doorbell. Requests are public, so a count
    # could reveal where the other doorbells are.
    requests: RequestCounts | None
    refused: int


class TransparencyLine(TypedDict):
    """One line of the ledger."""

    seq: int
    at: str
    kind: str
    data: Mapping[str, object]
    personal: dict[str, str]
    had_personal: bool


class TransparencyLines(TypedDict):
    """Lines of the ledger, newest first."""

    lines: list[TransparencyLine]


class Forgotten(TypedDict):
    """Whether there were personal details to delete."""

    deleted: bool


MOST_LINES: Final = 200


@websocket_command({vol.Required("type"): "doorwatch/ledger/counts"})
@require_admin
@async_response
@answering_with_data
async def ledger_counts(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> LedgerCounts:
    """Count the ledger's lines by kind, and return its last line."""
    seq, digest = await data.ledger.head()
    return {
        "counts": await data.ledger.counts(),
        "head": {"seq": seq, "digest": digest},
    }


@websocket_command({vol.Required("type"): "doorwatch/ledger/link"})
@require_admin
@async_response
@answering
async def ledger_link(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> LedgerLink:
    """Return a link to the whole ledger."""
    return {"url": signed(hass, connection, LEDGER_PATH)}


@websocket_command({vol.Required("type"): "doorwatch/transparency"})
@async_response
@answering_with_data
async def transparency(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> Transparency:
    """Count by agency for every user who may see a doorbell; no clip is named.

    Agencies that were removed are included.
    """
    user = connection.user
    visible = visible_doorbells(hass, user)
    if not user.is_admin and not visible:
        raise SharingError("not_allowed")
    ledger = data.ledger
    groups = group_ids(hass)
    agencies: dict[str, AgencyCounts] = {
        entry.entry_id: {
            "agency_id": entry.entry_id,
            "name": entry.title,
            "group": entry.entry_id in groups,
            "counts": {},
            "newest": 0,
        }
        for entry in agency_entries(hass)
    }
    for count in await ledger.agency_counts():
        agency = agencies.setdefault(
            count.agency_id,
            {
                "agency_id": count.agency_id,
                "name": None,
                "group": False,
                "counts": {},
                "newest": 0,
            },
        )
        agency["counts"][count.kind] = count.lines
        agency["newest"] = max(agency["newest"], count.newest)
    return {
        # Newest first; agencies without ledger lines are last.
        "agencies": sorted(agencies.values(), key=lambda each: -each["newest"]),
        "refused": (await ledger.counts()).get("refused", 0),
        "requests": (
            await _async_request_counts(data)
            if set(visible) >= set(doorbell_ids(hass))
            else None
        ),
    }


async def _async_request_counts(data: DoorwatchData) -> RequestCounts:
    agencies = data.people.all_hidden_agencies
    hidden = data.people.all_hidden | {
        (one.agency_id, one.item_id)
        for one in data.requests.concerns
        if one.agency_id in agencies
    }
    return {
        "seen": data.requests.noted.seen,
        "hidden": len(hidden),
        "answered": await data.requests.async_answered(),
    }


@websocket_command(
    {
        vol.Required("type"): "doorwatch/transparency/lines",
        vol.Optional("agency_id"): ID,
        vol.Optional("before"): vol.All(int, vol.Range(min=1)),
        vol.Optional("limit", default=50): vol.All(
            int, vol.Range(min=1, max=MOST_LINES)
        ),
    }
)
@require_admin
@async_response
@answering_with_data
async def transparency_lines(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> TransparencyLines:
    """List the ledger lines about an agency, or about all, newest first."""
    ledger = data.ledger
    lines = await ledger.about_agencies(
        msg.get("agency_id"), before=msg.get("before"), limit=msg["limit"]
    )
    return {"lines": [await _line(ledger, line) for line in lines]}


async def _line(ledger: Ledger, line: LedgerLine) -> TransparencyLine:
    return {
        "seq": line.seq,
        "at": line.at.isoformat(),
        "kind": line.kind,
        "data": line.data,
        # Empty once deleted; the chain keeps the proof that there was something.
        "personal": await ledger.personal(line.seq) if line.personal else {},
        "had_personal": bool(line.personal),
    }


@websocket_command(
    {
        vol.Required("type"): "doorwatch/transparency/forget",
        vol.Required("seq"): vol.All(int, vol.Range(min=1)),
    }
)
@require_admin
@async_response
@answering_with_data
async def forget_personal(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> Forgotten:
    """Delete the personal details of a ledger line; the line itself is kept."""
    ledger = data.ledger
    user = await data.guard.async_person(data.ledger, connection, "forget")
    return {"deleted": await ledger.delete_personal(msg["seq"], user.id)}


COMMANDS = (
    ledger_counts,
    ledger_link,
    transparency,
    transparency_lines,
    forget_personal,
)
