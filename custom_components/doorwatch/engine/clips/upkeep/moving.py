"""Move the clips of one library to another after the folder was changed.

The new library is already in use; this moves clip after clip into it, the newest first.
At any time a clip is complete in at least one of the folders, so that another run can
continue after an interruption.
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
    FILE_MODE,
    RECORDING,
    STAGING,
    TEMPORARY_SUFFIX,
    LibraryFiles,
    digest,
    is_there,
    make_folder,
    paired,
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
    """Move clips, blocking, on its own thread; nothing else uses the old library."""

    def __init__(
        self,
        old: tuple[LibraryFiles, Index],
        new: tuple[LibraryFiles, Index],
        present: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        """Initialize; `present` raises `LibraryError` when a folder is missing."""
        self._old, self._old_index = old
        self._new, self._new_index = new
        self._present = present
        self._stop = stop

    def run(self) -> int | None:
        """Move all clips and return how many; None when stopped.

        Raises `LibraryError` (`disk_full` before moving anything if the clips do not
        fit), `OSError` and `sqlite3.Error`. Clips that were moved by then stay in the
        new folder.
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
        # Allows 50 kB for each thumbnail.
        needed = sum(clip.size + 50_000 for clip, _ in clips)
        if needed + space.lacking(self._new.folder) > 0:
            raise LibraryError("disk_full")

    def _same_disk(self) -> bool:
        return self._old.folder.stat().st_dev == self._new.folder.stat().st_dev

    def _move(self, clip: Clip, path: str) -> None:
        """Add the files and the row to the new library, then remove the old ones."""
        binned = clip.state is ClipState.BIN
        there = self._new.binned(path) if binned else self._new.video(path)
        known = self._new_index.get(clip.clip_id).result()
        if known is None or not is_there(known[0].path):
            if is_there(clip.path):
                # Save the facts of the old index first, in case of an interruption.
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
        """Remove the row and thumbnail of a clip whose video is in neither folder."""
        self._present()
        _LOGGER.warning(
            "The file of clip %s is missing and couldn't be moved", clip.clip_id
        )
        self._old.remove_thumbnail(path)
        self._old_index.forget([clip.clip_id]).result()

    def _carry_all(self, clip: Clip, there: Path) -> None:
        """Rename the files, or copy them to another disk, the video last."""
        pairs = paired(clip.path, there)[::-1]
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
        """Copy a file, compare the digest, rename it and sync the name to disk."""
        # In the recording folder, where leftovers of a crash are removed at the start.
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
                # The file was changed before; its row keeps the original digest.
                _LOGGER.error("The file %s differs from what was recorded", source.name)
            self._new.move(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def clear(files: LibraryFiles) -> None:
    """Remove the files of an empty library; other files in the folder stay."""
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
