"""Base classes of the entities of doorbells and agencies."""

from enum import StrEnum
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.device_registry import (
    CONNECTION_NETWORK_MAC,
    DeviceEntryType,
    DeviceInfo,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import UndefinedType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .agencies.base import Agency
from .const import CONF_MAC, CONF_MAKE, CONF_MODEL, CONF_SOURCE, DOMAIN
from .coordinator import DoorbellCoordinator
from .core_interfaces import recent_context
from .engine.clips.files.plain import read_plain_file
from .names import device_of
from .signals import SIGNAL_CLOCK_SET_BACK

type DoorwatchConfigEntry = ConfigEntry[DoorbellCoordinator | Agency | None]

MODELS = {
    "rtsp": "RTSP doorbell",
    "demo": "Demo doorbell",
    "linked": "Linked doorbell",
    "onvif": "ONVIF doorbell",
}


PRODUCT: Final = "Doorwatch"


class Needs(StrEnum):
    """What an entity of a doorbell needs to be available."""

    NOTHING = "nothing"  # Home Assistant has the value
    VIDEO = "video"
    EVENTS = "events"  # entities or the webhook can report them without video


class DoorbellEntity(CoordinatorEntity[DoorbellCoordinator]):
    """An entity of a doorbell."""

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: DoorbellCoordinator,
        description: EntityDescription,
        *,
        needs: Needs = Needs.VIDEO,
    ) -> None:
        """Assign the entity to the doorbell's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._needs = needs
        self._attr_unique_id = f"{coordinator.doorbell_id}_{description.key}"
        self._joins = (
            device_of(coordinator.hass, coordinator.entry)
            if coordinator.linked
            else None
        )
        if self._joins is not None:
            # The device belongs to another integration, so it is not described here.
            self.device_entry = self._joins
            return
        data = coordinator.entry.data
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, coordinator.doorbell_id)},
            manufacturer=data.get(CONF_MAKE) or PRODUCT,
            model=data.get(CONF_MODEL) or MODELS[data[CONF_SOURCE]],
            name=coordinator.entry.title,
        )
        if mac := data.get(CONF_MAC):
            # Lets DHCP discovery recognize the device at a new address.
            self._attr_device_info["connections"] = {(CONNECTION_NETWORK_MAC, mac)}

    @property
    @override
    def name(self) -> str | UndefinedType | None:
        """Return the name, prefixed with "Doorwatch" on another integration's device."""
        name = super().name
        if self._joins is None:
            return name
        return f"{PRODUCT} {name}" if isinstance(name, str) else PRODUCT

    @property
    @override
    def available(self) -> bool:
        """Return whether the part that the entity needs is available."""
        if self._needs is Needs.NOTHING:
            return True
        if self._needs is Needs.EVENTS:
            return self.coordinator.hears_events
        return super().available and self.coordinator.data.connected

    def last_image(self) -> bytes | None:
        """Return the image of the last clip, or None if there is none. Blocking."""
        if (clip := self.coordinator.data.last_clip) is None:
            return None
        return read_plain_file(clip.thumbnail, self.coordinator.library.folder)

    @property
    def requester_may_view(self) -> bool:
        """Whether the user who requests a picture of this doorbell now may see it."""
        return self.coordinator.users.requester_may_view(
            self.coordinator.doorbell_id, recent_context(self)
        )


def agency_device(agency: Agency) -> DeviceInfo:
    """Return the service device of an agency."""
    return DeviceInfo(
        entry_type=DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, agency.agency_id)},
        manufacturer=agency.host,
        name=agency.entry.title,
    )


class AgencyEntity(CoordinatorEntity[Agency]):
    """An entity of an agency."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: Agency, description: EntityDescription) -> None:
        """Assign the entity to the agency's service device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.agency_id}_{description.key}"
        self._attr_device_info = agency_device(coordinator)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(
                self.hass, SIGNAL_CLOCK_SET_BACK, self._handle_coordinator_update
            )
        )

    @override
    async def async_update(self) -> None:
        """Do nothing: anything may request updates, and none may contact the agency."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the agency's document is verified."""
        return super().available and self.coordinator.access() is not None
