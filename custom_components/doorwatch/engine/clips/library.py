"""Provide the library of clips, the only access to the index and the files."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from concurrent.futures import Future
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
import sqlite3
import threading
from typing import Any, Final, Self

from . import waiting
from .errors import LibraryError, storage_problem
from .files import presence, space
from .files.names import LibraryFiles, digest, relative_path
from .index import sidecar
from .index.index import Index
from .index.retention_scan import RetentionScan, summed
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
from .upkeep.retention import ClipRemover, first_batch
from .waiting import (
    LibraryClosed,
    result_of,
    result_unless_stopped,
    run_detached,
    with_timeout,
)
from .worker import Worker

# `Library.list` shadows the builtin.
type ClipList = list[Clip]

# Seconds that a shutdown waits for queued work.
CLOSING: Final = 20.0
# Seconds that a person waits to learn what a policy would delete.
COUNTING: Final = 30.0


class Library:
    """Manage the index (SQLite, WAL, one writing thread) and files of all doorbells.

    Everything is in one folder. Coroutines run blocking work on the library's threads
    and raise `LibraryError` when the disk fails or hangs.
    """

    def __init__(
        self,
        files: LibraryFiles,
        index: Index,
        timezone: Callable[[], str],
        identity: str,
    ) -> None:
        """Initialize with the opened parts; use `open`."""
        self._files = files
        self._timezone = timezone
        self.identity: Final = identity
        self._remover = ClipRemover(files)
        self._thread = Worker("doorwatch-files")
        # For the sinks of the recorders, see sink.py.
        self.intake: Final = Intake(files, index, timezone, self.present, self._thread)
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
        """Open or create the library.

        `timezone` returns the IANA name of the home's time zone, on any thread.
        `expected` is the last known `identity`: an empty folder then means that the
        disk is missing. Raises `LibraryError`.
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
            raise LibraryError(storage_problem(error)) from error
        return cls(files, index, timezone, identity)

    async def close(self) -> None:
        """Finish queued work and close the index, unless the disk hangs."""
        self._closing.set()
        with contextlib.suppress(LibraryError):
            await run_detached("doorwatch-close", self._close, CLOSING + 1)

    def _close(self) -> None:
        self._watch.shutdown(0)
        self._thread.shutdown(CLOSING / 2)
        self._index.close(CLOSING / 4)
        self._watch.shutdown(1)  # a check in progress

    @property
    def folder(self) -> Path:
        """Return the folder of the library."""
        return self._files.folder

    @property
    def _index(self) -> Index:
        return self.intake.index

    @property
    def reopened(self) -> int:
        """Return how often the index was reopened."""
        return self.intake.reopened

    @property
    def unfinished(self) -> bool:
        """Return whether clips wait for the disk; `recover` finishes them."""
        return bool(self.intake.underway.left())

    async def recover(self) -> list[RecoveredClip]:
        """Finish or remove clips after a crash or a disk failure.

        Call it at the start, and once the disk works again. Live clips are not touched.
        """

        def work() -> list[RecoveredClip]:
            if not self._cleared:
                clear_parts(self._files)
                self._cleared = True
            return Recoverer(
                self._index,
                self._files,
                self._timezone(),
                self.intake.underway,
                self.present,
            ).run()

        return await self._run(work, long=True)

    async def reconcile(
        self, known: Callable[[], Coroutine[Any, Any, Mapping[str, KnownClip]]]
    ) -> ReconcileResult:
        """Make the index match the files, in parallel to other work.

        Files without a row get one, with the facts beside them; rows without a file are
        removed. `known` returns the data of clips from other sources and is called at
        most once.
        """
        loop = asyncio.get_running_loop()
        reconciler = Reconciler(
            index=self._index,
            files=self._files,
            timezone=self._timezone(),
            locked=lambda work: result_unless_stopped(
                self._thread.submit(work), self._closing
            ),
            present=self.present,
            known=lambda: result_unless_stopped(
                asyncio.run_coroutine_threadsafe(known(), loop), self._closing
            ),
            stop=self._closing,
        )
        try:
            return await run_detached("doorwatch-reconcile", reconciler.run)
        except LibraryClosed:
            return ReconcileResult()

    async def take_over(self, old: Self) -> int | None:
        """Move all clips of another library here, in parallel to other work.

        Returns how many, or None if this library closes first; another call continues,
        and `old.remove` removes the rest. Raises `LibraryError`: `disk_full` before
        moving anything if the clips do not fit.
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
        """Close an empty library and remove its remaining files."""
        await self.close()
        await run_detached("doorwatch-clear", lambda: clear(self._files))

    # State of the folder

    def present(self) -> None:
        """Raise `LibraryError("library_missing")` if the folder is missing. Blocking.

        Also raises it if the folder belongs to another library.
        """
        if presence.identity(self.folder) != self.identity:
            raise LibraryError("library_missing")

    def note_trouble(self) -> None:
        """Make `check` test a write, because a clip failed. Thread-safe."""
        self._troubled = True

    async def check(self) -> str | None:
        """Return what is wrong with the folder, and update the free space.

        Replaces an index that is missing or damaged; `reopened` counts that. After a
        failed clip, the library is healthy again once a test write succeeds. Cheap
        while the library is healthy.
        """
        try:
            await with_timeout(self._watch.submit(self._check))
        except LibraryError as error:
            return error.problem
        return None

    def _check(self) -> None:
        self.present()
        self.intake.renew(self._index)
        self.room = space.room(self.folder)
        if self.room.free < self.room.reserve:
            raise LibraryError("disk_full")
        if self._troubled:
            space.try_writing(self._files)
            self._troubled = False

    async def get(self, clip_id: str) -> Clip | None:
        """Return a saved clip by its ID, None for an unknown or deleted clip."""
        found = await with_timeout(self._index.get(clip_id))
        if found is None or found[0].state is not ClipState.SAVED:
            return None
        return found[0]

    async def get_deleted(self, clip_id: str) -> Clip | None:
        """Return a deleted clip that can still be restored."""
        found = await with_timeout(self._index.get(clip_id))
        # Clips that expired are in the bin only until their files are removed.
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

        `oldest` selects the oldest of them instead of the newest. No doorbells give an
        empty list.
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
        """Return all saved clips that began in this time, oldest first."""
        return await with_timeout(self._index.marks(doorbell_ids, begin, end))

    async def facets(self, doorbell_ids: Collection[str]) -> Mapping[str, Facets]:
        """Return the kinds and labels of the saved clips of each doorbell."""
        return await with_timeout(self._index.facets(doorbell_ids))

    async def beside(
        self, clip_id: str, doorbell_ids: Collection[str]
    ) -> tuple[str | None, str | None]:
        """Return the IDs of the next older and newer saved clips of these doorbells."""
        return await with_timeout(self._index.beside(clip_id, doorbell_ids))

    async def doorbell_ids(self) -> set[str]:
        """Return the doorbells with saved clips, including removed doorbells."""
        return {one for one, _ in await with_timeout(self._index.all_days())}

    async def deleted(
        self, doorbell_ids: Collection[str] | None, *, limit: int = 50
    ) -> ClipList:
        """Return deleted clips of these doorbells (or all), latest deletion first."""
        return await with_timeout(self._index.deleted(doorbell_ids, max(0, limit)))

    async def other_parts(self, clip: Clip) -> tuple[str, ...]:
        """Return the IDs of the other saved clips of the same event."""
        parts = await with_timeout(self._index.parts(clip.doorbell_id, clip.event_id))
        return tuple(part for part in parts if part != clip.clip_id)

    async def without(
        self, clip_ids: Collection[str], before: datetime
    ) -> Sequence[str]:
        """Return the IDs of saved clips before a time except these, oldest first."""
        return await with_timeout(self._index.without(clip_ids, before))

    async def count(self, doorbell_id: str, after: datetime) -> int:
        """Count the saved clips that began at or after a time."""
        return await with_timeout(self._index.count(doorbell_id, after))

    async def usage(self, doorbell_id: str) -> Usage:
        """Return the number and size of a doorbell's clips, from stored totals."""
        return await with_timeout(self._index.usage(doorbell_id))

    async def set_protected(self, clip_id: str, protected: bool) -> Clip:
        """Protect or release a clip. Raises `KeyError` for an unknown clip."""
        return await self._run(
            lambda: self._noted(self._index.set_protected(clip_id, protected))
        )

    async def add_labels(self, clip_id: str, labels: Mapping[str, str]) -> Clip:
        """Add labels to a saved clip; existing labels keep their source.

        Raises `KeyError` for an unknown clip.
        """

        def work() -> Clip:
            clip, _ = self._found(clip_id, ClipState.SAVED)
            both = {**labels, **clip.labels}
            return self._noted(self._index.set_labels(clip_id, both))

        return await self._run(work)

    def _noted(self, changed: Future[Clip]) -> Clip:
        """Wait for the change of a row, and write the facts of the clip."""
        clip = changed.result()
        with contextlib.suppress(OSError):  # the index is authoritative
            sidecar.write(clip, clip.path)
        return clip

    def _found(self, clip_id: str, state: ClipState) -> tuple[Clip, str]:
        """Return a clip in this state and its path. Raises `KeyError`."""
        found = self._index.get(clip_id).result()
        if found is None or found[0].state is not state:
            raise KeyError(clip_id)
        return found

    async def move_in_time(self, clip_id: str, by: timedelta) -> Clip:
        """Correct the time of a saved clip without changing its video.

        Raises `KeyError` for an unknown clip.
        """
        return await self._run(lambda: self._move_in_time(clip_id, by))

    def _move_in_time(self, clip_id: str, by: timedelta) -> Clip:
        clip, path = self._found(clip_id, ClipState.SAVED)
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
            # `reconcile` completes this after an interruption.
            sidecar.write(moved, clip.path)
            self._files.rename(path, new)
        except OSError:
            self._index.replace(clip, path).result()
            self._files.rename(new, path)
            sidecar.write(clip, clip.path)
            raise
        return moved

    async def delete(self, clip_id: str) -> Clip:
        """Move a clip to the bin for 24 hours; raise `KeyError` if it is unknown."""
        return await self._run(lambda: self._delete(clip_id))

    def _delete(self, clip_id: str) -> Clip:
        clip, path = self._found(clip_id, ClipState.SAVED)
        now = datetime.now(UTC)
        # First the facts, then the row, then the files, so that `recover` can complete
        # this after an interruption.
        with contextlib.suppress(FileNotFoundError):
            sidecar.write(replace(clip, deleted_at=now), clip.path)
        clip = self._index.to_bin(clip_id, now).result()
        with contextlib.suppress(OSError):  # `recover` moves them later
            self._files.to_bin(path)
        return clip

    async def restore(self, clip_id: str) -> Clip:
        """Restore a clip from the bin. Raises `KeyError` for an unknown clip."""
        return await self._run(lambda: self._restore(clip_id))

    def _restore(self, clip_id: str) -> Clip:
        clip, path = self._found(clip_id, ClipState.BIN)
        sidecar.write(replace(clip, deleted_at=None), clip.path)
        self._files.from_bin(path)
        return self._index.from_bin(clip_id).result()

    async def enforce(self, retention: RetentionPolicy, now: datetime) -> ClipList:
        """Remove a batch of clips that the policy no longer keeps, and old deletions.

        Returns the clips that were removed permanently; the policy is met once there
        are none. Deleted clips stay in the bin for 24 hours. They do not count toward
        the size limit, so deleting clips frees space for new ones at once.
        """
        going = await self._scan(retention, now, first_batch)
        return await self._run(
            lambda: self._remover.remove(self._index, going, now), long=True
        )

    async def would_go(
        self, retention: RetentionPolicy, now: datetime
    ) -> Mapping[str, Usage]:
        """Return the clips that the policy would delete now, by reason."""
        return await self._scan(
            retention, now, lambda scan: summed(scan.clips()), COUNTING
        )

    async def _scan[T](
        self,
        retention: RetentionPolicy,
        now: datetime,
        look: Callable[[RetentionScan], T],
        timeout: float | None = None,
    ) -> T:
        """Scan all clips in parallel to other work."""

        def work() -> T:
            self.present()  # SQLite would create a missing index
            return self._index.scan(retention, now, look)

        return await run_detached("doorwatch-going", work, timeout)

    async def make_room(self, retention: RetentionPolicy, now: datetime) -> ClipList:
        """Free a nearly full disk, and return the clips that were removed.

        Deleted clips go first, then unprotected clips older than a day in the order of
        the policy, and no more than needed.
        """
        return await self._run(
            lambda: self._remover.make_room(self._index, retention, now), long=True
        )

    async def verify(self, clip_id: str) -> bool:
        """Return whether the file still has the digest of the finished clip.

        False when the file is missing. Raises `KeyError` for an unknown clip.
        """
        if (clip := await self.get(clip_id)) is None:
            raise KeyError(clip_id)

        def compare() -> bool:
            with contextlib.suppress(OSError):
                return digest(clip.path) == clip.sha256
            return False

        return await asyncio.to_thread(compare)

    async def _run[T](self, work: Callable[[], T], *, long: bool = False) -> T:
        """Run blocking work on the library's thread."""
        timeout = None if long else 2 * waiting.TIMEOUT
        return await result_of(self._thread.submit(work), timeout)
