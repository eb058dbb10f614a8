"""Decode and encode video without keeping memory until garbage collection.

In PyAV 19, a stream and its index are a reference cycle, so the memory of its codec (20
to 150 MB at 1080p) is freed only by the garbage collector, perhaps minutes later. These
classes use separate codec contexts.
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
    """Decode the packets of a stream. Raises `av.FFmpegError`.

    `turns` is the number of 90 degree rotations to the left when played.
    """

    def __init__(self, video: VideoStream, *, only_keys: bool = False) -> None:
        """Copy the parameters of the stream; `only_keys` decodes only keyframes."""
        theirs = video.codec_context
        context = av.CodecContext.create(theirs.name, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = theirs.extradata
        for name in _COLOURS:
            setattr(context, name, getattr(theirs, name))
        # PyAV frees a codec while it holds the GIL, and a thread of the codec that logs
        # an error waits for the GIL. With more than one thread, that is a deadlock.
        context.thread_count = 1
        if only_keys:
            context.skip_frame = "NONKEY"
        self._context = context
        self._time_base = video.time_base
        self.turns = _quarter_turns(theirs.coded_side_data.get("display_matrix"))

    def decode(
        self, packet: Packet[Stream] | Packet[VideoStream] | None
    ) -> Sequence[VideoFrame]:
        """Return the frames that are complete; None flushes the decoder."""
        frames = self._context.decode(packet)
        for frame in frames:
            if self._time_base is not None:
                frame.time_base = self._time_base
        return frames

    def decode_alone(self, packet: Packet[Stream]) -> VideoFrame | None:
        """Return the frame of a keyframe, and reset the decoder for the next."""
        try:
            frames = [*self.decode(packet), *self.decode(None)]
        finally:
            self._context.flush_buffers()
        return frames[0] if frames else None


class Encoder:
    """Encode frames as H.264 into a container. Raises `av.FFmpegError`.

    The stream is added to the container with the first packet.
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
        """Use size and format of the first frame; set the rest on `context`."""
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
        """Return the packets that are ready; None flushes the encoder."""
        packets: Sequence[Packet[VideoStream]] = self.context.encode(picture)
        return packets

    def add_stream(self, first: Packet[VideoStream]) -> VideoStream:
        """Add a stream with the parameters of the encoder; needs the first packet."""
        head = io.BytesIO((self.context.extradata or b"") + bytes(first))
        with av.open(head, format="h264") as raw:
            stream = self._container.add_stream_from_template(
                raw.streams.video[0], opaque=True
            )
        stream.time_base = self.context.time_base
        return stream


def _quarter_turns(matrix: bytes | None) -> int:
    """Return the number of 90 degree rotations to the left in a display matrix."""
    if matrix is None or len(matrix) < 36:
        return 0
    across, down = struct.unpack_from("=ii", matrix)
    return round(-math.degrees(math.atan2(down, across)) / 90) % 4
