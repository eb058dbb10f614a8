"""The library of clips: the only door to the index and the files."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
import sqlite3
import threading
from typing import Final, Self

from ..recording.model import ClipStart, FinishedClip
from . import waiting
from .errors import LibraryError, problem_of
from .files import presence, space
from .files.names import LibraryFiles, digest, relative_path
from .index import sidecar
from .index.index import Index
from .intake.intake import Intake
from .model import (
    Clip,
    ClipQuery,
    ClipState,
    Day,
    Facets,
    KnownClip,
    Mark,
    ReconcileResult,
    RecoveredClip,
    RetentionPolicy,
    Usage,
)
from .upkeep.moving import LibraryMover, clear
from .upkeep.reconcile import Reconciler
from .upkeep.recovery import Recoverer, clear as clear_parts
from .upkeep.retention import ClipRemover, first_to_go, would_go
from .waiting import (
    LibraryClosed,
    result_of,
    result_unless_stopped,
    run_detached,
    with_timeout,
)
from .worker import Worker

__all__ = ["Library", "LibraryError"]

# `Library.list` hides the name of the type.
type ClipList = list[Clip]

# Seconds that a shutdown waits for all that is queued.
CLOSING: Final = 20.0
# Seconds that a person may wait to be told what would go.
COUNTING: Final = 30.0


class Library:
    """Index (SQLite, WAL, one thread that writes) and files of all doorbells.

    All lies under one folder. Coroutines run their blocking work on the library's
    threads, and raise `LibraryError` when the disk fails or hangs.
    """

    def __init__(
        self,
        files: LibraryFiles,
        index: Index,
        timezone: Callable[[], str],
        identity: str,
    ) -> None:
        """Take the open parts; use `open`."""
        self._files = files
        self._timezone = timezone
        self.identity: Final = identity
        self._remover = ClipRemover(files)
        self._thread = Worker("doorwatch-files")
        self._intake = Intake(files, index, timezone, self.present, self._thread)
        self._watch = Worker("doorwatch-watch")
        self._closing = threading.Event()
        self._troubled = False
        self._cleared = False
        self.room: space.DiskSpace | None = None

    @classmethod
    async def open(
        cls,
        folder: Path,
        timezone: Callable[[], str],
        *,
        expected: str | None = None,
    ) -> Self:
        """Open or make the library.

        `timezone` tells the IANA name of the home's zone, on any thread; `expected` is
        the `identity` of the last time: an empty folder is no disk. `LibraryError`.
        """
        opening = partial(cls._open, folder, timezone, expected)
        return await run_detached("doorwatch-open", opening, CLOSING)

    @classmethod
    def _open(
        cls, folder: Path, timezone: Callable[[], str], expected: str | None
    ) -> Self:
        files = LibraryFiles(folder)
        try:
            identity = presence.claim(files, expected)
            files.prepare()
            index = Index.open(folder / "index.db", files)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(problem_of(error)) from error
        return cls(files, index, timezone, identity)

    async def close(self) -> None:
        """Finish what is queued and close the index, unless the disk hangs."""
        self._closing.set()
        with contextlib.suppress(LibraryError):
            await run_detached("doorwatch-close", self._close, CLOSING + 1)

    def _close(self) -> None:
        self._watch.shutdown(0)
        self._thread.shutdown(CLOSING / 2)
        self._index.close(CLOSING / 4)
        self._watch.shutdown(1)  # a look that was under way

    @property
    def folder(self) -> Path:
        """Return where everything lies."""
        return self._files.folder

    @property
    def _index(self) -> Index:
        return self._intake.index

    @property
    def reopened(self) -> int:
        """How often the index was opened anew."""
        return self._intake.reopened

    @property
    def unfinished(self) -> bool:
        """Whether clips wait for the disk: `recover` finishes them once it is well."""
        return self._intake.unfinished

    async def recover(self) -> list[RecoveredClip]:
        """Finish or remove what a crash left, or what waited for the disk.

        For a start, and once the disk is well: what is being recorded is left alone.
        """

        def work() -> list[RecoveredClip]:
            if not self._cleared:
                clear_parts(self._files)
                self._cleared = True
            return Recoverer(
                self._index,
                self._files,
                self._timezone(),
                self._intake.underway,
                self.present,
            ).run()

        return await self._run(work, long=True)

    async def reconcile(
        self, known: Callable[[], Awaitable[Mapping[str, KnownClip]]]
    ) -> ReconcileResult:
        """Bring index and files together again, beside everything else.

        Files that have no row get one, with all that was noted beside them; rows whose
        file is gone go. `known` tells what else is known of clips, asked at most once.
        """
        loop = asyncio.get_running_loop()

        async def ask_known() -> Mapping[str, KnownClip]:
            return await known()

        reconciler = Reconciler(
            index=self._index,
            files=self._files,
            timezone=self._timezone(),
            locked=lambda work: result_unless_stopped(
                self._thread.submit(work), self._closing
            ),
            present=self.present,
            known=lambda: result_unless_stopped(
                asyncio.run_coroutine_threadsafe(ask_known(), loop), self._closing
            ),
            stop=self._closing,
        )
        try:
            return await run_detached("doorwatch-reconcile", reconciler.run)
        except LibraryClosed:
            return ReconcileResult()

    async def take_over(self, old: Self) -> int | None:
        """Move all clips of another library here, beside everything else.

        Returns how many, None when this library closes before the end; another call
        goes on, and `old.remove` ends it. Raises `LibraryError`:
        `disk_full` before anything is moved when not all of it fits.
        """

        def present() -> None:
            self.present()
            old.present()

        mover = LibraryMover(
            (old._files, old._index),
            (self._files, self._index),
            present,
            self._closing,
        )
        return await run_detached("doorwatch-move", mover.run)

    async def remove(self) -> None:
        """Close a library that holds nothing any more, and remove what is left of it."""
        await self.close()
        await run_detached("doorwatch-clear", lambda: clear(self._files))

    # How the folder is

    def present(self) -> None:
        """Raise `LibraryError("library_missing")` unless this is our folder. Blocking."""
        if presence.identity(self.folder) != self.identity:
            raise LibraryError("library_missing")

    def note_trouble(self) -> None:
        """Have `check` write something: a clip could not be written. On any thread."""
        self._troubled = True

    async def check(self) -> str | None:
        """Say what is wrong with the folder now, and look how much `room` there is.

        An index that is gone or damaged is opened anew; `reopened` counts that. After
        trouble it is well once it could be written to. Cheap while all is well.
        """
        try:
            await with_timeout(self._watch.submit(self._check))
        except LibraryError as error:
            return error.problem
        return None

    def _check(self) -> None:
        self.present()
        self._intake.check()
        self.room = space.room(self.folder)
        if self.room.free < self.room.reserve:
            raise LibraryError("disk_full")
        if self._troubled:
            space.try_writing(self._files)
            self._troubled = False

    # Called on recorder threads (see recording.model.ClipSink and sink.py).
    def begin(self, doorbell_id: str, start: ClipStart) -> Path:
        """Note a clip as being recorded and name its temporary file.

        Raises `LibraryError`, also when the disk is nearly full.
        """
        return self._intake.begin(doorbell_id, start)

    def note(self, start: ClipStart) -> None:
        """Take what happened and was seen in a clip since it began; waits for no disk."""
        self._intake.note(start)

    def finish(self, doorbell_id: str, finished: FinishedClip) -> Clip:
        """Take a finished file over: after it returns it is whole on disk and listed.

        Raises `LibraryError`, and leaves all there is for `recover`; `KeyError` for a
        clip that was not begun.
        """
        return self._intake.finish(doorbell_id, finished)

    def abandon(self, clip_id: str) -> Clip | None:
        """Take back what `begin` noted, of a clip that cannot be written any further.

        What can be played of it is kept, and returned. Raises `LibraryError`, and
        leaves all there is for `recover`.
        """
        return self._intake.abandon(clip_id)

    async def get(self, clip_id: str) -> Clip | None:
        """Return a saved clip by its id, None for an unknown or binned one."""
        found = await with_timeout(self._index.get(clip_id))
        if found is None or found[0].state is not ClipState.SAVED:
            return None
        return found[0]

    async def get_deleted(self, clip_id: str) -> Clip | None:
        """Return what somebody deleted, as long as it can be taken out of the bin."""
        found = await with_timeout(self._index.get(clip_id))
        # What retention took only passes through the bin.
        if found is None or found[0].deleted_at is None:
            return None
        return found[0]

    async def list(
        self,
        doorbell_ids: Collection[str],
        query: ClipQuery = ClipQuery(),
        *,
        limit: int = 50,
        oldest: bool = False,
    ) -> ClipList:
        """Return saved clips of these doorbells that match, newest first.

        The newest of them, or the `oldest`. An empty collection gives an empty list.
        """
        if not doorbell_ids or limit < 1:
            return []
        return await with_timeout(
            self._index.find(doorbell_ids, query, limit, oldest=oldest)
        )

    async def days(self, doorbell_ids: Collection[str]) -> Sequence[Day]:
        """Count the saved clips of each local day of these doorbells, newest first."""
        return await with_timeout(self._index.days(doorbell_ids))

    async def marks(
        self, doorbell_ids: Collection[str], begin: datetime, end: datetime
    ) -> Sequence[Mark]:
        """Return all saved clips that began in this time, the oldest first."""
        return await with_timeout(self._index.marks(doorbell_ids, begin, end))

    async def facets(self, doorbell_ids: Collection[str]) -> Mapping[str, Facets]:
        """Say of each of these doorbells what its saved clips can be told apart by."""
        return await with_timeout(self._index.facets(doorbell_ids))

    async def beside(
        self, clip_id: str, doorbell_ids: Collection[str]
    ) -> tuple[str | None, str | None]:
        """Return the saved clips of these doorbells next to one: the older, the newer."""
        return await with_timeout(self._index.beside(clip_id, doorbell_ids))

    async def doorbell_ids(self) -> set[str]:
        """Name the doorbells that have saved clips, also those that were removed."""
        return {one for one, _ in await with_timeout(self._index.all_days())}

    async def deleted(
        self, doorbell_ids: Collection[str] | None, *, limit: int = 50
    ) -> ClipList:
        """Return what lies in the bin of these doorbells (or any), newest deletion first."""
        return await with_timeout(self._index.deleted(doorbell_ids, max(0, limit)))

    async def other_parts(self, clip: Clip) -> tuple[str, ...]:
        """Return the ids of the saved clips of the same event but for this one."""
        parts = await with_timeout(self._index.parts(clip.doorbell_id, clip.event_id))
        return tuple(part for part in parts if part != clip.clip_id)

    async def without(self, clip_ids: Collection[str], before: datetime) -> ClipList:
        """Return the saved clips but for these that began before, oldest first."""
        return await with_timeout(self._index.without(clip_ids, before))

    async def count(self, doorbell_id: str, after: datetime) -> int:
        """Count the saved clips that began at or after this."""
        return await with_timeout(self._index.count(doorbell_id, after))

    async def usage(self, doorbell_id: str) -> Usage:
        """Return what a doorbell takes; kept up to date, not summed."""
        return await with_timeout(self._index.usage(doorbell_id))

    async def set_protected(self, clip_id: str, protected: bool) -> Clip:
        """Protect or release. Raises `KeyError` for an unknown clip."""

        def work() -> Clip:
            clip = self._index.set_protected(clip_id, protected).result()
            with contextlib.suppress(OSError):  # the index knows, and that counts
                sidecar.write(clip, clip.path)
            return clip

        return await self._run(work)

    async def add_labels(self, clip_id: str, labels: Mapping[str, str]) -> Clip:
        """Note what was seen in a clip, told late. Raises `KeyError` for an unknown clip."""

        def work() -> Clip:
            clip = self._index.add_labels(clip_id, labels).result()
            with contextlib.suppress(OSError):  # the index knows, and that counts
                sidecar.write(clip, clip.path)
            return clip

        return await self._run(work)

    async def move_in_time(self, clip_id: str, by: timedelta) -> Clip:
        """Correct the time of a saved clip; its file stays as it was closed.

        Raises `KeyError` for an unknown clip.
        """
        return await self._run(lambda: self._move_in_time(clip_id, by))

    def _move_in_time(self, clip_id: str, by: timedelta) -> Clip:
        found = self._index.get(clip_id).result()
        if found is None or found[0].state is not ClipState.SAVED:
            raise KeyError(clip_id)
        clip, path = found
        started_at = clip.started_at + by
        new = str(relative_path(clip.doorbell_id, clip_id, started_at, clip.timezone))
        moved = replace(
            clip,
            started_at=started_at,
            ended_at=clip.ended_at + by,
            gaps=tuple((begin + by, end + by) for begin, end in clip.gaps),
            path=self._files.video(new),
        )
        self._index.replace(moved, new).result()
        try:
            # `reconcile` goes on wherever this was cut off.
            sidecar.write(moved, clip.path)
            self._files.rename(path, new)
        except OSError:
            self._index.replace(clip, path).result()
            self._files.rename(new, path)
            sidecar.write(clip, clip.path)
            raise
        return moved

    async def delete(self, clip_id: str) -> Clip:
        """Move to the bin, kept 24 hours. Raises `KeyError` for an unknown clip."""
        return await self._run(lambda: self._delete(clip_id))

    def _delete(self, clip_id: str) -> Clip:
        found = self._index.get(clip_id).result()
        if found is None or found[0].state is not ClipState.SAVED:
            raise KeyError(clip_id)
        clip, path = found
        now = datetime.now(UTC)
        # The note, the row, the files: `recover` goes on wherever this was cut off.
        with contextlib.suppress(FileNotFoundError):
            sidecar.write(replace(clip, deleted_at=now), clip.path)
        clip = self._index.to_bin(clip_id, now).result()
        with contextlib.suppress(OSError):  # it is deleted all the same
            self._files.to_bin(path)
        return clip

    async def restore(self, clip_id: str) -> Clip:
        """Take a clip back out of the bin. Raises `KeyError` for an unknown clip."""
        return await self._run(lambda: self._restore(clip_id))

    def _restore(self, clip_id: str) -> Clip:
        found = self._index.get(clip_id).result()
        if found is None or found[0].state is not ClipState.BIN:
            raise KeyError(clip_id)
        clip, path = found
        sidecar.write(replace(clip, deleted_at=None), clip.path)
        self._files.from_bin(path)
        return self._index.from_bin(clip_id).result()

    async def enforce(self, retention: RetentionPolicy, now: datetime) -> ClipList:
        """Let go of some of what is beyond the rules, and of what lay in the bin.

        Returns the clips that are gone for good; what is beyond the rules is gone once
        that are none. What was deleted stays in the bin for 24 hours. The bin does not
        count against the limit in bytes: deleting clips makes room at once.
        """
        going = await self._looked_through(partial(first_to_go, retention, now))
        return await self._run(
            lambda: self._remover.remove(self._index, going, now), long=True
        )

    async def would_go(
        self, retention: RetentionPolicy, now: datetime
    ) -> Mapping[str, Usage]:
        """Return what would be gone by these rules, by what it is kept for."""
        return await self._looked_through(partial(would_go, retention, now), COUNTING)

    async def _looked_through[T](
        self, look: Callable[[Index], T], timeout: float | None = None
    ) -> T:
        """Do a long look at all clips beside everything else."""

        def work() -> T:
            self.present()  # SQLite would make an index where there is none
            return look(self._index)

        return await run_detached("doorwatch-going", work, timeout)

    async def make_room(self, retention: RetentionPolicy, now: datetime) -> ClipList:
        """Free a disk that is nearly full; return the clips that are gone for good.

        Those in the bin go first, then unprotected ones of before the last day as these
        rules have it, and not more than needed.
        """
        return await self._run(
            lambda: self._remover.make_room(self._index, retention, now), long=True
        )

    async def verify(self, clip_id: str) -> bool:
        """Hash the file again and compare with its digest at close.

        False when the file is gone. Raises `KeyError` for an unknown clip.
        """
        if (clip := await self.get(clip_id)) is None:
            raise KeyError(clip_id)

        def compare() -> bool:
            with contextlib.suppress(OSError):
                return digest(clip.path) == clip.sha256
            return False

        return await asyncio.to_thread(compare)

    async def _run[T](self, work: Callable[[], T], *, long: bool = False) -> T:
        """Do blocking work on the library's own thread."""
        timeout = None if long else 2 * waiting.TIMEOUT
        return await result_of(self._thread.submit(work), timeout)
