"""Return the settings that administrators can change."""

from collections.abc import Iterable
from typing import TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration
import voluptuous as vol

from ..agencies.agencies import agency_entries, loaded_agencies
from ..agencies.base import Agency, LinkAgency
from ..const import CONF_ON_EVENT, CONF_PICTURE_MOTION, CONF_SOURCE, DOMAIN
from ..domain.closed import retention
from ..domain.data import DoorwatchData
from ..engine.clips.library import Library
from ..engine.clips.model import ANY, REASONS, ClipQuery
from ..engine.doorbells.base import EventKind
from ..engine.sharing.errors import SharingError
from ..household.household import household, household_entry
from ..household.kept import days_of
from ..names import device_of, doorbell_names
from ..registry import doorbell_entries, doorbell_ids
from .agencies import agency_json
from .decorators import Call, with_data, without_data
from .doorbells import detection_of
from .inputs import ID


class Sharer(TypedDict):
    """A person who may share or send clips."""

    user_id: str
    name: str


class Kept(TypedDict):
    """The retention of clips by what they show."""

    # "ring", "person", "vehicle", "animal", "package", "manual", "motion" (and nothing
    # else), or "any" for the rest.
    what: str
    # None keeps them as long as there is space.
    days: float | None


class HouseholdSettings(TypedDict):
    """The rules of the household."""

    entry_id: str
    folder: str
    # Limits of age and size; None means unlimited.
    days: float | None
    gigabytes: float | None
    # Exceptions from `days`.
    kept: list[Kept]
    # Whether clips with only motion are deleted first when the space is used up,
    # instead of the oldest.
    motion_first: bool
    sharers: list[Sharer]
    senders: list[Sharer]
    has_pin: bool
    cancel_window: float
    in_sidebar: bool


class Storage(TypedDict):
    """The storage that the clips use."""

    clips: int
    bytes: int
    free: int | None


class SettingsOfDoorbell(TypedDict):
    """A doorbell among the settings."""

    doorbell_id: str
    name: str
    # "rtsp", "onvif", "linked" or "demo".
    source: str
    device_id: str | None
    # Whether Doorwatch detects motion in its picture, so that areas have an effect.
    picture_motion: bool
    # Whether any source reports motion.
    motion: bool
    # Exceptions from the household's retention.
    kept: list[Kept]


class SettingsOfAgency(TypedDict):
    """An agency or a group among the settings."""

    agency_id: str
    name: str
    group: bool
    host: str
    # An agency with upload links has none to compare.
    has_fingerprint: bool
    compared: bool
    problem: str | None


class Settings(TypedDict):
    """The settings that administrators can change, with the entries that hold them."""

    # None until the household has an entry.
    household: HouseholdSettings | None
    storage: Storage
    doorbells: list[SettingsOfDoorbell]
    agencies: list[SettingsOfAgency]
    version: str


@with_data.command("doorwatch/settings", admin=True)
async def get_settings(call: Call[DoorwatchData]) -> Settings:
    """Return the settings of household, doorbells and agencies."""
    hass, library = call.hass, call.data.library
    names = doorbell_names(hass)
    return {
        "household": await _async_household(hass, call.data),
        "storage": await _async_storage(hass, library),
        "doorbells": [
            await _async_doorbell(hass, library, entry, names[entry.entry_id])
            for entry in doorbell_entries(hass)
        ],
        "agencies": [_agency(agency) for agency in await _async_agencies(hass)],
        "version": str((await async_get_integration(hass, DOMAIN)).version),
    }


async def _async_agencies(hass: HomeAssistant) -> list[Agency]:
    """Return the agencies, after entries that were just changed are loaded again."""
    for entry in agency_entries(hass):
        async with entry.setup_lock:
            pass
    return loaded_agencies(hass)


@callback
def _agency(agency: Agency) -> SettingsOfAgency:
    shown = agency_json(agency)
    return {
        "agency_id": shown["agency_id"],
        "name": shown["name"],
        "group": not agency.takes_clips,
        "host": shown["host"],
        "has_fingerprint": not isinstance(agency, LinkAgency),
        "compared": shown["compared"],
        "problem": shown["problem"],
    }


async def _async_household(
    hass: HomeAssistant, data: DoorwatchData
) -> HouseholdSettings | None:
    if (entry := household_entry(hass)) is None:
        return None
    rules = household(hass)
    return {
        "entry_id": entry.entry_id,
        "folder": str(data.library.folder),
        "days": rules.keep_days or None,
        "gigabytes": rules.keep_gb or None,
        "kept": _kept(entry),
        "motion_first": retention(hass).motion_first,
        "sharers": await _async_people(hass, rules.sharers),
        "senders": await _async_people(hass, rules.senders),
        "has_pin": rules.pin_hash is not None,
        "cancel_window": rules.cancel_window,
        "in_sidebar": rules.in_sidebar,
    }


async def _async_people(hass: HomeAssistant, user_ids: Iterable[str]) -> list[Sharer]:
    users = [await hass.auth.async_get_user(each) for each in sorted(user_ids)]
    return [
        {"user_id": user.id, "name": user.name or user.id}
        for user in users
        if user is not None
    ]


async def _async_storage(hass: HomeAssistant, library: Library) -> Storage:
    """Return the storage used, including clips of removed doorbells."""
    doorbells = {*doorbell_ids(hass), *await library.doorbell_ids()}
    found = [await library.usage(each) for each in doorbells]
    return {
        "clips": sum(each.clips for each in found),
        "bytes": sum(each.bytes for each in found),
        # The last known value, because a disk that hangs would block this command.
        "free": None if library.room is None else library.room.free,
    }


async def _async_doorbell(
    hass: HomeAssistant, library: Library, entry: ConfigEntry, name: str
) -> SettingsOfDoorbell:
    device = device_of(hass, entry)
    return {
        "doorbell_id": entry.entry_id,
        "name": name,
        "source": entry.data[CONF_SOURCE],
        "device_id": None if device is None else device.id,
        "picture_motion": bool(entry.options.get(CONF_PICTURE_MOTION)),
        "motion": await _async_tells_of_motion(library, entry),
        "kept": _kept(entry),
    }


def _kept(entry: ConfigEntry) -> list[Kept]:
    """Return the retention in days, beginning with the general rule."""
    days = days_of(entry.options)
    return [
        {"what": what, "days": days[what]} for what in (ANY, *REASONS) if what in days
    ]


async def _async_tells_of_motion(library: Library, entry: ConfigEntry) -> bool:
    """Return whether any source reports motion, or did before."""
    if detection_of(entry) == "on":
        return True
    moved = ClipQuery(kinds=frozenset({EventKind.MOTION}))
    return bool(await library.list([entry.entry_id], moved, limit=1))


@without_data.command(
    "doorwatch/detect_motion", {vol.Required("doorbell_id"): ID}, admin=True
)
async def detect_motion(call: Call[None]) -> None:
    """Detect motion in the video of a doorbell from now on."""
    hass, doorbell_id = call.hass, call.msg["doorbell_id"]
    if doorbell_id not in doorbell_ids(hass):
        raise SharingError("no_doorbell")
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    if detection_of(entry) == "on" or entry.options.get(CONF_ON_EVENT):
        raise SharingError("no_doorbell")
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_PICTURE_MOTION: True}
    )
    hass.config_entries.async_schedule_reload(doorbell_id)


COMMANDS = (get_settings, detect_motion)
