"""Make small copies of clips that a browser cannot play.

Clips in H.265 are recorded unchanged. For a browser without H.265, a preview is made on
demand, kept while there is space, and deleted with its clip. Previews are never shared.
"""

import asyncio
from collections.abc import Sequence
import contextlib
from dataclasses import dataclass, field
import errno
from fractions import Fraction
from pathlib import Path
import threading
from typing import Final

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..background import Progress, in_background
from ..errors import LibraryError, storage_problem
from ..files.names import (
    TEMPORARY_SUFFIX,
    VIDEO_SUFFIX,
    make_folder,
    sync_file,
    sync_folder,
)
from ..files.plain import is_plain_file
from ..model import Clip
from ..waiting import TIMEOUT, run_detached
from .coders import Decoder
from .pictures import open_clip

FOLDER: Final = ".previews"
MOST_BYTES: Final = 1_000_000_000
WIDTH: Final = 640

_VIDEO_CLOCK: Final = Fraction(1, 90_000)
_VIDEO_OPTIONS: Final = {
    "profile": "main",
    "preset": "veryfast",
    "crf": "27",
    "bf": "0",
    "g": "60",
    # One thread, the one with low priority.
    "x264-params": "threads=1:lookahead-threads=1:sync-lookahead=0",
}
_SOUND_BITRATE: Final = 64_000
_SOUND_FRAME: Final = 1024
_SOUND_RATES: Final = frozenset(
    {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}
)


class PreviewError(LibraryError):
    """A preview could not be made; `problem` is a translation key.

    One of `preview_impossible`, `disk_full`, `folder_not_writable`, or `clip_unknown`
    if the clip was deleted meanwhile.
    """


@dataclass(eq=False, kw_only=True, slots=True)
class _Job:
    """A preview that is being made, and the callers that wait for it."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    listeners: list[Progress] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Previews:
    """Make previews one at a time. All methods run in the event loop."""

    def __init__(
        self, library: Path, most: int = MOST_BYTES, *, one: asyncio.Lock | None = None
    ) -> None:
        """Initialize with the library folder; `load` finds existing previews.

        `one` is a lock shared with other encoders of this home.
        """
        self.library = library
        self._folder = library / FOLDER
        self._most = most
        self._made: set[str] = set()
        self._jobs: dict[str, _Job] = {}
        self._one = one or asyncio.Lock()

    async def load(self) -> set[str]:
        """Find existing previews, remove leftovers of a crash and return the clip IDs.

        Raises `LibraryError` when the disk hangs.
        """
        self._made |= await run_detached("doorwatch-previews", self._load, TIMEOUT)
        return set(self._made)

    def _load(self) -> set[str]:
        found = set()
        with contextlib.suppress(OSError):
            for file in self._folder.iterdir():
                if file.suffix == VIDEO_SUFFIX:
                    found.add(file.stem)
                elif file.suffix == TEMPORARY_SUFFIX:
                    file.unlink(missing_ok=True)
        return found

    def has(self, clip_id: str) -> bool:
        """Return whether the clip has a preview."""
        return clip_id in self._made

    def path(self, clip_id: str) -> Path | None:
        """Return the file of a preview, or None."""
        return self._file(clip_id) if clip_id in self._made else None

    def _file(self, clip_id: str) -> Path:
        return self._folder / f"{clip_id}{VIDEO_SUFFIX}"

    async def make(self, clip: Clip, progress: Progress) -> None:
        """Make a preview, unless it exists. Raises `PreviewError`.

        Several callers share the work; it ends when the last of them is cancelled.
        """
        if self.has(clip.clip_id):
            return
        job = self._jobs.get(clip.clip_id)
        if job is None or job.cancelled.is_set() or job.task is None:
            job = self._jobs[clip.clip_id] = _Job()
            job.task = asyncio.get_running_loop().create_task(self._run(clip, job))
            job.task.add_done_callback(_heard)
        job.listeners.append(progress)
        try:
            # Unlike awaiting the task, `wait` does not cancel it when this caller is
            # cancelled.
            await asyncio.wait([job.task])
            job.task.result()
        finally:
            job.listeners.remove(progress)
            if not job.listeners:
                job.cancelled.set()

    async def forget(self, clip_id: str) -> None:
        """Remove the preview of a deleted clip, also while it is being made."""
        if (job := self._jobs.get(clip_id)) is not None:
            job.cancelled.set()
        if clip_id in self._made:
            self._made.discard(clip_id)
            await asyncio.to_thread(self._remove, clip_id)

    def _remove(self, clip_id: str) -> None:
        with contextlib.suppress(OSError):
            self._file(clip_id).unlink(missing_ok=True)

    async def close(self) -> None:
        """Cancel the previews that are being made."""
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancelled.set()
        tasks = [job.task for job in jobs if job.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, clip: Clip, job: _Job) -> None:
        loop = asyncio.get_running_loop()

        def tell(done: float) -> None:
            for listener in list(job.listeners):
                listener(done)

        def progress(done: float) -> None:
            if job.cancelled.is_set():
                raise PreviewError("clip_unknown")
            loop.call_soon_threadsafe(tell, done)

        try:
            async with self._one:
                gone = await in_background(
                    "doorwatch preview", lambda: self._make(clip, progress)
                )
                if job.cancelled.is_set():
                    await asyncio.to_thread(self._remove, clip.clip_id)
                    raise PreviewError("clip_unknown")
                self._made -= gone
                self._made.add(clip.clip_id)
        finally:
            if self._jobs.get(clip.clip_id) is job:
                del self._jobs[clip.clip_id]

    def _make(self, clip: Clip, progress: Progress) -> set[str]:
        """Write a preview, then free space; return the clips whose previews went."""
        progress(0)
        target = self._file(clip.clip_id)
        part = target.with_name(target.name + TEMPORARY_SUFFIX)
        try:
            make_folder(self._folder)
            if not is_plain_file(clip.path, self.library):
                raise PreviewError("preview_impossible")
            encode(clip.path, part, progress)
            sync_file(part)
            part.replace(target)
            sync_folder(self._folder)
            return self._make_room(keep=target)
        except OSError as error:
            raise PreviewError(storage_problem(error)) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _make_room(self, keep: Path) -> set[str]:
        """Remove the oldest previews until the rest fit."""
        files = [
            (file.stat(), file)
            for file in self._folder.iterdir()
            if file.suffix == VIDEO_SUFFIX
        ]
        total = sum(stat.st_size for stat, _ in files)
        gone = set()
        for stat, file in sorted(files, key=lambda each: each[0].st_mtime_ns):
            if total <= self._most:
                break
            if file != keep:
                file.unlink(missing_ok=True)
                gone.add(file.stem)
                total -= stat.st_size
        return gone


def _heard(task: asyncio.Task[None]) -> None:
    """Retrieve the exception of a job without callers, to avoid a warning."""
    if not task.cancelled():
        task.exception()


def encode(source: Path, target: Path, progress: Progress) -> None:
    """Write a small H.264 and AAC copy. Blocking. Raises `PreviewError`, `OSError`.

    Keeps the timestamps, so that audio and video stay in sync.
    """
    try:
        with (
            open_clip(source) as clip,
            av.open(
                str(target), "w", format="mp4", options={"movflags": "+faststart"}
            ) as copy,
        ):
            pictures = _Encoder(clip, copy).run(progress)
    except (av.FFmpegError, av.codec.codec.UnknownCodecError, IndexError) as error:
        if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
            raise PreviewError("disk_full") from error
        raise PreviewError("preview_impossible") from error
    if pictures == 0:
        raise PreviewError("preview_impossible")


class _Encoder:
    """Encode one preview."""

    def __init__(self, clip: InputContainer, copy: OutputContainer) -> None:
        self._clip = clip
        self._copy = copy
        self._video = clip.streams.video[0]
        self._decoder = Decoder(self._video)
        self._sound = clip.streams.audio[0] if clip.streams.audio else None
        self._pictures = self._picture_stream()
        self._sounds: AudioStream | None = None
        self._resampler: AudioResampler | None = None
        if self._sound is not None:
            self._add_sound(self._sound)
        self._last_pts: int | None = None

    def _picture_stream(self) -> VideoStream:
        video = self._video
        stream = self._copy.add_stream(
            "libx264", rate=video.average_rate or 15, options=dict(_VIDEO_OPTIONS)
        )
        stream.width, stream.height = small(video.width, video.height)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = _VIDEO_CLOCK
        stream.codec_context.thread_count = 1
        return stream

    def _add_sound(self, sound: AudioStream) -> None:
        rate = sound.rate if sound.rate in _SOUND_RATES else 48_000
        layout = "mono" if sound.channels == 1 else "stereo"
        self._sounds = self._copy.add_stream("aac", rate=rate, layout=layout)
        self._sounds.bit_rate = _SOUND_BITRATE
        self._resampler = AudioResampler(
            format="fltp", layout=layout, rate=rate, frame_size=_SOUND_FRAME
        )

    def run(self, progress: Progress) -> int:
        """Encode everything; return the number of frames."""
        pictures = 0
        length = float(self._video.duration or 0) * float(self._video.time_base or 0)
        told = 0
        streams = [self._video] if self._sound is None else [self._video, self._sound]
        for packet in self._clip.demux(*streams):
            for frame in self._frames(packet):
                if isinstance(frame, VideoFrame):
                    pictures += self._picture(frame)
                    done = min(1.0, (frame.time or 0.0) / length) if length else 0.0
                    if int(done * 100) > told or pictures % 15 == 0:
                        told = int(done * 100)
                        progress(done)
                elif isinstance(frame, AudioFrame):
                    self._sound_frame(frame)
        if self._sounds is not None:
            self._sound_frame(None)
            self._copy.mux(self._sounds.encode(None))
        self._copy.mux(self._pictures.encode(None))
        return pictures

    def _frames(self, packet: Packet[Stream]) -> Sequence[object]:
        """Decode a packet; broken packets are skipped."""
        try:
            if packet.stream is not self._video:
                return packet.decode()
            # The last packet of a stream is empty.
            return self._decoder.decode(packet if packet.size else None)
        except av.InvalidDataError:
            return []

    def _picture(self, frame: VideoFrame) -> bool:
        if frame.pts is None or (
            self._last_pts is not None and frame.pts <= self._last_pts
        ):
            return False
        self._last_pts = frame.pts
        small_frame = frame.reformat(
            self._pictures.width, self._pictures.height, "yuv420p"
        )
        small_frame.pts, small_frame.time_base = frame.pts, frame.time_base
        small_frame.pict_type = 0  # let the encoder choose
        self._copy.mux(self._pictures.encode(small_frame))
        return True

    def _sound_frame(self, frame: AudioFrame | None) -> None:
        if self._resampler is None or self._sounds is None:
            return
        for piece in self._resampler.resample(frame):
            self._copy.mux(self._sounds.encode(piece))


def small(width: int, height: int) -> tuple[int, int]:
    """Return a size with even sides, at most `WIDTH` wide."""
    wide = min(WIDTH, width) // 2 * 2
    return wide, max(2, round(height * wide / width / 2) * 2)
