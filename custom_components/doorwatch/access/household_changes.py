"""Tell the ledger and every administrator when the household's rules change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..admin_notices import async_tell_everyone, async_words
from ..const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FIRST_TO_GO,
    CONF_FOLDER,
    CONF_IN_SIDEBAR,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_NOTICES,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_PROXY,
    CONF_REQUESTS,
    CONF_SENDERS,
    CONF_SHARERS,
    DEFAULT_CANCEL_WINDOW,
    DEFAULT_KEEP_DAYS,
    DEFAULT_KEEP_GB,
    FIRST_MOTION,
)
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from .guard import by_requester, requester
from .home_addresses import HomeAddresses
from .pin_gate import PinGate

# Settings that decide who gets clips, or who sees which agencies are looked up.
# Retention settings are not among them.
WATCHED: Final[Mapping[str, object]] = {
    CONF_SHARERS: [],
    CONF_SENDERS: [],
    CONF_CLIENT_ADDRESSES: [],
    CONF_PIN: None,
    CONF_CANCEL_WINDOW: DEFAULT_CANCEL_WINDOW,
    CONF_OPEN_TO_PLAYERS: [],
    CONF_PROXY: None,
}
UNWATCHED: Final[Mapping[str, object]] = {
    CONF_KEEP_DAYS: DEFAULT_KEEP_DAYS,
    CONF_KEEP_GB: DEFAULT_KEEP_GB,
    CONF_KEEP: None,
    CONF_FIRST_TO_GO: FIRST_MOTION,
    CONF_FOLDER: None,
    CONF_IN_SIDEBAR: True,
    CONF_NOTICES: {},
    CONF_REQUESTS: {},
}


def changed_settings(
    before: Mapping[str, object], after: Mapping[str, object]
) -> list[str]:
    """Return the keys of the watched settings that differ."""
    return [
        key
        for key, default in WATCHED.items()
        if before.get(key, default) != after.get(key, default)
    ]


def is_weaker(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Return whether clips reach others more easily: more people or pages, less time.

    A changed PIN counts too, because the person who sets it knows it. So do changes to
    what media players can play, and to the proxy, which sees when agencies are looked
    up.
    """
    return (
        any(
            _strings(after.get(key)) - _strings(before.get(key))
            for key in (CONF_SHARERS, CONF_SENDERS, CONF_CLIENT_ADDRESSES)
        )
        or _seconds(after) < _seconds(before)
        or _strings(before.get(CONF_OPEN_TO_PLAYERS))
        != _strings(after.get(CONF_OPEN_TO_PLAYERS))
        or before.get(CONF_PROXY) != after.get(CONF_PROXY)
        or before.get(CONF_PIN) != after.get(CONF_PIN)
    )


def takes_only_the_pin(
    before: Mapping[str, object], after: Mapping[str, object]
) -> bool:
    """Return whether the PIN was removed and nothing else changed."""
    defaults = {**WATCHED, **UNWATCHED}
    return not after.get(CONF_PIN) and all(
        _same(before.get(key, defaults.get(key)), after.get(key, defaults.get(key)))
        for key in (before.keys() | after.keys()) - {CONF_PIN}
    )


@dataclass(eq=False, repr=False)
class HouseholdChanges:
    """Record changes of the household's rules, and notify people of them."""

    hass: HomeAssistant
    ledger: Ledger | None  # None if it can't be opened
    pin_gate: PinGate
    addresses: HomeAddresses

    async def async_note(
        self,
        before: Mapping[str, object],
        after: Mapping[str, object],
        *,
        pin_unknown: bool = False,
    ) -> None:
        """Write a ledger line about the changed settings and notify people; omit secrets.

        `pin_unknown` means that the PIN was removed without being entered. Raises
        `SharingError` if the ledger can't be written.
        """
        if not (changed := changed_settings(before, after)):
            return
        line = _line(changed, after)
        if pin_unknown:
            await self._async_write({**line, "pin_unknown": True})
            await self._async_close()
        else:
            await self._async_write(line)
            pin_set = not before.get(CONF_PIN) and after.get(CONF_PIN)
            await async_tell_changed(
                self.hass, "pin_set" if pin_set else "settings_changed"
            )
        await self._async_note_addresses(before, after)

    async def async_note_removed(self, entry: ConfigEntry) -> None:
        """Report that the household entry was removed, which resets every setting.

        Raises `SharingError` if the ledger can't be written, after everything else was
        done.
        """
        if not (changed := changed_settings(entry.options, {})):
            return
        await self._async_note_addresses(entry.options, {})
        if CONF_PIN in changed:
            await self._async_close()
        else:
            await async_tell_changed(self.hass, "settings_changed")
        await self._async_write({**_line(changed, {}), "household_removed": True})

    async def _async_note_addresses(
        self, before: Mapping[str, object], after: Mapping[str, object]
    ) -> None:
        """Store when listed addresses begin to count: at once if the PIN was entered.

        A PIN that is less than a day old doesn't count, because the same login may have set
        it.
        """
        listed = _strings(after.get(CONF_CLIENT_ADDRESSES))
        formerly = _strings(before.get(CONF_CLIENT_ADDRESSES))
        with_pin = bool(before.get(CONF_PIN)) and await self.pin_gate.async_is_settled()
        await self.addresses.async_list(
            listed - formerly, formerly - listed, with_pin=with_pin
        )
        if after.get(CONF_PIN) and not before.get(CONF_PIN):
            await self.pin_gate.async_note_set()

    async def _async_close(self) -> None:
        """Close sharing for a day, so that others can notice that the PIN was removed."""
        await self.pin_gate.async_close()
        await async_tell_everyone(self.hass, "pin_unknown")

    async def _async_write(self, line: Mapping[str, object]) -> None:
        if self.ledger is None:
            raise SharingError("ledger_unusable")
        await self.ledger.append("settings_changed", line)


async def async_tell_changed(hass: HomeAssistant, key: str) -> None:
    """Notify everyone that settings were changed, and by whom."""
    user = requester()
    name = user.name if user is not None else None
    name = name or await async_words(hass, "someone")
    await async_tell_everyone(hass, key, {"name": name})


def _line(changed: list[str], after: Mapping[str, object]) -> dict[str, object]:
    """Build the ledger line; for a secret it says only whether it is set."""
    line: dict[str, object] = {"changed": sorted(changed), **by_requester()}
    for key in (
        CONF_SHARERS,
        CONF_SENDERS,
        CONF_CLIENT_ADDRESSES,
        CONF_OPEN_TO_PLAYERS,
    ):
        if key in changed:
            line[key] = sorted(_strings(after.get(key)))
    if CONF_CANCEL_WINDOW in changed:
        line[CONF_CANCEL_WINDOW] = _seconds(after)
    if CONF_PIN in changed:
        line["pin_set"] = bool(after.get(CONF_PIN))
    if CONF_PROXY in changed:
        line["proxy_set"] = bool(after.get(CONF_PROXY))
    return line


def _strings(value: object) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list | tuple) else set()


def _seconds(options: Mapping[str, object]) -> int:
    """Return the cancel window in seconds."""
    window = options.get(CONF_CANCEL_WINDOW, DEFAULT_CANCEL_WINDOW)
    return int(window) if isinstance(window, int | float) else DEFAULT_CANCEL_WINDOW


def _same(one: object, other: object) -> bool:
    """Return whether two values of an option are equal; lists have no order."""
    if isinstance(one, list | tuple):
        return isinstance(other, list | tuple) and _strings(one) == _strings(other)
    return one == other
