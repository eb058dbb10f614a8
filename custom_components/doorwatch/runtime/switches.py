"""Store which switches of a doorbell are off, before the action answers."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
import json
import logging
from pathlib import Path
from typing import Final, Literal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..engine.sharing.errors import SharingError
from ..engine.sharing.files import remove_private, write_private
from ..household.private import PrivateFolder
from ..issues import SWITCH_NOT_STORED
from ..names import doorbell_name

_LOGGER = logging.getLogger(__name__)

type Switch = Literal["motion_detection", "recording"]
SWITCHES: Final[tuple[Switch, ...]] = ("motion_detection", "recording")


class StoredSwitches:
    """The switches of one doorbell.

    Off takes effect immediately, even if it cannot be stored; on takes effect once it
    is stored. Home Assistant writes its store and restored states later, so a power cut
    would turn everything on again.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        apply: Mapping[Switch, Callable[[bool], None]],
    ) -> None:
        """Start without known switches."""
        self._hass = hass
        self._entry = entry
        self._apply = apply
        self._path = _path(hass, entry.entry_id)
        self._on: dict[Switch, bool] = {}
        self._wishes: Counter[Switch] = Counter()
        self._lock = asyncio.Lock()

    async def async_load(self) -> None:
        """Apply the stored switches."""
        stored = await self._hass.async_add_executor_job(_read, self._path)
        for name, on in stored.items():
            self._on[name] = on
            self._apply[name](on)

    def is_known(self, name: Switch) -> bool:
        """Return whether the switch was ever stored."""
        return name in self._on

    async def async_set(self, name: Switch, on: bool) -> None:
        """Set and store a switch; raise `HomeAssistantError` if storing fails."""
        self._wishes[name] += 1
        wish = self._wishes[name]
        if not on:
            self._on[name] = False
            self._apply[name](False)
        async with self._lock:
            try:
                await self._hass.async_add_executor_job(
                    _write, self._path, {**self._on, name: on}
                )
            except (OSError, SharingError) as err:
                SWITCH_NOT_STORED.show(
                    self._hass,
                    self._entry.entry_id,
                    fixable=False,
                    placeholders={"name": doorbell_name(self._hass, self._entry)},
                )
                _LOGGER.error(
                    "A switch of %s couldn't be stored: %s", self._entry.title, err
                )
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="switch_not_stored"
                ) from err
            SWITCH_NOT_STORED.end(self._hass, self._entry.entry_id)
            # A later call may have turned it off.
            if on and wish == self._wishes[name]:
                self._on[name] = True
                self._apply[name](True)


async def async_forget_switches(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the stored switches of a removed doorbell."""
    SWITCH_NOT_STORED.end(hass, entry_id)
    await hass.async_add_executor_job(remove_private, _path(hass, entry_id))


def _path(hass: HomeAssistant, entry_id: str) -> Path:
    return PrivateFolder(hass.config.config_dir).switches / f"{entry_id}.json"


def _read(path: Path) -> dict[Switch, bool]:
    """Return the stored switches.

    If the file is unreadable, all are off, because a person may have turned one off.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError:
        content = b""
    try:
        stored = json.loads(content)
    except ValueError:
        stored = None
    if not isinstance(stored, dict):
        return dict.fromkeys(SWITCHES, False)
    return {name: stored[name] is True for name in SWITCHES if name in stored}


def _write(path: Path, on: Mapping[Switch, bool]) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(path, json.dumps(on).encode())
