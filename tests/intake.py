"""The agency's real intake as a process: started, killed and started again by tests."""

import os
from pathlib import Path
import selectors
import shutil
import signal
import subprocess
import time
from types import TracebackType
from typing import Self

from tests.ports import own_port
from tests.repository import ROOT

_SOURCE = ROOT / "agency" / "intake"
_READY = b"listening on "


class Intake:
    """One intake with its folders, on the same loopback port through every restart.

    `public` is served to everybody: put the discovery document at
    `public/.well-known/doorwatch-agency` at any time. Finished packages are in `inbox`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        upload_code: str | None = None,
        max_bytes: int | None = None,
        uploads_per_minute: int = 1000,
        signing_key: Path | None = None,
    ) -> None:
        """Prepare the folders; nothing runs before `start`."""
        self.inbox = folder / "inbox"
        self.public = folder / "public"
        self.log = folder / "intake.log"
        (self.public / ".well-known").mkdir(parents=True, exist_ok=True)
        self.port = own_port()
        self._upload_code = upload_code
        self._options = ["--uploads-per-minute", str(uploads_per_minute)]
        if max_bytes is not None:
            self._options += ["--max-bytes", str(max_bytes)]
        if signing_key is not None:
            self._options += ["--signing-key", str(signing_key)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Where it is reached; also the issuer of its discovery document."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """The tus endpoint."""
        return f"{self.origin}/uploads"

    def start(self, deadline: float = 30) -> None:
        """Start it and wait until it answers."""
        if not (_SOURCE / "node_modules" / "@tus" / "server").is_dir():
            raise RuntimeError("the intake's packages are missing: run scripts/setup")
        node = shutil.which("node")
        if node is None:
            raise RuntimeError("node is missing: run scripts/setup")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name != "DOORWATCH_UPLOAD_CODE"
        }
        if self._upload_code is not None:
            environment["DOORWATCH_UPLOAD_CODE"] = self._upload_code
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    node,
                    str(_SOURCE / "src" / "main.js"),
                    *("--inbox", str(self.inbox)),
                    *("--public", str(self.public)),
                    *("--port", str(self.port)),
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )
        if not self._read_ready(time.monotonic() + deadline):
            self.kill()
            raise RuntimeError(f"the intake did not start: {self.log.read_text()}")

    def _read_ready(self, until: float) -> bool:
        """Read its output up to the line that says it listens."""
        assert self._process is not None and self._process.stdout is not None
        output = self._process.stdout.fileno()
        text = b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while _READY not in text:
                readable = selector.select(max(0.0, until - time.monotonic()))
                block = os.read(output, 4096) if readable else b""
                if not block:
                    return False
                text += block
        return True

    def kill(self) -> None:
        """Kill it without a chance to clean up (SIGKILL), as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it the orderly way."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        assert process.stdout is not None
        process.stdout.close()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.kill()

    def packages(self) -> list[Path]:
        """Return the finished packages."""
        return sorted(self.inbox.glob("*.tar.age"))

    def arrived(self, share_id: str) -> int:
        """Return how many bytes of an unfinished upload have arrived."""
        try:
            return (self.inbox / ".incoming" / share_id).stat().st_size
        except FileNotFoundError:
            return 0
