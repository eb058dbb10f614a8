"""The agency's real intake as a process: started, killed and started again by tests."""

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
        self.source = _SOURCE
        self.through: list[str] = []  # a program that starts it, such as setpriv
        self.address: str | None = None  # of its inbox, if that is a bucket
        self.environment: dict[str, str] = {}  # besides that of the tests
        self._process: subprocess.Popen[bytes] | None = None

    def add_options(self, *options: str) -> None:
        """Start it with these as well."""
        self._options += options

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
        if self._upload_code is not None:
            environment["DOORWATCH_UPLOAD_CODE"] = self._upload_code
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
                    *self._options,
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
        """Its process, while it runs."""
        assert self._process
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it doesn't run, for whatever reason."""
        return self._process is None or self._process.poll() is not None

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

    def said(self) -> list[str]:
        """Return what it said so far: a line for each event, without the times."""
        lines = self.log.read_text().splitlines()
        return [line.partition(" ")[2] for line in lines]

    def arrived(self, share_id: str) -> int:
        """Return how many bytes of an unfinished upload have arrived."""
        try:
            return (self.inbox / ".incoming" / share_id).stat().st_size
        except FileNotFoundError:
            return 0
