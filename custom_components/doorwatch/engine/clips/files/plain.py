"""Tells a file of ours from a link that somebody put in its place."""

from pathlib import Path


def is_plain_file(path: Path, folder: Path) -> bool:
    """Whether a file lies in the folder by its own name, through no link. Blocking.

    Add-ons may write where clips lie: a link would lead to any file of the home.
    """
    inside = folder.resolve() / path.relative_to(folder)
    return path.is_file() and path.resolve() == inside
