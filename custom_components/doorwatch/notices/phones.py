"""Find the phones of people, as registered by the Home Assistant app."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import slugify

from ..access.users import PHONE_APP, PHONE_USER
from ..engine.sharing.text import visible

_NOTIFY = "notify"
SAME_NAME = "same_name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A registration of the app.

    `phone_id` is its config entry and `service` its notify action. `problem` says why
    the action does not work: "same_name" if another phone has the same action,
    "no_push" if the app registered no push channel, "not_loaded".
    """

    phone_id: str
    name: str
    user_id: str
    device_id: str
    apple: bool
    service: str
    problem: str | None
    # Reaches this phone alone, with title and text only.
    entity_id: str | None = None


@callback
def phones_of(hass: HomeAssistant, user_id: str) -> list[Phone]:
    """Return the phones of a person.

    The app's action is named after the device. If two phones have the same name, the
    action reaches only the later one, so it is used for neither.
    """
    entries = [
        entry
        for entry in hass.config_entries.async_entries(
            PHONE_APP, include_ignore=False, include_disabled=False
        )
        if entry.data.get("device_name")
    ]
    # Core creates no action for a phone without push.
    names = Counter(_service(entry) for entry in entries if _can_push(entry))
    return [
        Phone(
            phone_id=entry.entry_id,
            # The name may contain line breaks and invisible characters.
            name=visible(" ".join(entry.data["device_name"].split())),
            user_id=user_id,
            device_id=str(entry.data.get("device_id")),
            apple=entry.data.get("manufacturer") == "Apple",
            service=_service(entry),
            problem=_problem(hass, entry, names[_service(entry)]),
            entity_id=_entity_of(hass, entry),
        )
        for entry in entries
        if entry.data.get(PHONE_USER) == user_id
    ]


@callback
def _entity_of(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the notify entity; of two registrations of a device, only one has it."""
    for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        state = hass.states.get(each.entity_id) if each.domain == _NOTIFY else None
        if state is not None and state.state != STATE_UNAVAILABLE:
            return each.entity_id
    return None


def _service(entry: ConfigEntry) -> str:
    """Return the name of a phone's notify action."""
    return _slug(entry.data["device_name"])


# Every ring needs the name of each phone, for each person.
@lru_cache(maxsize=1000)
def _slug(name: str) -> str:
    return slugify(f"{PHONE_APP}_{name}")


def _can_push(entry: ConfigEntry) -> bool:
    """Return whether the app registered a push channel."""
    app = entry.data.get("app_data", {})
    return {"push_url", "push_token"} <= app.keys() or "push_websocket_channel" in app


@callback
def _problem(hass: HomeAssistant, entry: ConfigEntry, same: int) -> str | None:
    if entry.state is not ConfigEntryState.LOADED:
        return "not_loaded"
    if not _can_push(entry):
        return "no_push"
    if same > 1:
        return SAME_NAME
    if not hass.services.has_service(_NOTIFY, _service(entry)):
        return "no_push"
    return None
