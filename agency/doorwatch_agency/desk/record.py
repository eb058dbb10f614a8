"""The record of a desk: who did what with which share, and when.

DESK/record.jsonl is the one truth of a desk. Homes, labels and cases are read from it. It
only grows. What a command does is noted before it is done, when nothing is left to do that
could fail: nothing is done that the record does not say, and after a kill the record may
say once more what was then done again. One writer at a time holds a lock on the file,
which ends with the process. A desk on a network disk needs one that has locks (NFS 4 has,
NFS 3 without lockd has not).
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
_LONGEST = 200  # characters of a name that is typed in


class Entry(NamedTuple):
    """What happened. Of an imported line, what it said in the record of before."""

    seq: int
    at: str
    kind: str
    data: Mapping[str, object]
    imported: bool = False


def desk_option(command: argparse.ArgumentParser) -> None:
    """Add the option by which a command finds its desk."""
    command.add_argument(
        "--desk",
        type=Path,
        default=_from_environment("DOORWATCH_DESK"),
        metavar="FOLDER",
        help="the folder that `desk new` made (default: $DOORWATCH_DESK)",
    )


def desk_options(command: argparse.ArgumentParser) -> None:
    """Add the options of a command that adds to the record."""
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
    """Answers `--homes` with what to do instead."""

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
    """A desk, as its record says. Read it with `reading`, add to it in `changing`."""

    def __init__(
        self, folder: Path, *, officer: str | None = None, case: str | None = None
    ) -> None:
        """Name the desk and who is at it; nothing is read yet."""
        for what, name in (("officer", officer), ("case", case)):
            check_name(what, name)
        self.folder = folder
        self.path = folder / NAME
        self.entries: list[Entry] = []
        self.known = Homes()
        self.head: Line | None = None
        self._end = 0  # of what was read
        self._officer = officer
        self._case = None if case is None else case.strip()
        self._file: int | None = None

    @classmethod
    def at(cls, options: argparse.Namespace) -> Self:
        """Take the desk that the options name, and who is at it."""
        return cls.of(options.desk, officer=options.officer, case=options.case)

    @classmethod
    def of(
        cls,
        folder: Path | None,
        *,
        officer: str | None = None,
        case: str | None = None,
    ) -> Self:
        """Take the desk that the option names."""
        if folder is None:
            raise AgencyError(
                "name the desk with --desk FOLDER or DOORWATCH_DESK. `doorwatch-agency"
                " desk new FOLDER` makes one"
            )
        return cls(folder, officer=officer, case=case)

    @property
    def homes(self) -> dict[str, Home]:
        """The homes whose packages were accepted, by key."""
        return self.known.homes

    @property
    def shares(self) -> dict[str, Received]:
        """The shares that were accepted, by number."""
        return self.known.shares

    def case(self, share_id: str) -> str | None:
        """Return the case that was named, else the one that the record knows."""
        return self._case or self.known.cases.get(share_id)

    @property
    def named_case(self) -> str | None:
        """The case that was named with the command."""
        return self._case

    def case_of_package(self, share_id: str, sha256: str) -> str | None:
        """Return the case that was named, or that of this very package."""
        same = self.known.packages.get(share_id) in (None, sha256)
        return self.case(share_id) if same else self._case

    def label(self, home: str) -> str | None:
        """Return the label of a home."""
        known = self.homes.get(home)
        return None if known is None else known.label

    def reading(self) -> Self:
        """Read and check the record, without waiting for anyone who adds to it."""
        self._forget()
        with self._open(os.O_RDONLY) as file:
            self._load(file)
        return self

    def check(self) -> None:
        """Refuse at once what could not be noted later; it may take long until then."""
        with self.changing():
            pass

    @contextmanager
    def changing(self) -> Iterator[Self]:
        """Wait until nobody else adds to the record, check it, and add to it."""
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
        """Add a line, on the disk when this returns.

        Who is at the desk is added, and of a share its case, home and label where the
        record knows them. What is None is left out.
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
        """Read all, or what others added since, and return what is no finished line."""
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
                " before. Keep the file as it is. To go on, make another desk from the"
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
        """Open the record itself, never what it links to."""
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
    """Make a desk whose record says these things, whole or not at all."""
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
    """Return who is at the keyboard: as the system knows them, and as they say."""
    return {"user": _user(), "officer": officer}


def entry_of(line: Line) -> Entry:
    """Return what a line says."""
    old = line.data.get("line") if line.kind == "imported" else None
    if isinstance(old, dict):
        at, kind, data = old.get("at"), old.get("kind"), old.get("data")
        if isinstance(at, str) and isinstance(kind, str) and isinstance(data, dict):
            return Entry(seq=line.seq, at=at, kind=kind, data=data, imported=True)
    return Entry(seq=line.seq, at=line.at, kind=line.kind, data=line.data)


def path_text(path: Path | str) -> str:
    """Return a path as the record has it; refuse one that `delete` would not find by it."""
    text = str(path)
    if printable(text) != text:
        raise AgencyError(
            f"the name {text} has characters that cannot be seen or are no UTF-8, so the"
            " record could not say where it is. Rename it, or choose another"
        )
    return text


def check_name(what: str, name: str | None) -> None:
    """Refuse a name that would not be one line that people can read."""
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
    except KeyError:  # a number that no one named
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
