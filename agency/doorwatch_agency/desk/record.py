"""The record of a desk: who did what with which share, and when.

DESK/record.jsonl is append-only and the only source of homes, labels and cases. A
command adds its line as the last step before its effect, so that nothing happens
without a line; after a kill, a line can occur twice. Writers take an exclusive lock on
the file, which ends with the process. A network disk must support locks (NFS 4 does,
NFS 3 without lockd does not).
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import pwd
import shlex
import sys
from typing import NamedTuple, Self, override

from ..errors import AgencyError
from ..files import file_mode, locked, make_folder, write_whole
from ..printing import is_plain, printable
from ..times import now_text
from .chain import BrokenError, Line, read_chain, read_line, split, write_line
from .homes import Home, Homes, Received

NAME = "record.jsonl"
_LONGEST = 200  # characters of a name that a person enters


class Entry(NamedTuple):
    """A line of the record. An imported line has the values of the original record."""

    seq: int
    at: str
    kind: str
    data: Mapping[str, object]
    imported: bool = False


def desk_option(command: argparse.ArgumentParser) -> None:
    """Add the option that names the desk."""
    command.add_argument(
        "--desk",
        type=Path,
        default=_from_environment("DOORWATCH_DESK"),
        metavar="FOLDER",
        help="the folder that `desk new` made (default: $DOORWATCH_DESK)",
    )


def desk_options(command: argparse.ArgumentParser) -> None:
    """Add the options of a command that writes to the record."""
    desk_option(command)
    command.add_argument(
        "--officer",
        default=os.environ.get("DOORWATCH_OFFICER") or None,
        metavar="NAME",
        help="who you are, for the record (default: $DOORWATCH_OFFICER)",
    )
    command.add_argument(
        "--case", metavar="NAME", help="the case (default: the one of this share)"
    )
    command.add_argument("--homes", action=_Gone, help=argparse.SUPPRESS)


class _Gone(argparse.Action):
    """Rejects the removed option `--homes` and names its replacement."""

    @override
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        _option: str | None = None,
    ) -> None:
        parser.error(
            "--homes is gone, since a desk remembers homes. Move them once with"
            f" `doorwatch-agency desk new FOLDER --homes {shlex.quote(str(values))}`, then use"
            " --desk FOLDER"
        )


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


class Desk:
    """A desk. Call `reading` to read its record, `changing` to add to it."""

    def __init__(
        self, folder: Path, *, officer: str | None = None, case: str | None = None
    ) -> None:
        """Set the folder and the officer without reading the record."""
        for what, name in (("officer", officer), ("case", case)):
            check_name(what, name)
        self.folder = folder
        self.path = folder / NAME
        self.entries: list[Entry] = []
        self.known = Homes()
        self.head: Line | None = None
        self._end = 0  # of the part that was read
        self._officer = officer
        self._case = None if case is None else case.strip()
        self._file: int | None = None

    @classmethod
    def at(cls, options: argparse.Namespace) -> Self:
        """Return the desk and the officer that the options name."""
        return cls.of(options.desk, officer=options.officer, case=options.case)

    @classmethod
    def of(
        cls,
        folder: Path | None,
        *,
        officer: str | None = None,
        case: str | None = None,
    ) -> Self:
        """Return the desk that the option names."""
        if folder is None:
            raise AgencyError(
                "name the desk with --desk FOLDER or DOORWATCH_DESK. `doorwatch-agency"
                " desk new FOLDER` makes one"
            )
        return cls(folder, officer=officer, case=case)

    @property
    def homes(self) -> dict[str, Home]:
        """The homes of accepted packages, by key."""
        return self.known.homes

    @property
    def shares(self) -> dict[str, Received]:
        """The accepted shares, by number."""
        return self.known.shares

    def case(self, share_id: str) -> str | None:
        """Return the case that was passed to the command, else the recorded one."""
        return self._case or self.known.cases.get(share_id)

    @property
    def named_case(self) -> str | None:
        """The case that was passed to the command."""
        return self._case

    def case_of_package(self, share_id: str, sha256: str) -> str | None:
        """Return the case passed to the command, else that of this exact package."""
        same = self.known.packages.get(share_id) in (None, sha256)
        return self.case(share_id) if same else self._case

    def label(self, home: str) -> str | None:
        """Return the label of a home."""
        known = self.homes.get(home)
        return None if known is None else known.label

    def reading(self) -> Self:
        """Read and check the record without waiting for a writer."""
        self._forget()
        with self._open(os.O_RDONLY) as file:
            self._load(file)
        return self

    def check(self) -> None:
        """Check that the record can be written, before a command that takes long."""
        with self.changing():
            pass

    @contextmanager
    def changing(self) -> Iterator[Self]:
        """Lock the record for writing and check it."""
        if self._file is not None:
            raise RuntimeError("the desk is being changed already")
        with self._open(os.O_RDWR) as file:
            _lock(file)
            left = self._load(file)
            if left:
                os.truncate(file, os.fstat(file).st_size - len(left))
                os.fsync(file)
                print(
                    f"The last line of {self.path} was not finished when its program or"
                    " the machine stopped. It was removed.",
                    file=sys.stderr,
                )
            self._file = file
            try:
                yield self
            finally:
                self._file = None

    def append(self, kind: str, data: Mapping[str, object]) -> Entry:
        """Append a line and sync it to disk.

        Adds the officer and, for a share, its recorded case, home and label. Values
        that are None are left out.
        """
        if self._file is None:
            raise RuntimeError("the desk is not being changed")
        line = write_line(
            self.head,
            at=now_text(),
            kind=kind,
            data={
                name: value
                for name, value in {**self._of_share(data), **data}.items()
                if value is not None
            }
            | who(self._officer),
        )
        size = os.fstat(self._file).st_size
        try:
            _write(self._file, line + b"\n", size)
            os.fsync(self._file)
        except OSError as err:
            with suppress(OSError):
                os.truncate(self._file, size)
            raise AgencyError(f"{self.path}: {err.strerror}") from err
        self._end = size + len(line) + 1
        return self._take(read_line(line))

    def _of_share(self, data: Mapping[str, object]) -> dict[str, object]:
        share, home = data.get("share"), data.get("home")
        known: dict[str, object] = {}
        if isinstance(share, str):
            known["case"] = self.case(share)
            if "home" not in data and (received := self.shares.get(share)) is not None:
                home = known["home"] = received.home
        if isinstance(home, str):
            known["label"] = self.label(home)
        return known

    def _take(self, line: Line) -> Entry:
        entry = entry_of(line)
        self.entries.append(entry)
        self.known.take(entry.kind, entry.at, entry.data)
        self.head = line
        return entry

    def _load(self, file: int) -> bytes:
        """Read the lines that were not read yet; return an incomplete last line."""
        with os.fdopen(os.dup(file), "rb") as whole:
            if whole.seek(0, os.SEEK_END) < self._end:
                self._forget()
            whole.seek(self._end)
            content = whole.read()
        lines, left = split(content)
        try:
            read = read_chain(lines, self.head)
        except BrokenError as err:
            raise AgencyError(
                f"{self.path} is damaged: line {err.number} is not what followed the line"
                " before. Keep the file as it is. To continue, make a new desk from the"
                " lines that are intact: doorwatch-agency desk new FOLDER --after"
                f" {shlex.quote(str(self.path))}"
            ) from err
        for line in read:
            self._take(line)
        self._end += len(content) - len(left)
        return left

    def _forget(self) -> None:
        self.entries, self.known = [], Homes()
        self.head, self._end = None, 0

    @contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        """Open the record; raise if it is a symbolic link."""
        try:
            file = os.open(self.path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise self._missing() from None
        except OSError as err:
            if self.path.is_symlink():
                raise AgencyError(f"{self.path} is a link, not a record") from err
            raise AgencyError(
                f"{self.path}: {err.strerror}. The user {_user()} may not use this desk,"
                " or its disk is read-only"
            ) from err
        try:
            yield file
        finally:
            os.close(file)

    def _missing(self) -> AgencyError:
        return AgencyError(
            f"{self.folder} is not a desk. If it is on another disk, is that there? If"
            f" there never was one, `doorwatch-agency desk new {self.folder}` makes it"
        )


def new_desk(
    folder: Path,
    lines: Sequence[tuple[str, Mapping[str, object]]],
    *,
    officer: str | None,
) -> Desk:
    """Create a desk whose record contains these lines, atomically."""
    check_name("officer", officer)
    make_folder(folder)
    with locked(folder):
        path = folder / NAME
        if path.is_symlink() or path.exists():
            raise AgencyError(f"{folder} is a desk already")
        head: Line | None = None
        written = []
        for kind, data in lines:
            line = write_line(
                head, at=now_text(), kind=kind, data={**data, **who(officer)}
            )
            head = read_line(line)
            written.append(line + b"\n")
        write_whole(path, b"".join(written), file_mode(folder))
    return Desk(folder, officer=officer).reading()


def who(officer: str | None) -> dict[str, object]:
    """Return the user name of the system and the officer name that was passed."""
    return {"user": _user(), "officer": officer}


def entry_of(line: Line) -> Entry:
    """Convert a line to an entry."""
    old = line.data.get("line") if line.kind == "imported" else None
    if isinstance(old, dict):
        at, kind, data = old.get("at"), old.get("kind"), old.get("data")
        if isinstance(at, str) and isinstance(kind, str) and isinstance(data, dict):
            return Entry(seq=line.seq, at=at, kind=kind, data=data, imported=True)
    return Entry(seq=line.seq, at=line.at, kind=line.kind, data=line.data)


def path_text(path: Path | str) -> str:
    """Return the path for the record; raise if `delete` could not find it by that text."""
    text = str(path)
    if printable(text) != text:
        raise AgencyError(
            f"the name {text} has characters that cannot be seen or are not UTF-8, so the"
            " record could not say where it is. Rename it, or choose another"
        )
    return text


def check_name(what: str, name: str | None) -> None:
    """Raise if a name is not one printable line."""
    if name is not None and (
        not name.strip() or len(name) > _LONGEST or not is_plain(name)
    ):
        raise AgencyError(
            f"the {what} must be one line of at most {_LONGEST} characters that can be"
            " seen"
        )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # the user ID has no name
        return str(os.getuid())


def _lock(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting until someone else at this desk is done.", file=sys.stderr)
        fcntl.flock(file, fcntl.LOCK_EX)


def _write(file: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(file, data, at)
        data, at = data[written:], at + written
