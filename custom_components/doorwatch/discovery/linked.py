"""Offer the doorbells of other integrations as discoveries."""

from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    device_registry as dr,
    discovery_flow,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started

from ..const import CONF_CAMERA, DOMAIN
from .companions import camera_of, has_bell

UNIQUE_ID: Final = "linked-{}"


@callback
def async_discover_linked(hass: HomeAssistant) -> None:
    """Check all devices once Home Assistant has started, then those that change."""

    @callback
    def on_entity(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        entity = er.async_get(hass).async_get(event.data["entity_id"])
        if entity is not None and entity.platform != DOMAIN and entity.device_id:
            _consider(hass, entity.device_id)
        _take_back(hass)

    @callback
    def on_entry(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        # A device that is no longer ignored or linked may be offered again.
        if entry.domain == DOMAIN and change is ConfigEntryChange.REMOVED:
            _consider_all(hass)

    @callback
    def begin(hass: HomeAssistant) -> None:
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, on_entity)
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_entry)
        _consider_all(hass)

    async_at_started(hass, begin)


@callback
def _consider_all(hass: HomeAssistant) -> None:
    for device in list(dr.async_get(hass).devices):
        _consider(hass, device.id)


@callback
def _consider(hass: HomeAssistant, device_id: str) -> None:
    """Offer a device that is a doorbell and is neither linked nor ignored."""
    device = dr.async_get(hass).async_get(device_id)
    if device is None or device.disabled or not has_bell(hass, device_id):
        return
    for entity in er.async_entries_for_device(
        er.async_get(hass), device_id, include_disabled_entities=True
    ):
        if entity.domain == Platform.CAMERA and (
            hass.config_entries.async_entry_for_domain_unique_id(
                DOMAIN, UNIQUE_ID.format(entity.id)
            )
        ):
            return
    if (camera := camera_of(hass, device_id)) is not None:
        discovery_flow.async_create_flow(
            hass,
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data={CONF_CAMERA: camera.id},
        )


@callback
def _take_back(hass: HomeAssistant) -> None:
    """Abort offers of devices that no longer qualify."""
    flows = hass.config_entries.flow
    registry = er.async_get(hass)
    for flow in flows.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_INTEGRATION_DISCOVERY}
    ):
        prefix, _, registry_id = (flow["context"].get("unique_id") or "").partition(
            UNIQUE_ID.format("")
        )
        if prefix or not registry_id:
            continue
        camera = registry.entities.get_entry(registry_id)
        if (
            camera is None
            or camera.disabled
            or not camera.device_id
            or not has_bell(hass, camera.device_id)
        ):
            flows.async_abort(flow["flow_id"])


@callback
def is_taken(
    hass: HomeAssistant, unique_id: str, entry: ConfigEntry | None = None
) -> bool:
    """Return whether another entry, except an ignored one, has the camera."""
    other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, unique_id)
    return other not in (None, entry) and other.source != SOURCE_IGNORE


async def async_make_way(
    hass: HomeAssistant, unique_id: str, entry: ConfigEntry
) -> None:
    """Free a camera for a doorbell: abort its flows, and remove its ignored entry."""
    entries = hass.config_entries
    other = entries.async_entry_for_domain_unique_id(DOMAIN, unique_id)
    if other not in (None, entry) and other.source == SOURCE_IGNORE:
        await entries.async_remove(other.entry_id)
    # Abort flows of people too: finishing one would remove the doorbell that now has
    # the camera.
    for flow in entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"unique_id": unique_id}
    ):
        entries.flow.async_abort(flow["flow_id"])
