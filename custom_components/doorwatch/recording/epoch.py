"""An unbroken piece of a doorbell's stream."""

from fractions import Fraction
import io

import av
from av.audio.stream import AudioStream
from av.stream import Stream
from av.video.stream import VideoStream

type Encoded = av.Packet[Stream]


class Epoch:
    """One connection without a jump of its clock, and what writing a clip of it needs.

    Its times are the stream's own. `offset` brings seconds of it to `time.monotonic`; it
    follows the fastest packets, since a picture can be late but not early.
    """

    def __init__(self, video: VideoStream, sound: AudioStream | None) -> None:
        """Copy the parameters of the streams of an input."""
        # An output that is never written. FFmpeg frees the streams of an input when it is
        # closed, and clips outlive connections.
        self._templates = av.open(io.BytesIO(), "w", format="mp4")
        add = self._templates.add_stream_from_template
        self.video = add(video, opaque=True)
        self.sound = add(sound, opaque=True) if sound else None
        self.video_base = _base(video)
        self.sound_base = _base(sound) if sound else self.video_base
        self.video_seconds = float(self.video_base)  # length of a tick
        self.sound_seconds = float(self.sound_base)
        self.video_codec = video.codec_context.name
        self.sound_codec = sound.codec_context.name if sound else None
        self.width, self.height = video.width, video.height
        extradata = video.codec_context.extradata
        self.extradata = bytes(extradata) if extradata else None
        self.offset = float("inf")
        self.has_sound = False  # whether any has come

    def renewed(self) -> Epoch:
        """Return a new epoch of the same connection, its clock not known yet."""
        epoch = object.__new__(Epoch)
        epoch.__dict__.update(self.__dict__)
        epoch.offset = float("inf")
        return epoch

    def monotonic(self, dts: int) -> float:
        """Return when a picture was taken."""
        return dts * self.video_seconds + self.offset


def _base(stream: VideoStream | AudioStream) -> Fraction:
    base = stream.time_base
    assert base is not None  # each stream of an input has one
    return Fraction(base.numerator, base.denominator)
