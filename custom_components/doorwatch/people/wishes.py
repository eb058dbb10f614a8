"""Define notification preferences, as plain data for storage and the frontend."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal, TypedDict

import voluptuous as vol


class Level(StrEnum):
    """How loud a notice is; the loudest comes through quiet hours."""

    OFF = "off"
    SILENT = "silent"
    ON = "on"
    URGENT = "urgent"


type Presence = Literal["always", "not_while_i", "not_while_anybody"]

LEVELS: Final = tuple(Level)
# At a door. Motion is motion without a label.
DOOR_KINDS: Final = ("ring", "person", "package", "vehicle", "animal", "motion")
# Of the household. These notices all look alike when sent, so they have no separate
# levels.
HOUSE_KINDS: Final = ("trouble", "request", "proposal", "delivered")
# Stands for every doorbell without levels.
ALL: Final = "all"
# Levels of a doorbell for which nothing was set.
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
    """Quiet hours between two local times, on the days (0 is Monday) when they begin."""

    days: list[int]
    begins: str
    ends: str


class Wishes(TypedDict, total=False):
    """One person's preferences; what is missing follows the household."""

    on: bool
    # By doorbell or `ALL`, then by kind.
    levels: dict[str, dict[str, str]]
    house: dict[str, bool]
    quiet: list[QuietHours]
    presence: Presence
    # Minutes between two notices of one doorbell; rings do not wait.
    pause: int
    # Local time of notices about agencies; if missing, they come at the home's times.
    house_at: str
    # Phones that get no notices.
    silent_phones: list[str]


class Button(TypedDict):
    """A custom button of the household on each notice of a door."""

    name: str
    script: str


class Defaults(TypedDict, total=False):
    """The household's defaults for people without preferences."""

    # Whether people are notified who did not choose themselves.
    on: bool
    # Whether nobody is notified, whatever they prefer.
    never: bool
    levels: dict[str, str]
    house: dict[str, bool]
    buttons: list[Button]


def _clock(value: str) -> str:
    """Validate a local time, with a precision of minutes."""
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
    """Return valid stored preferences, or None if they are invalid."""
    try:
        wishes: Wishes = _WISHES(stored)
    except vol.Invalid:
        return None
    return wishes


def read_defaults(stored: object) -> Defaults:
    """Return the household's stored defaults, empty if they are invalid."""
    try:
        defaults: Defaults = _DEFAULTS(stored or {})
    except vol.Invalid:
        return {}
    return defaults


def wants_any(wishes: Wishes, defaults: Defaults) -> bool:
    """Return whether this person is notified at all."""
    return not defaults.get("never") and wishes.get("on", defaults.get("on", False))


def level_of(
    wishes: Wishes, defaults: Defaults, doorbell_id: str, kinds: Collection[str]
) -> Level:
    """Return the level of a notice with these kinds: that of the loudest kind."""
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
    """Return whether this person is notified of a kind of the household."""
    return wishes.get("house", {}).get(kind, defaults.get("house", {}).get(kind, True))


def is_quiet(wishes: Wishes, now: datetime) -> bool:
    """Return whether it is a quiet time, in local time.

    Hours that end before they begin span midnight and belong to the day when they
    begin; those that end when they begin last a day. An hour that is repeated when
    summer time ends is quiet both times.
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
    """Return when quiet time ends, or None if it is not quiet now.

    The result is at most a week ahead, even if it is always quiet.
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
    """Return the next time that a person chose for these notices, or None."""
    if (chosen := wishes.get("house_at")) is None:
        return None
    clock = time.fromisoformat(chosen)
    today = datetime.combine(now.date(), clock, now.tzinfo)
    if today > now:
        return today
    return datetime.combine(now.date() + timedelta(days=1), clock, now.tzinfo)
