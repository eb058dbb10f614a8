"""Which entities of a device of another integration are its camera, motion and bell."""

from collections.abc import Iterator
import re
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.camera import CameraEntityFeature
from homeassistant.components.event import EventDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import CONF_MOTION_ENTITY, CONF_RING_ENTITY, DOMAIN

# What integrations call a bell that is only a binary sensor; "visitor" is ONVIF's word.
_BELL: Final = re.compile(r"(?:^|[^a-z])(?:visitor|doorbell|ding|ring)(?:$|[^a-z])")
_MOTION: Final = (
    (Platform.BINARY_SENSOR, BinarySensorDeviceClass.MOTION),
    (Platform.EVENT, EventDeviceClass.MOTION),
    (Platform.BINARY_SENSOR, BinarySensorDeviceClass.OCCUPANCY),
)


@callback
def entities_of(hass: HomeAssistant, device_id: str | None) -> list[er.RegistryEntry]:
    """Return the enabled entities of a device that are not of Doorwatch."""
    if device_id is None:
        return []
    found = er.async_entries_for_device(er.async_get(hass), device_id)
    return [entity for entity in found if entity.platform != DOMAIN]


@callback
def camera_of(hass: HomeAssistant, device_id: str) -> er.RegistryEntry | None:
    """Return the camera of a device that shows what happens now."""
    cameras = [
        entity
        for entity in entities_of(hass, device_id)
        if entity.domain == Platform.CAMERA
    ]
    # One that only shows pictures, or the last recording, has no stream.
    streaming = [
        camera
        for camera in cameras
        if camera.supported_features & CameraEntityFeature.STREAM
    ]
    return next(iter(streaming or cameras), None)


@callback
def has_bell(hass: HomeAssistant, device_id: str) -> bool:
    """Whether a device tells of a press of a button at a door."""
    return next(_bells(entities_of(hass, device_id)), None) is not None


@callback
def suggested(hass: HomeAssistant, device_id: str | None) -> dict[str, str]:
    """Return the entity ids for the fields of the options, as far as there are any."""
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
            ):
                found.setdefault(CONF_MOTION_ENTITY, entity.entity_id)
    return found


def _bells(entities: list[er.RegistryEntry]) -> Iterator[er.RegistryEntry]:
    """Yield what may be the bell, the surest first."""
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
