"""Small real clips, and helpers to record and save them."""

from collections.abc import Iterator, Mapping
import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
import errno
import os
from pathlib import Path
import sqlite3
import subprocess
from unittest.mock import patch
from uuid import uuid7

import av

from custom_components.doorwatch.engine.clips.files.names import LibraryFiles
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.index.schema import connect
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import (
    Clip,
    ClipState,
    KnownClip,
    RecoveredClip,
    Usage,
)
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording.model import ClipStart, FinishedClip

FPS = 15
GOP = 15
SECONDS = 6
WIDTH, HEIGHT = 320, 180
DOORBELL = "01JDOORBELL"
BEGIN = datetime(2026, 11, 24, 23, 30, 15, 250_000, tzinfo=UTC)
THUMBNAIL = b"\xff\xd8 a picture \xff\xd9"
# A clip without a file.
BLANK = Clip(
    clip_id="",
    doorbell_id=DOORBELL,
    event_id="",
    part=1,
    event="motion",
    started_at=BEGIN,
    ended_at=BEGIN,
    timezone="UTC",
    path=Path(),
    size=0,
    sha256="",
    video_codec="h264",
    audio_codec=None,
    width=0,
    height=0,
    frames=0,
    gaps=(),
    protected=False,
    recovered=False,
    state=ClipState.SAVED,
)


def make_source(path: Path) -> Path:
    """Make the stream of a doorbell: H.264 without B-frames, and AAC."""
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-y"),
            *("-f", "lavfi", "-i", f"testsrc2=s={WIDTH}x{HEIGHT}:r={FPS}:d={SECONDS}"),
            *("-f", "lavfi", "-i", f"sine=r=16000:d={SECONDS}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"),
            *("-g", str(GOP), "-sc_threshold", "0", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", "32k", str(path)),
        ],
        check=True,
        timeout=60,
    )
    return path


def record(
    source: Path, target: Path, *, frames: int | None = None, fragment: str = "250000"
) -> int:
    """Write a clip like the clip recorder; return its number of frames."""
    written = 0
    with (
        av.open(source) as container,
        av.open(
            target,
            "w",
            format="mp4",
            container_options={
                "movflags": "hybrid_fragmented+delay_moov",
                "frag_duration": fragment,
                "flush_packets": "1",
            },
        ) as output,
    ):
        streams = {
            stream.index: output.add_stream_from_template(stream, opaque=True)
            for stream in container.streams
        }
        for packet in container.demux():
            if packet.dts is None:
                continue
            video = packet.stream.type == "video"
            if video and written == frames:
                break
            written += video
            packet.stream = streams[packet.stream_index]
            output.mux(packet)
    return written


def pictures(path: Path) -> int:
    """Count the frames that ffprobe decodes from a file."""
    result = subprocess.run(
        [
            *("ffprobe", "-v", "quiet", "-count_frames", "-select_streams", "v:0"),
            *("-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", str(path)),
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    found = result.stdout.strip().rstrip(b",")
    return int(found) if found.isdigit() else 0


def event(kind: EventKind = EventKind.MOTION, at: datetime = BEGIN) -> DoorbellEvent:
    """Return an event."""
    return DoorbellEvent(kind=kind, at=at, monotonic=0.0)


def start(at: datetime = BEGIN, *events: DoorbellEvent) -> ClipStart:
    """Return the start of a clip."""
    clip_id = str(uuid7())
    return ClipStart(
        clip_id=clip_id,
        event_id=clip_id,
        part=1,
        started_at=at,
        events=events or (event(at=at),),
    )


def finished(begun: ClipStart, path: Path, *events: DoorbellEvent) -> FinishedClip:
    """Return the finished clip of a start."""
    return FinishedClip(
        clip_id=begun.clip_id,
        event_id=begun.event_id,
        part=begun.part,
        path=path,
        thumbnail=THUMBNAIL,
        started_at=begun.started_at,
        ended_at=begun.started_at + timedelta(seconds=SECONDS),
        events=events or begun.events,
        video_codec="h264",
        audio_codec="aac",
        width=WIDTH,
        height=HEIGHT,
        frames=SECONDS * FPS,
    )


@contextlib.contextmanager
def stat_fails(path: Path, error: int) -> Iterator[None]:
    """Let `os.stat` fail for one file with this error number."""
    real = os.stat

    def stat(where: object, *args: object, **how: object) -> os.stat_result:
        if not isinstance(where, int) and os.fspath(where) == str(path):  # type: ignore[call-overload] # a path
            raise OSError(error, os.strerror(error), str(path))
        return real(where, *args, **how)  # type: ignore[arg-type] # as it was called

    with patch.object(os, "stat", stat):
        yield


@contextlib.contextmanager
def folders_seem_gone(*folders: Path) -> Iterator[None]:
    """Let the list of files fail for these folders, as if they were missing."""
    real = os.scandir

    def scandir(where: Path) -> object:
        if Path(where) in folders:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), where)
        return real(where)

    with patch.object(os, "scandir", scandir):
        yield


@contextlib.contextmanager
def connections() -> Iterator[list[sqlite3.Connection]]:
    """Collect the connections of indexes that are opened: the writer, then the reader."""
    found: list[sqlite3.Connection] = []

    def opened(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        found.append(connect(path, read_only=read_only))
        return found[-1]

    with patch("custom_components.doorwatch.engine.clips.index.index.connect", opened):
        yield found


@contextlib.contextmanager
def second_index(library: Library) -> Iterator[Index]:
    """Open the index of a library once more."""
    folder = library.folder
    index = Index.open(folder / "index.db", LibraryFiles(folder))
    try:
        yield index
    finally:
        index.close(60)


@dataclass
class Home:
    """A library, and a source of clips for it."""

    library: Library
    source: Path
    saved: list[Clip] = field(default_factory=list)
    connections: list[sqlite3.Connection] = field(default_factory=list)
    zone: str = "Europe/Berlin"

    def clip(
        self,
        at: datetime = BEGIN,
        *,
        doorbell: str = DOORBELL,
        content: bytes | None = None,
    ) -> Clip:
        """Save a clip; without `content` it has real video."""
        begun = start(at)
        part = self.library.intake.begin(doorbell, begun)
        if content is None:
            record(self.source, part)
        else:
            part.write_bytes(content)
        clip = self.library.intake.finish(doorbell, finished(begun, part))
        self.saved.append(clip)
        return clip

    async def crash(self) -> list[RecoveredClip]:
        """Reopen the library without finishing its recordings, and recover them."""
        await self.library.close()
        self.library = await Library.open(self.library.folder, lambda: "Europe/Berlin")
        return await self.library.recover()


ZONE = "Europe/Berlin"


async def nothing() -> Mapping[str, KnownClip]:
    """Return no known clips."""
    return {}


def damage(home: Home, folder: Path) -> None:
    """Overwrite the open index, except for its first page."""
    for connection in home.connections:
        connection.execute("PRAGMA cache_size = 0")
    home.connections[0].execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "index.db").open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


async def reopened(home: Home, folder: Path) -> Library:
    """Close the library and open the folder again."""
    await home.library.close()
    home.library = await Library.open(folder, lambda: ZONE)
    await home.library.recover()
    return home.library


def lose(folder: Path) -> None:
    """Delete the index."""
    for file in folder.glob("index.db*"):
        file.unlink()


def saved(home: Home, minute: int, *, ring: bool = False, real: bool = False) -> Clip:
    """Save a clip that fills all columns of its row."""
    at = BEGIN + timedelta(minutes=minute, microseconds=minute)
    kind = EventKind.RING if ring else EventKind.MOTION
    begun = replace(
        start(at, event(kind, at)),
        event_id="an-event",
        part=minute + 1,
        fetched_from="ring" if minute % 2 else None,
    )
    part = home.library.intake.begin(DOORBELL, begun)
    if real:
        record(home.source, part)
    else:
        part.write_bytes(b"video %d" % minute)
    end = replace(
        finished(begun, part),
        gaps=((at + timedelta(seconds=1), at + timedelta(seconds=2.000001)),),
        video_profile="High",
        pixel_format="yuv420p",
        labels={"person": "onvif", "vehicle": "reolink"} if minute % 2 else {},
    )
    return home.library.intake.finish(DOORBELL, end)


async def everything(library: Library) -> tuple[list[Clip], list[Clip], Usage]:
    """Return saved clips, deleted clips and usage."""
    return (
        await library.list([DOORBELL], limit=999),
        await library.deleted([DOORBELL], limit=999),
        await library.usage(DOORBELL),
    )


MEGABYTE = 1_000_000


def old(home: Home, days: int, size: int = 10 * MEGABYTE) -> Clip:
    """Save a clip from this many days ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    return home.clip(at, content=bytes(size))


async def ids(library: Library) -> list[str]:
    """Return the IDs of the saved clips."""
    return [clip.clip_id for clip in await library.list([DOORBELL], limit=999)]


def from_now(**delta: float) -> datetime:
    """Return the current time plus this delta."""
    return datetime.now(UTC) + timedelta(**delta)


def cut(source: Path, part: Path, keep: float) -> int:
    """Write a truncated part; return how many frames it holds."""
    whole = part.with_name("whole")
    # Fragmented to the end, like a clip that is still being written.
    with (
        av.open(source) as container,
        av.open(
            whole,
            "w",
            format="mp4",
            container_options={
                "movflags": "frag_keyframe+delay_moov",
                "frag_duration": "250000",
            },
        ) as output,
    ):
        streams = {
            s.index: output.add_stream_from_template(s, opaque=True)
            for s in container.streams
        }
        for packet in container.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    content = whole.read_bytes()
    part.write_bytes(content[: int(len(content) * keep)])
    whole.unlink()
    return pictures(part)
