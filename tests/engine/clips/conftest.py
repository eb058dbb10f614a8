"""Libraries to test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.clips.library import Library

from .homemade import Home, make_source


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what a doorbell sends."""
    return make_source(tmp_path_factory.mktemp("clips") / "source.mp4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the library lies, not made yet."""
    return tmp_path / "share" / "doorwatch"


@pytest.fixture
async def home(folder: Path, source: Path) -> AsyncIterator[Home]:
    """Open a library."""
    home = Home(await Library.open(folder, lambda: "Europe/Berlin"), source)
    yield home
    # A test may have opened it anew.
    await home.library.close()
