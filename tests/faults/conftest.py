"""Fixtures for tests on a faulty network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.clips.library import Library

from .proxy import Proxy


@pytest.fixture
async def proxy(socket_enabled: None) -> AsyncIterator[Proxy]:
    """Return a faulty network."""
    async with Proxy() as made:
        yield made


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """Return a library."""
    opened = await Library.open(tmp_path / "library", lambda: "Europe/Berlin")
    yield opened
    await opened.close()
