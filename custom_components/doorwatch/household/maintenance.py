"""Maintain the library: its disk, its limits and its index."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
import logging
import sqlite3
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import GIGABYTE
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import ReconcileResult, RecoveredClip, RetentionPolicy
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.digests import (
    closed_clips,
    note_missing,
    note_owed,
    origin,
    recorded,
)
from ..engine.sharing.ledger.ledger import Ledger
from ..following import Follower
from ..issues import DISK_SCARCE, LIMIT_BEYOND, Issue
from ..signals import (
    SIGNAL_CLIP_CHANGED,
    SIGNAL_CLIP_RECOVERED,
    SIGNAL_CLOCK_SET_BACK,
    SIGNAL_LINES_MISSING,
)
from .clock import TrustedClock
from .folder_problems import async_folder_problem, recording_problem
from .future_clips import FutureClips
from .library_move import LibraryMove
from .private import PrivateFolder
from .tidying import Tidying, tell_gone

_LOGGER = logging.getLogger(__name__)

# Maximum delay until a full disk or a missing network folder is noticed, and its
# recovery.
CHECK_EVERY: Final = timedelta(seconds=30)
RETENTION_EVERY: Final = timedelta(hours=1)


class LibraryMaintenance(Follower):
    """Maintenance of the library; each problem is logged once when it begins and ends."""

    def __init__(
        self,
        hass: HomeAssistant,
        library: Library,
        ledger: Ledger,
        clip_lock: asyncio.Lock,
        retention: Callable[[], RetentionPolicy],
        private: PrivateFolder,
    ) -> None:
        """Initialize; nothing runs before `start`."""
        self.move: Final = LibraryMove(
            hass, library, private, lambda: closed_clips(ledger)
        )
        self.tidying: Final = Tidying(
            hass, library, ledger, retention, TrustedClock(private.clock)
        )
        self.future_clips: Final = FutureClips(hass, library)
        self._hass = hass
        self._library = library
        self._ledger = ledger
        self._clip_lock = clip_lock
        self._retention = retention
        self._opened = self._looked = dt_util.utcnow()
        self._reopened = 0
        self._problem: str | None = None
        self._scarce = False
        self._beyond = False
        self._limit: int | None = None  # at the last check
        self._owes = False
        self._checking = asyncio.Lock()
        self._stopped = False
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @callback
    def start(self) -> None:
        """Compare index and files once, and start the periodic checks."""

        async def check(_now: datetime) -> None:
            await self.async_look_at_clock()
            if not self._checking.locked():
                await self.async_check()

        async def tidy(_now: datetime) -> None:
            await self.tidying.async_tidy()
            await self.future_clips.async_look()
            if self._owes:
                await self._async_note_owed()

        self._stops = [
            self.tidying.follow(),
            async_dispatcher_connect(
                self._hass, SIGNAL_LINES_MISSING, self._on_lines_missing
            ),
            async_track_time_interval(
                self._hass, check, CHECK_EVERY, name="doorwatch library"
            ),
            async_track_time_interval(
                self._hass, tidy, RETENTION_EVERY, name="doorwatch retention"
            ),
        ]
        self._soon("doorwatch index", self._async_reconcile)

    async def async_stop(self) -> None:
        """Stop all tasks; a check that still waits for the disk starts nothing more."""
        self._stopped = True
        self.stop()
        self.move.stop()
        await self.tidying.async_stop()
        for task in self._tasks.values():
            task.cancel()
            await asyncio.wait([task])

    @callback
    def _soon(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a task, unless it is still running or the library is closing."""
        if not self._stopped and (name not in self._tasks or self._tasks[name].done()):
            self._tasks[name] = self._hass.async_create_background_task(work(), name)

    async def async_check(self) -> str | None:
        """Check the library, update the issues, and return the problem, if any."""
        async with self._checking:
            problem = await self._library.check()
            if problem == "disk_full":
                await self.tidying.async_make_room()
                problem = await self._library.check()
            came_back = problem is None and (
                self._problem not in (None, "disk_full")
                or self._reopened != self._library.reopened
            )
            if problem != self._problem:
                if problem is not None:
                    _LOGGER.warning("The folder for clips can't be used: %s", problem)
                else:
                    _LOGGER.info("The folder for clips can be used again")
            self._problem = problem
            if problem is not None or recording_problem(self._hass) is not None:
                async_folder_problem(self._hass, problem or "ok")
            await self._async_look_at_room(problem)
            if came_back or (problem is None and self._library.unfinished):
                self._soon("doorwatch recovery", self._async_recover)
            if came_back:
                self._reopened = self._library.reopened
                self._soon("doorwatch index", self._async_reconcile)
            return problem

    async def async_look_at_clock(self) -> None:
        """Request that times in the future are dropped after the clock was set back."""
        before, self._looked = self._looked, dt_util.utcnow()
        if self._looked < before:
            await self.future_clips.async_look()
            async_dispatcher_send(self._hass, SIGNAL_CLOCK_SET_BACK)

    async def _async_look_at_room(self, problem: str | None) -> None:
        """Warn about little space before the disk is full, which has another issue."""
        room = self._library.room
        if problem is not None or room is None:
            DISK_SCARCE.end(self._hass)
            LIMIT_BEYOND.end(self._hass)
            return
        limit = self._retention().bytes
        used = 0
        if limit is not None:
            try:
                doorbell_ids = await self._library.doorbell_ids()
                found = [await self._library.usage(one) for one in doorbell_ids]
            except (LibraryError, sqlite3.Error) as err:
                _LOGGER.debug("The size of the clips can't be determined: %s", err)
                return
            used = sum(usage.bytes for usage in found)
        before, self._scarce = self._scarce, room.is_scarce(before=self._scarce)
        if self._scarce and not before:
            _LOGGER.warning("The disk for clips is nearly full")
        elif before and not self._scarce:
            _LOGGER.info("The disk for clips has free space again")
        # A changed limit is compared exactly, without the hysteresis.
        same = limit == self._limit
        self._beyond = room.is_beyond(limit, used, before=self._beyond and same)
        self._limit = limit
        sizes = {"free": room.free, "total": room.usable}
        _show(self._hass, DISK_SCARCE, sizes if self._scarce else None)
        # Show only one warning; scarce space must be solved first.
        sizes = {"limit": limit or 0, "room": room.room_beside(used)}
        beyond = self._beyond and not self._scarce
        _show(self._hass, LIMIT_BEYOND, sizes if beyond else None)

    # Recovery after a disk problem

    async def _async_recover(self) -> None:
        """Finish clips that could not be finished before, and announce them like others."""
        try:
            found = await self._library.recover()
        except LibraryError as err:
            _LOGGER.debug("Clips can't be finished yet: %s", err.problem)
            return
        try:
            await async_note_recovered(self._ledger, found)
        except SharingError as err:
            # The clips are safe, but the missing digests must be noticed.
            _LOGGER.error(
                "The digests of clips couldn't be written to the ledger: %s",
                err.problem,
            )
        for recovery in found:
            if (clip := recovery.clip) is None:
                continue
            signal = SIGNAL_CLIP_RECOVERED if recovery.own else SIGNAL_CLIP_CHANGED
            async_dispatcher_send(self._hass, signal, clip)

    # Index and files

    async def _async_reconcile(self) -> None:
        """Bring index and files in line, then add what the ledger lacks."""
        try:
            found = await self._library.reconcile(lambda: closed_clips(self._ledger))
        except (LibraryError, SharingError) as err:
            _LOGGER.warning(
                "The index and the files of clips couldn't be compared: %s", err.problem
            )
            return
        await self._async_tell(found)
        await self._async_note_owed()
        await self.move.async_run()
        await self.future_clips.async_look()
        try:
            missing = await note_missing(self._ledger, self._library, self._opened)
        except (LibraryError, SharingError) as err:
            # The clips are safe, and the next start tries again.
            _LOGGER.error(
                "The digests of clips couldn't be written to the ledger: %s",
                err.problem,
            )
            return
        if missing:
            _LOGGER.warning(
                "The digests of %d clips were missing from the ledger. They are noted"
                " as late",
                missing,
            )

    @callback
    def _on_lines_missing(self) -> None:
        self._owes = True

    async def _async_note_owed(self) -> None:
        """Add missing ledger lines, also for changes that a hanging disk made late."""
        self._owes = False
        try:
            async with self._clip_lock:
                late = await note_owed(self._ledger, self._library)
        except (LibraryError, SharingError) as err:
            self._owes = True
            _LOGGER.debug(
                "The missing ledger lines can't be added yet: %s", err.problem
            )
            return
        if number := sum(map(len, late.values())):
            _LOGGER.warning(
                "The ledger didn't say that %d clips were deleted or restored. This"
                " is noted as late",
                number,
            )
        tell_gone(self._hass, [clip.clip_id for clip in late["deleted"]])
        for clip in late["restored_clip"]:
            async_dispatcher_send(self._hass, SIGNAL_CLIP_CHANGED, clip)

    async def _async_tell(self, found: ReconcileResult) -> None:
        """Report the result in the log, in the ledger and on dashboards."""
        if found.added or found.dropped or found.moved or found.unreadable:
            _LOGGER.warning(
                "The index and the files of clips didn't match: %d clips are listed"
                " again, %d are missing, %d were deleted, %d files can't be read",
                found.added,
                len(found.dropped),
                len(found.moved),
                found.unreadable,
            )
        for clip_id in found.differing:
            try:
                await self._ledger.append("clip_changed", {"clip_id": clip_id})
            except SharingError as err:
                _LOGGER.error("The ledger can't be written: %s", err.problem)
                break
        tell_gone(self._hass, [*found.dropped, *found.moved])
        for doorbell_id in found.doorbell_ids:
            for clip in await self._library.list([doorbell_id], limit=1):
                async_dispatcher_send(self._hass, SIGNAL_CLIP_CHANGED, clip)


@callback
def _show(hass: HomeAssistant, issue: Issue, sizes: Mapping[str, int] | None) -> None:
    """Warn about the disk with these sizes in bytes, or end the warning if None."""
    if sizes is None:
        issue.end(hass)
        return
    issue.show(
        hass,
        placeholders={
            # Rounded down, so that a limit of this size fits.
            name: f"{size * 10 // GIGABYTE / 10:g} GB"
            for name, size in sizes.items()
        },
    )


async def async_note_recovered(ledger: Ledger, found: list[RecoveredClip]) -> None:
    """Report unfinished clips and what was recovered, in the log and the ledger."""
    for recovery in found:
        clip = recovery.clip
        if clip is not None and recovery.own and not clip.recovered:
            _LOGGER.info("Clip %s waited for its disk and is complete", clip.clip_id)
            await ledger.append("recorded", recorded(clip))
            continue
        if clip is None:
            _LOGGER.warning(
                "Clip %s was cut off before it had an image and was removed",
                recovery.clip_id,
            )
        else:
            _LOGGER.warning(
                "Clip %s was cut off and is now finished: %.1f s are kept",
                clip.clip_id,
                clip.duration.total_seconds(),
            )
        await ledger.append(
            "recovered",
            {
                "clip_id": recovery.clip_id,
                "doorbell_id": recovery.doorbell_id,
                "kept": clip is not None,
                **({"sha256": clip.sha256, **origin(clip)} if clip is not None else {}),
            },
        )
