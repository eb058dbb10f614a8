"""Read the household's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FOLDER,
    CONF_IN_SIDEBAR,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    CONF_NOTICES,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_PROXY,
    CONF_REQUESTS,
    CONF_SHARERS,
    DEFAULT_CANCEL_WINDOW,
    DEFAULT_KEEP_DAYS,
    DEFAULT_KEEP_GB,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from ..engine.clips.model import RetentionHold, RetentionPolicy
from ..engine.outside.proxy import Proxy
from ..issues import NEW_FOLDER
from ..registry import doorbell_entries
from .clip_folder import default_folder, served_folders
from .kept import retention_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Household:
    """The household's settings; `folder` None is the default, 0 days or GB no limit."""

    folder: str | None = None
    keep_days: int = DEFAULT_KEEP_DAYS
    keep_gb: int = DEFAULT_KEEP_GB
    sharers: frozenset[str] = frozenset()
    pin_hash: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)  # may contain a login
    cancel_window: int = DEFAULT_CANCEL_WINDOW
    client_addresses: frozenset[str] = frozenset()
    open_to_players: frozenset[str] = frozenset()
    in_sidebar: bool = True
    # As stored; parsed by `people.wishes`.
    notices: Mapping[str, object] = field(default_factory=dict)
    # Contains a location.
    requests: Mapping[str, Any] = field(default_factory=dict, repr=False)


@callback
def household_entry(hass: HomeAssistant) -> ConfigEntry | None:
    """Return the entry of kind household, if any."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.data.get(CONF_KIND) == KIND_HOUSEHOLD:
            return entry
    return None


@callback
def household(hass: HomeAssistant) -> Household:
    """Return the current settings, or defaults without an entry."""
    if (entry := household_entry(hass)) is None:
        return Household()
    options = entry.options
    return Household(
        folder=options.get(CONF_FOLDER) or None,
        keep_days=int(options.get(CONF_KEEP_DAYS, DEFAULT_KEEP_DAYS)),
        keep_gb=int(options.get(CONF_KEEP_GB, DEFAULT_KEEP_GB)),
        sharers=frozenset(options.get(CONF_SHARERS, ())),
        pin_hash=options.get(CONF_PIN) or None,
        proxy=options.get(CONF_PROXY) or None,
        cancel_window=int(options.get(CONF_CANCEL_WINDOW, DEFAULT_CANCEL_WINDOW)),
        client_addresses=frozenset(options.get(CONF_CLIENT_ADDRESSES, ())),
        open_to_players=frozenset(options.get(CONF_OPEN_TO_PLAYERS, ())),
        in_sidebar=bool(options.get(CONF_IN_SIDEBAR, True)),
        notices=options.get(CONF_NOTICES, {}),
        requests=options.get(CONF_REQUESTS, {}),
    )


@callback
def proxy(hass: HomeAssistant) -> Proxy | None:
    """Return the proxy that is set now, if any; raises `OutsideError`."""
    text = household(hass).proxy
    return None if text is None else Proxy.parse(text)


@callback
def retention_with(
    hass: HomeAssistant,
    held: tuple[RetentionHold, ...] | None,
    wished: Mapping[str, Mapping[str, Any]],
) -> RetentionPolicy:
    """Return the retention rules, with these options of entries instead of the stored ones.

    `held` are the periods whose clips are kept for now, or None while this is unknown.
    """

    def options(entry: ConfigEntry) -> Mapping[str, Any]:
        return wished.get(entry.entry_id, entry.options)

    home = household_entry(hass)
    policy = retention_of(
        {} if home is None else options(home),
        {entry.entry_id: options(entry) for entry in doorbell_entries(hass)},
    )
    return replace(policy, held=held)


async def async_ensure_household(hass: HomeAssistant) -> None:
    """Create the household's entry if there is none."""
    if household_entry(hass) is None:
        await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_IMPORT},
            data={CONF_KIND: KIND_HOUSEHOLD},
        )


async def async_library_folder(hass: HomeAssistant) -> Path:
    """Return where clips are stored, or will be after the next start."""
    if (chosen := household(hass).folder) is not None:
        return Path(chosen)
    return await hass.async_add_executor_job(
        default_folder, hass.config.config_dir, served_folders(hass)
    )


async def async_show_new_folder(hass: HomeAssistant, current: Path) -> None:
    """Offer a restart while the clips are not in the folder that the options name."""
    folder = await async_library_folder(hass)
    if folder == current:
        NEW_FOLDER.end(hass)
    else:
        NEW_FOLDER.show(hass, placeholders={"folder": str(folder)})
