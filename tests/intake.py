"""Run the agency's intake as a process that tests can kill and restart."""

from contextlib import suppress
import os
from pathlib import Path
import shutil
import signal
import subprocess
from types import TracebackType
from typing import Self

from tests.ports import own_port
from tests.repository import ROOT
from tests.servers import ends_with_us
from tests.waiting import block_until

SOURCE = ROOT / "agency" / "intake"
_READY = b"listening on "


class Intake:
    """An intake with its folders, on the same loopback port after every restart.

    The folder `public` is served without a login: a test can write the discovery document to
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
        """Prepare the folders; `start` starts the process."""
        self.inbox = folder / "inbox"
        self.public = folder / "public"
        self.log = folder / "intake.log"
        (self.public / ".well-known").mkdir(parents=True, exist_ok=True)
        self.port = own_port()
        self.upload_code = upload_code
        self.options = ["--uploads-per-minute", str(uploads_per_minute)]
        if max_bytes is not None:
            self.options += ["--max-bytes", str(max_bytes)]
        if signing_key is not None:
            self.options += ["--signing-key", str(signing_key)]
        self.source = SOURCE
        self.through: list[str] = []  # command that starts the intake, such as setpriv
        self.address: str | None = None  # of the inbox, if it is a bucket
        self.environment: dict[str, str] = {}  # in addition to that of the tests
        self._process: subprocess.Popen[bytes] | None = None

    def add_options(self, *options: str) -> None:
        """Add options to the command line of the intake."""
        self.options += options

    @property
    def origin(self) -> str:
        """Return the origin, which is also the issuer in the discovery document."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """Return the URL of the tus endpoint."""
        return f"{self.origin}/uploads"

    def start(self, deadline: float = 30) -> None:
        """Start the intake and wait until it answers."""
        if not (self.source / "node_modules" / "@tus" / "server").is_dir():
            raise RuntimeError("the intake's packages are missing: run scripts/setup")
        node = shutil.which("node")
        if node is None:
            raise RuntimeError("node is missing: run scripts/setup")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name != "DOORWATCH_UPLOAD_CODE"
        }
        environment |= self.environment
        if self.upload_code is not None:
            environment["DOORWATCH_UPLOAD_CODE"] = self.upload_code
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *ends_with_us(),
                    *self.through,
                    node,
                    str(self.source / "src" / "main.js"),
                    *("--inbox", self.address or str(self.inbox)),
                    *("--public", str(self.public)),
                    *("--port", str(self.port)),
                    *self.options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
        process = self._process

        def ready() -> bool:
            return _READY in self.log.read_bytes()[begin:] or process.poll() is not None

        with suppress(TimeoutError):
            block_until(ready, seconds=deadline)
        if _READY not in self.log.read_bytes()[begin:]:
            self.kill()
            raise RuntimeError(f"the intake did not start: {self.log.read_text()}")

    @property
    def pid(self) -> int:
        """Return the process id of the running intake."""
        assert self._process
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Return whether the process has ended, for any reason."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """Send SIGKILL, so that the intake can't clean up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Send SIGTERM, so that the intake can finish."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        """Send a signal and wait until the process ends."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the intake."""
        self.kill()

    def packages(self) -> list[Path]:
        return sorted(self.inbox.glob("*.tar.age"))

    def said(self) -> list[str]:
        """Return the log so far: a line for each event, without the times."""
        lines = self.log.read_text().splitlines()
        return [line.partition(" ")[2] for line in lines]

    def arrived(self, share_id: str) -> int:
        """Return the number of bytes received of an unfinished upload."""
        try:
            return (self.inbox / ".incoming" / share_id).stat().st_size
        except FileNotFoundError:
            return 0
