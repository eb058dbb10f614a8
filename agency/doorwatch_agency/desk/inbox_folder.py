"""An inbox in the intake's folder."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import stat
from typing import override

from ..errors import AgencyError
from ..files import file_mode, is_shared, locked, make_folder, sync_folder, writing
from .inbox import SHARE_ID, TAKEN, WAITING, Asked, Inbox, Listed, Record

_LARGEST = 1 << 20  # bytes of a record of the intake
_ENDING = ".tar.age"
_TAKEN = ".taken"


class FolderInbox(Inbox):
    """An inbox on a local or network disk."""

    def __init__(self, folder: Path) -> None:
        """Open an existing inbox folder."""
        if not (folder / ".incoming").is_dir():
            raise AgencyError(f"{folder} is not an intake's inbox")
        self._receipts = folder / ".receipts"
        self._withdrawals = folder / ".withdrawals"
        self._records = folder / ".incoming"
        self._folder = folder
        self._taken = folder / _TAKEN
        for path in (self._receipts, self._withdrawals, self._records, self._taken):
            if path.is_symlink():  # a link could lead to a folder of the desk's machine
                raise AgencyError(f"{path} is a link. The intake makes no links")

    @override
    def listed(self, odd: list[str], *, taken: bool) -> Iterator[Listed]:
        found = []
        paths = [(path, WAITING) for path in self._folder.glob(f"*{_ENDING}")]
        if taken:
            paths += [(path, TAKEN) for path in self._taken.glob(f"*{_ENDING}")]
        for path, state in paths:
            share_id = path.name.removesuffix(_ENDING)
            try:
                record = self.record(share_id) if SHARE_ID.fullmatch(share_id) else None
            except AgencyError as err:
                odd.append(f"{path.name}: {err}")
                continue
            if record is None:
                odd.append(f"{path.name}: the intake has no record of it")
                continue
            found.append(Listed(share_id=share_id, state=state, record=record))
        yield from sorted(
            found, key=lambda one: (one.record.received_at or "", one.share_id)
        )

    @override
    def record(self, share_id: str) -> Record | None:
        noted = _read_json(self._records / f"{share_id}.json")
        if noted is None:
            return None
        try:
            return Record.of(noted, noted.get("metadata"))
        except (ValueError, OverflowError) as err:
            raise AgencyError(
                f"the intake's record of {share_id} cannot be read"
            ) from err

    @override
    def package(self, share_id: str) -> Path | None:
        name = f"{share_id}{_ENDING}"
        paths = (self._folder / name, self._taken / name)
        return next((path for path in paths if os.path.lexists(path)), None)

    @override
    def to_open(self, share_id: str, *, again: bool) -> tuple[Path, Record]:
        record, path = self._known(share_id), self.package(share_id)
        if path is None or path.parent == self._taken:
            self._refuse_gone(share_id, again=again)
        if path is None:
            raise AgencyError(f"{share_id} is not in the inbox anymore")
        return path, record

    @override
    @contextmanager
    def taking(self, share_id: str, *, again: bool) -> Iterator[str]:
        self._known(share_id)
        waiting = self._folder / f"{share_id}{_ENDING}"
        taken = self._taken / waiting.name
        if not _moved(waiting, taken):
            self._refuse_gone(share_id, again=again)
            yield str(taken.resolve())
            return
        try:
            sync_folder(self._taken)
            sync_folder(self._folder)
            yield str(taken.resolve())
        except BaseException:
            taken.rename(waiting)
            raise

    def _known(self, share_id: str) -> Record:
        record = self.record(share_id) if SHARE_ID.fullmatch(share_id) else None
        if record is None:
            raise AgencyError(f"the intake has no share {share_id}")
        return record

    def _refuse_gone(self, share_id: str, *, again: bool) -> None:
        """Raise if a package is not waiting, unless it was taken and `again` is set."""
        asked = self.withdrawal(share_id)
        if asked is not None and asked.result in ("deleting", "deleted"):
            raise AgencyError(f"{share_id} was deleted: its home withdrew it")
        if not again:
            raise AgencyError(
                f"someone took {share_id} out of the inbox (--again opens it again)"
            )

    @override
    def has(self, place: str) -> bool:
        return False

    @override
    def remove(self, share_id: str) -> None:
        raise AgencyError(f"{self._folder} is not a bucket")  # delete the file instead

    @override
    def withdrawals(self, odd: list[str], *, waiting: bool) -> Iterator[Asked]:
        for path in sorted(self._withdrawals.glob("*.json")):
            try:
                asked = self.withdrawal(path.stem)
            except AgencyError as err:
                odd.append(f"{path.stem}: {err}")
                continue
            if asked is not None:
                yield asked

    @override
    def withdrawal(self, share_id: str) -> Asked | None:
        if not SHARE_ID.fullmatch(share_id):
            return None
        # Check this before reading the note, because the intake updates the note before
        # it removes this file.
        removed = os.path.lexists(self._withdrawals / f"{share_id}.removed")
        noted = _read_json(self._withdrawals / f"{share_id}.json")
        if noted is None:
            return None
        result = str(noted.get("result"))
        return Asked(
            share_id=share_id,
            request=str(noted.get("request")),
            result="deleting" if removed and result == "pending" else result,
            text=str(noted.get("text", "")),
            at=str(noted.get("at")),
            answer=self._answered(share_id),
            record=self.record(share_id),
        )

    def _answered(self, share_id: str) -> str | None:
        try:
            return self._answer(share_id).read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except ValueError as err:
            raise AgencyError(f"the answer about {share_id} cannot be read") from err

    @override
    def receipt(self, share_id: str) -> str | None:
        return served_text(self._receipts / share_id)

    @override
    @contextmanager
    def changing(self, share_id: str) -> Iterator[None]:
        with locked(self._records):
            yield

    @override
    @contextmanager
    def giving_receipt(self, share_id: str, token: str) -> Iterator[None]:
        with served(self._receipts / share_id, token):
            yield

    @override
    @contextmanager
    def giving_answer(
        self, share_id: str, token: str, request_sha256: str, *, replaces: str | None
    ) -> Iterator[None]:
        with served(self._answer(share_id), token):
            yield

    @override
    def receipt_place(self, share_id: str) -> str:
        return str(self._receipts / share_id)

    def _answer(self, share_id: str) -> Path:
        return self._withdrawals / f"{share_id}.answer"


def inbox_around(path: Path) -> tuple[FolderInbox, str] | None:
    """Return the inbox that contains a file, and its share, or None if there is no inbox."""
    for one in (path.absolute(), path.resolve()):
        folder = one.parent.parent if one.parent.name == _TAKEN else one.parent
        share_id = one.name.removesuffix(_ENDING)
        if share_id != one.name and (folder / ".incoming").is_dir():
            return FolderInbox(folder), share_id
    return None


def _moved(waiting: Path, taken: Path) -> bool:
    """Rename a package; return False if it does not exist.

    The intake also renames a package to delete it, and only one of the two can succeed.
    """
    if not os.path.lexists(waiting):
        return False
    make_folder(taken.parent)
    try:
        waiting.rename(taken)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def served(path: Path, token: str) -> Iterator[None]:
    """Write a served file when the block ends, readable for the server's group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = file_mode(path.parent) if is_shared(path.parent) else 0o640
    with writing(path, token.encode("ascii"), mode):
        yield


def served_text(path: Path) -> str | None:
    """Read a served file, or None if it cannot be a signed document."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return None


def _read_json(path: Path) -> dict[str, object] | None:
    """Read a JSON object that the intake wrote, or None."""
    try:
        content = json.loads(_read(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as err:
        raise AgencyError(f"cannot read {path}") from err
    if not isinstance(content, dict):
        raise AgencyError(f"{path} is not a record")
    return content


def _read(path: Path) -> str:
    """Read a regular file, without blocking on a pipe or device."""
    with os.fdopen(
        os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb"
    ) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a plain file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("too large")
    return content.decode()
