"""Which doorbells a target means: of a trigger, a condition or an action."""

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

# A group means its members, whichever they are by then.
_GROUP: Final = "group"
# New in Home Assistant 2026.11.
_EXCLUDE: Final = "exclude"


@callback
def doorbells_of(hass: HomeAssistant, target: ConfigType) -> set[str]:
    """Return the doorbells that a target means, less those that it excludes.

    What is named means its doorbell: whichever entity of it, or of the device that it
    has or is linked to. An area, a floor or a label means the cameras that it holds.
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
    # A device may have several cameras, each linked to a doorbell: one of them is meant.
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
    """Whether all that a target names is known, and nothing of it is of a doorbell.

    What is not there yet may come, and so may what an area, a label or a group holds.
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
