"""Tell the ledger and every administrator when the household's rules change."""

from collections.abc import Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .const import (
    CONF_CANCEL_WINDOW,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_SHARERS,
    DEFAULT_CANCEL_WINDOW,
)
from .data import DATA
from .notices import async_notify_administrators
from .sharing.model import SharingError

# What decides who gets clips; days and gigabytes do not.
WATCHED: Final[Mapping[str, object]] = {
    CONF_SHARERS: [],
    CONF_PIN: None,
    CONF_CANCEL_WINDOW: DEFAULT_CANCEL_WINDOW,
    CONF_OPEN_TO_PLAYERS: [],
}


def changed_settings(
    before: Mapping[str, object], after: Mapping[str, object]
) -> list[str]:
    """Return which of the watched settings differ."""
    return [
        key
        for key, default in WATCHED.items()
        if before.get(key, default) != after.get(key, default)
    ]


async def async_note_changes(
    hass: HomeAssistant, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    """Write one line of what changed, and say it; the PIN's hash goes nowhere.

    Raises `SharingError` when it cannot be written.
    """
    if not (changed := changed_settings(before, after)):
        return
    line: dict[str, object] = {"changed": sorted(changed)}
    for key in (CONF_SHARERS, CONF_OPEN_TO_PLAYERS):
        if key in changed:
            line[key] = sorted(_strings(after.get(key)))
    if CONF_CANCEL_WINDOW in changed:
        line[CONF_CANCEL_WINDOW] = after.get(CONF_CANCEL_WINDOW)
    if CONF_PIN in changed:
        line["pin_set"] = bool(after.get(CONF_PIN))
    if (domain := hass.data.get(DATA)) is None:
        raise SharingError("ledger_unusable")
    await domain.ledger.append("settings_changed", line)
    await async_notify_administrators(hass, "settings_changed")


async def async_note_household_removed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Tell of a removed entry: every setting is back to its default."""
    await async_note_changes(hass, entry.options, {})


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
