"""Home Assistant in a process forked from one that has imported its modules.

Importing them takes most of the start's time.
"""

import _socket
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
import multiprocessing
import os
from pathlib import Path
import runpy
import signal
import socket
import subprocess
import sys
from typing import Final
from unittest.mock import patch

from tests.repository import ROOT

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "homeassistant.bootstrap",
        "homeassistant.runner",
        *(
            f"homeassistant.components.{name}"
            for name in (
                *("analytics", "automation", "backup", "camera", "config", "ffmpeg"),
                *("frontend", "generic", "hassio", "history", "image_upload"),
                *("input_boolean", "logbook", "mobile_app", "my", "network"),
                *("onboarding", "person", "recorder", "repairs", "script", "search"),
                *("stream", "sun", "system_health", "webhook", "zeroconf"),
            )
        ),
    ]
)


class ForkedProcess:
    """A process with the used part of the interface of `subprocess.Popen`."""

    def __init__(
        self,
        arguments: list[str],
        *,
        code: Path,
        output: Path,
        environment: Mapping[str, str],
    ) -> None:
        """Start `hass` with these arguments; it searches modules in `code` first."""
        self._process = _CONTEXT.Process(
            target=_run, args=(arguments, code, output, dict(environment)), daemon=True
        )
        # Tests may connect only to 127.0.0.1, but this is a Unix socket.
        with patch.object(socket.socket, "connect", _socket.socket.connect):
            self._process.start()
        assert self._process.pid is not None
        self.pid: Final = self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait until the process has ended and return its exit status."""
        self._process.join(timeout)
        if (ended := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("hass", timeout)
        return ended

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process if it is running."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process."""
        self.send_signal(signal.SIGKILL)


def _run(
    arguments: list[str], code: Path, output: Path, environment: dict[str, str]
) -> None:
    """Run like `python -m homeassistant` in the folder `code`."""
    os.setsid()
    os.chdir(code)
    with output.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ.update(environment)
    # Remove the repository of the tests, because `code` may be another one.
    installed = [
        path
        for path in sys.path
        if path.startswith(sys.prefix) or not path.startswith(str(ROOT))
    ]
    named = list(filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)))
    sys.path[:] = [str(code), *named, *installed]
    sys.argv = ["hass", *arguments]
    _customize(named)
    runpy.run_module("homeassistant", run_name="__main__", alter_sys=True)


def _customize(folders: Sequence[str]) -> None:
    """Import `sitecustomize` from these folders, as Python does when it starts."""
    name = "sitecustomize"
    spec = PathFinder.find_spec(name, folders)
    if spec is not None and spec.loader is not None:
        sys.modules[name] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
