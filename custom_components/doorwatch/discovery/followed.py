"""Watch the entities of other integrations that a doorbell depends on."""

from collections.abc import Callable
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import CONF_CAMERA, CONF_PROVIDER, SOURCES
from ..fetched.providers import wants_enabled
from ..issues import Issue, async_show_doorbell_issue
from ..registry import camera_problem

# Keys of the issues and of their flows.
CAMERA_MISSING: Final = "camera_missing"
CAMERA_DISABLED: Final = "camera_disabled"
SOURCE_GONE: Final = "source_gone"
RECORDINGS_DISABLED: Final = "recordings_disabled"


@callback
def async_watch(hass: HomeAssistant, entry: ConfigEntry) -> CALLBACK_TYPE:
    """Show missing and disabled entities as issues; return a function to stop that.

    If the camera disappears, returns or moves to another device, the doorbell is
    reloaded, so that clip recorder and entities start with the new state.
    """

    def camera() -> tuple[str | None, str | None]:
        if (linked := entry.data.get(CONF_CAMERA)) is None:
            return None, None
        found = er.async_get(hass).entities.get_entry(linked)
        return camera_problem(hass, linked), found.device_id if found else None

    def show(*kinds: str) -> None:
        """Show these issues, and end the others."""
        for kind in (CAMERA_MISSING, CAMERA_DISABLED, SOURCE_GONE, RECORDINGS_DISABLED):
            issue = Issue(kind=kind)
            async_show_doorbell_issue(hass, entry, issue, shown=kind in kinds)

    before = camera()

    @callback
    def look(_event: Event[er.EventEntityRegistryUpdatedData] | None = None) -> None:
        nonlocal before
        problem, _ = now = camera()
        shown = [problem] if problem is not None else []
        if _has_lost_source(hass, entry):
            shown.append(SOURCE_GONE)
        if wanted_of_provider(hass, entry) is not None:
            shown.append(RECORDINGS_DISABLED)
        show(*shown)
        if now != before:
            before = now
            hass.config_entries.async_schedule_reload(entry.entry_id)

    stop: Callable[[], None] = hass.bus.async_listen(
        er.EVENT_ENTITY_REGISTRY_UPDATED, look
    )
    look()

    @callback
    def end() -> None:
        stop()
        show()

    return end


@callback
def wanted_of_provider(
    hass: HomeAssistant, entry: ConfigEntry
) -> er.RegistryEntry | None:
    """Return the disabled entity that the clips come from, or None."""
    camera = er.async_get(hass).entities.get_entry(entry.data.get(CONF_CAMERA, ""))
    if camera is None or CONF_PROVIDER not in entry.data:
        return None
    return wants_enabled(hass, entry.data[CONF_PROVIDER], camera)


@callback
def _has_lost_source(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether the motion sensor or bell can't report anything any more."""
    registry = er.async_get(hass)
    for option in SOURCES:
        stored = entry.options.get(option)
        # An entity without a registry entry is known by its state alone.
        if stored and "." not in stored:
            entity = registry.entities.get_entry(stored)
            if entity is None or entity.disabled:
                return True
    return False


async def async_enable(hass: HomeAssistant, entity: er.RegistryEntry) -> None:
    """Enable an entity by enabling what disabled it: the entity, its device or its entry."""
    if entity.disabled_by is er.RegistryEntryDisabler.CONFIG_ENTRY:
        if entity.config_entry_id is not None:
            await hass.config_entries.async_set_disabled_by(
                entity.config_entry_id, None
            )
    elif entity.disabled_by is er.RegistryEntryDisabler.DEVICE:
        if entity.device_id is not None:
            dr.async_get(hass).async_update_device(entity.device_id, disabled_by=None)
    else:
        er.async_get(hass).async_update_entity(entity.entity_id, disabled_by=None)
