"""Name, write and move the files of clips."""

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

# Only to the second: clips of the same second differ in their ID.
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
    """Return the path of a clip: doorbell, local day, local time and ID.

    Raises `ValueError` for an ID that could lead out of the folder.
    """
    if not _DOORBELL_ID.fullmatch(doorbell_id):
        raise ValueError("not an id of a doorbell")
    local = started_at.astimezone(zone(timezone))
    name = f"{local.strftime(_LOCAL_TIME)}_{UUID(clip_id)}{VIDEO_SUFFIX}"
    return PurePosixPath(doorbell_id, local.strftime("%Y-%m-%d"), name)


def is_doorbell(name: str) -> bool:
    """Return whether a folder name is a valid doorbell ID."""
    return _DOORBELL_ID.fullmatch(name) is not None


def parse_name(name: str, timezone: str) -> tuple[str, datetime] | None:
    """Parse the clip ID and the start in UTC (to the second) from a file name.

    When a local hour occurs twice, the time in the UUIDv7 of the clip decides.
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
    """Parse the doorbell ID, clip ID and UTC start from the path of a part."""
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
    """Return whether a file exists; raises `OSError` if the disk fails.

    `Path.exists` returns False for any error. A failing disk would look like deleted
    files, and their rows would be removed.
    """
    try:
        path.stat()
    except FileNotFoundError, NotADirectoryError:
        return False
    return True


def make_folder(path: Path) -> None:
    """Create a folder and its parents for this user only, and sync them to disk."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=FOLDER_MODE)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Sync the names in a folder to disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems do not support this.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Sync a file to disk and make it readable for this user only."""
    handle = os.open(path, os.O_RDWR)
    try:
        # File systems without modes (CIFS, exFAT) may refuse.
        with contextlib.suppress(PermissionError, NotImplementedError):
            os.fchmod(handle, FILE_MODE)
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, content: bytes, *, sync: bool) -> None:
    """Write a file for this user only: temporary name, sync if requested, rename."""
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def paired(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """Pair the files of a clip with those of another video, the videos first."""
    return [
        (source.with_suffix(suffix), target.with_suffix(suffix))
        for suffix in (VIDEO_SUFFIX, THUMBNAIL_SUFFIX, FACTS_SUFFIX)
    ]


class LibraryFiles:
    """Manage the files below the folder of the library."""

    def __init__(self, folder: Path) -> None:
        """Initialize without creating any folder; `prepare` creates them."""
        self.folder = folder
        # Prevents the removal of a day's folder between its creation and its use.
        self._days = threading.Lock()

    def prepare(self) -> None:
        """Create the folders that every library has."""
        make_folder(self.folder)
        for name in (RECORDING, BIN, STAGING):
            make_folder(self.folder / name)

    # Joins strings, because long lists of clips would be slow with `Path`.
    def video(self, path: str) -> Path:
        """Return the file of a saved clip, from its path in the index."""
        return Path(f"{self.folder}/{path}")

    def part(self, path: str | PurePosixPath) -> Path:
        """Return the file that a clip is recorded to."""
        path = PurePosixPath(path)
        return self.folder / RECORDING / path.parts[0] / (path.name + PART_SUFFIX)

    def binned(self, path: str) -> Path:
        """Return the file of a deleted clip."""
        return self.folder / BIN / PurePosixPath(path).name

    def new_part(self, path: str) -> Path:
        """Create the empty file that a clip is recorded to."""
        part = self.part(path)
        make_folder(part.parent)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE))
        return part

    def parts(self) -> Iterator[Path]:
        """List all files in the recording folders."""
        for folder in sorted((self.folder / RECORDING).iterdir()):
            if folder.is_dir():
                yield from sorted(folder.iterdir())

    def write(self, path: Path, content: bytes) -> None:
        """Write a file atomically, and create its folder.

        The new name is on disk after the next `move` into the folder, or `sync_folder`.
        """
        with self._days:
            make_folder(path.parent)
            write_file(path, content, sync=True)

    def move(self, source: Path, target: Path) -> None:
        """Rename a file and sync the new name to disk.

        If a power failure restores the old name as well, `recover` removes it.
        """
        with self._days:
            make_folder(target.parent)
            source.replace(target)
            sync_folder(target.parent)

    def to_bin(self, path: str) -> None:
        """Move the files of a clip to the bin; files that are missing are skipped."""
        video = self.video(path)
        self.move_all(paired(video, self.binned(path)))
        self.tidy(video.parent)

    def rename(self, path: str, new: str) -> None:
        """Move the files of a saved clip to another path."""
        video = self.video(path)
        # The facts come first; without them, the video would be indexed as another clip.
        self.move_all(paired(video, self.video(new))[::-1])
        self.tidy(video.parent)

    def from_bin(self, path: str) -> None:
        """Move the files of a clip back from the bin."""
        self.move_all(paired(self.binned(path), self.video(path)))

    def remove(self, path: str) -> None:
        """Remove the files of a clip, saved or in the bin.

        The video comes last: as long as it exists, a rebuilt index restores the clip
        from its facts.
        """
        video = self.video(path)
        for pair in paired(video, self.binned(path))[::-1]:
            for file in pair:
                file.unlink(missing_ok=True)
        self.remove_part(path)
        self.tidy(video.parent)

    def remove_part(self, path: str) -> None:
        """Remove the files of a clip that is being recorded."""
        part = self.part(path)
        part.with_suffix(FACTS_SUFFIX).unlink(missing_ok=True)
        part.unlink(missing_ok=True)

    def remove_thumbnail(self, path: str) -> None:
        """Remove the thumbnail of a clip whose video is missing.

        The facts are kept, so that the clip is restored if its video comes back.
        """
        video = self.video(path)
        for file in (video, self.binned(path)):
            file.with_suffix(THUMBNAIL_SUFFIX).unlink(missing_ok=True)
        self.tidy(video.parent)

    def move_all(self, pairs: list[tuple[Path, Path]]) -> None:
        """Move the existing files into one folder and sync the new names to disk."""
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
        """Remove the folder of a day if it is empty."""
        with self._days, contextlib.suppress(OSError):
            day.rmdir()
