"""Fixtures for tests of doorbells."""

import pytest


@pytest.fixture(autouse=True)
def loopback(socket_enabled: None) -> None:
    """Allow connections to real servers on loopback."""
