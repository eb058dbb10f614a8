"""Binary sensors of a doorbell: motion, connectivity and recording problems."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import DoorbellEntry
from .data import DoorbellState
from .entity import DoorbellEntity, Needs

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class DoorbellBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor of a doorbell."""

    value: Callable[[DoorbellState], bool]
    needs: Needs = Needs.VIDEO


BINARY_SENSORS = (
    DoorbellBinarySensorDescription(
        key="motion",
        device_class=BinarySensorDeviceClass.MOTION,
        needs=Needs.EVENTS,
        value=lambda state: state.motion,
    ),
    DoorbellBinarySensorDescription(
        key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        needs=Needs.NOTHING,
        value=lambda state: state.connected,
    ),
    DoorbellBinarySensorDescription(
        key="storage",
        translation_key="storage",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        needs=Needs.NOTHING,
        value=lambda state: state.recording_problem is not None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorbellEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a doorbell."""
    async_add_entities(
        DoorbellBinarySensor(entry.runtime_data, description, needs=description.needs)
        for description in BINARY_SENSORS
    )


class DoorbellBinarySensor(DoorbellEntity, BinarySensorEntity):
    """A binary sensor of a doorbell."""

    entity_description: DoorbellBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.value(self.coordinator.data)
