"""Fixtures of the ledger tests."""

from collections.abc import AsyncIterator
import contextlib
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from tests.engine.sharing.ledger.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the ledger."""
    return tmp_path / "private" / "ledger.db"


@pytest.fixture
async def ledger(path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    """Return an open ledger, which the test may close."""
    opened = await Ledger.open(path, clock=clock)
    yield opened
    with contextlib.suppress(RuntimeError):
        await opened.close()
