"""Where clips may lie: where Home Assistant gives nobody the files by itself."""

from collections.abc import Iterable
import contextlib
import os
from pathlib import Path
import shutil
import tempfile
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..engine.clips.files.names import FOLDER_MODE, STAGING, make_folder
from ..engine.clips.files.presence import MARKER
from .private import PrivateFolder

# Home Assistant OS keeps this folder across updates; a backup may leave it out.
SHARE: Final = Path("/share")


@callback
def served_folders(hass: HomeAssistant) -> list[Path]:
    """Return the folders out of which every signed-in user, or everybody, gets files.

    The usual ones count although the configuration may name others.
    """
    return [
        Path("/media"),
        Path(hass.config.path("media")),
        Path(hass.config.path("www")),
        *map(Path, hass.config.media_dirs.values()),
    ]


def served_by(folder: Path, served: Iterable[Path]) -> Path | None:
    """Return the served folder that this one lies in, or that lies in it. Blocking."""
    real = folder.resolve()
    for each in served:
        other = each.resolve()
        if real.is_relative_to(other) or other.is_relative_to(real):
            return each
    return None


def _defaults(config_folder: str) -> list[Path]:
    """Return the folders that need no choice, the better one first."""
    inside = Path(config_folder) / DOMAIN
    return [SHARE / DOMAIN, inside] if SHARE.is_dir() else [inside]


def safe_folder(config_folder: str, served: Iterable[Path]) -> Path | None:
    """Return a folder that needs no choice and is not served. Blocking."""
    served = list(served)
    for folder in _defaults(config_folder):
        if served_by(folder, served) is None:
            return folder
    return None


def default_folder(config_folder: str, served: Iterable[Path]) -> Path:
    """Return where clips lie unless the household chose a folder. Blocking.

    One that is served is left alone where clips lie in it already: only the household
    knows whether another disk has room for them. A repair tells it.
    """
    usual = _defaults(config_folder)[0]
    noted = PrivateFolder.of(config_folder).library_in(usual)
    if noted is not None or (usual / MARKER).exists():
        return usual
    return safe_folder(config_folder, served) or usual


def folder_problem(folder: str, served: Iterable[Path]) -> str | None:
    """Say what is wrong with a folder that somebody chose; leave nothing. Blocking."""
    path = Path(folder)
    if not path.is_absolute() or ".." in path.parts or "\0" in folder:
        return "folder_not_absolute"
    if served_by(path, served) is not None:
        return "folder_is_served"
    return None if is_writable(path) else "folder_not_writable"


def is_writable(path: Path) -> bool:
    """Try to make the folder and to write into it; leave nothing. Blocking.

    Whoever then chooses another one, or none, finds no empty folders later.
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
    """Make a folder that was chosen, as far as its disk lets us. Blocking.

    Nobody is told here: opening it at the next start makes it too, or says why not.
    """
    with contextlib.suppress(OSError):
        make_folder(Path(folder))


def clear_staging(folder: Path) -> None:
    """Remove what is left of share dialogs that nobody can confirm. Blocking."""
    shutil.rmtree(folder / STAGING, ignore_errors=True)
