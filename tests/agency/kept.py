"""A folder with which many tests begin, made once."""

from pathlib import Path
import shutil


class Kept:
    """A folder as it is now."""

    def __init__(self, folder: Path) -> None:
        """Copy the folder."""
        self.folder = folder
        self._copy = folder.with_name(f"{folder.name}-kept")
        shutil.copytree(folder, self._copy, symlinks=True)

    def restore(self) -> None:
        """Let the folder be as it was, at the same place."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder, symlinks=True)
