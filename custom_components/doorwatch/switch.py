"""Switches of a doorbell for motion detection and recording."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import STATE_OFF, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .coordinator import DoorbellEntry
from .data import DoorbellState
from .entity import DoorbellEntity, Needs
from .runtime.switches import Switch

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class DoorbellSwitchDescription(SwitchEntityDescription):
    """A switch of a doorbell."""

    key: Switch
    value: Callable[[DoorbellState], bool]


# Both can be set while the doorbell is unavailable, so that "off" always takes effect.
SWITCHES = (
    DoorbellSwitchDescription(
        key="motion_detection",
        translation_key="motion_detection",
        entity_category=EntityCategory.CONFIG,
        value=lambda state: state.motion_enabled,
    ),
    DoorbellSwitchDescription(
        key="recording",
        translation_key="recording",
        entity_category=EntityCategory.CONFIG,
        value=lambda state: state.recording_enabled,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorbellEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a doorbell."""
    async_add_entities(
        DoorbellSwitch(entry.runtime_data, description, needs=Needs.NOTHING)
        for description in SWITCHES
    )


class DoorbellSwitch(DoorbellEntity, RestoreEntity, SwitchEntity):
    """A switch whose state is stored by Doorwatch."""

    entity_description: DoorbellSwitchDescription

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        name = self.entity_description.key
        if self.coordinator.switches.is_known(name):
            return
        # Versions before 0.2 used core's restored state.
        state = await self.async_get_last_state()
        with suppress(HomeAssistantError):  # a repair issue reports it
            await self.coordinator.switches.async_set(
                name, state is None or state.state != STATE_OFF
            )

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.value(self.coordinator.data)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.coordinator.switches.async_set(self.entity_description.key, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.coordinator.switches.async_set(self.entity_description.key, False)
