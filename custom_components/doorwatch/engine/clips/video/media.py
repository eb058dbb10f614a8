"""Read the facts of a clip file and repair a truncated file."""

from dataclasses import dataclass
from fractions import Fraction
import io
from itertools import islice
from pathlib import Path
import struct
from typing import Final

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video.frame import VideoFrame
from PIL import Image

from ...recording.picture import THUMBNAIL_WIDTH
from .coders import Decoder
from .pictures import open_clip

# Maximum number of frames stored before a frame that is shown earlier (H.264 and
# H.265).
_MOST_REORDERED: Final = 16

# Errors that mean that the file has no usable content, not that the disk failed.
_UNREADABLE = (av.InvalidDataError, av.EOFError, av.DecoderNotFoundError)


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaFacts:
    """The facts of a clip file; `duration` in seconds."""

    video_codec: str
    audio_codec: str | None
    width: int
    height: int
    frames: int
    duration: float
    video_profile: str | None
    pixel_format: str | None


def is_whole(path: Path) -> bool:
    """Return whether this is a complete MP4: intact boxes and no fragments."""
    kinds: set[bytes] = set()
    size = path.stat().st_size
    position = 0
    with path.open("rb") as file:
        while position < size:
            file.seek(position)
            header = file.read(16)
            if len(header) < 8:
                return False
            length, kind = struct.unpack(">I4s", header[:8])
            if length == 1 and len(header) == 16:
                (length,) = struct.unpack(">Q", header[8:])
            if length < 8:
                return False
            kinds.add(kind)
            position += length
    return position == size and b"moov" in kinds and b"moof" not in kinds


def read_facts(path: Path) -> MediaFacts | None:
    """Read the whole file, or None if it has no frame. Raises `OSError`."""
    try:
        with open_clip(path) as container:
            return _copy(container, None)
    except _UNREADABLE:
        return None


def remux(source: Path, target: Path) -> MediaFacts | None:
    """Copy all complete frames of a truncated file into a complete MP4.

    Returns None if there are none; `target` is invalid then. Raises `OSError`.
    """
    try:
        with open_clip(source) as container:
            if not container.streams.video:
                return None
            with av.open(
                target, "w", format="mp4", container_options={"movflags": "faststart"}
            ) as output:
                return _copy(container, output)
    except _UNREADABLE:
        return None


def first_picture(path: Path) -> bytes:
    """Return a JPEG of the first frame, or a gray image if none can be decoded."""
    image = Image.new("RGB", (THUMBNAIL_WIDTH, THUMBNAIL_WIDTH * 9 // 16), "#808080")
    try:
        # A hidden keyframe, which is only a reference for later frames, is not
        # returned.
        frame = _first_frame(path, only_keys=True) or _first_frame(path)
        if frame is not None:
            image = frame.to_image()  # type: ignore[no-untyped-call] # PyAV has no type
    except av.FFmpegError, IndexError:
        pass
    image.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def first_picture_end(path: Path) -> int | None:
    """Return how many bytes from the start of a file have its first shown frame.

    None if unknown. Blocking; reads little more than the `moov` box.
    """
    try:
        with open_clip(path) as container:
            if not container.streams.video:
                return None
            shown = (
                (packet.pts, packet.pos + packet.size)
                for packet in container.demux(container.streams.video[0])
                if packet.pts is not None
                and packet.pts >= 0
                and packet.pos is not None
                and not packet.is_discard
                and not packet.is_corrupt
            )
            first = min(islice(shown, 1 + _MOST_REORDERED), default=None)
    except av.FFmpegError:
        return None
    return None if first is None else first[1]


def _first_frame(path: Path, *, only_keys: bool = False) -> VideoFrame | None:
    with open_clip(path) as container:
        video = container.streams.video[0]
        decoder = Decoder(video, only_keys=only_keys)
        for packet in container.demux(video):
            # The last packet is an empty flush packet.
            if frames := decoder.decode(packet if packet.size else None):
                return frames[0]
    return None


def _copy(
    container: InputContainer, output: OutputContainer | None
) -> MediaFacts | None:
    """Count all packets and write them to `output` if given."""
    if not container.streams.video:
        return None
    video = container.streams.video[0]
    audio = container.streams.audio[0] if container.streams.audio else None
    sources: list[Stream] = [video] if audio is None else [video, audio]
    targets: dict[int, Stream] = {}
    if output is not None:
        for stream in sources:
            targets[stream.index] = output.add_stream_from_template(stream, opaque=True)
    frames = 0
    first: Fraction | None = None
    end = Fraction(0)
    last: dict[int, int] = {}
    packets = container.demux(*sources)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except av.InvalidDataError, av.EOFError:
            # The file is truncated here.
            break
        index = packet.stream_index
        if packet.dts is None or packet.pts is None or packet.is_corrupt:
            continue
        if packet.dts <= last.get(index, packet.dts - 1):
            continue
        last[index] = packet.dts
        # Frames with a negative time are only references for later frames. FFmpeg marks
        # them as discarded only in complete files.
        if index == video.index and packet.pts >= 0 and not packet.is_discard:
            frames += 1
            base = packet.time_base
            begin = packet.pts * base
            first = begin if first is None else min(first, begin)
            end = max(end, begin + (packet.duration or 0) * base)
        if output is not None:
            packet.stream = targets[index]
            output.mux(packet)
    if first is None:
        return None
    return MediaFacts(
        video_codec=video.codec_context.name,
        audio_codec=audio.codec_context.name if audio else None,
        width=video.width,
        height=video.height,
        frames=frames,
        duration=float(end - first),
        video_profile=video.codec_context.profile,
        pixel_format=video.codec_context.pix_fmt,
    )
