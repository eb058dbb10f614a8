"""How a saved clip reads in the logbook."""

from collections.abc import Callable

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN
from .signals import EVENT_CLIP_SAVED

# The logbook has no translations for what integrations say.
MESSAGES = {
    "motion": "saved a clip of motion ({seconds} s)",
    "ring": "saved a clip of a ring ({seconds} s)",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe our one event."""

    @callback
    def describe(event: Event) -> dict[str, str]:
        data = event.data
        entity_id = data.get(ATTR_ENTITY_ID)
        state = hass.states.get(entity_id) if entity_id else None
        line = {
            LOGBOOK_ENTRY_NAME: state.name if state is not None else "Doorwatch",
            LOGBOOK_ENTRY_MESSAGE: MESSAGES[data["event"]].format(
                seconds=round(data["duration"])
            ),
        }
        if entity_id:
            line[LOGBOOK_ENTRY_ENTITY_ID] = entity_id
        return line

    async_describe_event(DOMAIN, EVENT_CLIP_SAVED, describe)
