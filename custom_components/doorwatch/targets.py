"""Find the doorbells that the target of a trigger, condition or action selects."""

from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.typing import ConfigType

from .const import CONF_CAMERA, DOMAIN
from .names import device_of
from .registry import camera_entity_id, doorbell_entries

# The members of a group may change.
_GROUP: Final = "group"
# New in Home Assistant 2026.11.
_EXCLUDE: Final = "exclude"


@callback
def doorbells_of(hass: HomeAssistant, target: ConfigType) -> set[str]:
    """Return the doorbells that a target selects, without the excluded ones.

    A named entity or device selects its doorbell, or the doorbell that is linked to it.
    An indirect target, such as an area, selects the doorbells whose cameras it
    contains.
    """
    wanted = {key: value for key, value in target.items() if key != _EXCLUDE}
    return _meant_by(hass, wanted) - _meant_by(hass, target.get(_EXCLUDE, {}))


@callback
def _meant_by(hass: HomeAssistant, target: ConfigType) -> set[str]:
    selection = TargetSelection(target)
    selected = async_extract_referenced_entity_ids(hass, selection)
    devices = async_extract_referenced_entity_ids(
        hass, TargetSelection({ATTR_DEVICE_ID: list(selection.device_ids)})
    ).referenced_devices
    named = [
        entity
        for entity_id in selected.referenced
        if (entity := er.async_get(hass).async_get(entity_id)) is not None
    ]
    # A named camera that is linked selects its own doorbell, not others of the device.
    linked = {
        entry.data[CONF_CAMERA]
        for entry in doorbell_entries(hass)
        if CONF_CAMERA in entry.data
    }
    found = set()
    for entry in doorbell_entries(hass):
        device = device_of(hass, entry)
        device_id = device.id if device is not None else None
        if (
            device_id in devices
            or camera_entity_id(hass, entry.entry_id) in selected.indirectly_referenced
            or any(
                entity.config_entry_id == entry.entry_id
                or entity.id == entry.data.get(CONF_CAMERA)
                or (
                    device_id is not None
                    and entity.device_id == device_id
                    and entity.platform != DOMAIN
                    and entity.id not in linked
                )
                for entity in named
            )
        ):
            found.add(entry.entry_id)
    return found


@callback
def never_meets(hass: HomeAssistant, target: ConfigType) -> bool:
    """Return whether a target is completely known and selects no doorbell.

    An unknown entity may be added later, and the members of an area, label or group may
    change.
    """
    selection = TargetSelection(target)
    if selection.area_ids or selection.floor_ids or selection.label_ids:
        return False
    entities, devices = er.async_get(hass), dr.async_get(hass)

    def is_known(entity_id: str) -> bool:
        entity = entities.async_get(entity_id)
        if entity is None:
            return not entity_id.startswith(f"{_GROUP}.") and (
                hass.states.get(entity_id) is not None
            )
        return entity.platform != _GROUP

    return (
        selection.has_any_target
        and all(is_known(each) for each in selection.entity_ids)
        and all(devices.async_get(each) for each in selection.device_ids)
        and not doorbells_of(hass, target)
    )
