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
from .pin_gate import pin_gate
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
    hass: HomeAssistant,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    pin_unknown: bool = False,
) -> None:
    """Write one line of what changed, and say it; the PIN's hash goes nowhere.

    `pin_unknown` is about a PIN that goes without having been typed. Raises
    `SharingError` when it cannot be written.
    """
    if not (changed := changed_settings(before, after)):
        return
    line = _line(changed, after)
    if pin_unknown:
        await _async_write(hass, {**line, "pin_unknown": True})
        await _async_close(hass)
    else:
        await _async_write(hass, line)
        await async_notify_administrators(hass, "settings_changed")


async def async_note_household_removed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Tell of a removed entry: every setting is back to its default.

    Raises `SharingError` when the ledger cannot be written; the rest is done by then.
    """
    if not (changed := changed_settings(entry.options, {})):
        return
    if CONF_PIN in changed:
        await _async_close(hass)
    else:
        await async_notify_administrators(hass, "settings_changed")
    await _async_write(hass, {**_line(changed, {}), "household_removed": True})


async def _async_close(hass: HomeAssistant) -> None:
    """Let nobody share before the others could see how the PIN went."""
    await pin_gate(hass).async_close()
    await async_notify_administrators(hass, "pin_unknown")


def _line(changed: list[str], after: Mapping[str, object]) -> dict[str, object]:
    """Say what changed, and to what; of the PIN only whether there is one."""
    line: dict[str, object] = {"changed": sorted(changed)}
    for key in (CONF_SHARERS, CONF_OPEN_TO_PLAYERS):
        if key in changed:
            line[key] = sorted(_strings(after.get(key)))
    if CONF_CANCEL_WINDOW in changed:
        line[CONF_CANCEL_WINDOW] = after.get(
            CONF_CANCEL_WINDOW, WATCHED[CONF_CANCEL_WINDOW]
        )
    if CONF_PIN in changed:
        line["pin_set"] = bool(after.get(CONF_PIN))
    return line


async def _async_write(hass: HomeAssistant, line: Mapping[str, object]) -> None:
    if (domain := hass.data.get(DATA)) is None:
        raise SharingError("ledger_unusable")
    await domain.ledger.append("settings_changed", line)


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
