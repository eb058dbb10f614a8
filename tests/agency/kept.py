"""A folder that is made once and restored for each test."""

from pathlib import Path
import shutil


class Kept:
    """A copy of a folder."""

    def __init__(self, folder: Path) -> None:
        """Copy the folder."""
        self.folder = folder
        self._copy = folder.with_name(f"{folder.name}-kept")
        shutil.copytree(folder, self._copy, symlinks=True)

    def restore(self) -> None:
        """Restore the folder at the same path."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder, symlinks=True)
