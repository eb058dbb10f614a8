"""Export a verified package for evidence systems, as a folder or a zip.

According to their public pages, Axon Evidence and Evidence Local import single files of
up to 4 GB, up to 500 at once, detect the type by the extension, and use the file name
as title (200 characters; 75 for an ID). Genetec Clearance imports up to 5,000 files
into a case, manually or from a watched folder, and keeps subfolders. NICE's portals
import single files. None of them documents that it reads a CSV, a manifest, or the
contents of a zip. So the export consists of plain files with known extensions and
descriptive names. The digests and the CSV are for people and for their own programs.

Names are ASCII, differ in more than case, do not end with a dot or a space, and are not
reserved by Windows. A path below the target has at most 120 characters. Files in a zip
are stored and dated 1980-01-01, because times in a zip have no time zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import csv
from dataclasses import dataclass
import hashlib
import io
import os
from pathlib import Path
import stat
from typing import IO, BinaryIO, Protocol, override
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from ..errors import AgencyError
from ..files import file_mode, hidden_folder, locked, make_folder, sync_folder
from ..package.members import CHUNK, CLIP
from ..package.unpack import Opened, Package
from ..publishing.past import Version
from ..publishing.signer import Signer
from .opened import refuse_inside
from .report_files import writing_report
from .report_proof import Places

MANIFEST = "manifest-sha256.txt"
_CSV = "manifest.csv"
_SHEET = "data/cover-sheet.txt"
_REPORTS = {
    "report.html": "The verification report, as a page",
    "report.json": "The verification report, for programs",
    "report.jws": "The verification report, signed by the agency",
}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The export that was written."""

    files: int
    bytes: int
    manifest_sha256: str


@dataclass(frozen=True, kw_only=True)
class _Entry:
    path: str
    bytes: int
    sha256: str
    what: str


class _Target(Protocol):
    """Writes files to the export."""

    def add(self, name: str, source: BinaryIO, size: int) -> tuple[int, str]:
        """Copy a file; return its size and digest."""
        ...


class _Folder(_Target):
    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._folder = folder
        self._mode = file_mode(folder)

    @override
    def add(self, name: str, source: BinaryIO, size: int) -> tuple[int, str]:
        path = self._folder / name
        make_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "wb") as out:
            os.fchmod(out.fileno(), self._mode)
            found = _copy(source, out)
            out.flush()
            os.fsync(out.fileno())
        sync_folder(path.parent)
        return found


class _Zip(_Target):
    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive

    @override
    def add(self, name: str, source: BinaryIO, size: int) -> tuple[int, str]:
        info = ZipInfo(name)
        info.create_system = 3  # Unix, so that the file modes apply
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        info.compress_type = ZIP_STORED
        info.file_size = size  # decides whether Zip64 is needed
        with self._archive.open(info, "w") as out:
            return _copy(source, out)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The contents of an export besides the report."""

    bag: Path
    opened: Opened
    package: Package | None = None  # the file as received
    signer: Signer | None = None
    documents: Sequence[str] = ()  # documents of the agency

    @property
    def places(self) -> Places:
        """The names of the files in the export."""
        name = self.bag.name
        return Places(
            video=f"clip/{name}.mp4",
            bag=f"package/{name}",
            package=None
            if self.package is None
            else f"original/{name}{_extension(self.opened)}",
            document=next(iter(self.named), None),
            exported=True,
            signed=self.signer is not None,
        )

    @property
    def named(self) -> dict[str, str]:
        """The documents by file name, that of the signing agency first."""
        first = () if self.signer is None else (self.signer.document,)
        named: dict[str, str] = {}
        for token in dict.fromkeys((*first, *self.documents)):
            name = f"agency/{Version.of(token).name}"
            if name in named:
                digest = hashlib.sha256(token.encode()).hexdigest()[:8]
                name = f"{name.removesuffix('.jws')}-{digest}.jws"
            named[name] = token
        return named


@contextmanager
def prepared(
    target: Path, report: Mapping[str, object], contents: Contents
) -> Iterator[Exported]:
    """Write the export next to the target and rename it when the block ends.

    After a kill there is no target, only a hidden folder, which the next attempt
    removes.
    """
    _check_new(target)
    refuse_inside(target, contents.bag)
    with hidden_folder(target.parent, f".{target.name}.part-") as scratch:
        whole = scratch / "export"
        if target.suffix == ".zip":
            with _zip(whole, file_mode(scratch)) as archive:
                done = _fill(_Zip(archive), scratch, report, contents)
        else:
            done = _fill(_Folder(whole), scratch, report, contents)
        yield done
        with locked(target.parent):  # a rename would replace an empty folder
            _check_new(target)
            whole.rename(target)
            sync_folder(target.parent)


def _check_new(target: Path) -> None:
    if os.path.lexists(target):
        raise AgencyError(f"{target} already exists. Choose a new name")
    if not target.parent.is_dir():
        raise AgencyError(f"the folder {target.parent} does not exist")


@contextmanager
def _zip(path: Path, mode: int) -> Iterator[ZipFile]:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "w+b") as file:
        os.fchmod(file.fileno(), mode)
        with ZipFile(file, "w") as archive:
            yield archive
        file.flush()
        os.fsync(file.fileno())


def _fill(
    target: _Target,
    scratch: Path,
    report: Mapping[str, object],
    contents: Contents,
) -> Exported:
    bag, places = contents.bag, contents.places
    entries = []

    def add(name: str, source: Package, what: str, sha256: object = None) -> None:
        with source.open("rb") as file:
            whole = file.seek(0, os.SEEK_END)
            file.seek(0)
            size, digest = target.add(name, file, whole)
        if sha256 not in (None, digest):
            raise AgencyError(f"{source} is not the file that was verified")
        entries.append(_Entry(path=name, bytes=size, sha256=digest, what=what))

    def write(name: str, content: bytes) -> None:
        target.add(name, io.BytesIO(content), len(content))

    if contents.package is not None and places.package is not None:
        sha256 = contents.opened.sha256
        add(places.package, contents.package, "The file as it arrived", sha256)
    digests = _digests(report)
    add(places.video, bag / CLIP, "The video", digests[CLIP])
    sheet = f"clip/{bag.name}-cover-sheet.txt"
    add(sheet, bag / _SHEET, "The cover sheet that the home wrote", digests[_SHEET])
    for name, digest in digests.items():
        what = "The opened package, as the home signed it"
        add(f"{places.bag}/{name}", bag / name, what, digest)
    for name, token in contents.named.items():
        path = scratch / "document.jws"
        path.write_text(token, encoding="ascii")
        add(name, path, "What the agency says about itself, signed by its root key")
    with writing_report(scratch / "report.html", report, contents.signer):
        pass
    for name, what in _REPORTS.items():
        if (scratch / name).exists():
            add(name, scratch / name, what)
    table = _table(entries)
    write(_CSV, table)
    lines = [(entry.sha256, entry.path) for entry in entries]
    lines.append((hashlib.sha256(table).hexdigest(), _CSV))
    manifest = "".join(f"{digest}  {name}\n" for digest, name in lines).encode()
    write(MANIFEST, manifest)
    return Exported(
        files=len(lines) + 1,
        bytes=sum(entry.bytes for entry in entries) + len(table) + len(manifest),
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
    )


def _extension(opened: Opened) -> str:
    if opened.zipped:
        return ".zip"
    return ".tar.age" if opened.encrypted else ".tar"


def _digests(report: Mapping[str, object]) -> dict[str, object]:
    files = report["files"]
    return {
        str(file["path"]): file["sha256"]
        for file in (files if isinstance(files, list) else [])
    }


def _table(entries: list[_Entry]) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(("path", "bytes", "sha256", "what"))
    rows.writerows((one.path, one.bytes, one.sha256, one.what) for one in entries)
    return text.getvalue().encode("ascii")


def _copy(source: BinaryIO, target: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += target.write(chunk)
    return size, digest.hexdigest()
