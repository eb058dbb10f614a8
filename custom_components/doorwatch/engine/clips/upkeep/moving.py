"""The clips of one library become clips of another: the folder was changed.

The new library is in use from the start, and empty; this carries clip after clip into
it, the newest first. At each moment a clip is whole in one of both folders at least, and
which it is can be seen from the files: whoever starts it again goes on where it ended.
"""

from collections.abc import Callable
import contextlib
from dataclasses import replace
import errno
import logging
import os
from pathlib import Path
import shutil
import threading
from typing import Final

from ..errors import LibraryError
from ..files import space
from ..files.names import (
    BIN,
    FACTS_SUFFIX,
    FILE_MODE,
    RECORDING,
    STAGING,
    TEMPORARY_SUFFIX,
    LibraryFiles,
    digest,
    is_there,
    make_folder,
    sync_file,
    sync_folder,
)
from ..files.presence import MARKER
from ..index import sidecar
from ..index.index import Index
from ..model import Clip, ClipState

MOVING: Final = "moving"

_LOGGER = logging.getLogger(__name__)


class LibraryMover:
    """Blocking, on a thread of its own. Nobody else uses the old library meanwhile."""

    def __init__(
        self,
        old: tuple[LibraryFiles, Index],
        new: tuple[LibraryFiles, Index],
        present: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        """`present` raises `LibraryError` when one of the folders is not there."""
        self._old, self._old_index = old
        self._new, self._new_index = new
        self._present = present
        self._stop = stop

    def run(self) -> int | None:
        """Carry everything over, and say how many clips; None when it was stopped.

        Raises `LibraryError`, `disk_full` before anything is moved when not all of it
        fits, `OSError`, `sqlite3.Error`. What was carried over by then is there.
        """
        self._present()
        clips = self._old_index.all_with_paths().result()
        self._check_room(clips)
        for number, (clip, path) in enumerate(clips):
            if self._stop.is_set():
                return None
            self._present()
            self._move(clip, path)
            if number % 100 == 0:
                self._check_room(clips[number:])
        return len(clips)

    def _check_room(self, clips: list[tuple[Clip, str]]) -> None:
        if self._same_disk():
            return
        # A thumbnail takes little, but more than nothing.
        needed = sum(clip.size + 50_000 for clip, _ in clips)
        if needed + space.lacking(self._new.folder) > 0:
            raise LibraryError("disk_full")

    def _same_disk(self) -> bool:
        return self._old.folder.stat().st_dev == self._new.folder.stat().st_dev

    def _move(self, clip: Clip, path: str) -> None:
        """Have all files and the row there, then let go of them here."""
        binned = clip.state is ClipState.BIN
        there = self._new.binned(path)[0] if binned else self._new.video(path)
        known = self._new_index.get(clip.clip_id).result()
        if known is None or not is_there(known[0].path):
            if is_there(clip.path):
                # With all that the old index knows, whatever comes in between.
                sidecar.write(clip, clip.path)
                self._carry_all(clip, there)
            if not is_there(there):
                self._lose(clip, path)
                return
            moved = replace(clip, path=there)
            picture = moved.thumbnail
            size = picture.stat().st_size if is_there(picture) else 0
            self._new_index.add([(moved, path, size)]).result()
        self._old.remove(path)
        self._old_index.forget([clip.clip_id]).result()

    def _lose(self, clip: Clip, path: str) -> None:
        """Forget a clip whose file is in neither folder, and touch no video."""
        self._present()
        _LOGGER.warning(
            "The file of clip %s is missing and couldn't be moved", clip.clip_id
        )
        self._old.remove_thumbnail(path)
        self._old_index.forget([clip.clip_id]).result()

    def _carry_all(self, clip: Clip, there: Path) -> None:
        """Rename the files, or copy them to another disk; the video comes last."""
        pairs = [
            (source, there.with_suffix(source.suffix))
            for source in (
                clip.thumbnail,
                clip.path.with_suffix(FACTS_SUFFIX),
                clip.path,
            )
        ]
        try:
            self._new.move_all(pairs)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            for source, target in pairs:
                if is_there(source):
                    video = source == clip.path
                    self._copy(source, target, clip.sha256 if video else None)

    def _copy(self, source: Path, target: Path, sha256: str | None) -> None:
        """Copy a file whole, compare it, give it its name; that is on disk then."""
        # Where clips are recorded: what a crash leaves there is removed at a start.
        folder = self._new.folder / RECORDING / MOVING
        temporary = folder / (target.name + TEMPORARY_SUFFIX)
        make_folder(folder)
        try:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT, FILE_MODE))
            shutil.copyfile(source, temporary)
            sync_file(temporary)
            if sha256 is not None and (found := digest(temporary)) != sha256:
                if found != digest(source):
                    raise OSError(errno.EIO, "the copy differs from its original")
                # It was changed where it lay; its row keeps the digest of its close.
                _LOGGER.error("The file %s differs from what was recorded", source.name)
            self._new.move(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def clear(files: LibraryFiles) -> None:
    """Remove what an empty library leaves; whatever else lies in the folder stays."""
    folder = files.folder
    for pattern in ("index.db", "index.db-wal", "index.db-shm"):
        (folder / pattern).unlink(missing_ok=True)
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    shutil.rmtree(folder / ".previews", ignore_errors=True)
    places = [folder / BIN, *(folder / RECORDING).glob("*"), folder / RECORDING]
    with contextlib.suppress(FileNotFoundError):
        places += [
            each
            for each in folder.iterdir()
            if each.is_dir() and not each.name.startswith(".")
        ]
    for place in places:
        with contextlib.suppress(OSError):
            place.rmdir()
    (folder / MARKER).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
        sync_folder(folder.parent)
