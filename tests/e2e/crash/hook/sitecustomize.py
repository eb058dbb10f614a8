"""Note every durable step of a share in a real Home Assistant, and die at one of them.

A step is a sync, rename, removal or creation of one of Doorwatch's files, every `EVERY`
bytes written to one, a commit to outbox or ledger, a request from the home to the
agency, every `EVERY` bytes of a request, and a response. Everything else works as
usual.

`DOORWATCH_CRASH_FOLDER` contains the instruction of the test (`armed`: where to die,
while the file exists) and the report to it (`steps`, a JSON line each). Files count
below the folders in `DOORWATCH_CRASH_ROOTS`, connections to the port
`DOORWATCH_CRASH_PORT`.
"""

from collections import Counter
from collections.abc import Buffer, Callable, Iterable
import io
import json
import os
from pathlib import Path
import re
import signal
import socket
import sqlite3
import threading
import time
from typing import Any, override

EVERY = 64 * 1024  # bytes written to a file or sent in a request

_FOLDER = Path(os.environ["DOORWATCH_CRASH_FOLDER"])
_ROOTS = os.environ["DOORWATCH_CRASH_ROOTS"].split(os.pathsep)
_PORT = int(os.environ["DOORWATCH_CRASH_PORT"])
_ID = re.compile(r"[0-9a-f]{32}|(?<=/)[\w-]{32}(?=/|$)", re.ASCII)
_REQUEST = re.compile(rb"(GET|HEAD|POST|PATCH|DELETE) (/[a-z]+)\S* HTTP/1\.1\r\n")
_CHANGE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)", re.IGNORECASE)
_DATABASES = ("outbox.db", "ledger.db")

_open = os.open
_lock = threading.Lock()
_counts: Counter[str] = Counter()
_armed: dict[str, object] | None = None


def _order() -> dict[str, object] | None:
    """Return the test's current instruction; a change restarts the counting."""
    global _armed  # noqa: PLW0603 - there is one process, and one order to it
    try:
        handle = _open(_FOLDER / "armed", os.O_RDONLY)
    except FileNotFoundError:
        order = None
    else:
        order = json.loads(os.read(handle, 4096))
        os.close(handle)
    if order != _armed:
        _armed = order
        _counts.clear()
    return order


def note(what: str, side: str) -> None:
    """Note one side of a step, and die if it is the chosen point."""
    with _lock:
        order = _order()
        # Both sides of a step have the same number.
        _counts[f"{side} {what}"] += 1
        nth = _counts[f"{side} {what}"]
        line = {
            "what": what,
            "nth": nth,
            "side": side,
            "at": time.monotonic(),
            "pid": os.getpid(),
            "armed": order is not None,
        }
        handle = _open(_FOLDER / "steps", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, json.dumps(line).encode() + b"\n")
        os.close(handle)
        if order is not None and order.get("point") == [what, nth, side]:
            os.kill(os.getpid(), signal.SIGKILL)


def step[Result](what: str, do: Callable[[], Result]) -> Result:
    """Perform a step with a point before and after it."""
    note(what, "before")
    result = do()
    note(what, "after")
    return result


# Files


def _name(path: object) -> str | None:
    """Return a file's name with random IDs replaced, or None if it isn't watched."""
    if isinstance(path, int):
        path = Path(f"/proc/self/fd/{path}").readlink()
    text = os.fspath(path)  # type: ignore[call-overload]  # whatever the function takes
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    for root in _ROOTS:
        if text == root or text.startswith(root + os.sep):
            return _ID.sub("ID", os.path.relpath(text, os.path.dirname(root)))  # noqa: PTH120 - pathlib is being watched
    return None


def _put(function: str, real: object, watched: object) -> None:
    """Replace a function of `os`, including its entries in the sets of capabilities."""
    setattr(os, function, watched)
    for abilities in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if real in abilities:
            abilities.add(watched)  # type: ignore[arg-type]  # they are functions


def _watch(function: str, verb: str) -> None:
    """Count the calls of a function of `os` that affect a watched file."""
    real = getattr(os, function)

    def watched(path: object, *arguments: Any, **options: Any) -> Any:
        if (name := _name(path)) is None:
            return real(path, *arguments, **options)
        what = f"{verb} {name}"
        if arguments and function in ("rename", "replace"):
            what += f" to {_name(arguments[0])}"
        return step(what, lambda: real(path, *arguments, **options))

    _put(function, real, watched)


def _watch_creation() -> None:
    """Count created files and unbuffered writes to them."""
    real_fdopen = os.fdopen

    def watched_open(path: object, flags: int, *rest: Any, **options: Any) -> int:
        def do() -> int:
            return _open(path, flags, *rest, **options)  # type: ignore[arg-type]  # whatever it takes

        if not flags & os.O_CREAT or (name := _name(path)) is None:
            return do()
        return step(f"create {name}", do)

    def watched_fdopen(
        handle: int, mode: str = "r", buffering: int = -1, *rest: Any, **options: Any
    ) -> Any:
        if mode == "wb" and buffering == 0 and (name := _name(handle)) is not None:
            return _Written(handle, name)
        return real_fdopen(handle, mode, buffering, *rest, **options)

    _put("open", _open, watched_open)
    _put("fdopen", real_fdopen, watched_fdopen)


class _Written(io.FileIO):
    """A file whose writes end at the next multiple of `EVERY` bytes."""

    def __init__(self, handle: int, name: str) -> None:
        super().__init__(handle, "wb")
        self._named = name
        self._length = 0

    @override
    def write(self, data: Buffer, /) -> int:
        room = EVERY - self._length % EVERY
        taken = super().write(memoryview(data)[:room])
        self._length += taken
        if self._length % EVERY == 0:
            note(f"write {self._length // 1024} KiB to {self._named}", "after")
        return taken


# Databases


class _Cursor(sqlite3.Cursor):
    """Note commits, after which data is on disk."""

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        connection = self.connection
        assert isinstance(connection, _Connection)

        def do() -> sqlite3.Cursor:
            return super(_Cursor, self).execute(sql, parameters)

        if sql == "COMMIT":
            tables, connection.changed = connection.changed, []
            return step(f"commit {connection.named} ({', '.join(tables)})", do)
        if (change := _CHANGE.match(sql)) is not None:
            if not connection.in_transaction:
                return step(f"commit {connection.named} ({change[1]})", do)
            connection.note_change(change[1])
        return do()

    @override
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        connection = self.connection
        assert isinstance(connection, _Connection)
        if (change := _CHANGE.match(sql)) is not None:
            connection.note_change(change[1])
        return super().executemany(sql, parameters)


class _Connection(sqlite3.Connection):
    """A connection to a watched database."""

    named = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.changed: list[str] = []

    def note_change(self, table: str) -> None:
        """Remember the table for the name of the next commit."""
        if table not in self.changed:
            self.changed.append(table)

    @override
    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_Cursor)

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        # The original creates its own cursor.
        return self.cursor().execute(sql, parameters)

    @override
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        return self.cursor().executemany(sql, parameters)


def _watch_databases() -> None:
    real = sqlite3.connect

    def connect(database: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        name = _name(database) if isinstance(database, str | os.PathLike) else None
        if name is None or Path(name).name not in _DATABASES:
            made: sqlite3.Connection = real(database, *arguments, **options)
            return made
        note(f"open {Path(name).name}", "before")
        opened = real(database, *arguments, **options, factory=_Connection)
        opened.named = Path(name).name
        return opened

    sqlite3.connect = connect  # type: ignore[assignment]  # it has many forms


# Connections to the agency


class _Talk:
    """A request, and whether its response has started."""

    def __init__(self, named: str | None) -> None:
        self.named = named
        self.sent = 0
        self.answered = False


_talks: dict[int, _Talk] = {}  # by file descriptor of the socket


def _to_agency(sock: socket.socket) -> bool:
    if sock.family != socket.AF_INET:
        return False
    try:
        return bool(sock.getpeername()[1] == _PORT)
    except OSError:
        return False


def _watch_line() -> None:
    real_send, real_recv = socket.socket.send, socket.socket.recv
    real_sendmsg = socket.socket.sendmsg

    def send(sock: socket.socket, data: Any, *flags: int) -> int:
        if not _to_agency(sock):
            return real_send(sock, data, *flags)
        view = memoryview(data).cast("B")
        head = _REQUEST.match(view[:2048].tobytes())
        if head is not None:
            named = f"{head[1].decode()} {head[2].decode()}"
            # Exclude the public document, which is fetched independently of shares.
            talk = _talks[sock.fileno()] = _Talk(
                None if head[2] == b"/" else named  # /.well-known
            )
        else:
            talk = _talks.get(sock.fileno()) or _Talk(None)
        if talk.named is None:
            return real_send(sock, data, *flags)
        part = view[: EVERY - talk.sent % EVERY]
        if head is not None:
            sent = step(f"send {talk.named}", lambda: real_send(sock, part, *flags))
        else:
            sent = real_send(sock, part, *flags)
        talk.sent += sent
        if talk.sent % EVERY == 0:
            note(f"send {talk.sent // 1024} KiB of {talk.named}", "after")
        return sent

    def sendmsg(sock: socket.socket, buffers: Any, *rest: Any) -> int:
        parts = [part for part in buffers if len(part)]
        if not parts or not _to_agency(sock):
            return real_sendmsg(sock, parts, *rest)
        return send(sock, parts[0])  # a partial send, which is always allowed

    def recv(sock: socket.socket, *arguments: Any) -> bytes:
        data = real_recv(sock, *arguments)
        talk = _talks.get(sock.fileno())
        if data and talk and talk.named and not talk.answered and _to_agency(sock):
            talk.answered = True
            note(f"read the answer to {talk.named}", "after")
        return data

    socket.socket.send = send  # type: ignore[method-assign,assignment]  # that is the point
    socket.socket.recv = recv  # type: ignore[method-assign,assignment]  # that is the point
    socket.socket.sendmsg = sendmsg  # type: ignore[method-assign,assignment]  # that is the point


_watch("fsync", "sync")
for _function in ("rename", "replace"):
    _watch(_function, "rename")
for _function in ("unlink", "remove"):
    _watch(_function, "remove")
_watch_creation()
_watch_databases()
_watch_line()
