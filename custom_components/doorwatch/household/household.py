"""Read the household's settings, and open and close the domain's parts."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
import logging
from pathlib import Path
import time
from typing import Any

from homeassistant.auth.models import User
from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.hass_dict import HassKey

from ..agencies.agencies import agency_access, async_renew, request_problem
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
from ..data import DATA, DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip, RetentionHold, RetentionPolicy
from ..engine.clips.waiting import TIMEOUT, run_detached
from ..engine.outside.door import Outside
from ..engine.outside.proxy import Proxy
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.model import Share
from ..engine.sharing.outbox.outbox import Outbox
from ..engine.sharing.signing.keys import HomeKeys
from ..engine.sharing.tap.confirmations import Confirmations
from ..issues import NEW_FOLDER, async_clips_served
from ..registry import doorbell_entries
from ..signals import SIGNAL_OPENED, SIGNAL_SHARE_CHANGED
from .clip_folder import (
    clear_staging,
    default_folder,
    safe_folder,
    served_by,
    served_folders,
)
from .folder_problems import async_folder_problem
from .kept import retention_of
from .maintenance import LibraryMaintenance, async_note_recovered
from .private import PrivateFolder
from .system import async_system

_LOGGER = logging.getLogger(__name__)

type MayShare = Callable[[HomeAssistant, User, str], bool]
type WhatIsHeld = Callable[[HomeAssistant], tuple[RetentionHold, ...] | None]

MAINTENANCE: HassKey[LibraryMaintenance] = HassKey(f"{DOMAIN}_maintenance")


@dataclass(kw_only=True, slots=True)
class _Opening:
    """State that is needed before the domain is open."""

    # Held while everything is opened or closed.
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Callbacks of higher packages: whether a user may share clips of a doorbell (by ID;
    # without a callback, nobody may), and which clips are held.
    may_share: MayShare | None = None
    held: WhatIsHeld | None = None


_OPENING: HassKey[_Opening] = HassKey(f"{DOMAIN}_opening")


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
def retention(
    hass: HomeAssistant, wished: Mapping[str, Mapping[str, Any]] | None = None
) -> RetentionPolicy:
    """Return the current retention rules, or those with these options of entries instead."""
    wished = wished or {}
    options = {
        entry.entry_id: wished.get(entry.entry_id, entry.options)
        for entry in (household_entry(hass), *doorbell_entries(hass))
        if entry is not None
    }
    entry = household_entry(hass)
    home = {} if entry is None else options.pop(entry.entry_id)
    held = _opening(hass).held
    return replace(retention_of(home, options), held=held(hass) if held else ())


@callback
def _proxy(hass: HomeAssistant) -> Proxy | None:
    """Return the proxy that is set now, if any; raises `OutsideError`."""
    text = household(hass).proxy
    return None if text is None else Proxy.parse(text)


@callback
def async_setup_household(
    hass: HomeAssistant, may_share: MayShare, held: WhatIsHeld
) -> None:
    """Set the callbacks asked before a share is sent and before clips are deleted."""
    _opening(hass).may_share, _opening(hass).held = may_share, held


@callback
def _opening(hass: HomeAssistant) -> _Opening:
    """Return the state for opening; a flow may open the domain before the setup."""
    return hass.data.setdefault(_OPENING, _Opening())


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


async def async_show_new_folder(hass: HomeAssistant) -> None:
    """Offer a restart while the clips are not in the folder that the options name."""
    if (data := hass.data.get(DATA)) is None:
        return
    folder = await async_library_folder(hass)
    if folder == data.library.folder:
        NEW_FOLDER.end(hass)
    else:
        NEW_FOLDER.show(hass, placeholders={"folder": str(folder)})


async def async_get_domain(hass: HomeAssistant) -> DoorwatchData:
    """Return the parts of the domain, which the first caller opens.

    Raises `LibraryError` if the clip folder can't be used or Home Assistant stops, and
    `SharingError` if ledger or outbox can't be opened. Nothing is left open then, and a
    later call tries again.
    """
    if (data := hass.data.get(DATA)) is not None:
        return data
    _refuse_while_stopping(hass)
    async with _opening(hass).lock:
        if (data := hass.data.get(DATA)) is None:
            # Check again: the lock may have been held for closing.
            _refuse_while_stopping(hass)
            data = await _async_open(hass)
        return data


@callback
def _refuse_while_stopping(hass: HomeAssistant) -> None:
    """Raise `LibraryError` while Home Assistant stops, as nothing would close the parts.

    Clips are still being finished then. A second library would take their files for
    remains of a crash, and cut off their ends.
    """
    if hass.is_stopping:
        raise LibraryError("library_unavailable")


async def _async_open(hass: HomeAssistant) -> DoorwatchData:
    """Open all parts in the order of their dependencies."""
    async with AsyncExitStack() as stack:
        private = PrivateFolder.of(hass.config.config_dir)
        try:
            await hass.async_add_executor_job(private.prepare)
        except OSError as err:
            raise LibraryError("folder_not_writable") from err
        restored = await hass.async_add_executor_job(private.marked)
        folder = await async_library_folder(hass)
        library = await Library.open(
            folder,
            lambda: hass.config.time_zone,
            expected=await hass.async_add_executor_job(private.library_in, folder),
        )
        stack.push_async_callback(library.close)
        stack.push_async_callback(_async_clear_staging, folder)
        await hass.async_add_executor_job(
            private.note_library, folder, library.identity
        )
        await _async_look_who_serves(hass, folder)
        ledger = await Ledger.open(private.ledger)
        stack.push_async_callback(ledger.close)
        await _async_clear_staging(folder)
        await async_note_recovered(ledger, await library.recover())

        outside = await stack.enter_async_context(Outside(proxy=lambda: _proxy(hass)))
        keys = HomeKeys(private.keys)
        if mended := await hass.async_add_executor_job(keys.mend):
            _LOGGER.warning(
                "Other users of this machine could reach keys of this home. This was"
                " fixed: %s",
                mended,
            )

        @callback
        def on_change(share: Share) -> None:
            async_dispatcher_send(hass, SIGNAL_SHARE_CHANGED, share)

        outbox = await Outbox.open(
            private.outbox,
            ledger=ledger,
            keys=keys,
            outside=outside,
            agencies=lambda agency_id: agency_access(hass, agency_id),
            renew=lambda agency_id: async_renew(hass, agency_id),
            may_share=lambda user_id, clip: _async_may_share(hass, user_id, clip),
            system=lambda clip: async_system(hass, clip.doorbell_id),
            on_change=on_change,
            other_parts=library.other_parts,
            agency_exists=lambda agency_id: (
                hass.config_entries.async_get_entry(agency_id) is not None
            ),
            request_problem=partial(request_problem, hass),
        )
        stack.push_async_callback(outbox.close)
        if restored:
            _LOGGER.warning(
                "Home Assistant started from a restored backup, or a backup was"
                " interrupted. Clips that were about to be shared need a new tap"
            )
        await outbox.start(restored=restored)
        if restored:
            await hass.async_add_executor_job(private.clear_mark)
        _refuse_while_stopping(hass)
        data = DoorwatchData(
            library=library,
            ledger=ledger,
            keys=keys,
            confirmations=Confirmations(time.monotonic),
            outbox=outbox,
            outside=outside,
            restored=restored,
        )
        hass.data[MAINTENANCE] = maintenance = LibraryMaintenance(
            hass, data, lambda: retention(hass), private
        )
        stack.push_async_callback(maintenance.async_stop)
        maintenance.start()
        hass.data[DATA] = data
        # End the problems that prevented opening. The maintenance ends later ones.
        async_folder_problem(hass, "ok")
        _keep_until_stop(hass, data, stack.pop_all())
        async_dispatcher_send(hass, SIGNAL_OPENED)
        return data


async def _async_clear_staging(folder: Path) -> None:
    """Remove staged files, either those from before a crash or when Home Assistant stops."""
    with suppress(LibraryError):  # if the disk hangs
        await run_detached("doorwatch-staging", partial(clear_staging, folder), TIMEOUT)


async def _async_look_who_serves(hass: HomeAssistant, folder: Path) -> None:
    """Warn if others can fetch the clips, and continue to record.

    A change of the configuration may have made the chosen folder a media folder.
    """
    served = served_folders(hass)
    by = await hass.async_add_executor_job(served_by, folder, served)
    safe = None
    if by is not None:
        _LOGGER.warning(
            "Everyone who can log in to Home Assistant can get the clips, because the"
            " folder %s overlaps with %s",
            folder,
            by,
        )
        safe = await hass.async_add_executor_job(
            safe_folder, hass.config.config_dir, served
        )
    async_clips_served(hass, folder, by, safe)


@callback
def _keep_until_stop(
    hass: HomeAssistant, data: DoorwatchData, stack: AsyncExitStack
) -> None:
    """Close everything when Home Assistant stops."""

    async def close(_event: Event) -> None:
        hass.data.pop(DATA, None)
        hass.data.pop(MAINTENANCE, None)
        # Held to the end, so that nothing still in use is opened again.
        async with _opening(hass).lock:
            # End the recordings first: a clip recorder needs the library to finish.
            ends = await asyncio.gather(
                *(doorbell.async_shutdown() for doorbell in list(data.running)),
                return_exceptions=True,
            )
            await stack.aclose()
        for end in ends:
            if isinstance(end, BaseException):
                _LOGGER.error("A doorbell didn't stop correctly", exc_info=end)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close)


async def async_tidy(hass: HomeAssistant, data: DoorwatchData) -> None:
    """Delete clips beyond the limits, and drop expired confirmations."""
    data.confirmations.drop_expired()
    if (maintenance := hass.data.get(MAINTENANCE)) is not None:  # stopping otherwise
        await maintenance.tidying.async_tidy()


@callback
def owe_lines(hass: HomeAssistant) -> None:
    """Request that missing ledger lines are added once the ledger can be written."""
    if (maintenance := hass.data.get(MAINTENANCE)) is not None:
        maintenance.owe_lines()


async def _async_may_share(hass: HomeAssistant, user_id: str, clip: Clip) -> bool:
    """Return whether a user still exists and may share a clip."""
    user = await hass.auth.async_get_user(user_id)
    may_share = _opening(hass).may_share
    return (
        user is not None
        and may_share is not None
        and may_share(hass, user, clip.doorbell_id)
    )
