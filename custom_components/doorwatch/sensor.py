"""Sensors of doorbells and agencies: last events and used storage."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfInformation, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .access.permissions import async_watch_permissions
from .access.users import Users
from .agencies.base import Agency, LinkAgency
from .consent.deliveries import SIGNAL_DELIVERY, Delivery
from .const import CONF_SOURCE, SOURCE_ONVIF
from .coordinator import DoorbellCoordinator
from .data import DoorbellState
from .domain.data import DATA
from .entity import AgencyEntity, DoorbellEntity, DoorwatchConfigEntry, Needs
from .household.future_clips import is_future
from .requests.board import SIGNAL_REQUESTS, Board
from .signals import SIGNAL_SLOT

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class DoorbellSensorDescription(SensorEntityDescription):
    """A sensor of a doorbell."""

    value: Callable[[DoorbellState], datetime | float | None]
    needs: Needs = Needs.VIDEO
    sources: frozenset[str] | None = None  # kinds of doorbells, or None for all


DOORBELL_SENSORS = (
    DoorbellSensorDescription(
        key="last_motion",
        translation_key="last_motion",
        device_class=SensorDeviceClass.TIMESTAMP,
        needs=Needs.EVENTS,
        value=lambda state: state.last_motion,
    ),
    DoorbellSensorDescription(
        key="clips_today",
        translation_key="clips_today",
        state_class=SensorStateClass.MEASUREMENT,
        needs=Needs.NOTHING,
        value=lambda state: state.clips_today,
    ),
    DoorbellSensorDescription(
        key="storage_used",
        translation_key="storage_used",
        device_class=SensorDeviceClass.DATA_SIZE,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        needs=Needs.NOTHING,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfInformation.MEGABYTES,
        value=lambda state: state.storage_used,
    ),
    DoorbellSensorDescription(
        key="clock_offset",
        translation_key="clock_offset",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        needs=Needs.EVENTS,
        sources=frozenset({SOURCE_ONVIF}),
        suggested_display_precision=0,
        value=lambda state: state.clock_offset,
    ),
)
OPEN_REQUESTS = SensorEntityDescription(
    key="open_requests",
    translation_key="open_requests",
    state_class=SensorStateClass.MEASUREMENT,
)
LAST_DELIVERY = SensorEntityDescription(
    key="last_delivery",
    translation_key="last_delivery",
    device_class=SensorDeviceClass.TIMESTAMP,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorwatchConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a doorbell or an agency."""
    coordinator = entry.runtime_data
    if isinstance(coordinator, DoorbellCoordinator):
        async_add_entities(
            DoorbellSensor(coordinator, description, needs=description.needs)
            for description in DOORBELL_SENSORS
            if description.sources is None
            or coordinator.entry.data[CONF_SOURCE] in description.sources
        )
    elif isinstance(coordinator, Agency) and coordinator.takes_clips:
        async_add_entities([LastDelivery(coordinator, LAST_DELIVERY)])
        # An agency that sends upload links publishes no requests, and a group requests
        # no clips.
        if not isinstance(coordinator, LinkAgency) and (domain := hass.data.get(DATA)):
            async_add_entities(
                [OpenRequests(coordinator, domain.requests, domain.users)]
            )


class RestoredTime(RestoreSensor):
    """A sensor that restores its last time; counts are not restored."""

    _last: datetime | None = None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        stored = await self.async_get_last_sensor_data()
        if stored is not None and isinstance(stored.native_value, datetime):
            self._last = stored.native_value


class DoorbellSensor(DoorbellEntity, RestoredTime):
    """A sensor of a doorbell."""

    entity_description: DoorbellSensorDescription

    @property
    @override
    def native_value(self) -> datetime | float | None:
        value = self.entity_description.value(self.coordinator.data)
        if value is None:
            value = self._last
        # The clock was ahead then.
        return None if isinstance(value, datetime) and is_future(value) else value


class LastDelivery(AgencyEntity, RestoredTime):
    """The last delivery of a share, of a doorbell that every active user may see."""

    entity_description: SensorEntityDescription

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_DELIVERY, self._on_delivery)
        )

    @property
    @override
    def native_value(self) -> datetime | None:
        value = self._last
        return None if value is None or is_future(value) else value

    @callback
    def _on_delivery(self, delivery: Delivery) -> None:
        if delivery.agency_id == self.coordinator.agency_id and delivery.at is not None:
            self._last = delivery.at
            self.async_write_ha_state()


class OpenRequests(AgencyEntity, SensorEntity):
    """The number of an agency's open requests that clips of this home match.

    Everyone can read states, so only doorbells that everyone may see are counted.
    """

    entity_description: SensorEntityDescription
    _attr_native_value: int = 0

    def __init__(self, coordinator: Agency, requests: Board, users: Users) -> None:
        """Initialize the sensor."""
        super().__init__(coordinator, OPEN_REQUESTS)
        self._requests = requests
        self._users = users

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._look()
        for stop in (
            async_dispatcher_connect(self.hass, SIGNAL_REQUESTS, self._look_for_less),
            async_watch_permissions(self.hass, self._look_for_less),
            async_dispatcher_connect(self.hass, SIGNAL_SLOT, self._look_and_write),
        ):
            self.async_on_remove(stop)

    @callback
    def _look(self) -> None:
        self._attr_native_value = self._fitting

    @callback
    def _look_and_write(self) -> None:
        """Update only at scheduled times, so that nothing reveals when a clip matched."""
        self._look()
        self.async_write_ha_state()

    @callback
    def _look_for_less(self) -> None:
        self._attr_native_value = min(self._attr_native_value, self._fitting)
        self.async_write_ha_state()

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a feed, even if no clip can be sent now."""
        return self.coordinator.data.feed is not None

    @property
    def _fitting(self) -> int:
        return sum(
            concern.agency_id == self.coordinator.agency_id
            and concern.is_open
            and any(self._users.all_may_view(one) for one in concern.clips)
            for concern in self._requests.concerns
        )
