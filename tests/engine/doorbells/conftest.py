"""Fixtures of the tests of doorbells."""

import pytest


@pytest.fixture(autouse=True)
def loopback(socket_enabled: None) -> None:
    """Let tests talk to real servers on this machine."""
