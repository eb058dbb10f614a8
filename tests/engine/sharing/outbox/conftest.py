"""Fixtures of the outbox tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.intake import Intake
from tests.outside_servers import serve

from .desk import Desk
from .home import CODE, FakeTime, Home
from .tus_server import Server


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on the loopback interface."""


@pytest.fixture
def passing() -> FakeTime:
    """Return the simulated time of the home."""
    return FakeTime()


@pytest.fixture
async def home(tmp_path: Path, passing: FakeTime) -> AsyncIterator[Home]:
    """Return a running home."""
    home = Home(tmp_path / "home", passing.clock)
    home.time = passing
    await home.open()
    yield home
    await home.close()


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Return a running intake."""
    with Intake(tmp_path / "agency", upload_code=CODE) as running:
        yield running


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Return a tus server in this process."""
    server = Server()
    async with serve(server.answer) as port:
        server.endpoint = f"http://127.0.0.1:{port}/uploads"
        yield server
        for event in server.hold.values():
            event.set()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Return a desk that sends receipts and accepts withdrawals."""
    desk = Desk()
    async with serve(desk.answer) as port:
        desk.root = f"http://127.0.0.1:{port}"
        desk.tus.endpoint = f"{desk.root}/uploads"
        yield desk
        for event in (*desk.tus.hold.values(), desk.hold):
            if event is not None:
                event.set()
