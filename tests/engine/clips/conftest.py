"""Fixtures for tests of the clip library."""

from collections.abc import AsyncIterator
from pathlib import Path
import shutil

import pytest

from custom_components.doorwatch.engine.clips.library import Library
from tests.disks import Disk
from tests.engine.clips.homemade import MEGABYTE

from .homemade import Home, connections, make_source


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the stream of a doorbell."""
    return make_source(tmp_path_factory.mktemp("clips") / "source.mp4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the library, which does not exist yet."""
    return tmp_path / "share" / "doorwatch"


@pytest.fixture
async def home(folder: Path, source: Path) -> AsyncIterator[Home]:
    """Open a library."""
    with connections() as opened:
        library = await Library.open(folder, lambda: found.zone)
    found = Home(library, source, connections=opened)
    yield found
    # A test may have reopened the library.
    await found.library.close()


@pytest.fixture
def small_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Put the library on a disk of 100 MB; the list sets how many bytes others use."""
    others = [0]

    def usage(path: Path) -> Disk:
        files = list(folder.rglob("*.mp4"))
        used = others[0] + sum(file.stat().st_size for file in files)
        return Disk(100 * MEGABYTE, used, 100 * MEGABYTE - used)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return others
