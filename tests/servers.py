"""Start servers of the system for tests, and stop them when the test process ends."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
import os
from pathlib import Path
import pwd
import select
import shutil
import signal
import socket
import subprocess
from types import TracebackType
from typing import Final, Protocol, Self

from tests.waiting import block_until

# Debian installs servers in folders that only root has in its PATH.
PATH: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


class Process(Protocol):
    """The methods of a process that tests use."""

    @property
    def pid(self) -> int:
        """Return the process id."""

    def poll(self) -> int | None:
        """Return None while the process runs."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal to the process."""

    def kill(self) -> None:
        """Send SIGKILL."""

    def wait(self, timeout: float, /) -> int:
        """Wait until the process ends."""


class Forked:
    """A process whose parent is another process, which waits for it."""

    def __init__(self, pid: int) -> None:
        """Open a pidfd, so that the process id can't be reused for another process."""
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return None while the process runs."""
        return self._ended(0)

    def _ended(self, timeout: float) -> int | None:
        return 0 if select.select([self._file], [], [], timeout)[0] else None

    def send_signal(self, number: int, /) -> None:
        """Send a signal to the process."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._file, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float, /) -> int:
        """Wait until the process ends."""
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code


class Server(ABC):
    """A server that runs within a `with` block."""

    @abstractmethod
    def start(self) -> None:
        """Start the server and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the server."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def program(name: str) -> str | None:
    """Return the path of a program, or None."""
    return shutil.which(name, path=PATH)


def ends_with_us() -> list[str]:
    """Return the command prefix with which the kernel kills a program when this process ends.

    Without setpriv, the program continues if the tests are killed.
    """
    there = program("setpriv")
    return [there, "--pdeathsig", "KILL", "--"] if there else []


def started(
    *command: str | Path,
    log: Path,
    user: str | None = None,
    last: str = "KILL",
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that writes its output to this file.

    The kernel sends it `last` when the thread that started it ends, so call this on the main
    thread. If the tests run as root, `user` runs the server.
    """
    become = []
    if user is not None:
        group = pwd.getpwnam(user).pw_gid
        become = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", last, *become, "--"),
                *(str(part) for part in command),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**(os.environ if env is None else env), "PATH": PATH},
        )


def wait_until(
    ready: Callable[[], bool],
    process: Process,
    log: Path,
    deadline: float = 60,
) -> None:
    """Wait until a server answers; raise RuntimeError with its output if it ends first."""

    def ready_or_over() -> bool:
        if ready():
            return True
        if process.poll() is not None:
            raise TimeoutError
        return False

    try:
        block_until(ready_or_over, seconds=deadline)
    except TimeoutError:
        said = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{log.stem} did not start: {said}") from None


def listens(port: int) -> bool:
    """Return whether a server accepts connections on a port."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


@contextmanager
def running(
    port: int,
    log: Path,
    *command: str | Path,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that listens on this port, for a `with` block."""
    process = started(*command, log=log, last="TERM", env=env)
    try:
        wait_until(partial(listens, port), process, log)
        yield process
    finally:
        end([process], signal.SIGTERM, 30)


def children(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for one in found:
        for path in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, path.read_text().split())
            except FileNotFoundError:
                continue  # ended meanwhile
    return found


def end(
    processes: Sequence[Process],
    number: signal.Signals,
    patience: float,
) -> None:
    """Send a signal to processes and wait; kill those that take longer."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)  # a test may have stopped it
    for process in processes:
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(patience)
