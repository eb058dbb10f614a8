"""The trigger that core lacks: a clip is saved."""

from collections.abc import Mapping
from typing import Any, Final, cast, override

from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    CONF_EVENT,
    CONF_OPTIONS,
    CONF_TARGET,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .actions.problems import translated
from .const import CONF_CAMERA, DOMAIN
from .engine.doorbells.base import KINDS
from .names import device_of
from .registry import camera_entity_id, doorbell_entries
from .signals import EVENT_CLIP_SAVED

# A group means its members, whichever they are by then.
_GROUP: Final = "group"

_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default=dict): {
            vol.Optional(CONF_EVENT): vol.All(
                cv.ensure_list,
                [vol.In([kind.value for kind in KINDS])],
            ),
        },
    }
)


class ClipSavedTrigger(Trigger):
    """Runs when a clip is whole on disk and listed.

    The payload is that of the bus event: ids and relative paths without a signature.
    """

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        checked = cast(ConfigType, _SCHEMA(config))
        if never_meets(hass, checked.get(CONF_TARGET) or {}):
            raise translated("target_without_doorbell")
        return checked

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep what to wait for; no target means every doorbell."""
        super().__init__(hass, config)
        self._target = config.target
        self._events = frozenset[str]((config.options or {}).get(CONF_EVENT, []))

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        @callback
        def wanted(data: Mapping[str, Any]) -> bool:
            if self._events and self._events.isdisjoint(data["kinds"]):
                return False
            if not self._target:
                return True
            # Looked up each time: areas and labels change.
            return data["doorbell_id"] in doorbells_of(self._hass, self._target)

        @callback
        def on_saved(event: Event) -> None:
            if wanted(event.data):
                run_action(
                    dict(event.data),
                    f"clip saved by {event.data[ATTR_ENTITY_ID]}",
                    event.context,
                )

        return self._hass.bus.async_listen(EVENT_CLIP_SAVED, on_saved)


@callback
def doorbells_of(hass: HomeAssistant, target: ConfigType) -> set[str]:
    """Return the doorbells that a target means.

    What is named means its doorbell: whichever entity of it, or of the device that it
    has or is linked to. An area, a floor or a label means the cameras that it holds.
    """
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


TRIGGERS: Final[dict[str, type[Trigger]]] = {"clip_saved": ClipSavedTrigger}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of Doorwatch."""
    return TRIGGERS
