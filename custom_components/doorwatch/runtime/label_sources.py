"""Get labels from entities of Home Assistant."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components.event import ATTR_EVENT_TYPE, ATTR_EVENT_TYPES
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event

from ..discovery.companions import label_entities
from ..engine.doorbells.base import DoorbellEvent, EventKind, Label
from ..engine.doorbells.labels import labels_in
from ..registry import entity_id_of
from .event_entities import EventEntities, turned_on

# Fields of a registry entry that determine its device or its label.
_FOLLOWED: Final = frozenset(
    {
        "capabilities",
        "device_id",
        "disabled_by",
        "entity_category",
        "entity_id",
        "translation_key",
        "unique_id",
    }
)


@dataclass(eq=False, repr=False)
class LabelSources:
    """Listen to the entities that report a doorbell's labels."""

    _hass: HomeAssistant
    _entry: ConfigEntry[Any]
    _on_event: Callable[[DoorbellEvent], None]  # called in the event loop
    _events: EventEntities = field(init=False)
    # The labels and the platform of each entity, by entity ID.
    _told: dict[str, tuple[frozenset[Label], str]] = field(default_factory=dict)
    _stop_states: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Start listening, ignoring earlier events; return a function that stops it."""
        self._events = EventEntities()
        self._look()
        stop_registry = self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._on_registry
        )

        @callback
        def stop() -> None:
            stop_registry()
            self._told = {}
            self._listen()

        return stop

    @callback
    def _on_registry(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update" or _FOLLOWED & data["changes"].keys():
            self._look()

    @callback
    def _look(self) -> None:
        """Update the entities, and listen to them."""
        labels: dict[str, set[Label]] = {}
        for label, entities in label_entities(self._hass, self._entry).items():
            for entity in entities:
                if entity_id := entity_id_of(self._hass, entity):
                    labels.setdefault(entity_id, set()).add(label)
        registry = er.async_get(self._hass)
        told = {
            entity_id: (
                frozenset(of_entity),
                found.platform
                if (found := registry.async_get(entity_id)) is not None
                else split_entity_id(entity_id)[0],
            )
            for entity_id, of_entity in labels.items()
        }
        if told != self._told:
            self._told = told
            self._listen()

    @callback
    def _listen(self) -> None:
        if self._stop_states is not None:
            self._stop_states()
            self._stop_states = None
        if self._told:
            self._stop_states = async_track_state_change_event(
                self._hass, list(self._told), self._on_state
            )

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        entity_id = event.data["entity_id"]
        old, new = event.data["old_state"], event.data["new_state"]
        labels, platform = self._told[entity_id]
        if split_entity_id(entity_id)[0] == Platform.BINARY_SENSOR:
            moment = turned_on(old, new)
        else:
            moment = self._events.new_event(old, new)
            labels &= _labels_in(new) if new is not None else frozenset()
        if moment is None or not labels:
            return
        self._on_event(
            DoorbellEvent(
                kind=EventKind.SEEN,
                at=moment.at,
                monotonic=moment.monotonic,
                transport=split_entity_id(entity_id)[0],
                labels=dict.fromkeys(sorted(labels), platform),
            )
        )


def _labels_in(event: State) -> frozenset[Label]:
    """Return the labels that an event entity's current event may mean.

    If some of its event types are labels, only those count. Otherwise any event may
    mean the label for which the entity was chosen.
    """
    if labels_in(event.attributes.get(ATTR_EVENT_TYPES) or ()):
        return labels_in([event.attributes.get(ATTR_EVENT_TYPE) or ""])
    return frozenset(Label)
