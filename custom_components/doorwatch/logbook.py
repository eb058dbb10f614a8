"""Describe Doorwatch's events in the logbook.

The logbook accepts finished sentences without translation, so they are in the home's
language. Connection changes need no description: the logbook shows the states of the
connectivity sensor in the reader's language.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import CONF_LABELS, DOMAIN
from .domain.data import DATA
from .signals import (
    EVENT_CLIP_CHANGED,
    EVENT_CLIP_SAVED,
    EVENT_RECORDING_CHANGED,
    EVENT_TALKED,
)

DOORWATCH: Final = "Doorwatch"


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Register the descriptions of Doorwatch's events."""
    for event_type, describe in (
        (EVENT_CLIP_SAVED, _clip_saved),
        (EVENT_CLIP_CHANGED, _clip_changed),
        (EVENT_RECORDING_CHANGED, _recording_changed),
        (EVENT_TALKED, _talked),
    ):
        async_describe_event(DOMAIN, event_type, partial(describe, hass))


@callback
def _clip_saved(hass: HomeAssistant, event: Event) -> dict[str, str]:
    data = event.data
    line = _line(
        hass,
        data,
        f"logbook_saved_{data['event']}",
        seconds=str(round(data["duration"])),
    )
    # Checked at each reading, as users without access to the camera read the logbook
    # too.
    labels, domain = data.get(CONF_LABELS), hass.data.get(DATA)
    if labels and domain and domain.users.all_may_view(data["doorbell_id"]):
        words = ", ".join(_text(hass, f"label_{label}") for label in labels)
        line[LOGBOOK_ENTRY_MESSAGE] = _text(hass, "logbook_seen").format(
            saved=line[LOGBOOK_ENTRY_MESSAGE], labels=words
        )
    return line


@callback
def _clip_changed(hass: HomeAssistant, event: Event) -> dict[str, str]:
    data = event.data
    at = dt_util.parse_datetime(data["started_at"])
    time = f"{dt_util.as_local(at):%Y-%m-%d %H:%M:%S}" if at else ""
    return _line(hass, data, f"logbook_{data['change']}", time=time)


@callback
def _recording_changed(hass: HomeAssistant, event: Event) -> dict[str, str]:
    problem = event.data["problem"]
    return _line(hass, event.data, f"logbook_stopped_{problem or 'no_more'}")


@callback
def _talked(hass: HomeAssistant, event: Event) -> dict[str, str]:
    data = event.data
    seconds = max(1, round(data["duration"]))
    return _line(hass, data, "logbook_talked", name=data["name"], seconds=str(seconds))


def _line(
    hass: HomeAssistant, data: Mapping[str, Any], key: str, **placeholders: str
) -> dict[str, str]:
    entity_id = data.get(ATTR_ENTITY_ID)
    state = hass.states.get(entity_id) if entity_id else None
    line = {
        LOGBOOK_ENTRY_NAME: state.name if state is not None else DOORWATCH,
        LOGBOOK_ENTRY_MESSAGE: _text(hass, key).format(**placeholders),
    }
    if entity_id:
        line[LOGBOOK_ENTRY_ENTITY_ID] = entity_id
    return line


def _text(hass: HomeAssistant, key: str) -> str:
    """Return a text in the home's language, or the key for another version's event."""
    words = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    return words.get(f"component.{DOMAIN}.common.{key}", key)
