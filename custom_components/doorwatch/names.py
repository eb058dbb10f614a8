"""Name doorbells by their entries' titles, which follow the names of their devices.

The latest change of either counts. Equal names get the area or a number.
"""

from collections import Counter
from collections.abc import Collection, Mapping
import unicodedata

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.device import async_entity_id_to_device
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import slugify

from .const import CONF_CAMERA, CONF_DEVICE_NAME, DOMAIN
from .engine.sharing.text import seen
from .following import async_follow_entries
from .registry import doorbell_entries
from .signals import SIGNAL_NAMES


@callback
def device_of(hass: HomeAssistant, entry: ConfigEntry) -> dr.AnyDeviceEntry | None:
    """Return the device of a doorbell, or of its linked camera."""
    if (camera := entry.data.get(CONF_CAMERA)) is None:
        return dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, entry.entry_id), entry.entry_id
        )
    found = er.async_get(hass).entities.get_entry(camera)
    if found is None:
        return None
    return async_entity_id_to_device(hass, found.entity_id)


@callback
def doorbell_names(
    hass: HomeAssistant, doorbell_ids: Collection[str] | None = None
) -> dict[str, str]:
    """Return distinct names of these doorbells, by default of all.

    A user who may see only some learns nothing about the others.
    """
    entries = {
        entry.entry_id: entry
        for entry in doorbell_entries(hass)
        if doorbell_ids is None or entry.entry_id in doorbell_ids
    }
    # Names may not contain characters that change the text direction.
    names = {
        doorbell_id: seen(entry.title) or entry.title
        for doorbell_id, entry in entries.items()
    }
    held = Counter(map(_same, names.values()))
    for doorbell_id, name in names.items():
        if held[_same(name)] > 1 and (area := _area_of(hass, entries[doorbell_id])):
            names[doorbell_id] = f"{name} ({area})"
    return _numbered(names, "{} ({})")


@callback
def doorbell_name(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the name of a doorbell among all of them."""
    return doorbell_names(hass).get(entry.entry_id, entry.title)


@callback
def file_stem(hass: HomeAssistant, doorbell_id: str) -> str:
    """Return the start of file names about a doorbell, distinct from all others'."""
    slugs = {key: slugify(name) for key, name in doorbell_names(hass).items()}
    return _numbered(slugs, "{}_{}").get(doorbell_id, "doorbell")


@callback
def is_name_taken(hass: HomeAssistant, name: str) -> bool:
    """Return whether a doorbell has this name, ignoring case and spaces."""
    return any(_same(name) == _same(entry.title) for entry in doorbell_entries(hass))


@callback
def free_name(hass: HomeAssistant, name: str) -> str:
    """Return the name, with a number if another doorbell has it."""
    wished, number = name, 1
    while is_name_taken(hass, name):
        number += 1
        name = f"{wished} {number}"
    return name


def seen_name(device: dr.AnyDeviceEntry | None) -> dict[str, str]:
    """Return the device name that an entry stores, to detect when it changes."""
    name = device and (device.name_by_user or device.name)
    return {device.id: name} if device and name else {}


@callback
def async_follow_name(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Set the entry's title to the device's name if that was changed."""
    device = device_of(hass, entry)
    now = seen_name(device)
    before: Mapping[str, str] | None = entry.data.get(CONF_DEVICE_NAME)
    if device is None or not now or now == before:
        return
    if before is None:
        # No name was stored before. A name set by a person is newer than the title.
        renamed = device.name_by_user is not None
    else:
        # Keep the title if another camera was linked, or if it differs from the
        # device's name because another doorbell shares the device.
        renamed = device.id in before and (
            entry.title == before[device.id] or not _has_another(hass, entry, device)
        )
    hass.config_entries.async_update_entry(
        entry,
        title=now[device.id] if renamed else entry.title,
        data={**entry.data, CONF_DEVICE_NAME: now},
    )


@callback
def async_follow_names(hass: HomeAssistant) -> None:
    """Follow changes of names, and send `SIGNAL_NAMES`."""
    known = doorbell_names(hass)

    @callback
    def look() -> None:
        nonlocal known
        if (now := doorbell_names(hass)) == known:
            return
        known = now
        _rename_issues(hass, now)
        async_dispatcher_send(hass, SIGNAL_NAMES)

    @callback
    def on_device(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] != "update":
            return
        changes = event.data["changes"].keys()
        if changes & {"name", "name_by_user"}:
            for entry in doorbell_entries(hass):
                device = device_of(hass, entry)
                if device is not None and device.id == event.data["device_id"]:
                    async_follow_name(hass, entry)
        if "area_id" in changes:
            look()

    @callback
    def on_area(_event: Event[ar.EventAreaRegistryUpdatedData]) -> None:
        look()

    hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, on_device)
    hass.bus.async_listen(ar.EVENT_AREA_REGISTRY_UPDATED, on_area)
    async_follow_entries(hass, look)


def _has_another(
    hass: HomeAssistant, entry: ConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Return whether another doorbell uses another camera of the same device."""
    for other in doorbell_entries(hass):
        others = device_of(hass, other) if other is not entry else None
        if others is not None and others.id == device.id:
            return True
    return False


@callback
def _rename_issues(hass: HomeAssistant, names: Mapping[str, str]) -> None:
    """Update the doorbells' names in active repair issues."""
    for issue in list(ir.async_get(hass).issues.values()):
        name = names.get(str((issue.data or {}).get("entry_id")))
        words = issue.translation_placeholders or {}
        if (
            issue.domain == DOMAIN
            and issue.active
            and issue.severity is not None
            and name not in (None, words.get("name", name))
        ):
            ir.async_create_issue(
                hass,
                DOMAIN,
                issue.issue_id,
                data=issue.data,
                is_fixable=bool(issue.is_fixable),
                is_persistent=issue.is_persistent,
                severity=issue.severity,
                translation_key=issue.translation_key or issue.issue_id,
                translation_placeholders={**words, "name": name},
            )


def _same(name: str) -> str:
    """Return a form that is equal for names that people cannot tell apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _area_of(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    device = device_of(hass, entry)
    area_id = device.area_id if device is not None else None
    area = ar.async_get(hass).async_get_area(area_id) if area_id else None
    return area.name if area is not None else None


def _numbered(names: Mapping[str, str], pattern: str) -> dict[str, str]:
    """Add numbers to equal names, skipping names that are taken."""
    held = Counter(map(_same, names.values()))
    taken = set(held)
    result = {}
    for key, name in names.items():
        numbered, number = name, 0
        while held[_same(name)] > 1 and _same(numbered) in taken:
            number += 1
            numbered = pattern.format(name, number)
        taken.add(_same(numbered))
        result[key] = numbered
    return result
