"""Read the household's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .. import const
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
    keep_days: int = const.DEFAULT_KEEP_DAYS
    keep_gb: int = const.DEFAULT_KEEP_GB
    sharers: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    pin_hash: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)  # may contain a login
    cancel_window: int = const.DEFAULT_CANCEL_WINDOW
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
    for entry in hass.config_entries.async_entries(const.DOMAIN):
        if entry.data.get(const.CONF_KIND) == const.KIND_HOUSEHOLD:
            return entry
    return None


@callback
def household(hass: HomeAssistant) -> Household:
    """Return the current settings, or defaults without an entry."""
    if (entry := household_entry(hass)) is None:
        return Household()
    options = entry.options
    return Household(
        folder=options.get(const.CONF_FOLDER) or None,
        keep_days=int(options.get(const.CONF_KEEP_DAYS, const.DEFAULT_KEEP_DAYS)),
        keep_gb=int(options.get(const.CONF_KEEP_GB, const.DEFAULT_KEEP_GB)),
        sharers=frozenset(options.get(const.CONF_SHARERS, ())),
        senders=frozenset(options.get(const.CONF_SENDERS, ())),
        pin_hash=options.get(const.CONF_PIN) or None,
        proxy=options.get(const.CONF_PROXY) or None,
        cancel_window=int(
            options.get(const.CONF_CANCEL_WINDOW, const.DEFAULT_CANCEL_WINDOW)
        ),
        client_addresses=frozenset(options.get(const.CONF_CLIENT_ADDRESSES, ())),
        open_to_players=frozenset(options.get(const.CONF_OPEN_TO_PLAYERS, ())),
        in_sidebar=bool(options.get(const.CONF_IN_SIDEBAR, True)),
        notices=options.get(const.CONF_NOTICES, {}),
        requests=options.get(const.CONF_REQUESTS, {}),
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
            const.DOMAIN,
            context={"source": SOURCE_IMPORT},
            data={const.CONF_KIND: const.KIND_HOUSEHOLD},
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
