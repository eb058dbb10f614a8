"""A decoder and an encoder that give their memory back once nobody refers to them.

A stream of PyAV 19 refers to itself by its index, so it goes only when the garbage
collector comes by, minutes later perhaps, and with it what its codec holds: 20 to 150 MB
at 1080p. These two do without.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
import io
import math
import struct
from typing import Final

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_COLOURS: Final = ("color_range", "colorspace", "color_primaries", "color_trc")


class Decoder:
    """Decodes the packets of a stream. Raises `av.FFmpegError`.

    `turns` is how often a player turns its pictures to the left by 90 degrees.
    """

    def __init__(self, video: VideoStream, *, only_keys: bool = False) -> None:
        """Know what the file says of the stream; `only_keys` skips all but keyframes."""
        theirs = video.codec_context
        context = av.CodecContext.create(theirs.name, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = theirs.extradata
        for name in _COLOURS:
            setattr(context, name, getattr(theirs, name))
        # PyAV lets a codec go while it holds the interpreter, and a thread of the codec
        # that has an error to log waits for the interpreter: both wait for ever.
        context.thread_count = 1
        if only_keys:
            context.skip_frame = "NONKEY"
        self._context = context
        self._time_base = video.time_base
        self.turns = _quarter_turns(theirs.coded_side_data.get("display_matrix"))

    def decode(
        self, packet: Packet[Stream] | Packet[VideoStream] | None
    ) -> Sequence[VideoFrame]:
        """Return the pictures that are whole by now; None brings the last ones."""
        frames = self._context.decode(packet)
        for frame in frames:
            if self._time_base is not None:
                frame.time_base = self._time_base
        return frames

    def decode_alone(self, packet: Packet[Stream]) -> VideoFrame | None:
        """Return the picture of a keyframe; the next one may be decoded after it."""
        try:
            frames = [*self.decode(packet), *self.decode(None)]
        finally:
            self._context.flush_buffers()
        return frames[0] if frames else None


class Encoder:
    """Encodes pictures as H.264 into a container. Raises `av.FFmpegError`.

    The container gets its stream with the first packet.
    """

    def __init__(
        self,
        container: OutputContainer,
        picture: VideoFrame,
        *,
        rate: Fraction,
        time_base: Fraction,
        options: Mapping[str, str],
    ) -> None:
        """Take size and format of the first picture; the rest is set on `context`."""
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = picture.width, picture.height
        context.pix_fmt = picture.format.name
        context.framerate, context.time_base = rate, time_base
        context.options = dict(options)
        context.flags |= Flags.global_header
        self.context = context
        self._container = container

    def encode(self, picture: VideoFrame | None) -> Sequence[Packet[VideoStream]]:
        """Return the packets that are ready by now; None brings the last ones."""
        packets: Sequence[Packet[VideoStream]] = self.context.encode(picture)
        return packets

    def add_stream(self, first: Packet[VideoStream]) -> VideoStream:
        """Add a stream that knows of the encoder what stands before its first packet."""
        head = io.BytesIO((self.context.extradata or b"") + bytes(first))
        with av.open(head, format="h264") as raw:
            stream = self._container.add_stream_from_template(
                raw.streams.video[0], opaque=True
            )
        stream.time_base = self.context.time_base
        return stream


def _quarter_turns(matrix: bytes | None) -> int:
    """Read the quarter turns to the left out of a display matrix."""
    if matrix is None or len(matrix) < 36:
        return 0
    across, down = struct.unpack_from("=ii", matrix)
    return round(-math.degrees(math.atan2(down, across)) / 90) % 4
