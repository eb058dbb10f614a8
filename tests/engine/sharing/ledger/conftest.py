"""A ledger."""

from collections.abc import AsyncIterator
import contextlib
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from tests.engine.sharing.ledger.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the file."""
    return tmp_path / "private" / "ledger.db"


@pytest.fixture
async def ledger(path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    """Give an open ledger; the test may close it."""
    opened = await Ledger.open(path, clock=clock)
    yield opened
    with contextlib.suppress(RuntimeError):
        await opened.close()
