"""Event entities for rings, and for the results of shares with an agency."""

from dataclasses import replace
from typing import override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .agencies.base import Agency
from .consent.deliveries import RESULTS, SIGNAL_DELIVERY, Delivery
from .coordinator import DoorbellCoordinator
from .core_interfaces import forget_last_event
from .engine.doorbells.base import DoorbellEvent, EventKind
from .entity import AgencyEntity, DoorbellEntity, DoorwatchConfigEntry, Needs
from .household.future_clips import is_future
from .signals import SIGNAL_EVENT

PARALLEL_UPDATES = 0


RING = EventEntityDescription(
    key="doorbell",
    translation_key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[DoorbellEventType.RING],
)
DELIVERY = EventEntityDescription(
    key="delivery",
    translation_key="delivery",
    event_types=list(RESULTS),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorwatchConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of a doorbell or an agency."""
    coordinator = entry.runtime_data
    if isinstance(coordinator, DoorbellCoordinator):
        async_add_entities([DoorbellRing(coordinator, RING, needs=Needs.EVENTS)])
    elif isinstance(coordinator, Agency) and coordinator.takes_clips:
        async_add_entities([AgencyDelivery(coordinator, DELIVERY)])


class PastEvent[C: DoorbellCoordinator | Agency](CoordinatorEntity[C], EventEntity):
    """An event entity without an event in the future, after the clock was ahead."""

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        state = await self.async_get_last_state()
        last = state and dt_util.parse_datetime(state.state)
        if last and is_future(last):
            return None
        return await super().async_get_last_event_data()

    @callback
    def drop_future(self) -> None:
        """Forget an event in the future, so that the next one gets its own time."""
        last = dt_util.parse_datetime(self.state or "")
        if last and is_future(last):
            forget_last_event(self)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self.drop_future()
        super()._handle_coordinator_update()


class DoorbellRing(PastEvent[DoorbellCoordinator], DoorbellEntity):
    """A press of the doorbell's button."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_EVENT, self._on_event)
        )

    @callback
    def _on_event(self, doorbell_id: str, event: DoorbellEvent) -> None:
        if doorbell_id == self.coordinator.doorbell_id and event.kind is EventKind.RING:
            self.drop_future()
            self._trigger_event(DoorbellEventType.RING)
            self.async_write_ha_state()


class AgencyDelivery(PastEvent[Agency], AgencyEntity):
    """The results of shares, without their IDs, because everyone can read states."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_DELIVERY, self._on_delivery)
        )

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Leave out the IDs that earlier versions stored."""
        stored = await super().async_get_last_event_data()
        return stored and replace(stored, last_event_attributes=None)

    @callback
    def _on_delivery(self, delivery: Delivery) -> None:
        if delivery.agency_id == self.coordinator.agency_id:
            self.drop_future()
            self._trigger_event(delivery.result)
            self.async_write_ha_state()
