"""Create the evidence package: a signed BagIt (RFC 8493) in an encrypted tar.

See docs/protocol.md. The tar is encrypted to the agency while it is written, so that it
is never on disk unencrypted. For handing over to an agency without a document, the same
bag is a plain zip.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import os
from pathlib import Path
import re
import stat
import tarfile
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from ...clips.files.names import digest
from ..documents.statement import PackageContext, cover_sheet, make_statement
from ..errors import SharingError
from ..files import CHUNK, part_of, sync_rename
from ..model import Intent, RequestAsShown
from ..signing.age import AgeWriter, read_recipient
from ..signing.canonical import canonical_json
from ..signing.jws import DocumentKind, public_pem, sign, sign_bytes, thumbprint
from ..text import one_line

_SHARE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_CLIP = "data/clip.mp4"
_COVER_SHEET = "data/cover-sheet.txt"
_REQUESTS = "data/requests.jws"
_DECLARATION = "data/declaration.txt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A finished package on disk; digest and size are of the whole file."""

    path: Path
    sha256: str
    size: int


def build_package(
    intent: Intent,
    context: PackageContext,
    key: EllipticCurvePrivateKey,
    target: Path,
    recipients: Sequence[str],
) -> Package:
    """Write the package, encrypted to these recipients, to `target` atomically.

    Blocking, with constant memory. Reads only the staged file and checks its digest:
    `SharingError("staged_changed")`. The same input gives the same tar, but a different
    file, because each has a new file key. `SharingError("disk_full")` leaves no file.
    """
    folder = _folder(context)
    readers = [read_recipient(one) for one in recipients]
    files = _small_files(intent, context, key)
    with part_of(target) as part:
        with os.fdopen(_private(part), "wb", buffering=0) as file:
            hashed = _Hashed(file)
            sealed = AgeWriter(hashed.write, readers)
            tar = _Tar(sealed.write, folder, int(context.confirmed_at))
            for name, content in files.items():
                tar.add(name, len(content), [content])
            tar.add(_CLIP, intent.staged.size, _staged_bytes(intent))
            tar.finish()
            sealed.finish()
        sync_rename(part, target)
    return Package(path=target, sha256=hashed.sha256, size=hashed.size)


def build_zip(
    intent: Intent,
    context: PackageContext,
    key: EllipticCurvePrivateKey,
    target: Path,
) -> Package:
    """Write the same bag to `target` atomically, as an unencrypted zip.

    For a person to hand over: the video and the cover sheet come first, uncompressed.
    The same input gives the same file. Blocking; memory and errors as in
    `build_package`.
    """
    folder = _folder(context)
    files = dict(_small_files(intent, context, key))
    with part_of(target) as part:
        with (
            os.fdopen(_private(part), "wb") as file,
            ZipFile(file, "w") as archive,
        ):

            def add(name: str, size: int, chunks: Iterable[bytes]) -> None:
                # No time, because zip has no time zones.
                info = ZipInfo(f"{folder}/{name}")
                info.file_size = size
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                with archive.open(info, "w") as member:
                    for chunk in chunks:
                        member.write(chunk)

            add(_CLIP, intent.staged.size, _staged_bytes(intent))
            files = {_COVER_SHEET: files.pop(_COVER_SHEET), **files}
            for name, content in files.items():
                add(name, len(content), [content])
        package = Package(path=target, sha256=digest(part), size=part.stat().st_size)
        sync_rename(part, target)
    return package


def _folder(context: PackageContext) -> str:
    """Return the name of the top folder in the package."""
    if not _SHARE_ID.fullmatch(context.share_id):
        raise ValueError("not an id")
    return f"doorwatch-{context.share_id}"


def _private(part: Path) -> int:
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _staged_bytes(intent: Intent) -> Iterator[bytes]:
    """Read the staged file; raises if it is not the file that the person saw."""
    hashed, size = hashlib.sha256(), 0
    try:
        with intent.staged.path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > intent.staged.size:
                    break
                hashed.update(chunk)
                yield chunk
    except FileNotFoundError as err:
        raise SharingError("staged_changed") from err
    if size != intent.staged.size or hashed.hexdigest() != intent.staged.sha256:
        raise SharingError("staged_changed")


def _staged_feed(path: Path, request: RequestAsShown) -> bytes:
    """Read the feed with the request that was shown; raises if it has changed."""
    try:
        feed = path.read_bytes()
    except FileNotFoundError as err:
        raise SharingError("staged_changed") from err
    if _sha256(feed) != request.feed_sha256:
        raise SharingError("staged_changed")
    return feed


def _small_files(
    intent: Intent, context: PackageContext, key: EllipticCurvePrivateKey
) -> Mapping[str, bytes]:
    """Return all files except the video, in the order of the tar."""
    public = key.public_key()
    home = thumbprint(public)
    statement = make_statement(intent, context, home=home)
    payload = {
        "data/share.json": canonical_json(statement) + b"\n",
        _COVER_SHEET: cover_sheet(statement, intent, context).encode(
            "utf-8", "replace"
        ),
    }
    if intent.request is not None:
        payload[_REQUESTS] = _staged_feed(intent.staged.feed, intent.request)
    if intent.declaration is not None:
        payload[_DECLARATION] = intent.declaration.encode("utf-8", "replace")
    manifest = {name: _sha256(content) for name, content in payload.items()}
    manifest[_CLIP] = intent.staged.sha256
    oxum = sum(map(len, payload.values())) + intent.staged.size
    token = sign(
        DocumentKind.SHARE,
        {
            "iss": home,
            "aud": intent.agency.issuer,
            "jti": context.share_id,
            "iat": int(context.confirmed_at),
            "share": statement,
        },
        key,
    )
    tags = {
        "bagit.txt": _BAGIT,
        "bag-info.txt": _bag_info(intent, context, home, f"{oxum}.{len(manifest)}"),
        "manifest-sha256.txt": _manifest(manifest),
        "share.jws": token.encode(),
        "home.pem": public_pem(public),
    }
    tag_manifest = _manifest({name: _sha256(data) for name, data in tags.items()})
    return {
        **tags,
        "tagmanifest-sha256.txt": tag_manifest,
        "tagmanifest-sha256.sig": sign_bytes(tag_manifest, key),
        **payload,
    }


def _bag_info(intent: Intent, context: PackageContext, home: str, oxum: str) -> bytes:
    made = datetime.fromtimestamp(context.confirmed_at, UTC)
    description = "One doorbell recording, shared after one person confirmed it."
    if intent.case_reference:
        description += f" Case reference: {intent.case_reference}"
    fields = {
        "Bag-Software-Agent": "Doorwatch",
        "Bagging-Date": made.date().isoformat(),
        "External-Description": description,
        "External-Identifier": context.share_id,
        "Internal-Sender-Identifier": home,
        "Payload-Oxum": oxum,
    }
    lines = [f"{name}: {one_line(value)}\n" for name, value in fields.items()]
    return "".join(lines).encode("utf-8", "replace")


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(eq=False, repr=False)
class _Tar:
    """Write a plain tar (ustar) of regular files.

    `tarfile` creates the headers; its own copying would use small buffers.
    """

    _write: Callable[[bytes], object]
    _folder: str
    _made_at: int
    _size: int = 0

    def add(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        """Add a file; `size` is the total size of the chunks."""
        info = tarfile.TarInfo(f"{self._folder}/{name}")
        info.size = size
        info.mode = 0o644
        info.mtime = self._made_at
        self._put(info.tobuf(tarfile.USTAR_FORMAT))
        for chunk in chunks:
            self._put(chunk)
        self._put(bytes(-size % tarfile.BLOCKSIZE))

    def finish(self) -> None:
        """Write the end of the archive."""
        self._put(bytes(-(self._size + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE))
        self._put(bytes(2 * tarfile.BLOCKSIZE))

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        self._write(data)


class _Hashed:
    """Hash a file while it is written, to avoid reading it again."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Return the digest of all written bytes."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Write all bytes; an unbuffered file may accept fewer at once."""
        self._digest.update(data)
        self.size += len(data)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
