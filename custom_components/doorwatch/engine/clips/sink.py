"""Connect a doorbell's clip recorder to the library."""

from collections.abc import Callable
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
    """Save the clips of one doorbell; raises `OSError` for disk errors."""

    _library: Library
    _doorbell_id: str
    # Both run on the recorder's threads.
    _on_open: Callable[[str], None]
    _on_closed: Callable[[str, Clip | None], None]

    @override
    def begin(self, start: ClipStart) -> Path:
        try:
            path = self._library.begin(self._doorbell_id, start)
        except LibraryError as error:
            self._library.note_trouble()
            raise _os_error(error) from error
        self._on_open(start.clip_id)
        return path

    @override
    def note(self, start: ClipStart) -> None:
        self._library.note(start)

    @override
    def finish(self, clip: FinishedClip) -> None:
        saved = None
        try:
            saved = self._library.finish(self._doorbell_id, clip)
        except LibraryError as error:
            self._library.note_trouble()
            raise _os_error(error) from error
        finally:
            self._on_closed(clip.clip_id, saved)

    @override
    def abandon(self, clip_id: str, reason: str) -> None:
        if reason in ("disk_full", "not_writable"):
            self._library.note_trouble()
        saved = None
        try:
            saved = self._library.abandon(clip_id)
        except LibraryError as error:
            self._library.note_trouble()
            raise _os_error(error) from error
        finally:
            self._on_closed(clip_id, saved)


def sink_for(
    library: Library,
    doorbell_id: str,
    on_open: Callable[[str], None],
    on_closed: Callable[[str, Clip | None], None],
) -> ClipSink:
    """Return the sink for the clips of this doorbell.

    `on_open` is called with the ID of each clip that begins, `on_closed` with the ID of
    each clip that ends and the saved clip, or None if it could not be saved; both on
    the recorder's threads.
    """
    return LibrarySink(library, doorbell_id, on_open, on_closed)


def _os_error(error: LibraryError) -> OSError:
    full = error.problem == "disk_full"
    return OSError(errno.ENOSPC if full else errno.EACCES, error.problem)
