"""Unpack an untrusted package into its own folder, accepting only expected files."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
import hashlib
from pathlib import Path
import tarfile
from typing import BinaryIO, Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ..errors import AgencyError
from ..files import hidden_folder, locked, make_folder, sync_folder
from ..printing import printable
from ..signing.age import AgeReader, is_encrypted
from ..times import now_text
from .members import CHUNK, LARGEST_CLIP, Members, Readable, refuse_opened
from .zips import is_zip, unpack_zip

_HIDDEN = ".opening-"
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An unpacked package; digest and size are those of the original file."""

    bag: Path
    sha256: str
    size: int
    encrypted: bool
    at: str
    zipped: bool = False  # handed over by a person; missing in older notes
    name: str | None = None  # of the original file; missing in older notes


class Package(Protocol):
    """A file or an object in a bucket."""

    @property
    def name(self) -> str:
        """The file name."""

    def open(self, mode: Literal["rb"], /) -> AbstractContextManager[BinaryIO]:
        """Open it for reading from the start."""


class _Hashing:
    """A file that counts and hashes the bytes that are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1, /) -> bytes:
        return self._count(self._file.read(size))

    def readline(self, size: int = -1, /) -> bytes:
        return self._count(self._file.readline(size))

    def _count(self, data: bytes) -> bytes:
        self._hash.update(data)
        self.size += len(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def unpacking(
    package: Package,
    folder: Path,
    *,
    identities: Sequence[X25519PrivateKey] = (),
    largest: int = LARGEST_CLIP,
) -> Iterator[Opened]:
    """Decrypt a package if necessary, and unpack its bag into `folder`.

    The bag stays in a hidden folder until the block ends. That folder is removed after
    an error, or by the next call if a crash left it. Nothing else in `folder` is
    changed. Rejected: packages that were modified or encrypted for others, links,
    devices, folders, extended tar headers, names that are not listed (including `..`
    and absolute ones), duplicate names, more than `largest` bytes of video, truncated
    files and trailing data; and zips that are compressed, encrypted, or ambiguous.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise AgencyError(f"{folder} is not a folder")
    made = not folder.exists()
    try:
        with package.open("rb") as file:
            make_folder(folder)
            encrypted, zipped = is_encrypted(file), is_zip(file)
            received = _Hashing(file)
            plain = AgeReader(received, identities) if encrypted else received
            with hidden_folder(folder, _HIDDEN) as hidden:
                members = Members(hidden, largest, folder)
                (unpack_zip if zipped else _unpack_tar)(plain, members)
                top = members.finish()
                sync_folder(hidden / top)
                with locked(folder):
                    refuse_opened(folder / top)  # another process opened it meanwhile
                    yield Opened(
                        bag=folder / top,
                        sha256=received.hexdigest(),
                        size=received.size,
                        encrypted=encrypted,
                        at=now_text(),
                        zipped=zipped,
                        name=package.name,
                    )
                    (hidden / top).rename(folder / top)
                    sync_folder(folder)
    except BaseException as err:
        if made:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(err, OSError):
            raise AgencyError(f"cannot open the package: {_why(err)}") from err
        raise


def unpack(
    package: Path,
    folder: Path,
    *,
    identities: Sequence[X25519PrivateKey] = (),
    largest: int = LARGEST_CLIP,
) -> Opened:
    """Unpack a package into a folder."""
    with unpacking(package, folder, identities=identities, largest=largest) as opened:
        pass
    return opened


def _why(err: OSError) -> str:
    return f"{err.filename}: {err.strerror}" if err.filename else str(err.strerror)


def _unpack_tar(file: Readable, members: Members) -> None:
    """Read the tar block by block; use `tarfile` only to parse headers.

    Its own iterator follows extended headers, sparse maps and links. A header that
    differs from what homes write is rejected, because other programs may read it
    differently.
    """
    while (member := _header(file)) is not None:
        if member.type not in _REGULAR:
            raise AgencyError(
                f"{printable(member.name)} is not a plain file (it is a link, folder,"
                " or device)"
            )
        if member.buf != _as_written(member):
            raise AgencyError(
                f"the header of {printable(member.name)} is not how homes write it"
            )
        members.take(member.name, member.size, file)
        padding = file.read(-member.size % tarfile.BLOCKSIZE)
        if len(padding) != -member.size % tarfile.BLOCKSIZE:
            raise AgencyError("the package is cut off")
        if padding.strip(b"\0"):
            raise AgencyError(f"something is hidden after {printable(member.name)}")
    while rest := file.read(CHUNK):
        if rest.strip(b"\0"):
            raise AgencyError("something is hidden after the end of the package")


@dataclass(frozen=True, kw_only=True)
class _Header:
    """The header of a file."""

    buf: bytes
    name: str
    size: int
    made_at: int | float
    type: bytes


def _header(file: Readable) -> _Header | None:
    block = file.read(tarfile.BLOCKSIZE)
    if len(block) == tarfile.BLOCKSIZE and not block.strip(b"\0"):
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as err:
        raise AgencyError(
            "the package is neither a tar nor a zip, or is cut off"
        ) from err
    return _Header(
        buf=block, name=info.name, size=info.size, made_at=info.mtime, type=info.type
    )


def _as_written(member: _Header) -> bytes | None:
    """Return the header as homes write it, or None if it cannot be encoded."""
    info = tarfile.TarInfo(member.name)
    info.size = member.size
    info.mode = 0o644
    info.mtime = member.made_at
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    except ValueError:
        return None
