"""Describe a continuous section of a doorbell's stream."""

import contextlib
from fractions import Fraction
import io
from typing import Final

import av
from av.audio.stream import AudioStream
from av.stream import Stream
from av.video.stream import VideoStream

from .nal import length_size

type Encoded = av.Packet[Stream]

# FFmpeg's demuxers of raw video.
_BARE: Final = {"h264": "h264", "hevc": "hevc"}
# What FFmpeg writes, without an error, for parameter sets that it can't parse.
_EMPTY: Final = (b"\0\0\0\x08avcC", b"\0\0\0\x08hvcC")


class Epoch:
    """A part of a connection without a clock jump, with the parameters to write clips.

    Its times are those of the stream. `offset` converts them (in seconds) to
    `time.monotonic`. It follows the fastest packets, as frames are never early.
    """

    def __init__(
        self,
        video: VideoStream,
        sound: AudioStream | None,
        video_base: Fraction | None = None,
    ) -> None:
        """Copy the parameters of an input's streams."""
        # An output that is never written. FFmpeg frees the streams of an input when it
        # is closed, but clips outlive connections. The null format accepts any codec.
        self._templates = av.open(io.BytesIO(), "w", format="null")
        add = self._templates.add_stream_from_template
        self.video = add(video, opaque=True)
        self.sound = add(sound, opaque=True) if sound else None
        self.video_base = video_base or _base(video)
        self.video.time_base = self.video_base
        self.sound_base = _base(sound) if sound else self.video_base
        self.video_seconds = float(self.video_base)  # length of a tick
        self.sound_seconds = float(self.sound_base)
        context = video.codec_context
        self.video_codec = context.name
        self.sound_codec = sound.codec_context.name if sound else None
        self.width, self.height = video.width, video.height
        self.video_profile = video.profile
        self.pixel_format = context.pix_fmt
        self.extradata = bytes(context.extradata) if context.extradata else None
        self.length_size = length_size(self.video_codec, self.extradata)
        self._parameters: tuple[bytes, ...] = ()
        # The same object for all epochs with a continuous clock.
        self.clock = object()
        self.offset = float("inf")
        self.last_sound: int | None = None  # pts
        self.mute = False  # whether its audio can no longer be decoded

    def renewed(self) -> Epoch:
        """Return a new epoch of the same connection with an unknown clock."""
        epoch = object.__new__(Epoch)
        epoch.__dict__.update(self.__dict__)
        epoch.clock = object()
        epoch.offset = float("inf")
        epoch.last_sound = None
        return epoch

    def allows(self, parameters: tuple[bytes, ...]) -> bool:
        """Return whether a frame with these parameter sets fits into this epoch."""
        if parameters != self._parameters:
            known = self.extradata or b""
            if not all(each in known for each in parameters):
                return False
            self._parameters = parameters
        return True

    def changed(self, keyframe: bytes, parameters: tuple[bytes, ...]) -> Epoch | None:
        """Return a new epoch for a keyframe with other parameter sets.

        The clock is the same. Returns None if FFmpeg can't parse the parameters.
        """
        self._parameters = parameters  # check them only once
        if self.length_size:
            keyframe = b"".join(b"\0\0\0\1" + each for each in parameters)
        with contextlib.suppress(av.FFmpegError, IndexError):
            for data in (keyframe, (self.extradata or b"") + keyframe):
                with av.open(
                    io.BytesIO(data), "r", format=_BARE[self.video_codec]
                ) as bare:
                    video = bare.streams.video[0]
                    if not video.width or not video.codec_context.extradata:
                        continue  # only some of the parameters
                    epoch = Epoch(video, self.sound, self.video_base)
                if not epoch.has_header():
                    continue
                epoch._parameters = parameters
                epoch.clock = self.clock
                epoch.offset, epoch.last_sound = self.offset, self.last_sound
                return epoch
        return None

    def has_header(self) -> bool:
        """Return whether an MP4 can hold the decoder configuration for players."""
        header = io.BytesIO()
        with av.open(
            header, "w", format="mp4", container_options={"movflags": "empty_moov"}
        ) as output:
            output.add_stream_from_template(self.video, opaque=True)
            output.start_encoding()
        return not any(box in header.getvalue() for box in _EMPTY)

    def has_sound_at(self, pts: int) -> bool:
        """Return whether audio was still arriving in the second before a frame."""
        last = self.last_sound
        return last is not None and last * self.sound_base > pts * self.video_base - 1

    def monotonic(self, dts: int) -> float:
        """Return when a frame was taken."""
        return dts * self.video_seconds + self.offset


def _base(stream: VideoStream | AudioStream) -> Fraction:
    base = stream.time_base
    assert base is not None  # every stream of an input has one
    return Fraction(base.numerator, base.denominator)
