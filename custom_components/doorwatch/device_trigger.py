"""Triggers of a doorbell's device for saved clips."""

from typing import Any, Final

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import DOMAIN
from .engine.doorbells.base import EventKind
from .signals import EVENT_CLIP_SAVED
from .targets import doorbells_of

# The event that a clip of each type contains; None is any.
_TYPES: Final = {
    "clip_saved": None,
    "ring_saved": EventKind.RING,
    "motion_saved": EventKind.MOTION,
}

TRIGGER_SCHEMA: Final = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): vol.In(_TYPES)}
)


async def async_get_triggers(
    hass: HomeAssistant, device_id: str
) -> list[dict[str, Any]]:
    """List the triggers of a device, or none if it is not a doorbell."""
    if not doorbells_of(hass, {CONF_DEVICE_ID: [device_id]}):
        return []
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DEVICE_ID: device_id,
            CONF_DOMAIN: DOMAIN,
            CONF_TYPE: kind,
        }
        for kind in _TYPES
    ]


async def async_attach_trigger(
    hass: HomeAssistant,
    config: ConfigType,
    action: TriggerActionType,
    trigger_info: TriggerInfo,
) -> CALLBACK_TYPE:
    """Run the action when a clip is saved, with the data of `doorwatch.clip_saved`."""
    job = HassJob(action, f"doorwatch device trigger {trigger_info}")
    kind = _TYPES[config[CONF_TYPE]]

    @callback
    def on_saved(event: Event) -> None:
        data = event.data
        if (kind is None or kind in data["kinds"]) and data[
            "doorbell_id"
        ] in doorbells_of(hass, {CONF_DEVICE_ID: [config[CONF_DEVICE_ID]]}):
            told = {
                **trigger_info["trigger_data"],
                **config,
                **data,
                "description": f"clip saved by {data['entity_id']}",
            }
            hass.async_run_hass_job(job, {"trigger": told}, event.context)

    return hass.bus.async_listen(EVENT_CLIP_SAVED, on_saved)
