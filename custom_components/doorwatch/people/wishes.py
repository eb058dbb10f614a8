"""What people wish to be told, and when not; plain data, as it is stored and sent."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal, TypedDict

import voluptuous as vol


class Level(StrEnum):
    """How loud a notice is, from nothing to what comes through quiet hours."""

    OFF = "off"
    SILENT = "silent"
    ON = "on"
    URGENT = "urgent"


type Presence = Literal["always", "not_while_i", "not_while_anybody"]

LEVELS: Final = tuple(Level)
# At a door. Motion is what no label came with.
DOOR_KINDS: Final = ("ring", "person", "package", "vehicle", "animal", "motion")
# Of the house. They all look alike on their way out, so none has a level of its own.
HOUSE_KINDS: Final = ("trouble", "request", "proposal", "delivered")
# Stands for every doorbell that has no levels of its own.
ALL: Final = "all"
# What people expect of a doorbell that nobody has set.
USUAL: Final[Mapping[str, Level]] = {
    "ring": Level.URGENT,
    "person": Level.ON,
    "package": Level.ON,
    "vehicle": Level.OFF,
    "animal": Level.OFF,
    "motion": Level.ON,
}
USUAL_PAUSE: Final = 5  # minutes


class QuietHours(TypedDict):
    """From one local time until another, on the days (0 is Monday) when they begin."""

    days: list[int]
    begins: str
    ends: str


class Wishes(TypedDict, total=False):
    """What one person wishes; what is not there follows the household."""

    on: bool
    # By doorbell, or `ALL`, then by kind.
    levels: dict[str, dict[str, str]]
    house: dict[str, bool]
    quiet: list[QuietHours]
    presence: Presence
    # Minutes between two notices of one doorbell; rings do not wait.
    pause: int
    # The hour at which they hear of what agencies ask and do; else at the home's times.
    house_at: str
    # Phones that get none.
    silent_phones: list[str]


class Button(TypedDict):
    """A button of the household's own on each notice of a door."""

    name: str
    script: str


class Defaults(TypedDict, total=False):
    """What the household says for all who wish nothing else."""

    # Whether people are told at all who did not say so themselves.
    on: bool
    # Nobody is told anything, whatever they wish.
    never: bool
    levels: dict[str, str]
    house: dict[str, bool]
    buttons: list[Button]


def _clock(value: str) -> str:
    """Take a local time, to the minute."""
    try:
        return time.fromisoformat(value).strftime("%H:%M")
    except (TypeError, ValueError) as err:
        raise vol.Invalid("not a time") from err


_CLOCK: Final = vol.All(str, vol.Length(max=20), _clock)
_NAME: Final = vol.All(str, vol.Length(min=1, max=64))
_LEVEL: Final = vol.In([level.value for level in Level])
_LEVELS: Final = vol.All(vol.Length(max=len(DOOR_KINDS)), {vol.In(DOOR_KINDS): _LEVEL})
_HOUSE: Final = vol.All(vol.Length(max=len(HOUSE_KINDS)), {vol.In(HOUSE_KINDS): bool})

WISHES: Final = {
    vol.Optional("on"): bool,
    vol.Optional("levels"): vol.All(vol.Length(max=100), {_NAME: _LEVELS}),
    vol.Optional("house"): _HOUSE,
    vol.Optional("quiet"): vol.All(
        vol.Length(max=14),
        [
            {
                vol.Required("days"): vol.All(
                    vol.Length(min=1, max=7), [vol.All(int, vol.Range(min=0, max=6))]
                ),
                vol.Required("begins"): _CLOCK,
                vol.Required("ends"): _CLOCK,
            }
        ],
    ),
    vol.Optional("presence"): vol.In(["always", "not_while_i", "not_while_anybody"]),
    vol.Optional("pause"): vol.All(int, vol.Range(min=0, max=240)),
    vol.Optional("house_at"): _CLOCK,
    vol.Optional("silent_phones"): vol.All(vol.Length(max=50), [_NAME]),
}

DEFAULTS: Final = {
    vol.Optional("on"): bool,
    vol.Optional("never"): bool,
    vol.Optional("levels"): _LEVELS,
    vol.Optional("house"): _HOUSE,
    vol.Optional("buttons"): vol.All(
        vol.Length(max=2),
        [
            {
                vol.Required("name"): vol.All(str, vol.Length(min=1, max=40)),
                vol.Required("script"): vol.All(
                    vol.Length(max=120), vol.Match(r"\Ascript\.[a-z0-9_]+\Z")
                ),
            }
        ],
    ),
}

_WISHES: Final = vol.Schema(WISHES)
_DEFAULTS: Final = vol.Schema(DEFAULTS)


def read_wishes(stored: object) -> Wishes | None:
    """Read what was stored; None of what cannot be read."""
    try:
        wishes: Wishes = _WISHES(stored)
    except vol.Invalid:
        return None
    return wishes


def read_defaults(stored: object) -> Defaults:
    """Read what the household stored; nothing of what cannot be read."""
    try:
        defaults: Defaults = _DEFAULTS(stored or {})
    except vol.Invalid:
        return {}
    return defaults


def wants_any(wishes: Wishes, defaults: Defaults) -> bool:
    """Whether this person is told anything at all."""
    return not defaults.get("never") and wishes.get("on", defaults.get("on", False))


def level_of(
    wishes: Wishes, defaults: Defaults, doorbell_id: str, kinds: Collection[str]
) -> Level:
    """Return how loud a notice of all these kinds is: as the loudest of them."""
    own = wishes.get("levels", {})
    at_door, everywhere = own.get(doorbell_id, {}), own.get(ALL, {})
    shared = defaults.get("levels", {})
    levels = [
        Level(
            at_door.get(kind)
            or everywhere.get(kind)
            or shared.get(kind)
            or USUAL.get(kind, Level.OFF)
        )
        for kind in kinds
    ]
    return max(levels, key=LEVELS.index, default=Level.OFF)


def wants_of_house(wishes: Wishes, defaults: Defaults, kind: str) -> bool:
    """Whether this person is told of a thing of the house."""
    return wishes.get("house", {}).get(kind, defaults.get("house", {}).get(kind, True))


def is_quiet(wishes: Wishes, now: datetime) -> bool:
    """Whether it is quiet now, by the clock on the wall of the home.

    Hours that end before they begin go over midnight and belong to the day when they
    begin; those that end as they begin last a day. Where a clock is set, the wall
    counts: an hour that comes twice is quiet twice.
    """
    clock = now.time()
    today = now.date().weekday()
    yesterday = (now.date() - timedelta(days=1)).weekday()
    for hours in wishes.get("quiet", []):
        begins = time.fromisoformat(hours["begins"])
        ends = time.fromisoformat(hours["ends"])
        if begins < ends:
            if today in hours["days"] and begins <= clock < ends:
                return True
        elif (today in hours["days"] and clock >= begins) or (
            yesterday in hours["days"] and clock < ends
        ):
            return True
    return False


def quiet_until(wishes: Wishes, now: datetime) -> datetime | None:
    """Return when it is no longer quiet, None if it is not quiet now.

    After a week at the latest, also where it is always quiet.
    """
    if not is_quiet(wishes, now):
        return None
    ends = sorted(
        datetime.combine(
            now.date() + timedelta(days=day),
            time.fromisoformat(hours["ends"]),
            now.tzinfo,
        )
        for hours in wishes.get("quiet", [])
        for day in range(8)
    )
    return next(
        (end for end in ends if end > now and not is_quiet(wishes, end)),
        now + timedelta(days=7),
    )


def hour_of(wishes: Wishes, now: datetime) -> datetime | None:
    """Return the next time of the hour that a person chose, None if they chose none."""
    if (chosen := wishes.get("house_at")) is None:
        return None
    clock = time.fromisoformat(chosen)
    today = datetime.combine(now.date(), clock, now.tzinfo)
    if today > now:
        return today
    return datetime.combine(now.date() + timedelta(days=1), clock, now.tzinfo)
