"""Tell regular files from symbolic links."""

from pathlib import Path


def is_plain_file(path: Path, folder: Path) -> bool:
    """Return whether a file in the folder is reached without symlinks. Blocking.

    Add-ons can write to the folder of the clips, and a link could point to any file.
    """
    inside = folder.resolve() / path.relative_to(folder)
    return path.is_file() and path.resolve() == inside


def read_plain_file(path: Path, folder: Path) -> bytes | None:
    """Return the content of such a file, or None if there is none. Blocking."""
    try:
        return path.read_bytes() if is_plain_file(path, folder) else None
    except OSError:
        return None
