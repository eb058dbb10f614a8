"""Triggers that core lacks: for saved clips, requests and shares."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
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
    """Run for an event about the targeted doorbells, by default all, with its data."""

    _schema: ClassVar[vol.Schema]
    _event: ClassVar[str]

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
        """Store target and options."""
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}

    def _wants(self, data: Mapping[str, Any]) -> bool:
        """Return whether the options select this event."""
        return True

    def _doorbells(self, data: Mapping[str, Any]) -> Collection[str]:
        """Return the doorbells of the event."""
        return [data["doorbell_id"]]

    @abstractmethod
    def _description(self, data: Mapping[str, Any]) -> str:
        """Return the description for the trace."""

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        @callback
        def on_event(event: Event) -> None:
            data = event.data
            if not self._wants(data):
                return
            # Areas and labels may have changed.
            if self._target and doorbells_of(self._hass, self._target).isdisjoint(
                self._doorbells(data)
            ):
                return
            run_action(dict(data), self._description(data), event.context)

        return self._hass.bus.async_listen(self._event, on_event)


class ClipSavedTrigger(_DoorbellTrigger):
    """Run when a clip is stored and indexed, with IDs and unsigned relative paths."""

    _schema = _SCHEMA
    _event = EVENT_CLIP_SAVED

    @override
    def _wants(self, data: Mapping[str, Any]) -> bool:
        events, labels = self._options.get(CONF_EVENT), self._options.get(CONF_LABELS)
        return not (
            (events and set(events).isdisjoint(data["kinds"]))
            or (labels and set(labels).isdisjoint(data.get(CONF_LABELS, ())))
        )

    @override
    def _description(self, data: Mapping[str, Any]) -> str:
        return f"clip saved by {data[ATTR_ENTITY_ID]}"


class RequestMatchedTrigger(_DoorbellTrigger):
    """Run once for each request when clips first match it; nothing leaves the home."""

    _schema = _REQUEST_SCHEMA
    _event = EVENT_REQUEST_MATCHED

    @override
    def _doorbells(self, data: Mapping[str, Any]) -> Collection[str]:
        doorbells: list[str] = data["doorbell_ids"]
        return doorbells

    @override
    def _description(self, data: Mapping[str, Any]) -> str:
        return "clips fit a request"


class ShareDeliveredTrigger(_DoorbellTrigger):
    """Run when a share was delivered or finally failed, with IDs and the result."""

    _schema = _SHARE_SCHEMA
    _event = EVENT_SHARE_DELIVERED

    @override
    def _wants(self, data: Mapping[str, Any]) -> bool:
        results = self._options.get(CONF_RESULT)
        return not results or data["result"] in results

    @override
    def _description(self, data: Mapping[str, Any]) -> str:
        return f"share {data['result']}"


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "clip_saved": ClipSavedTrigger,
    "request_matched": RequestMatchedTrigger,
    "share_delivered": ShareDeliveredTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of Doorwatch."""
    return TRIGGERS
