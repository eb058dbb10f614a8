"""Report what was shared, requested and refused, from the ledger."""

from collections.abc import Mapping
from typing import Final, TypedDict

import voluptuous as vol

from ..access.permissions import visible_doorbells
from ..agencies.agencies import agency_entries
from ..agencies.base import is_group
from ..domain.data import DoorwatchData
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger, LedgerLine
from ..engine.sharing.ledger.store import PREPARED_TO_SEND
from ..paths import LEDGER_PATH
from ..registry import doorbell_ids
from .clip_json import signed
from .decorators import Call, with_data, without_data
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


class LedgerCheck(TypedDict):
    """Whether the ledger proves that nothing left without a tap."""

    # The first line that was changed or removed, or None if the chain is intact.
    changed_at: int | None
    # The first line of a share that left before a tap, or None if there is none.
    untapped_at: int | None


class Transparency(TypedDict):
    """Counts of what was shared with each agency."""

    check: LedgerCheck
    agencies: list[AgencyCounts]
    # None for a user who may not see every doorbell. Requests are public, so a count
    # could reveal where the other doorbells are.
    requests: RequestCounts | None
    refused: int
    # Copies that people prepared to send to someone.
    prepared_to_send: int


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


@with_data.command("doorwatch/ledger/counts", admin=True)
async def ledger_counts(call: Call[DoorwatchData]) -> LedgerCounts:
    """Count the ledger's lines by kind, and return its last line."""
    seq, digest = await call.data.ledger.head()
    return {
        "counts": await call.data.ledger.counts(),
        "head": {"seq": seq, "digest": digest},
    }


@without_data.command("doorwatch/ledger/link", admin=True)
async def ledger_link(call: Call[None]) -> LedgerLink:
    """Return a link to the whole ledger."""
    return {"url": signed(call, LEDGER_PATH)}


@with_data.command("doorwatch/transparency")
async def transparency(call: Call[DoorwatchData]) -> Transparency:
    """Count by agency for every user who may see a doorbell; no clip is named.

    Agencies that were removed are included.
    """
    user = call.user
    visible = visible_doorbells(call.hass, user)
    if not user.is_admin and not visible:
        raise SharingError("not_allowed")
    ledger = call.data.ledger
    by_agency = await ledger.agency_counts()
    counts = await ledger.counts()
    entries = {entry.entry_id: entry for entry in agency_entries(call.hass)}
    agencies: dict[str, AgencyCounts] = {
        agency_id: {
            "agency_id": agency_id,
            "name": entries[agency_id].title if agency_id in entries else None,
            "group": agency_id in entries and is_group(entries[agency_id].data),
            "counts": {},
            "newest": 0,
        }
        for agency_id in (*entries, *(count.agency_id for count in by_agency))
    }
    for count in by_agency:
        agency = agencies[count.agency_id]
        agency["counts"][count.kind] = count.lines
        agency["newest"] = max(agency["newest"], count.newest)
    changed_at = await ledger.verify()
    return {
        "check": {
            "changed_at": changed_at,
            "untapped_at": await ledger.untapped() if changed_at is None else None,
        },
        # Newest first; agencies without ledger lines are last.
        "agencies": sorted(agencies.values(), key=lambda each: -each["newest"]),
        "refused": counts.get("refused", 0),
        "prepared_to_send": counts.get(PREPARED_TO_SEND, 0),
        "requests": (
            await _async_request_counts(call.data)
            if set(visible) >= set(doorbell_ids(call.hass))
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


@with_data.command(
    "doorwatch/transparency/lines",
    {
        vol.Optional("agency_id"): ID,
        vol.Optional("before"): vol.All(int, vol.Range(min=1)),
        vol.Optional("limit", default=50): vol.All(
            int, vol.Range(min=1, max=MOST_LINES)
        ),
    },
    admin=True,
)
async def transparency_lines(call: Call[DoorwatchData]) -> TransparencyLines:
    """List the ledger lines about an agency, or about all that goes out, newest first."""
    ledger, msg = call.data.ledger, call.msg
    lines = await ledger.going_out(
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


@with_data.command(
    "doorwatch/transparency/forget",
    {vol.Required("seq"): vol.All(int, vol.Range(min=1))},
    admin=True,
)
async def forget_personal(call: Call[DoorwatchData]) -> Forgotten:
    """Delete the personal details of a ledger line; the line itself is kept."""
    ledger = call.data.ledger
    user = await call.data.guard.async_person(ledger, call.connection, "forget")
    return {"deleted": await ledger.delete_personal(call.msg["seq"], user.id)}


COMMANDS = (
    ledger_counts,
    ledger_link,
    transparency,
    transparency_lines,
    forget_personal,
)
