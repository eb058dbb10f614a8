"""Find the entities of another integration's device: camera, motion, bell and labels."""

from collections.abc import Iterator, Mapping
import re
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.camera import CameraEntityFeature
from homeassistant.components.event import EventDeviceClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import (
    CONF_CAMERA,
    CONF_LABELS,
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    DOMAIN,
)
from ..engine.doorbells.base import Label
from .labels import labels_of

# Names that integrations give to a bell that is a binary sensor; "visitor" is from
# ONVIF.
_BELL: Final = re.compile(r"(?:^|[^a-z])(?:visitor|doorbell|ding|ring)(?:$|[^a-z])")
_MOTION: Final = (
    (Platform.BINARY_SENSOR, BinarySensorDeviceClass.MOTION),
    (Platform.EVENT, EventDeviceClass.MOTION),
    (Platform.BINARY_SENSOR, BinarySensorDeviceClass.OCCUPANCY),
)


@callback
def entities_of(hass: HomeAssistant, device_id: str | None) -> list[er.RegistryEntry]:
    """Return the enabled entities of a device, except those of Doorwatch."""
    if device_id is None:
        return []
    found = er.async_entries_for_device(er.async_get(hass), device_id)
    return [entity for entity in found if entity.platform != DOMAIN]


@callback
def cameras(hass: HomeAssistant) -> list[er.RegistryEntry]:
    """Return the enabled cameras of other integrations, those with a stream first."""
    found = [
        entity
        for entity in er.async_get(hass).entities.values()
        if entity.domain == Platform.CAMERA
        and entity.platform != DOMAIN
        and not entity.disabled
    ]
    return sorted(found, key=_streams, reverse=True)


@callback
def camera_of(hass: HomeAssistant, device_id: str) -> er.RegistryEntry | None:
    """Return the camera of a device, preferably one with a stream."""
    found = [
        entity
        for entity in entities_of(hass, device_id)
        if entity.domain == Platform.CAMERA
    ]
    return max(found, key=_streams, default=None)


def _streams(camera: er.RegistryEntry) -> bool:
    """Return whether a camera has a stream; one with stills or the last recording has none."""
    return bool(camera.supported_features & CameraEntityFeature.STREAM)


@callback
def live_cameras(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the cameras that show a linked doorbell live, its own first.

    For a camera that shows the last recording, the device has another one with the live
    view.
    """
    camera = er.async_get(hass).entities.get_entry(entry.data.get(CONF_CAMERA, ""))
    if camera is None:
        return []
    others = (one for one in entities_of(hass, camera.device_id) if one != camera)
    return [
        one.entity_id
        for one in (camera, *others)
        if one.domain == Platform.CAMERA and not one.disabled and _streams(one)
    ]


@callback
def has_bell(hass: HomeAssistant, device_id: str) -> bool:
    """Return whether a device reports presses of a doorbell button."""
    return next(_bells(entities_of(hass, device_id)), None) is not None


@callback
def suggested(hass: HomeAssistant, device_id: str | None) -> dict[str, str]:
    """Return suggested entity IDs for the fields of the options."""
    entities = entities_of(hass, device_id)
    found: dict[str, str] = {}
    bell = next(_bells(entities), None)
    if bell is not None:
        found[CONF_RING_ENTITY] = bell.entity_id
    for domain, device_class in _MOTION:
        for entity in entities:
            if (
                entity is not bell
                and entity.domain == domain
                and _class_of(entity) == device_class
                and entity.entity_category is None
                # A sensor for a label, such as persons, misses other motion.
                and not (domain == Platform.BINARY_SENSOR and labels_of(entity))
            ):
                found.setdefault(CONF_MOTION_ENTITY, entity.entity_id)
    return found


@callback
def found_labels(
    hass: HomeAssistant, device_id: str | None
) -> dict[Label, list[er.RegistryEntry]]:
    """Return the entities of a device that report each label.

    Binary sensors take precedence over events, because they report at once while an
    event may be delayed.
    """
    told: dict[Label, list[er.RegistryEntry]] = {}
    for entity in entities_of(hass, device_id):
        for label in labels_of(entity):
            told.setdefault(label, []).append(entity)
    return {
        label: [one for one in told[label] if one.domain == Platform.BINARY_SENSOR]
        or told[label]
        for label in Label
        if label in told
    }


@callback
def label_entities(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[Label, frozenset[str]]:
    """Return the entities that report each label: those chosen, else those found now.

    They are given by registry ID, or by entity ID if they are not in the registry.
    """
    chosen: Mapping[str, list[str]] = entry.options.get(CONF_LABELS, {})
    camera = er.async_get(hass).entities.get_entry(entry.data.get(CONF_CAMERA, ""))
    found = found_labels(hass, camera.device_id if camera is not None else None)
    return {
        label: frozenset(
            chosen[label]
            if label in chosen
            else (entity.id for entity in found.get(label, ()))
        )
        for label in Label
    }


def _bells(entities: list[er.RegistryEntry]) -> Iterator[er.RegistryEntry]:
    """Yield the entities that may be the bell, the most certain first."""
    for entity in entities:
        if (
            entity.domain == Platform.EVENT
            and _class_of(entity) == EventDeviceClass.DOORBELL
        ):
            yield entity
    for entity in entities:
        if (
            entity.domain == Platform.BINARY_SENSOR
            and _class_of(entity) in (None, BinarySensorDeviceClass.OCCUPANCY)
            and entity.entity_category is None
            and any(
                _BELL.search((name or "").casefold())
                for name in (entity.translation_key, entity.unique_id)
            )
        ):
            yield entity


def _class_of(entity: er.RegistryEntry) -> str | None:
    return entity.device_class or entity.original_device_class
