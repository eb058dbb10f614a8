"""Names and places of clip files, and how they get there whole."""

from collections.abc import Iterator
import contextlib
from datetime import UTC, datetime
import hashlib
import os
from pathlib import Path, PurePosixPath
import re
import threading
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ..model import THUMBNAIL_SUFFIX

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

RECORDING: Final = ".recording"
BIN: Final = ".bin"
STAGING: Final = ".staging"

VIDEO_SUFFIX: Final = ".mp4"
FACTS_SUFFIX: Final = ".json"  # see sidecar.py
PART_SUFFIX: Final = ".part"
TEMPORARY_SUFFIX: Final = ".tmp"

# Seconds only: two clips of one second differ by their id.
_LOCAL_TIME = "%Y-%m-%d_%H-%M-%S"
_NAME = re.compile(
    r"(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    + re.escape(VIDEO_SUFFIX)
)
_DOORBELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def zone(name: str) -> ZoneInfo:
    """Return the time zone of this name, UTC when the system does not know it."""
    try:
        return ZoneInfo(name)
    except ValueError, OSError, LookupError:
        return ZoneInfo("UTC")


def relative_path(
    doorbell_id: str, clip_id: str, started_at: datetime, timezone: str
) -> PurePosixPath:
    """Name the file of a clip: by doorbell, local day and local time.

    Raises `ValueError` for an id that could leave the folder.
    """
    if not _DOORBELL_ID.fullmatch(doorbell_id):
        raise ValueError("not an id of a doorbell")
    local = started_at.astimezone(zone(timezone))
    name = f"{local.strftime(_LOCAL_TIME)}_{UUID(clip_id)}{VIDEO_SUFFIX}"
    return PurePosixPath(doorbell_id, local.strftime("%Y-%m-%d"), name)


def is_doorbell(name: str) -> bool:
    """Whether a folder of this name could be one of a doorbell."""
    return _DOORBELL_ID.fullmatch(name) is not None


def parse_name(name: str, timezone: str) -> tuple[str, datetime] | None:
    """Read clip id and UTC start (to the second) back from the name of a video.

    In the hour that comes twice, the id (a UUIDv7, made when the clip began) tells
    which of the two it was.
    """
    if not (match := _NAME.fullmatch(name)):
        return None
    try:
        local = datetime.strptime(match[1], _LOCAL_TIME).replace(tzinfo=zone(timezone))
    except ValueError:
        return None
    clip_id = UUID(match[2])
    starts = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    if clip_id.version == 7:
        made = clip_id.time / 1000
        starts.sort(key=lambda start: abs(start.timestamp() - made))
    return match[2], starts[0]


def parse_part(part: Path, timezone: str) -> tuple[str, str, datetime] | None:
    """Read doorbell id, clip id and UTC start back from the name of a part."""
    name = part.name.removesuffix(PART_SUFFIX)
    if name == part.name or not is_doorbell(part.parent.name):
        return None
    if (parsed := parse_name(name, timezone)) is None:
        return None
    return part.parent.name, *parsed


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_there(path: Path) -> bool:
    """Whether there is such a file; raises `OSError` when nobody can tell.

    `Path.exists` takes any error for "no". A disk that fails once must not look like a
    file that is gone: rows and videos were dropped for it.
    """
    try:
        path.stat()
    except FileNotFoundError, NotADirectoryError:
        return False
    return True


def make_folder(path: Path) -> None:
    """Make a folder and those above it for this user alone, and have them on disk."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=FOLDER_MODE)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems refuse; there is nothing more to be done there.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Have the bytes of a file on disk, readable by this user alone."""
    handle = os.open(path, os.O_RDWR)
    try:
        # A file system without modes (CIFS, exFAT) keeps its own.
        with contextlib.suppress(PermissionError, NotImplementedError):
            os.fchmod(handle, FILE_MODE)
        os.fsync(handle)
    finally:
        os.close(handle)


class LibraryFiles:
    """The tree of files under the library's folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; `prepare` makes what is missing."""
        self.folder = folder
        # A day's folder must not be removed between being made and being used.
        self._days = threading.Lock()

    def prepare(self) -> None:
        """Make the folders that are always there."""
        make_folder(self.folder)
        for name in (RECORDING, BIN, STAGING):
            make_folder(self.folder / name)

    # Lists of clips ask for many: text is joined faster than paths.
    def video(self, path: str) -> Path:
        """Return where a saved clip lies, by the path in the index."""
        return Path(f"{self.folder}/{path}")

    def thumbnail(self, path: str) -> Path:
        """Return where its thumbnail lies."""
        stem = path.removesuffix(VIDEO_SUFFIX)
        return Path(f"{self.folder}/{stem}{THUMBNAIL_SUFFIX}")

    def part(self, path: str | PurePosixPath) -> Path:
        """Return where a clip is written while it happens."""
        path = PurePosixPath(path)
        return self.folder / RECORDING / path.parts[0] / (path.name + PART_SUFFIX)

    def binned(self, path: str | PurePosixPath) -> tuple[Path, Path]:
        """Return where video and thumbnail of a deleted clip lie."""
        video = self.folder / BIN / PurePosixPath(path).name
        return video, video.with_suffix(THUMBNAIL_SUFFIX)

    def new_part(self, path: str) -> Path:
        """Make the empty file that a clip is written to."""
        part = self.part(path)
        make_folder(part.parent)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE))
        return part

    def parts(self) -> Iterator[Path]:
        """List what lies where clips are written."""
        for folder in sorted((self.folder / RECORDING).iterdir()):
            if folder.is_dir():
                yield from sorted(folder.iterdir())

    def write(self, path: Path, content: bytes) -> None:
        """Write a whole file: temporary name, sync, rename.

        Its name is on disk after the next `move` into that folder, or `sync_folder`.
        """
        temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
        with self._days:
            make_folder(path.parent)
            handle = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE
            )
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise

    def move(self, source: Path, target: Path) -> None:
        """Rename a file into its place and have its new name on disk.

        Should a power cut bring the old name back beside it, `recover` removes that.
        """
        with self._days:
            make_folder(target.parent)
            source.replace(target)
            sync_folder(target.parent)

    def to_bin(self, path: str) -> None:
        """Move a clip's files to the bin; what is there already stays."""
        self.move_all(self._pairs(path))
        self.tidy(self.video(path).parent)

    def rename(self, path: str, new: str) -> None:
        """Move a saved clip's files to the day and the time of another path."""
        old_video, new_video = self.video(path), self.video(new)
        self.move_all(
            [
                (old_video.with_suffix(suffix), new_video.with_suffix(suffix))
                # Without its facts a video would be taken for another clip.
                for suffix in (FACTS_SUFFIX, THUMBNAIL_SUFFIX, VIDEO_SUFFIX)
            ]
        )
        self.tidy(old_video.parent)

    def from_bin(self, path: str) -> None:
        """Move a clip's files back out of the bin."""
        self.move_all([(target, source) for source, target in self._pairs(path)])

    def remove(self, path: str) -> None:
        """Remove a clip's files, wherever they lie.

        The video goes last: as long as it is there, a lost index would bring it back
        with all that is known of it.
        """
        for place in self._pairs(path)[::-1]:
            for file in place:
                file.unlink(missing_ok=True)
        self.remove_part(path)
        self.tidy(self.video(path).parent)

    def remove_part(self, path: str) -> None:
        """Remove what was written of a clip while it happened."""
        part = self.part(path)
        part.with_suffix(FACTS_SUFFIX).unlink(missing_ok=True)
        part.unlink(missing_ok=True)

    def remove_thumbnail(self, path: str) -> None:
        """Remove the picture of a clip whose video somebody took away.

        The video is never touched for being gone, and its facts stay beside its place:
        should it come back, it is what it was.
        """
        self.thumbnail(path).unlink(missing_ok=True)
        self.binned(path)[1].unlink(missing_ok=True)
        self.tidy(self.video(path).parent)

    def _pairs(self, path: str) -> list[tuple[Path, Path]]:
        """Return where each file of a clip lies, and where in the bin."""
        video, thumbnail = self.binned(path)
        here = self.video(path)
        return [
            (here, video),
            (self.thumbnail(path), thumbnail),
            (here.with_suffix(FACTS_SUFFIX), video.with_suffix(FACTS_SUFFIX)),
        ]

    def move_all(self, pairs: list[tuple[Path, Path]]) -> None:
        """Move what is there, into one folder; the new names are on disk then."""
        with self._days:
            make_folder(pairs[0][1].parent)
            moved = False
            for source, target in pairs:
                with contextlib.suppress(FileNotFoundError):
                    source.replace(target)
                    moved = True
            if moved:
                sync_folder(pairs[0][1].parent)

    def tidy(self, day: Path) -> None:
        """Remove the folder of a day that holds nothing any more."""
        with self._days, contextlib.suppress(OSError):
            day.rmdir()
