"""Take clips from the recorders, even if the index is lost meanwhile."""

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path
import sqlite3
import threading

import av

from ...doorbells.base import kinds_of
from ...recording.model import ClipStart, FinishedClip
from .. import waiting
from ..errors import LibraryError, storage_problem
from ..files import space
from ..files.names import LibraryFiles
from ..index.index import Index
from ..model import Clip
from ..worker import Worker
from . import saving
from .cut_off import settle
from .underway import PendingClip, UnfinishedClips


@dataclass(eq=False, repr=False)
class Intake:
    """Take clips from the recorders.

    Methods run on the recorders' threads unless documented otherwise, and raise
    `LibraryError`. `present` raises it when the library folder is missing; `thread` is
    the library's thread.
    """

    _files: LibraryFiles
    index: Index
    _timezone: Callable[[], str]
    _present: Callable[[], None]
    _thread: Worker
    underway: UnfinishedClips = field(default_factory=UnfinishedClips)
    reopened: int = 0
    # Keeps a clip from ending while the index is replaced, so that the new index
    # has a row for each unfinished clip.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, doorbell_id: str, start: ClipStart) -> Path:
        """Add a clip that is being recorded and return its temporary file.

        Also raises `LibraryError` when the disk is nearly full.
        """
        begun = saving.begun_of(doorbell_id, start, self._timezone())
        with _named_errors():
            self._present()
            if space.lacking(self._files.folder) > 0:
                raise LibraryError("disk_full")
            self.underway.begin(begun)
            try:
                part = self._files.new_part(begun.path)
                self._write(lambda index: index.begin(begun).result())
            except BaseException:
                self.underway.end(begun.clip_id)
                with contextlib.suppress(OSError):
                    self._files.remove_part(begun.path)
                raise
        return part

    def note(self, start: ClipStart) -> None:
        """Save the current facts of a clip, in case its recording is interrupted.

        Does not wait for the disk, because `finish` saves all of it again.
        """
        if (begun := self.underway.live(start.clip_id)) is not None:
            event, *also = kinds_of(start.events)
            begun = replace(begun, event=event, also=tuple(also), labels=start.labels)
            self.underway.begin(begun)
            self.index.note(begun)

    def finish(self, doorbell_id: str, finished: FinishedClip) -> Clip:
        """Save a finished clip; on return it is complete on disk and listed.

        After a `LibraryError`, the clip is pending until the disk works. Raises
        `KeyError` for a clip that was not begun.
        """
        begun = self.underway.live(finished.clip_id)
        if begun is None or begun.doorbell_id != doorbell_id:
            raise KeyError(finished.clip_id)

        def enlist(clip: Clip, thumbnail_size: int) -> None:
            self._write(
                lambda index: index.save(begun, clip, thumbnail_size).result(),
                ends=clip.clip_id,
            )

        with (
            _named_errors(),
            self._or_left(PendingClip(begun=begun, finished=finished)),
        ):
            return saving.finish(self._files, begun, finished, enlist)

    def abandon(self, clip_id: str) -> Clip | None:
        """Save the playable part of a clip whose recording failed, and return it.

        After a `LibraryError`, the clip is pending until the disk works.
        """
        if (begun := self.underway.live(clip_id)) is None:
            return None
        left = PendingClip(begun=begun)
        with _named_errors(), self._or_left(left):
            clip = settle(left, self._files, self.index, self._present)
            self.underway.end(clip_id)
            return clip

    def renew(self, index: Index) -> None:
        """Replace this index if it is missing or damaged. Blocking, on any thread."""
        if not index.is_whole:
            self._thread.submit(self._reopen, index).result(waiting.TIMEOUT)

    def _reopen(self, lost: Index) -> None:
        """Replace a lost index; on the library's thread.

        Recordings continue and get a row in the new index.
        """
        if self.index is not lost:
            return
        self._present()
        lost.close(waiting.TIMEOUT / 3)
        self._files.prepare()
        path = self._files.folder / "index.db"
        index = Index.open(path, self._files, damaged=lost.damaged)
        with self._lock:
            self.index = index
            begun = self.underway.rows()
        self.reopened += 1
        index.begin(*begun).result()

    def _write(self, work: Callable[[Index], None], *, ends: str | None = None) -> None:
        """Write to the index, and again to a new index if this one is lost.

        `ends` is the ID of a clip that is no longer live once this is written.
        """
        while True:
            index = self.index
            try:
                work(index)
            except LibraryError, sqlite3.Error:
                if index is self.index:
                    self.renew(index)
                if index is self.index:
                    raise
                continue
            with self._lock:
                if index is self.index:
                    if ends is not None:
                        self.underway.end(ends)
                    return

    @contextlib.contextmanager
    def _or_left(self, left: PendingClip) -> Iterator[None]:
        """Mark a clip as pending when it cannot be finished."""
        try:
            yield
        except BaseException:
            self.underway.leave(left)
            raise


@contextlib.contextmanager
def _named_errors() -> Iterator[None]:
    """Convert errors of the disk, the index and FFmpeg to `LibraryError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(storage_problem(error)) from error
    except av.FFmpegError as error:
        raise LibraryError("folder_not_writable") from error
