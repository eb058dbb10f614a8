"""Choose the folder for clips, which must not be one that Home Assistant serves."""

from collections.abc import Iterable
import contextlib
from functools import partial
import logging
import os
from pathlib import Path
import shutil
import tempfile
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.clips.files.names import FOLDER_MODE, STAGING, make_folder
from ..engine.clips.files.presence import MARKER
from ..engine.clips.waiting import TIMEOUT, run_detached
from ..issues import async_clips_served
from .private import PrivateFolder

_LOGGER = logging.getLogger(__name__)

# Home Assistant OS keeps this folder across updates, and a backup can exclude it.
SHARE: Final = Path("/share")


@callback
def served_folders(hass: HomeAssistant) -> list[Path]:
    """Return the folders whose files are served to every signed-in user or to everyone.

    The usual folders are included even if the configuration names others.
    """
    return [
        Path("/media"),
        Path(hass.config.path("media")),
        Path(hass.config.path("www")),
        *map(Path, hass.config.media_dirs.values()),
    ]


def served_by(folder: Path, served: Iterable[Path]) -> Path | None:
    """Return the served folder that overlaps with this one, if any. Blocking."""
    real = folder.resolve()
    for each in served:
        other = each.resolve()
        if real.is_relative_to(other) or other.is_relative_to(real):
            return each
    return None


def _defaults(config_folder: str) -> list[Path]:
    """Return the default folders, the better one first."""
    inside = Path(config_folder) / DOMAIN
    return [SHARE / DOMAIN, inside] if SHARE.is_dir() else [inside]


def safe_folder(config_folder: str, served: Iterable[Path]) -> Path | None:
    """Return a default folder that is not served, if any. Blocking."""
    served = list(served)
    for folder in _defaults(config_folder):
        if served_by(folder, served) is None:
            return folder
    return None


def default_folder(config_folder: str, served: Iterable[Path]) -> Path:
    """Return the folder for clips unless the household chose one. Blocking.

    A served folder that already contains clips is kept, because only the household
    knows whether another disk has space for them. A repair issue reports it.
    """
    usual = _defaults(config_folder)[0]
    noted = PrivateFolder(config_folder).library_in(usual)
    if noted is not None or (usual / MARKER).exists():
        return usual
    return safe_folder(config_folder, served) or usual


def folder_problem(folder: str, served: Iterable[Path]) -> str | None:
    """Return the problem with a chosen folder, if any; leave nothing behind. Blocking."""
    path = Path(folder)
    if not path.is_absolute() or ".." in path.parts or "\0" in folder:
        return "folder_not_absolute"
    if served_by(path, served) is not None:
        return "folder_is_served"
    return None if is_writable(path) else "folder_not_writable"


def is_writable(path: Path) -> bool:
    """Return whether the folder can be made and written to. Blocking.

    Nothing is left behind, in case another folder is chosen.
    """
    made: list[Path] = []
    try:
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=FOLDER_MODE)
                made.append(folder)
        with tempfile.NamedTemporaryFile(dir=path, prefix=".doorwatch-") as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    finally:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
    return True


def make_chosen(folder: str) -> None:
    """Make a chosen folder, if its disk allows it. Blocking.

    Errors are ignored: opening the folder at the next start makes it too, or reports
    why not.
    """
    with contextlib.suppress(OSError):
        make_folder(Path(folder))


def clear_staging(folder: Path) -> None:
    """Remove what is left of share dialogs that can't be confirmed any more. Blocking."""
    shutil.rmtree(folder / STAGING, ignore_errors=True)


async def async_look_who_serves(hass: HomeAssistant, folder: Path) -> None:
    """Warn if others can fetch the clips, and continue to record.

    A change of the configuration may have made the chosen folder a media folder.
    """
    served = served_folders(hass)
    by = await hass.async_add_executor_job(served_by, folder, served)
    safe = None
    if by is not None:
        _LOGGER.warning(
            "Everyone who can log in to Home Assistant can get the clips, because the"
            " folder %s overlaps with %s",
            folder,
            by,
        )
        safe = await hass.async_add_executor_job(
            safe_folder, hass.config.config_dir, served
        )
    async_clips_served(hass, folder, by, safe)


async def async_clear_staging(folder: Path) -> None:
    """Remove staged files, either those from before a crash or when Home Assistant stops."""
    with contextlib.suppress(LibraryError):  # if the disk hangs
        await run_detached("doorwatch-staging", partial(clear_staging, folder), TIMEOUT)
