"""Servers of this system that tests start for themselves: they end with whoever started them."""

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

# Debian keeps servers where only root looks for programs.
PATH: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


class Process(Protocol):
    """What tests do with a process that runs beside them."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return None while it runs."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """Kill it (SIGKILL)."""

    def wait(self, timeout: float, /) -> int:
        """Wait for its end."""


class Forked:
    """A process that another one forked, and waits for."""

    def __init__(self, pid: int) -> None:
        """Hold on to it: nobody else gets its number meanwhile."""
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return None while it runs."""
        return self._ended(0)

    def _ended(self, timeout: float) -> int | None:
        return 0 if select.select([self._file], [], [], timeout)[0] else None

    def send_signal(self, number: int, /) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._file, number)

    def kill(self) -> None:
        """Kill it (SIGKILL)."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float, /) -> int:
        """Wait for its end."""
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code


class Server(ABC):
    """Something that runs within a block."""

    @abstractmethod
    def start(self) -> None:
        """Start it, and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """End it."""

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
        self.stop()


def program(name: str) -> str | None:
    """Return where a program is, or None."""
    return shutil.which(name, path=PATH)


def ends_with_us() -> list[str]:
    """Return what starts a program so that the kernel kills it when this process is gone.

    Without setpriv, it stays when the tests are killed.
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
    """Start a server that writes to this file.

    When the thread that starts it ends, for whatever reason, the kernel sends `last`. So
    start it on the main one. `user` is who runs it, if root may choose.
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
    """Wait until a server answers; RuntimeError with what it said if it ends before."""

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
    """Whether a server takes connections at a port."""
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
    """Run a server that listens at this port until it has been used."""
    process = started(*command, log=log, last="TERM", env=env)
    try:
        wait_until(partial(listens, port), process, log)
        yield process
    finally:
        end([process], signal.SIGTERM, 30)


def children(pid: int) -> list[int]:
    """Return a process and all that it started."""
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
    """Send them a signal and wait; kill those that take longer."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)  # it may be one that a test had stopped
    for process in processes:
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(patience)
