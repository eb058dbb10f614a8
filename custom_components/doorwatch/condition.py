"""Conditions that core lacks: a clip is being recorded, a clip has a label."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, Unpack, cast, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .actions.problems import translated
from .const import CONF_LABELS
from .coordinator import DoorbellCoordinator
from .engine.doorbells.base import Label
from .household.future_clips import is_future
from .registry import doorbell_entries
from .targets import doorbells_of, never_meets

CONF_WITHIN: Final = "within"
DEFAULT_WITHIN: Final = timedelta(minutes=5)
# The longest retention in days; much longer periods would begin before year 1.
LONGEST_WITHIN: Final = timedelta(days=3650)

_TARGET: Final = {vol.Optional(CONF_TARGET): cv.TARGET_FIELDS}


class _DoorbellCondition(Condition):
    """A condition on any of the targeted doorbells; no target means all."""

    _schema = vol.Schema(
        {**_TARGET, vol.Optional(CONF_OPTIONS, default=dict): vol.Schema({})}
    )

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        checked = cast(ConfigType, cls._schema(config))
        if never_meets(hass, checked.get(CONF_TARGET) or {}):
            raise translated("target_without_doorbell")
        return checked

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Store target and options."""
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}

    def _doorbells(self) -> Iterable[DoorbellCoordinator]:
        """Yield the targeted doorbells that are loaded; areas may change between checks."""
        meant = doorbells_of(self._hass, self._target) if self._target else None
        for entry in doorbell_entries(self._hass):
            if entry.state is ConfigEntryState.LOADED and (
                meant is None or entry.entry_id in meant
            ):
                yield entry.runtime_data


class IsRecording(_DoorbellCondition):
    """Whether a clip is being recorded."""

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        return any(doorbell.data.recording for doorbell in self._doorbells())


class ClipWithLabel(_DoorbellCondition):
    """Whether a clip with one of the labels ended within a time before now."""

    _schema = vol.Schema(
        {
            **_TARGET,
            vol.Required(CONF_OPTIONS): {
                vol.Required(CONF_LABELS): vol.All(
                    cv.ensure_list,
                    vol.Length(min=1),
                    [vol.In([label.value for label in Label])],
                ),
                vol.Optional(CONF_WITHIN, default=DEFAULT_WITHIN): vol.All(
                    cv.positive_time_period, vol.Range(max=LONGEST_WITHIN)
                ),
            },
        }
    )

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        since = dt_util.utcnow() - self._options[CONF_WITHIN]
        return any(
            (ended_at := doorbell.data.labelled.get(label)) is not None
            and since <= ended_at
            and not is_future(ended_at)
            for doorbell in self._doorbells()
            for label in self._options[CONF_LABELS]
        )


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_recording": IsRecording,
    "clip_with_label": ClipWithLabel,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of Doorwatch."""
    return CONDITIONS
