"""The trigger that core lacks: a clip is saved."""

from collections.abc import Mapping
from typing import Any, Final, cast, override

from homeassistant.const import ATTR_ENTITY_ID, CONF_EVENT, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
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

from .doorbells.base import EventKind
from .signals import EVENT_CLIP_SAVED

# What a clip can be of.
KINDS: Final = (EventKind.MOTION, EventKind.RING, EventKind.MANUAL)

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
        return cast(ConfigType, _SCHEMA(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep what to wait for; no target means every doorbell."""
        super().__init__(hass, config)
        self._target = config.target
        self._events: list[str] = (config.options or {}).get(CONF_EVENT, [])

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        @callback
        def wanted(data: Mapping[str, Any]) -> bool:
            if self._events and data["event"] not in self._events:
                return False
            if not self._target:
                return True
            # Looked up each time: areas and labels change.
            selected = async_extract_referenced_entity_ids(
                self._hass, TargetSelection(self._target)
            )
            return data[ATTR_ENTITY_ID] in selected.referenced | (
                selected.indirectly_referenced
            )

        @callback
        def on_saved(event: Event) -> None:
            if wanted(event.data):
                run_action(
                    dict(event.data),
                    f"clip saved by {event.data[ATTR_ENTITY_ID]}",
                    event.context,
                )

        return self._hass.bus.async_listen(EVENT_CLIP_SAVED, on_saved)


TRIGGERS: Final[dict[str, type[Trigger]]] = {"clip_saved": ClipSavedTrigger}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of Doorwatch."""
    return TRIGGERS
