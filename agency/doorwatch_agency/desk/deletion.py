"""Delete the files of a share that the record names, and report what was deleted.

A file is deleted only if the record names it, no symbolic link leads to it, and its
digest is the recorded one. An object in a bucket is identified by name and size,
because intakes write each name only once. The record lists the files with their digests
before the deletion, and the deleted files after it, so that the next attempt can finish
an interrupted deletion.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
import hashlib
import json
import os
from pathlib import Path
import stat
from zipfile import BadZipFile, ZipFile

from ..errors import AgencyError
from ..files import sync_folder
from ..package.members import MORE_NAMES, NAMES
from .export import MANIFEST
from .inbox import S3, GoneError, Inbox, Record, Stored
from .opened import note_path
from .retention import Kept

_LARGEST_MANIFEST = 1 << 20
ANY = object()

type Left = tuple[Path | str, str]  # path and reason


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to delete."""

    path: Path
    sha256: str
    size: int

    def told(self) -> dict[str, object]:
        """Return the entry for the record."""
        return {"path": str(self.path), "sha256": self.sha256, "size": self.size}


@dataclass(frozen=True, kw_only=True)
class InBucket:
    """A package in a bucket to delete."""

    path: str
    sha256: str
    size: int

    def told(self) -> dict[str, object]:
        """Return the entry for the record."""
        return {"path": self.path, "sha256": self.sha256, "size": self.size}


@dataclass(kw_only=True)
class Plan:
    """The files to delete, and the files that are kept."""

    stored: list[InBucket] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    # Files that identify a folder: deleted last, so that a retry still recognizes the
    # folder.
    marks: list[File] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)  # removed only if they are empty
    left: list[Left] = field(default_factory=list)  # not as recorded
    missing: list[Path | str] = field(default_factory=list)  # recorded, but gone

    def told(self) -> dict[str, object]:
        """Return the entry for the record."""
        return {
            "files": [
                *(one.told() for one in self.stored),
                *(file.told() for file in self.files),
            ],
            "marks": [file.told() for file in self.marks],
            "folders": [str(folder) for folder in self.folders],
        }

    def add(
        self, path: Path, sha256: object, *, into: list[File] | None = None
    ) -> bool:
        """Add a file if its digest is the recorded one; return whether it was added.

        `ANY` skips the comparison, for files whose digest another file confirms.
        """
        into = self.files if into is None else into
        if not os.path.lexists(path):
            self.missing.append(path)
            return False
        try:
            found = _look(path)
        except OSError as err:
            self.left.append((path, err.strerror or "it cannot be read"))
            return False
        if found is None:
            self.left.append((path, "it is a link, or is reached by one"))
        elif sha256 is not ANY and not isinstance(sha256, str):
            self.left.append((path, "no one noted its digest"))
        elif sha256 not in (ANY, found.sha256):
            self.left.append((path, "it is another file by now"))
        else:
            if found not in into:
                into.append(found)
            return True
        return False


def plan(kept: Kept, inbox: Inbox | None) -> Plan:
    """Compare all files that the record names with the disk and the inbox."""
    made = Plan()
    if kept.begun is not None:
        for name, into in (("files", made.files), ("marks", made.marks)):
            for file in _told(kept.begun, name):
                if os.path.lexists(file.path):  # the others were deleted before
                    made.add(file.path, file.sha256, into=into)
        made.folders += _folders(kept.begun)
    for data in kept.opened:
        if (package := _path(data, "package")) is not None:
            made.add(package, data.get("sha256"))
        if (bag := _path(data, "bag")) is not None:
            _add_bag(made, bag, kept.share, data.get("sha256"))
    for data in kept.exported:
        if (path := _path(data, "path")) is not None:
            _add_export(made, path, data.get("manifest_sha256"))
    if inbox is not None and (record := inbox.record(kept.share)) is not None:
        waiting = inbox.package(kept.share)
        if isinstance(waiting, Path):
            # Anyone with access to the server can replace the file with a symbolic
            # link.
            made.add(waiting.parent.resolve() / waiting.name, record.sha256)
        elif waiting is not None:
            _add_stored(made, waiting, record, kept)
    _add_elsewhere(made, kept, inbox)
    made.folders = list(dict.fromkeys(made.folders))
    made.missing = [
        path
        for path in dict.fromkeys(made.missing)
        if not any(f"{one}/".startswith(f"{path}/") for one in kept.went)
    ]
    return made


def carry_out(
    told: Mapping[str, object], inbox: Inbox | None
) -> tuple[list[File | InBucket], list[Left]]:
    """Delete what a line of the record names; return the deleted and the kept files."""
    went: list[File | InBucket] = []
    left: list[Left] = []
    folders = set()
    for one in _told_stored(told):
        try:
            if inbox is not None:
                inbox.remove(str(told["share"]))
                went.append(one)
        except AgencyError as err:
            left.append((one.path, str(err)))
    for name in ("files", "marks"):
        if left:
            break
        files = [file for file in _told(told, name) if _carry_out(file, left)]
        folders |= {file.path.parent for file in files}
        went += files
    for folder in _folders(told):
        with suppress(OSError):  # not empty: it contains a file of the officer
            folder.rmdir()
            folders.add(folder.parent)
    for folder in folders:
        with suppress(FileNotFoundError):
            sync_folder(folder)
    return went, left


def _carry_out(file: File, left: list[Left]) -> bool:
    if not os.path.lexists(file.path):
        return True
    again = Plan()
    if again.add(file.path, file.sha256):
        try:
            file.path.unlink()
        except OSError as err:
            left.append((file.path, err.strerror or "it cannot be deleted"))
        else:
            return True
    left += again.left
    return False


def still_there(kept: Kept) -> list[Path]:
    """Return the recorded paths that still exist, whatever they contain now."""
    named = [
        path
        for data in (*kept.opened, *kept.exported)
        for name in ("package", "bag", "path")
        if (path := _path(data, name)) is not None
    ]
    return [path for path in dict.fromkeys(named) if os.path.lexists(path)]


def _add_stored(made: Plan, package: Stored, record: Record, kept: Kept) -> None:
    place, size = str(package), record.size
    try:
        size = package.size()
    except GoneError:
        # If its deletion had begun, the file was deleted, which is still to be recorded.
        if not any(one.path == place for one in _told_stored(kept.begun or {})):
            made.missing.append(place)
            return
    except AgencyError as err:
        made.left.append((place, str(err)))
        return
    if size != record.size:
        made.left.append((place, "it is another file by now"))
    elif record.sha256 is None:
        made.left.append((place, "no one noted its digest"))
    else:
        made.stored.append(InBucket(path=place, sha256=record.sha256, size=size))


def _add_elsewhere(made: Plan, kept: Kept, inbox: Inbox | None) -> None:
    """Add packages that were opened from a bucket and do not belong to this inbox."""
    found = {one.path for one in made.stored} | {str(path) for path, _ in made.left}
    for place in (data.get("package") for data in kept.opened):
        if not isinstance(place, str) or not place.startswith(S3):
            continue
        if place in found or place in made.missing:
            continue
        if inbox is None or not inbox.has(place):
            made.left.append((place, "it is in a bucket. Name that with --inbox"))
        else:
            made.missing.append(place)


def _add_bag(made: Plan, bag: Path, share: str, sha256: object) -> None:
    note = note_path(bag)
    if not os.path.lexists(bag) and not os.path.lexists(note):
        made.missing.append(bag)
        return
    if bag.name != f"doorwatch-{share}" or _is_link(bag):
        made.left.append((bag, "it is a link, or is reached by one"))
        return
    whole = len(made.left)
    inside = sorted(bag.rglob("*")) if bag.is_dir() else []
    for path in inside:
        name = path.relative_to(bag).as_posix()
        if name == "data" and path.is_dir() and not path.is_symlink():
            continue
        if not isinstance(sha256, str) or _noted(note) != sha256:
            made.left.append((bag, f"{note.name} does not say that it is this package"))
            return
        if name in NAMES | MORE_NAMES:
            made.add(path, ANY)
        else:
            made.left.append((path, "it is not part of the package"))
    if len(made.left) == whole:
        if os.path.lexists(note) and _noted(note) == sha256:
            made.add(note, ANY, into=made.marks)
        made.folders += [bag / "data", bag]


def _noted(note: Path) -> object:
    if _is_link(note):
        return None
    try:
        return json.loads(note.read_bytes())["sha256"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _add_export(made: Plan, path: Path, sha256: object) -> None:
    if not os.path.lexists(path):
        made.missing.append(path)
        return
    if _is_link(path):
        made.left.append((path, "it is a link, or is reached by one"))
        return
    if path.is_dir():
        _add_exported_folder(made, path, sha256)
    elif isinstance(sha256, str) and _zipped_manifest(path) == sha256:
        made.add(path, ANY)
    else:
        made.left.append((path, "it is another file by now"))


def _zipped_manifest(path: Path) -> str | None:
    """Return the digest of the manifest in a zip, or None if it is not an export of ours."""
    try:
        with ZipFile(path) as archive, archive.open(MANIFEST) as file:
            return hashlib.sha256(file.read(_LARGEST_MANIFEST)).hexdigest()
    # `zipfile` raises `NotImplementedError` for an unsupported compression.
    except (OSError, BadZipFile, KeyError, ValueError, NotImplementedError):
        return None


def _add_exported_folder(made: Plan, folder: Path, sha256: object) -> None:
    manifest, whole = folder / MANIFEST, len(made.left)
    found = sorted(folder.rglob("*"), reverse=True)  # contents before folder
    folders = [path for path in found if path.is_dir() and not path.is_symlink()]
    files = [path for path in found if path not in folders]
    mark = _look(manifest) if manifest in files else None
    if files and (mark is None or mark.sha256 != sha256):
        made.left.append((folder, f"its {MANIFEST} is not the one that was noted"))
        return
    listed = dict(_lines(manifest)) if files else {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        if name in listed:
            made.add(path, listed[name])
        elif path != manifest:
            made.left.append((path, "it was not exported"))
    if len(made.left) == whole:
        made.folders += [*folders, folder]
        if files:
            made.add(manifest, sha256, into=made.marks)


def _lines(manifest: Path) -> Iterator[tuple[str, str]]:
    with manifest.open("rb") as file:
        text = file.read(_LARGEST_MANIFEST).decode("ascii", "replace")
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _look(path: Path) -> File | None:
    """Return size and digest of a regular file, or None if a link leads to it."""
    if _is_link(path):
        return None
    with os.fdopen(
        os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb"
    ) as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            return None
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path=path, sha256=digest, size=state.st_size)


def _is_link(path: Path) -> bool:
    return path.resolve() != path


def _told(data: Mapping[str, object], name: str) -> Iterator[File]:
    for path, sha256, size in _files(data, name):
        if not path.startswith(S3):
            yield File(path=Path(path), sha256=sha256, size=size)


def _files(data: Mapping[str, object], name: str) -> Iterator[tuple[str, str, int]]:
    for one in _list(data.get(name)):
        if isinstance(one, dict) and type(one.get("size")) is int:
            yield str(one.get("path")), str(one.get("sha256")), one["size"]


def _told_stored(data: Mapping[str, object]) -> Iterator[InBucket]:
    for path, sha256, size in _files(data, "files"):
        if path.startswith(S3):
            yield InBucket(path=path, sha256=sha256, size=size)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _folders(data: Mapping[str, object]) -> list[Path]:
    return [Path(str(folder)) for folder in _list(data.get("folders"))]


def _path(data: Mapping[str, object], name: str) -> Path | None:
    value = data.get(name)
    # Anything else is a printable form with escapes, which is not a path.
    return Path(value) if isinstance(value, str) and value.startswith("/") else None
