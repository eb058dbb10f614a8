"""Whether motion counts, and whether clips are recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import STATE_OFF, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .coordinator import DoorbellCoordinator, DoorbellEntry
from .data import DoorbellState
from .entity import DoorbellEntity, Needs

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class DoorbellSwitchDescription(SwitchEntityDescription):
    """How to read and set one switch."""

    value: Callable[[DoorbellState], bool]
    set_value: Callable[[DoorbellCoordinator, bool], None]


# Both can be set while the doorbell is away, so that "off" is never lost.
SWITCHES = (
    DoorbellSwitchDescription(
        key="motion_detection",
        translation_key="motion_detection",
        entity_category=EntityCategory.CONFIG,
        value=lambda state: state.motion_enabled,
        set_value=lambda coordinator, on: coordinator.set_motion_enabled(on),
    ),
    DoorbellSwitchDescription(
        key="recording",
        translation_key="recording",
        entity_category=EntityCategory.CONFIG,
        value=lambda state: state.recording_enabled,
        set_value=lambda coordinator, on: coordinator.set_recording_enabled(on),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorbellEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a doorbell."""
    async_add_entities(
        DoorbellSwitch(entry.runtime_data, description) for description in SWITCHES
    )


class DoorbellSwitch(DoorbellEntity, RestoreEntity, SwitchEntity):
    """A setting that outlives a restart."""

    entity_description: DoorbellSwitchDescription

    def __init__(
        self, coordinator: DoorbellCoordinator, description: DoorbellSwitchDescription
    ) -> None:
        """Describe it; a setting of this home needs no doorbell."""
        super().__init__(coordinator, description, needs=Needs.NOTHING)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        if state is not None and state.state == STATE_OFF:
            self.entity_description.set_value(self.coordinator, False)

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.value(self.coordinator.data)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self.entity_description.set_value(self.coordinator, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self.entity_description.set_value(self.coordinator, False)
