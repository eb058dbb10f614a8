"""What all tests of delivery need."""

import pytest


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let these tests use the loopback."""
