"""Tell regular files from symbolic links."""

from pathlib import Path


def is_plain_file(path: Path, folder: Path) -> bool:
    """Return whether a file in the folder is reached without symlinks. Blocking.

    Add-ons can write to the folder of the clips, and a link could point to any file.
    """
    inside = folder.resolve() / path.relative_to(folder)
    return path.is_file() and path.resolve() == inside
