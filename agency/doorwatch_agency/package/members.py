"""Write the files of a package into a folder as they are read."""

import os
from pathlib import Path
import re
from typing import Protocol

from ..errors import AgencyError
from ..files import file_mode, make_folder
from ..printing import printable

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
DECLARATION = "data/declaration.txt"
REQUESTS = "data/requests.jws"
# Optional files: the answered request and the declaration.
MORE_NAMES = frozenset({DECLARATION, REQUESTS})
LARGEST_CLIP = 4 << 30
LARGEST_OTHER = 2 << 20
LARGEST_FEED = 4_000_000  # homes do not read a larger one
CHUNK = 1 << 20

_NAME = re.compile(r"(doorwatch-[A-Za-z0-9_-]{1,64})/(.+)", re.ASCII)


class Readable(Protocol):
    """A stream that returns fewer bytes than requested only at its end."""

    def read(self, size: int, /) -> bytes:
        """Read bytes."""
        ...


class Members:
    """Writes each file of a package once; rejects all other files."""

    def __init__(self, folder: Path, largest: int, target: Path) -> None:
        """Write below `folder`, which is renamed to `target` later.

        The video may have up to `largest` bytes.
        """
        self._folder = folder
        self._largest = largest
        self._target = target
        self._top: str | None = None
        self._seen: set[str] = set()

    def take(self, full_name: str, size: int, file: Readable) -> None:
        """Check a member and copy its content from the stream."""
        match = _NAME.fullmatch(full_name)
        if match is None or match[2] not in NAMES | MORE_NAMES:
            raise AgencyError(f"{printable(full_name)} does not belong in a package")
        top, name = match[1], match[2]
        if self._top not in (None, top):
            raise AgencyError("the package contains two bags")
        if name in self._seen:
            raise AgencyError(f"the package contains {name} twice")
        limit = self._largest if name == CLIP else largest(name)
        if not 0 <= size <= limit:
            raise AgencyError(f"{name} is too large: {size} bytes")
        if self._top is None:
            refuse_opened(self._target / top)
            self._top = top
            make_folder(self._folder / top)
        self._seen.add(name)
        _copy(file, self._folder / top / name, size)

    def finish(self) -> str:
        """Return the name of the top folder; raise if a file is missing."""
        if self._top is None or NAMES - self._seen:
            raise AgencyError(f"the package is missing {min(NAMES - self._seen)}")
        return self._top


def refuse_opened(bag: Path) -> None:
    """Raise if the package's folder or note exists already."""
    if os.path.lexists(bag):
        raise AgencyError(f"{bag} exists already. Was it opened before?")


def largest(name: str) -> int:
    """Return the maximum size in bytes of a file other than the video."""
    return LARGEST_FEED if name == REQUESTS else LARGEST_OTHER


def read_small(bag: Path, name: str) -> bytes:
    """Read a file of an opened package, other than the video."""
    with (bag / name).open("rb") as file:
        data = file.read(largest(name) + 1)
    if len(data) > largest(name):
        raise AgencyError(f"{name} is too large")
    return data


def _copy(file: Readable, target: Path, size: int) -> None:
    make_folder(target.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(target, flags, 0o600), "wb") as out:
        os.fchmod(out.fileno(), file_mode(target.parent))
        left = size
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                raise AgencyError("the package is cut off")
            out.write(chunk)
            left -= len(chunk)
        out.flush()
        os.fsync(out.fileno())
