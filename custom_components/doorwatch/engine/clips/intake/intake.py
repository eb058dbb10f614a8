"""Takes clips from the clip recorders, whatever becomes of the index meanwhile."""

from collections.abc import Callable, Iterator
import contextlib
from pathlib import Path
import sqlite3
import threading

import av

from ...recording.model import ClipStart, FinishedClip
from .. import waiting
from ..errors import LibraryError, problem_of
from ..files import space
from ..files.names import LibraryFiles
from ..index.index import Index
from ..model import Clip
from ..worker import Worker
from . import saving
from .cut_off import settle
from .underway import PendingClip, UnfinishedClips


class Intake:
    """Used on the recorders' threads, but for what is said to be for another.

    Everything raises `LibraryError`. `present` raises it when the folder is not the
    library; `thread` is the library's own.
    """

    def __init__(
        self,
        files: LibraryFiles,
        index: Index,
        timezone: Callable[[], str],
        present: Callable[[], None],
        thread: Worker,
    ) -> None:
        """Take an open index."""
        self.index = index
        self.underway = UnfinishedClips()
        self.reopened = 0
        self._files = files
        self._timezone = timezone
        self._present = present
        self._thread = thread
        # One index takes the place of another between the ends of two clips.
        self._lock = threading.Lock()

    @property
    def unfinished(self) -> bool:
        """Whether clips wait for the disk."""
        return bool(self.underway.left())

    def begin(self, doorbell_id: str, start: ClipStart) -> Path:
        """Note a clip as being recorded and name its temporary file."""
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
        """Have what is known of a clip by now in the index, should it be cut off.

        Waits for no disk: all of it is told again at the end.
        """
        if (begun := self.underway.live(start.clip_id)) is not None:
            begun = saving.with_later_events(begun, start)
            self.underway.begin(begun)
            self.index.note(begun)

    def finish(self, doorbell_id: str, finished: FinishedClip) -> Clip:
        """Take a finished file over, or leave it for when the disk is well.

        Raises `KeyError` for a clip that was not begun.
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
        """Keep what can be played of a clip that cannot be written any further.

        On a disk that is full or away it is left for when that is well.
        """
        if (begun := self.underway.live(clip_id)) is None:
            return None
        left = PendingClip(begun=begun)
        with _named_errors(), self._or_left(left):
            clip = settle(left, self._files, self.index, self._present)
            self.underway.end(clip_id)
            return clip

    def check(self) -> None:
        """Have a new index when this one is gone or damaged; on any thread. Blocking."""
        self._renew(self.index)

    def _renew(self, index: Index) -> None:
        if not index.is_whole:
            self._thread.submit(self._reopen, index).result(waiting.TIMEOUT)

    def _reopen(self, lost: Index) -> None:
        """Take a new index in place of a lost one; on the library's thread.

        What is being recorded goes on, and has its row there.
        """
        if self.index is not lost:
            return
        self._present()
        lost.close(waiting.TIMEOUT / 3)
        self._files.prepare()
        path = self._files.folder / "index.db"
        index = Index.open(path, self._files, damaged=lost.is_damaged)
        with self._lock:
            self.index = index
            begun = self.underway.rows()
        self.reopened += 1
        index.begin(*begun).result()

    def _write(self, work: Callable[[Index], None], *, ends: str | None = None) -> None:
        """Write into the index, a new one when this one is lost.

        `ends` is the id of a clip that is not live any more once it is written.
        """
        while True:
            index = self.index
            try:
                work(index)
            except LibraryError, sqlite3.Error:
                if index is self.index:
                    self._renew(index)
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
        """Note that a clip waits for its disk when it cannot be finished."""
        try:
            yield
        except BaseException:
            self.underway.leave(left)
            raise


@contextlib.contextmanager
def _named_errors() -> Iterator[None]:
    """Raise what the disk, the index and FFmpeg raise as `LibraryError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(problem_of(error)) from error
    except av.FFmpegError as error:
        raise LibraryError("folder_not_writable") from error
