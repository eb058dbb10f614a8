"""The triggers that core lacks: of a saved clip, a request, and a share."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast, override

from homeassistant.const import ATTR_ENTITY_ID, CONF_EVENT, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .actions.problems import translated
from .consent.deliveries import RESULTS
from .const import CONF_LABELS
from .engine.doorbells.base import KINDS, Label
from .signals import EVENT_CLIP_SAVED, EVENT_REQUEST_MATCHED, EVENT_SHARE_DELIVERED
from .targets import doorbells_of, never_meets

CONF_RESULT: Final = "result"

_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default=dict): {
            vol.Optional(CONF_EVENT): vol.All(
                cv.ensure_list,
                [vol.In([kind.value for kind in KINDS])],
            ),
            vol.Optional(CONF_LABELS): vol.All(
                cv.ensure_list,
                [vol.In([label.value for label in Label])],
            ),
        },
    }
)

_SHARE_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default=dict): {
            vol.Optional(CONF_RESULT): vol.All(cv.ensure_list, [vol.In(RESULTS)]),
        },
    }
)

_REQUEST_SCHEMA: Final = vol.Schema({vol.Optional(CONF_TARGET): cv.TARGET_FIELDS})


class _DoorbellTrigger(Trigger):
    """Runs for what happens at the doorbells of a target; without one, at any."""

    _schema: ClassVar[vol.Schema]

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        checked = cast(ConfigType, cls._schema(config))
        if never_meets(hass, checked.get(CONF_TARGET) or {}):
            raise translated("target_without_doorbell")
        return checked

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep at which doorbells."""
        super().__init__(hass, config)
        self._target = config.target


class ClipSavedTrigger(_DoorbellTrigger):
    """Runs when a clip is whole on disk and listed.

    The payload is that of the bus event: ids and relative paths without a signature.
    """

    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep what to wait for."""
        super().__init__(hass, config)
        options = config.options or {}
        self._events = frozenset[str](options.get(CONF_EVENT, []))
        self._labels = frozenset[str](options.get(CONF_LABELS, []))

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
            if self._labels and self._labels.isdisjoint(data.get(CONF_LABELS, ())):
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


class RequestMatchedTrigger(_DoorbellTrigger):
    """Runs when clips fit an agency's request for the first time; once for each.

    The payload is that of the bus event: ids. Nobody outside hears of it.
    """

    _schema = _REQUEST_SCHEMA

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        @callback
        def on_matched(event: Event) -> None:
            doorbells: list[str] = event.data["doorbell_ids"]
            if self._target and doorbells_of(self._hass, self._target).isdisjoint(
                doorbells
            ):
                return
            run_action(dict(event.data), "clips fit a request", event.context)

        return self._hass.bus.async_listen(EVENT_REQUEST_MATCHED, on_matched)


class ShareDeliveredTrigger(_DoorbellTrigger):
    """Runs when a share has arrived, or when it is known that it will not.

    The payload is that of the bus event: ids, and the result.
    """

    _schema = _SHARE_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep what to wait for."""
        super().__init__(hass, config)
        self._results = frozenset[str]((config.options or {}).get(CONF_RESULT, []))

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        @callback
        def on_delivered(event: Event) -> None:
            data = event.data
            if self._results and data["result"] not in self._results:
                return
            if self._target and data["doorbell_id"] not in doorbells_of(
                self._hass, self._target
            ):
                return
            run_action(dict(data), f"share {data['result']}", event.context)

        return self._hass.bus.async_listen(EVENT_SHARE_DELIVERED, on_delivered)


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "clip_saved": ClipSavedTrigger,
    "request_matched": RequestMatchedTrigger,
    "share_delivered": ShareDeliveredTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of Doorwatch."""
    return TRIGGERS
