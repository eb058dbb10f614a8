"""Whether the folder is the library, and not the empty place where a disk is mounted.

A network folder or a disk that is not there leaves an empty folder behind, or one that
fails or hangs. Recording into it would fill the wrong disk, and taking it for the
library would drop every row. So the library leaves a file with an id in its folder.
"""

import logging
from pathlib import Path
import re
from typing import Final
from uuid import uuid4

from ..errors import LibraryError
from .names import LibraryFiles, is_doorbell, make_folder, sync_folder

_LOGGER = logging.getLogger(__name__)

MARKER: Final = ".doorwatch"
_ID = re.compile(r"[0-9a-f]{32}")


def identity(folder: Path) -> str | None:
    """Read the id of the library in this folder, None when there is none.

    Raises `OSError` when the disk fails.
    """
    try:
        with (folder / MARKER).open("rb") as file:
            content = file.read(64).strip().decode("ascii", "replace")
    except FileNotFoundError, NotADirectoryError:
        return None
    return content if _ID.fullmatch(content) else None


def claim(files: LibraryFiles, expected: str | None) -> str:
    """Find or leave the id; `expected` is the one that this folder had before, if any.

    Raises `LibraryError("library_missing")` when it had one and is empty now, `OSError`.
    """
    folder = files.folder
    if (found := identity(folder)) is not None:
        if expected is not None and found != expected:
            _LOGGER.warning(
                "The folder for clips holds a different library than before"
            )
        return found
    if expected is not None and not _holds_clips(folder):
        raise LibraryError("library_missing")
    make_folder(folder)
    chosen = expected or uuid4().hex
    files.write(folder / MARKER, chosen.encode() + b"\n")
    sync_folder(folder)
    return chosen


def _holds_clips(folder: Path) -> bool:
    """Whether somebody took away but the mark."""
    if (folder / "index.db").exists():
        return True
    if not folder.is_dir():
        return False
    return any(
        is_doorbell(place.name) and next(place.glob("*/*.mp4"), None) is not None
        for place in folder.iterdir()
    )
