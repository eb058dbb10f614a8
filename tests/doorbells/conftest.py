"""Fixtures of the tests of doorbells."""

import pytest

from tests.rtsp.fixtures import rtsp_server, start_rtsp_server

__all__ = ["rtsp_server", "start_rtsp_server"]


@pytest.fixture(autouse=True)
def loopback(socket_enabled: None) -> None:
    """Let tests talk to real servers on this machine."""
