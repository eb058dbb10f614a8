"""Run PostgreSQL in a temporary folder and on loopback."""

import os
from pathlib import Path
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from typing import Final

from tests.ports import own_port
from tests.servers import PATH, Server, children, end, started, wait_until

_DEBIAN: Final = Path("/usr/lib/postgresql")
_NAME: Final = "doorwatch"  # of the database and its user


def _programs() -> Path | None:
    """Return the folder with the programs of the newest PostgreSQL, or None."""
    found = [path.parent for path in _DEBIAN.glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    there = shutil.which("initdb", path=PATH)
    return Path(there).resolve().parent if there else None


def _user() -> str | None:
    """Return the user that runs PostgreSQL if the tests run as root, which it refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def missing() -> str | None:
    """Return why PostgreSQL can't run here, or None."""
    if _programs() is None:
        return "PostgreSQL isn't installed (scripts/setup installs it on Debian)"
    if shutil.which("setpriv") is None:
        return "setpriv, which runs PostgreSQL as another user, isn't installed"
    return None


class Postgres(Server):
    """A cluster on the same port after every restart.

    `url` contains no password: programs get `passfile` as PGPASSFILE.
    """

    def __init__(self) -> None:
        """Make the cluster; `start` starts the server."""
        if (reason := missing()) is not None:
            raise RuntimeError(reason)
        programs = _programs()
        assert programs
        self._programs = programs
        self._user = _user()
        # Other users have no access to pytest's temporary folders.
        self.folder = Path(tempfile.mkdtemp(prefix="doorwatch-postgres-"))
        self.log = self.folder / "postgres.log"
        self.port = own_port()
        self.url = f"postgresql://{_NAME}@127.0.0.1:{self.port}/{_NAME}"
        self._password = secrets.token_urlsafe(16)
        self.passfile = self.folder / "pgpass"
        self.process: subprocess.Popen[bytes] | None = None
        data = self.folder / "data"
        data.mkdir()
        word = self.folder / "password"
        for file, text in (
            (word, self._password),
            (self.passfile, f"127.0.0.1:{self.port}:*:{_NAME}:{self._password}\n"),
        ):
            file.touch(0o600)
            file.write_text(text)
        if self._user is not None:
            for path in (self.folder, data, word):
                shutil.chown(path, self._user)
        made = started(
            *(self._programs / "initdb", "-D", data, "-U", _NAME),
            *("--auth-host=scram-sha-256", "--auth-local=reject"),
            *(f"--pwfile={word}", "--encoding=UTF8", "--locale=C.UTF-8"),
            *("--no-sync", "--no-instructions"),
            log=self.log,
            user=self._user,
        )
        if made.wait(120) != 0:
            raise RuntimeError(f"no cluster was made: {self.log.read_text()}")
        word.unlink()
        with self:
            self._run("createdb", _NAME)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that a client needs besides `url`."""
        return {"PGPASSFILE": str(self.passfile)}

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.process = started(
            *(self._programs / "postgres", "-D", self.folder / "data"),
            *("-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
            log=self.log,
            user=self._user,
            last="QUIT",  # stops its child processes as well
        )
        asked = (self._programs / "pg_isready", "-q", "-h", "127.0.0.1")
        wait_until(
            lambda: not subprocess.call([*asked, "-p", str(self.port)]),
            self.process,
            self.log,
        )

    def stop(self) -> None:
        """Stop the server, and disconnect all clients."""
        process, self.process = self.process, None
        if process is not None:
            end([process], signal.SIGINT, 30)

    def kill(self) -> None:
        """Send SIGKILL to the server and its child processes, as a power cut would end them."""
        process, self.process = self.process, None
        if process is None:
            return
        self._send(process, signal.SIGKILL)
        process.wait(30)

    def freeze(self) -> None:
        """Stop answering until `thaw`, with all connections left open."""
        assert self.process
        self._send(self.process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue after `freeze`."""
        assert self.process
        self._send(self.process, signal.SIGCONT)

    @staticmethod
    def _send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        # Stop the main process first, because it would restart the others.
        for pid in children(process.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def ask(self, statement: str, database: str = _NAME) -> list[str]:
        """Return the rows of a statement, with columns separated by `|`."""
        command = ("psql", "-X", "-q", "-A", "-t", "-c", statement, database)
        return self._run(*command).splitlines()

    def _run(self, name: str, *arguments: str) -> str:
        command = [str(self._programs / name), "-h", "127.0.0.1", "-U", _NAME]
        done = subprocess.run(
            [*command, "-p", str(self.port), "--no-password", *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | self.environment,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr}")
        return done.stdout

    def remove(self) -> None:
        """Stop the server and remove its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
