"""Open a package from a stranger: only what must be in it, into an empty folder."""

import os
from pathlib import Path
import re
import shutil
import tarfile
from typing import BinaryIO

from .errors import AgencyError
from .printing import printable

CLIP = "data/clip.mp4"
NAMES = frozenset(
    {
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha256.sig",
        "share.jws",
        "home.pem",
        CLIP,
        "data/share.json",
        "data/cover-sheet.txt",
    }
)
LARGEST_CLIP = 4 << 30
LARGEST_OTHER = 2 << 20

_NAME = re.compile(r"(doorwatch-[A-Za-z0-9_-]{1,64})/(.+)", re.ASCII)
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE)
_CHUNK = 1 << 20


def unpack(package: Path, folder: Path, *, largest: int = LARGEST_CLIP) -> Path:
    """Write the files of a package into `folder` and return the bag in it.

    The folder must be empty or not there. Refused, leaving nothing: links, devices,
    folders, long-name tricks, names that are not listed (so `..` and absolute ones
    too), a name twice, more than `largest` bytes of video, what is cut off.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise AgencyError(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise AgencyError(f"{folder} is not empty")
    made = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with package.open("rb") as file:
            return folder / _unpack(file, folder, largest)
    except OSError as err:
        _clean(folder, made=made)
        raise AgencyError(f"cannot open the package: {err.strerror}") from err
    except BaseException:
        _clean(folder, made=made)
        raise


def _clean(folder: Path, *, made: bool) -> None:
    if made:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for left in folder.iterdir():
        shutil.rmtree(left, ignore_errors=True)


def _unpack(file: BinaryIO, folder: Path, largest: int) -> str:
    """Read the tar block by block; `tarfile` reads the headers and nothing else.

    Its own loop would follow extended headers, sparse maps and links on the way.
    """
    top: str | None = None
    seen: set[str] = set()
    while (member := _header(file)) is not None:
        bag, name = _checked_name(member)
        if top not in (None, bag):
            raise AgencyError("the package holds two bags")
        if name in seen:
            raise AgencyError(f"the package holds {name} twice")
        limit = largest if name == CLIP else LARGEST_OTHER
        if not 0 <= member.size <= limit:
            raise AgencyError(f"{name} is too large: {member.size} bytes")
        top = bag
        seen.add(name)
        _copy(file, folder / bag / name, member.size)
    if missing := sorted(NAMES - seen):
        raise AgencyError(f"the package lacks {missing[0]}")
    while rest := file.read(_CHUNK):
        if rest.strip(b"\0"):
            raise AgencyError("something is hidden behind the end of the package")
    return str(top)


def _header(file: BinaryIO) -> tarfile.TarInfo | None:
    block = file.read(tarfile.BLOCKSIZE)
    if len(block) == tarfile.BLOCKSIZE and not block.strip(b"\0"):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as err:
        raise AgencyError("the package is not a tar, or is cut off") from err


def _checked_name(member: tarfile.TarInfo) -> tuple[str, str]:
    shown = printable(member.name)
    if member.type not in _REGULAR:
        raise AgencyError(f"{shown} is not a plain file (a link, folder or device)")
    match = _NAME.fullmatch(member.name)
    if match is None or match[2] not in NAMES:
        raise AgencyError(f"{shown} does not belong into a package")
    return match[1], match[2]


def _copy(file: BinaryIO, target: Path, size: int) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(target, flags, 0o600), "wb") as out:
        left = size
        while left:
            chunk = file.read(min(_CHUNK, left))
            if not chunk:
                raise AgencyError("the package is cut off")
            out.write(chunk)
            left -= len(chunk)
    padding = -size % tarfile.BLOCKSIZE
    if len(file.read(padding)) != padding:
        raise AgencyError("the package is cut off")
