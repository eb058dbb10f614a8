"""Show agencies' requests about this home's surroundings on Home Assistant's map."""

from typing import Any, override

from homeassistant.components.geo_location import GeolocationEvent
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .access.permissions import async_watch_permissions
from .const import CONF_ON_MAP, DOMAIN
from .domain.data import DATA, DoorwatchData
from .engine.sharing.requests.area import box
from .engine.sharing.requests.feed import Request
from .entity import DoorwatchConfigEntry
from .following import async_follow_entries
from .household.household import household
from .requests.board import SIGNAL_REQUESTS

PARALLEL_UPDATES = 0

type Key = tuple[str, str]  # IDs of the agency and of its request


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorwatchConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a marker for each open request about this home, if the household wants them.

    Every user can read states, so a request needs a doorbell that everyone may see.
    Clips are not considered, so that a marker does not reveal a matching clip.
    """
    if (domain := hass.data.get(DATA)) is None:  # Home Assistant is stopping
        return
    markers: dict[Key, Marker] = {}
    registry = er.async_get(hass)

    @callback
    def forget() -> None:
        """Remove the registry entries, which contain the titles of requests."""
        for one in er.async_entries_for_config_entry(registry, entry.entry_id):
            if one.domain == Platform.GEO_LOCATION:
                registry.async_remove(one.entity_id)

    @callback
    def look() -> None:
        wanted = _requests(hass, domain)
        for key in [one for one in markers if wanted.get(one) != markers[one].request]:
            # This also removes the entity.
            registry.async_remove(markers.pop(key).entity_id)
        new = {
            key: Marker(hass, *key, wanted[key]) for key in wanted if key not in markers
        }
        markers.update(new)
        async_add_entities(new.values())

    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_REQUESTS, look))
    entry.async_on_unload(async_watch_permissions(hass, look))
    entry.async_on_unload(async_follow_entries(hass, look))
    entry.async_on_unload(forget)
    forget()
    look()


@callback
def _requests(hass: HomeAssistant, domain: DoorwatchData) -> dict[Key, Request]:
    """Return the requests to show."""
    if not household(hass).requests.get(CONF_ON_MAP):
        return {}
    return {
        (concern.agency_id, concern.item.request_id): concern.item
        for concern in domain.requests.concerns
        if isinstance(concern.item, Request)
        and concern.is_open
        and any(domain.users.all_may_view(one) for one in concern.doorbells)
    }


class Marker(GeolocationEvent):
    """A marker in the middle of a request's area, removed with the request."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_source = DOMAIN
    _attr_translation_key = "request"

    def __init__(
        self, hass: HomeAssistant, agency_id: str, request_id: str, request: Request
    ) -> None:
        """Calculate the middle."""
        boxes = [box(polygon[0]) for polygon in request.area]
        west, south, east, north = zip(*boxes, strict=True)
        self.request = request
        self._attr_unique_id = f"{agency_id}_{request_id}"
        self._attr_name = request.title or request.case_reference
        self._attr_longitude = (min(west) + max(east)) / 2
        self._attr_latitude = (min(south) + max(north)) / 2
        self._attr_distance = hass.config.distance(
            self._attr_latitude, self._attr_longitude
        )
        self._attr_unit_of_measurement = hass.config.units.length_unit
        self._ids = {"agency_id": agency_id, "request_id": request_id}

    @property
    @override
    def suggested_object_id(self) -> str:
        """Return a fixed ID, because an agency's title may be too long for an entity ID."""
        return f"{DOMAIN}_request"

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return self._ids
