"""Rings at the door, and what became of what was shared with an agency."""

from typing import override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agencies.base import Agency
from .coordinator import DoorbellCoordinator
from .engine.doorbells.base import DoorbellEvent, EventKind
from .engine.sharing.model import ReceiptState, Removal, Share, ShareState, Withdrawal
from .entity import AgencyEntity, DoorbellEntity, DoorwatchConfigEntry, Needs
from .signals import SIGNAL_EVENT, SIGNAL_SHARE_CHANGED

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
    event_types=["delivered", "uploaded", "handed_over", "failed", "withdrawn"],
)
# A share that needs a new tap, or that nobody downloaded, has not arrived either.
DELIVERY_EVENTS = {
    ShareState.DELIVERED: "delivered",
    ShareState.HANDED_OVER: "handed_over",
    ShareState.FAILED: "failed",
    ShareState.EXPIRED: "failed",
    ShareState.NEEDS_NEW_TAP: "failed",
    ShareState.CANCELLED: "withdrawn",
}
# Known long after the delivery was told, perhaps after a restart.
_AFTERWARDS = (ReceiptState.RECEIVED, ReceiptState.WRONG, ReceiptState.MISSING)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorwatchConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of a doorbell or an agency."""
    coordinator = entry.runtime_data
    if isinstance(coordinator, DoorbellCoordinator):
        async_add_entities([DoorbellRing(coordinator)])
    elif isinstance(coordinator, Agency) and coordinator.takes_clips:
        async_add_entities([AgencyDelivery(coordinator)])


class DoorbellRing(DoorbellEntity, EventEntity):
    """Somebody pressed the button."""

    entity_description: EventEntityDescription

    def __init__(self, coordinator: DoorbellCoordinator) -> None:
        """Describe it."""
        super().__init__(coordinator, RING, needs=Needs.EVENTS)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_EVENT, self._on_event)
        )

    @callback
    def _on_event(self, doorbell_id: str, event: DoorbellEvent) -> None:
        if doorbell_id == self.coordinator.doorbell_id and event.kind is EventKind.RING:
            self._trigger_event(DoorbellEventType.RING)
            self.async_write_ha_state()


class AgencyDelivery(AgencyEntity, EventEntity):
    """What became of a share: each end is told once."""

    entity_description: EventEntityDescription

    def __init__(self, coordinator: Agency) -> None:
        """Describe it."""
        super().__init__(coordinator, DELIVERY)
        self._told: dict[str, str] = {}

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_SHARE_CHANGED, self._on_share)
        )

    @callback
    def _on_share(self, share: Share) -> None:
        if share.agency_id != self.coordinator.agency_id:
            return
        event = DELIVERY_EVENTS.get(share.state)
        if share.never_confirmed:
            event = "uploaded"
        if share.removal in (Removal.CONFIRMED, Removal.UNCONFIRMED):
            return  # its end was told when it came
        if share.withdrawal is Withdrawal.DELETED:
            event = "withdrawn"
        elif share.withdrawal is not None or share.receipt in _AFTERWARDS:
            return
        if event is None:
            self._told.pop(share.share_id, None)
        elif self._told.get(share.share_id) != event:
            self._told[share.share_id] = event
            self._trigger_event(
                event, {"share_id": share.share_id, "clip_id": share.clip_id}
            )
            self.async_write_ha_state()
