"""Look up doorbells and their cameras; find and follow the entities that they use."""

from collections.abc import Callable
from typing import Final

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN, Camera
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
    valid_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event

from .const import CONF_KIND, DOMAIN, KIND_DOORBELL
from .core_interfaces import DATA_COMPONENT

# Suffixes of the unique IDs of a doorbell's two cameras.
CAMERA_KEY: Final = "camera"
TALK_KEY: Final = "talk"


@callback
def doorbell_entries(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the entries of all doorbells, oldest first."""
    return [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data.get(CONF_KIND) == KIND_DOORBELL
    ]


@callback
def doorbell_ids(hass: HomeAssistant) -> list[str]:
    """Return the IDs of all doorbells."""
    return [entry.entry_id for entry in doorbell_entries(hass)]


@callback
def camera_entity_id(hass: HomeAssistant, doorbell_id: str) -> str | None:
    """Return the camera entity of a doorbell, even if it is disabled.

    Permissions on a disabled camera still apply. The hidden talk camera grants none.
    """
    return er.async_get(hass).async_get_entity_id(
        CAMERA_DOMAIN, DOMAIN, f"{doorbell_id}_{CAMERA_KEY}"
    )


@callback
def talk_entity_id(hass: HomeAssistant, doorbell_id: str) -> str | None:
    """Return the hidden camera entity that carries a voice to a doorbell."""
    return er.async_get(hass).async_get_entity_id(
        CAMERA_DOMAIN, DOMAIN, f"{doorbell_id}_{TALK_KEY}"
    )


@callback
def entity_id_of(hass: HomeAssistant, entity: str) -> str | None:
    """Return the current entity ID for a registry ID, or None if it was removed.

    An entity that is not in the registry is stored by its entity ID.
    """
    if valid_entity_id(entity):
        return entity
    found = er.async_get(hass).entities.get_entry(entity)
    return None if found is None else found.entity_id


@callback
def lasting_id_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the registry ID, which is stable if the entity is renamed.

    An entity that is not in the registry has only its entity ID.
    """
    found = er.async_get(hass).async_get(entity_id)
    return entity_id if found is None else found.id


@callback
def async_follow_states(
    hass: HomeAssistant,
    entity: str,
    on_state: Callable[[Event[EventStateChangedData]], None],
    on_change: Callable[[str | None], None] = lambda _entity_id: None,
) -> CALLBACK_TYPE:
    """Call `on_state` with the states of an entity, even after it is renamed.

    Another entity that takes its old ID is ignored. `on_change` is called when the
    entity gets another ID, with None when it is removed, and when it returns, because
    an integration that adds it again gets the same registry ID. Returns a function that
    stops following.
    """
    current = entity_id_of(hass, entity)
    stop_states: CALLBACK_TYPE | None = None

    @callback
    def end() -> None:
        nonlocal stop_states
        if stop_states is not None:
            stop_states()
            stop_states = None

    @callback
    def tell(event: Event[EventStateChangedData]) -> None:
        # A removed entity has one last event, which removes its state.
        if current is None and event.data["new_state"] is not None:
            end()
            return
        on_state(event)
        if current is None:
            end()

    @callback
    def listen() -> None:
        nonlocal stop_states
        if current is not None:
            end()
            stop_states = async_track_state_change_event(hass, current, tell)

    @callback
    def on_registry(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        nonlocal current
        data = event.data
        if valid_entity_id(entity):
            if data["action"] != "update" or data.get("old_entity_id") != current:
                return
            new: str | None = data["entity_id"]
        else:
            new = entity_id_of(hass, entity)
        if new != current:
            current = new
            listen()
            on_change(new)

    listen()
    stop_following = hass.bus.async_listen(
        er.EVENT_ENTITY_REGISTRY_UPDATED, on_registry
    )

    @callback
    def stop() -> None:
        stop_following()
        end()

    return stop


@callback
def camera_problem(hass: HomeAssistant, camera: str) -> str | None:
    """Return the problem of a linked camera, without asking the camera, or None."""
    found = er.async_get(hass).entities.get_entry(camera)
    if found is None:
        return "camera_missing"
    return "camera_disabled" if found.disabled else None


@callback
def camera_object(hass: HomeAssistant, camera: str) -> Camera | None:
    """Return the camera object, because any token can write to the state machine."""
    entity_id = entity_id_of(hass, camera)
    component = hass.data.get(DATA_COMPONENT)
    if component is None or entity_id is None:
        return None
    return component.get_entity(entity_id)
