"""A pytest plugin with real RTSP doorbells on loopback.

Use by `pytest_plugins = ["tests.rtsp.fixtures"]` in a top conftest, or import its
fixtures:

    def test_something(rtsp_server: RtspServer) -> None: ...            # shared, stays up
    def test_restart(start_rtsp_server: StartRtspServer) -> None:       # a separate server
        server = start_rtsp_server(login="porch:secret")
        server.kill(); server.start(); server.pause(); server.resume()
"""

from collections.abc import Callable, Iterator
import contextlib
from pathlib import Path
import selectors
import signal
import subprocess
import time
from typing import Final

import pytest

from tests import videos as media
from tests.ports import own_port
from tests.waiting import block_until

SERVER: Final = Path(__file__).with_name("server.py")
PHASE: Final = (
    7.3  # as in the server: the offset of each camera to the previous one in seconds
)
START_TIMEOUT: Final = 30.0


class RtspServer:
    """A server process that keeps its port when it is restarted."""

    def __init__(
        self, scene: media.Media, hevc: media.Media | None, login: str | None, cams: int
    ) -> None:
        """Store the scenes to show and the required `user:password`."""
        self._scene = scene
        self._hevc = hevc
        self._login = login
        self._cams = cams
        self._process: subprocess.Popen[str] | None = None
        self.port = own_port()

    def start(self) -> None:
        """Start the server and return when it responds."""
        command = ["/usr/bin/python3", str(SERVER), f"--port={self.port}"]
        command.append(f"--cams={self._cams}")
        if self._login:
            command.append(f"--login={self._login}")
        command.append(str(self._scene.packets))
        if self._hevc:
            command.append(str(self._hevc.packets))
        deadline = time.monotonic() + START_TIMEOUT
        errors = ""

        def starts() -> bool:
            nonlocal errors
            self._process = process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            if self._ready_line(process, deadline):
                return True
            errors = process.communicate()[1]
            return False

        try:
            # The port of a killed server may not be free yet.
            block_until(starts, seconds=START_TIMEOUT)
        except TimeoutError:
            raise AssertionError(errors) from None

    @staticmethod
    def _ready_line(process: subprocess.Popen[str], deadline: float) -> str | None:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                process.kill()
                return None
        line = process.stdout.readline()
        return line if line.startswith("ready") else None

    def kill(self) -> None:
        """Kill the server, which cuts its connections."""
        if process := self._process:
            self._process = None
            process.kill()
            process.communicate()

    def pause(self) -> None:
        """Pause the server, keeping its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume the paused server."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def hush(self, hushed: bool = True) -> None:
        """Stop video and audio but not RTCP, as a camera with a hanging encoder does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1 if hushed else signal.SIGUSR2)

    def address(self, path: str = "cam0", login: str | None = None) -> str:
        """Return the address of a mount point."""
        at = f"{login}@" if login else ""
        return f"rtsp://{at}127.0.0.1:{self.port}/{path}"


def frame_at(unix: float, cam: int = 0) -> float:
    """Return the frame, with a fraction, that a camera shows at a time."""
    return (unix + PHASE * cam) % media.LOOP * media.FPS


def seconds_between(frame: float, later: float) -> float:
    """Return the shortest distance between two frames of the loop in seconds."""
    way = (later - frame) / media.FPS
    return (way + media.LOOP / 2) % media.LOOP - media.LOOP / 2


type StartRtspServer = Callable[..., RtspServer]


@pytest.fixture(scope="session")
def rtsp_server() -> Iterator[RtspServer]:
    """Return a server shared by all tests, with 8 small cameras and special streams."""
    server = RtspServer(media.make(media.SMALL), media.make(media.HEVC), None, 8)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def start_rtsp_server() -> Iterator[StartRtspServer]:
    """Return a function that starts a separate server."""
    with contextlib.ExitStack() as stack:

        def start(
            *,
            scene: media.Scene = media.SMALL,
            login: str | None = None,
            cams: int = 8,
        ) -> RtspServer:
            server = RtspServer(media.make(scene), None, login, cams)
            server.start()
            stack.callback(server.kill)
            stack.callback(server.resume)
            return server

        yield start
