"""Open all parts of Doorwatch in order, and close them in reverse.

A part gets the parts that it needs in its constructor. What needs all of them gets
`DoorwatchData`: websocket commands and actions from their decorators, views and flows
from `async_get_domain`.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from contextvars import Context
import logging
import sqlite3
import time
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..access.guard import Guard, async_check_core
from ..access.home_addresses import HomeAddresses
from ..access.pin_gate import PinGate
from ..access.shown_clips import ShownClips
from ..access.users import Users
from ..access.visible_shares import VisibleShares
from ..actions.previews import HomePreviews
from ..consent.deliveries import Deliveries
from ..consent.ending import ShareEnding
from ..consent.prepare import Preparations
from ..consent.proposals import Proposals
from ..consent.sending import PreparedCopies
from ..consent.staging import Stager
from ..engine.clips.errors import LibraryError, storage_problem
from ..engine.clips.library import Library
from ..engine.outside.door import Outside
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.outbox.outbox import Outbox
from ..engine.sharing.signing.keys import HomeKeys
from ..engine.sharing.tap.confirmations import Confirmations
from ..household.clip_folder import async_clear_staging, async_look_who_serves
from ..household.folder_problems import async_folder_problem
from ..household.household import async_library_folder, proxy, retention_with
from ..household.maintenance import LibraryMaintenance, async_note_recovered
from ..household.private import PrivateFolder
from ..household.slots import Slots
from ..notices.notices import Notices
from ..people.people import People
from ..requests.board import Board
from ..requests.holds import held
from ..requests.noted import Noted
from .data import DATA, DoorwatchData, HouseholdData, opening
from .sharing_home import SharingHome

_LOGGER = logging.getLogger(__name__)


async def async_get_domain(hass: HomeAssistant) -> DoorwatchData:
    """Return all parts of Doorwatch, which the first caller opens.

    Raises `LibraryError` if the clip folder can't be used or Home Assistant stops, and
    `SharingError` if ledger or outbox can't be opened. Only the household's parts are
    open then, and a later call tries again.
    """
    if (data := hass.data.get(DATA)) is not None:
        return data
    _refuse_while_stopping(hass)
    async with opening(hass).lock:
        if (data := hass.data.get(DATA)) is None:
            # Check again: the lock may have been held for closing.
            _refuse_while_stopping(hass)
            household = await _async_household(hass)
            async with AsyncExitStack() as stack:
                try:
                    data = await _async_without_caller(
                        _async_open(hass, stack, household)
                    )
                except (OSError, sqlite3.Error) as err:
                    raise LibraryError(storage_problem(err)) from err
                _refuse_while_stopping(hass)  # nothing would close it
                opening(hass).stack.push_async_callback(stack.pop_all().aclose)
            hass.data[DATA] = data
        return data


async def async_get_household(hass: HomeAssistant) -> HouseholdData:
    """Return the parts that need no clip folder, which the first caller opens.

    Raises `LibraryError` while Home Assistant stops, and `SharingError` if stored data
    can't be read.
    """
    if (household := opening(hass).household) is not None:
        return household
    _refuse_while_stopping(hass)
    async with opening(hass).lock:
        return await _async_household(hass)


async def _async_household(hass: HomeAssistant) -> HouseholdData:
    """Return the household's parts; the caller holds the lock."""
    if (household := opening(hass).household) is None:
        _refuse_while_stopping(hass)
        async with AsyncExitStack() as stack:
            try:
                household = await _async_without_caller(
                    _async_open_household(hass, stack)
                )
            except (OSError, HomeAssistantError) as err:
                _LOGGER.error("Stored data of Doorwatch can't be read: %s", err)
                raise SharingError("ledger_unusable") from err
            _refuse_while_stopping(hass)
            opening(hass).stack = stack.pop_all()
        opening(hass).household = household
        _close_at_stop(hass)
    return household


async def _async_without_caller[Opened](opens: Coroutine[Any, Any, Opened]) -> Opened:
    """Open parts in an empty context, so that their timers take no caller for theirs."""
    return await asyncio.create_task(opens, context=Context())


@callback
def _refuse_while_stopping(hass: HomeAssistant) -> None:
    """Raise `LibraryError` while Home Assistant stops, as nothing would close the parts.

    Clips are still being finished then. A second library would take their files for
    remains of a crash, and cut off their ends.
    """
    if hass.is_stopping:
        raise LibraryError("library_unavailable")


async def _async_open_household(
    hass: HomeAssistant, stack: AsyncExitStack
) -> HouseholdData:
    """Open the parts that need no clip folder; `stack` closes them."""
    broken_callers = await async_check_core(hass)

    users = Users(hass, broken_callers)
    stack.callback(users.stop)
    await users.async_start()

    people = People(hass)
    stack.callback(people.stop)
    await people.async_start()

    slots = Slots(hass)
    stack.callback(slots.stop)
    await slots.async_start()

    noted = Noted(hass)
    await noted.async_load()

    shown_clips = ShownClips()
    notices = Notices(
        hass, users=users, people=people, slots=slots, shown_clips=shown_clips
    )
    stack.callback(notices.stop)
    await notices.async_start()

    async def async_note(line: Mapping[str, object]) -> None:
        data = await async_get_domain(hass)
        await data.ledger.append("settings_changed", line)

    home_addresses = HomeAddresses(hass, async_note)
    stack.callback(home_addresses.stop)
    await home_addresses.async_start()

    proposals = Proposals(hass)
    stack.callback(proposals.stop)
    proposals.start()

    return HouseholdData(
        users=users,
        people=people,
        slots=slots,
        shown_clips=shown_clips,
        notices=notices,
        home_addresses=home_addresses,
        pin_gate=PinGate(hass),
        guard=Guard(hass, home_addresses, broken_callers),
        proposals=proposals,
        noted=noted,
    )


async def _async_open(
    hass: HomeAssistant, stack: AsyncExitStack, household: HouseholdData
) -> DoorwatchData:
    """Open all other parts in the order of their dependencies; `stack` closes them."""
    private = PrivateFolder(hass.config.config_dir)
    restored = await hass.async_add_executor_job(private.open)
    library = await _async_open_library(hass, private, stack)
    ledger = await Ledger.open(private.ledger)
    stack.push_async_callback(ledger.close)
    await async_clear_staging(library.folder)
    await async_note_recovered(ledger, await library.recover())
    outside = await stack.enter_async_context(Outside(proxy=lambda: proxy(hass)))
    keys = await _async_open_keys(hass, private)
    outbox = await Outbox.open(
        private.outbox,
        SharingHome(hass, library),
        ledger=ledger,
        keys=keys,
        outside=outside,
    )
    stack.push_async_callback(outbox.close)

    visible_shares = VisibleShares(
        hass,
        library=library,
        ledger=ledger,
        outbox=outbox,
        guard=household.guard,
        pin_gate=household.pin_gate,
        shown_clips=household.shown_clips,
    )
    stack.callback(household.people.follow_clips(library))

    requests = Board(
        hass,
        library=library,
        outbox=outbox,
        noted=household.noted,
        shown_clips=household.shown_clips,
    )
    stack.callback(requests.stop)
    requests.start()

    clip_lock = asyncio.Lock()
    maintenance = LibraryMaintenance(
        hass,
        library,
        ledger,
        clip_lock,
        lambda: retention_with(hass, held(hass, requests), {}),
        private,
    )
    stack.push_async_callback(maintenance.async_stop)

    encoding = asyncio.Lock()
    previews = HomePreviews(hass, library, encoding)
    stack.push_async_callback(previews.async_stop)
    previews.start()

    stager = Stager(hass, library, ledger, encoding)
    prepared_copies = PreparedCopies(
        hass, library=library, ledger=ledger, stager=stager, guard=household.guard
    )
    stack.callback(prepared_copies.stop)
    confirmations = Confirmations(time.monotonic)
    preparations = Preparations(
        hass,
        library=library,
        ledger=ledger,
        keys=keys,
        confirmations=confirmations,
        stager=stager,
        guard=household.guard,
        pin_gate=household.pin_gate,
        shown_clips=household.shown_clips,
    )
    deliveries = Deliveries(
        hass, outbox=outbox, users=household.users, visible_shares=visible_shares
    )
    stack.callback(deliveries.stop)

    if restored:
        _LOGGER.warning(
            "Home Assistant started from a restored backup, or a backup was"
            " interrupted. Clips that were about to be shared need a new tap"
        )
    await outbox.start(restored=restored)
    if restored:
        await hass.async_add_executor_job(private.clear_mark)
    maintenance.start()
    deliveries.start()
    _refuse_while_stopping(hass)
    # End the problems that prevented opening. The maintenance ends later ones.
    async_folder_problem(hass, "ok")
    return DoorwatchData(
        **vars(household),
        library=library,
        ledger=ledger,
        keys=keys,
        confirmations=confirmations,
        outbox=outbox,
        outside=outside,
        restored=restored,
        clip_lock=clip_lock,
        visible_shares=visible_shares,
        requests=requests,
        maintenance=maintenance,
        previews=previews,
        preparations=preparations,
        prepared_copies=prepared_copies,
        share_ending=ShareEnding(
            hass, outbox=outbox, pin_gate=household.pin_gate, people=household.people
        ),
    )


async def _async_open_library(
    hass: HomeAssistant, private: PrivateFolder, stack: AsyncExitStack
) -> Library:
    folder = await async_library_folder(hass)
    library = await Library.open(
        folder,
        lambda: hass.config.time_zone,
        expected=await hass.async_add_executor_job(private.library_in, folder),
    )
    stack.push_async_callback(library.close)
    stack.push_async_callback(async_clear_staging, folder)
    await hass.async_add_executor_job(private.note_library, folder, library.identity)
    await async_look_who_serves(hass, folder)
    return library


async def _async_open_keys(hass: HomeAssistant, private: PrivateFolder) -> HomeKeys:
    """Open the home's keys, and correct the permissions of their files."""
    keys = HomeKeys(private.keys)
    if mended := await hass.async_add_executor_job(keys.mend):
        _LOGGER.warning(
            "Other users of this machine could reach keys of this home. This was"
            " fixed: %s",
            mended,
        )
    return keys


@callback
def _close_at_stop(hass: HomeAssistant) -> None:
    async def close(_event: Event) -> None:
        data = hass.data.pop(DATA, None)
        # Held to the end, so that nothing still in use is opened again.
        async with opening(hass).lock:
            data = hass.data.pop(DATA, data)
            # End the recordings first: a clip recorder needs the library to finish.
            ends = await asyncio.gather(
                *(each.async_shutdown() for each in list(data.running if data else ())),
                return_exceptions=True,
            )
            opening(hass).household = None
            await opening(hass).stack.aclose()
        for end in ends:
            if isinstance(end, BaseException):
                _LOGGER.error("A doorbell didn't stop correctly", exc_info=end)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close)
