"""Connect a doorbell's clip recorder to the library."""

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass
import errno
from pathlib import Path
from typing import override

from ..recording.model import ClipSink, ClipStart, FinishedClip
from .errors import LibraryError
from .library import Library
from .model import Clip


@dataclass(eq=False, repr=False)
class LibrarySink(ClipSink):
    """Save the clips of one doorbell; raises `OSError` for disk errors.

    `on_open` is called with the ID of each clip that begins, `on_closed` with the ID of
    each clip that ends and the saved clip, or None if it could not be saved; both on
    the recorder's threads.
    """

    library: Library
    doorbell_id: str
    on_open: Callable[[str], None]
    on_closed: Callable[[str, Clip | None], None]

    @override
    def begin(self, start: ClipStart) -> Path:
        with self._os_errors():
            path = self.library.intake.begin(self.doorbell_id, start)
        self.on_open(start.clip_id)
        return path

    @override
    def note(self, start: ClipStart) -> None:
        self.library.intake.note(start)

    @override
    def finish(self, clip: FinishedClip) -> None:
        self._end(
            clip.clip_id, lambda: self.library.intake.finish(self.doorbell_id, clip)
        )

    @override
    def abandon(self, clip_id: str, reason: str) -> None:
        if reason in ("disk_full", "not_writable"):
            self.library.note_trouble()
        self._end(clip_id, lambda: self.library.intake.abandon(clip_id))

    def _end(self, clip_id: str, save: Callable[[], Clip | None]) -> None:
        saved: Clip | None = None
        try:
            with self._os_errors():
                saved = save()
        finally:
            self.on_closed(clip_id, saved)

    @contextlib.contextmanager
    def _os_errors(self) -> Iterator[None]:
        try:
            yield
        except LibraryError as error:
            self.library.note_trouble()
            full = error.problem == "disk_full"
            number = errno.ENOSPC if full else errno.EACCES
            raise OSError(number, error.problem) from error
