"""Recognize the folder of the library by a marker file.

A network folder or disk that is not mounted leaves an empty, failing or hanging folder.
Recording into it would fill the wrong disk, and reconciling with it would remove every
row. The marker file holds the ID of the library.
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
    """Read the ID of the library in a folder, or None.

    Raises `OSError` when the disk fails.
    """
    try:
        with (folder / MARKER).open("rb") as file:
            content = file.read(64).strip().decode("ascii", "replace")
    except FileNotFoundError, NotADirectoryError:
        return None
    return content if _ID.fullmatch(content) else None


def claim(files: LibraryFiles, expected: str | None) -> str:
    """Read or write the ID; `expected` is the last known ID of the folder, if any.

    Raises `LibraryError("library_missing")` if an ID is expected but the folder has no
    clips, and `OSError`.
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
    """Return whether the folder has clips or an index, so only the marker is lost."""
    if (folder / "index.db").exists():
        return True
    if not folder.is_dir():
        return False
    return any(
        is_doorbell(place.name) and next(place.glob("*/*.mp4"), None) is not None
        for place in folder.iterdir()
    )
