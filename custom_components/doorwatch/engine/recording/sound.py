"""Write the audio of clips: copy AAC, and convert other codecs to AAC.

Runs on the thread of a clip while it is written.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
import io
from typing import Final, override

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer

from .epoch import Encoded, Epoch

# AAC profiles that every browser plays, by FFmpeg's names. None: not known yet.
_PLAYED: Final = frozenset({"LC", "HE-AAC", "HE-AACv2", None})
# Useful sample rates that every browser plays.
_RATES: Final = (16000, 22050, 24000, 32000, 44100, 48000)
_BIT_RATE: Final = 64_000  # per channel
# Audio whose time differs by more than this (seconds) is moved immediately.
_ASTRAY: Final = 0.08
# A smaller difference may be jitter of the camera's timestamps: the median of this many
# packets is corrected if it is more than `_SLACK` (seconds).
_STEADY: Final = 25
_SLACK: Final = 0.002
# If audio is missing for longer than this (seconds), silence is inserted.
LATENESS: Final = 2.0
# Samples held back from the encoder, as the file may end before them.
_HELD: Final = 3200
# A decoder without output after this many packets is given up.
_MOST_FAILURES: Final = 50
# The start of an AAC frame with ADTS header (MPEG-4 and MPEG-2, with and without CRC).
_ADTS: Final = (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")


def choose_sound(streams: Iterable[AudioStream]) -> AudioStream | None:
    """Return the stream to record: AAC that can be copied, or else a decodable one."""
    known = [stream for stream in streams if stream.codec_context]
    copied = [stream for stream in known if _is_played(stream)]
    return next(iter(copied or known), None)


def add_sound(
    container: OutputContainer, epoch: Epoch, start: int
) -> AudioTrack | None:
    """Add a track for the audio of an epoch from the frame at `start` (pts) on.

    Returns None if there is no audio, or none that can be decoded.
    """
    source = epoch.sound
    if source is None or epoch.mute:
        return None
    begins = start * epoch.video_base
    # AAC can only be copied if it is arriving, as FFmpeg can't write the header of an
    # empty track. The encoder writes silence until it arrives.
    if _is_played(source) and epoch.has_sound_at(start):
        return _Copied(container, epoch, begins)
    try:
        return _Encoded(container, epoch, begins)
    except av.FFmpegError, ValueError:
        return None


def _is_played(stream: AudioStream) -> bool:
    return stream.codec_context.name == "aac" and stream.profile in _PLAYED


class AudioTrack(ABC):
    """The audio track of one file, whose times begin at the first frame.

    `failed`: none of the audio could be decoded.
    """

    failed = False

    @abstractmethod
    def take(self, packet: Encoded, pts: int) -> Iterator[Encoded]:
        """Add a packet of the stream, and yield the packets to write."""

    def advance(self, seconds: float) -> Iterator[Encoded]:
        """Yield silence if the audio is too far behind the video."""
        yield from ()

    def finish(self, seconds: float) -> Iterator[Encoded]:
        """Yield the remaining packets up to the end of the video, at `seconds`."""
        yield from ()


class _Copied(AudioTrack):
    """Copy AAC."""

    def __init__(
        self, container: OutputContainer, epoch: Epoch, begins: Fraction
    ) -> None:
        assert epoch.sound is not None
        self._source = epoch.sound
        self._base = epoch.sound_base
        self._track = container.add_stream_from_template(epoch.sound, opaque=True)
        self._start = -(-begins // epoch.sound_base)
        self._last: int | None = None
        self._adts: BitStreamFilterContext | None = None
        self._silence = b""
        self._frame = 0
        context = epoch.sound.codec_context
        if epoch.sound.profile == "LC" and context.sample_rate and context.channels < 3:
            layout = "stereo" if context.channels > 1 else "mono"
            self._silence = _silent_frame(context.sample_rate, layout)
            self._frame = round(1024 / context.sample_rate / self._base)

    @override
    def take(self, packet: Encoded, pts: int) -> Iterator[Encoded]:
        """Copy a packet, unless it begins before the first frame."""
        if pts < self._start or (self._last is not None and pts <= self._last):
            return
        yield from self._fill(pts)
        self._last = pts
        copy = av.Packet(packet)  # type: ignore[arg-type]  # any buffer will do
        copy.time_base = self._base
        copy.pts = copy.dts = pts - self._start
        copy.duration = packet.duration or 0
        copy.is_keyframe = True
        for each in self._without_adts(copy):
            each.stream = self._track
            yield each

    def _fill(self, before: int) -> Iterator[Encoded]:
        """Yield silence for a gap, at which some players would stop."""
        if self._last is None or not self._silence:
            return
        while before - self._last > 2.5 * self._frame:
            self._last += self._frame
            packet: Encoded = av.Packet(self._silence)
            packet.time_base = self._base
            packet.pts = packet.dts = self._last - self._start
            packet.duration = self._frame
            packet.is_keyframe = True
            packet.stream = self._track
            yield packet

    @override
    def advance(self, seconds: float) -> Iterator[Encoded]:
        late = int((Fraction(seconds) - Fraction(LATENESS)) / self._base)
        if self._last is None and late > 0 and self._source.codec_context.extradata:
            self._last = self._start - self._frame
        yield from self._fill(self._start + late)

    def _without_adts(self, packet: Encoded) -> list[Encoded]:
        """Remove the ADTS headers, which an MP4 doesn't have."""
        if self._adts is None:
            if bytes(packet)[:2] not in _ADTS:
                return [packet]
            self._adts = BitStreamFilterContext("aac_adtstoasc", self._source)
        filtered = self._adts.filter(packet)  # empties the packet
        for each in filtered:
            each.time_base = self._base
        return filtered


class _Encoded(AudioTrack):
    """Decode any audio and encode it as AAC.

    The encoder gets a continuous row of samples from the first frame on. So the time of
    a sample is its position in the row, and the encoder's delay is the only offset,
    which the file's edit list removes.
    """

    def __init__(
        self, container: OutputContainer, epoch: Epoch, begins: Fraction
    ) -> None:
        """Open a decoder; raises FFmpeg's errors if there is none."""
        assert epoch.sound is not None
        # A separate decoder with all parameters of the stream. The null format accepts
        # any codec and writes nothing.
        self._home = av.open(io.BytesIO(), "w", format="null")
        copy = self._home.add_stream_from_template(epoch.sound, opaque=True)
        self._decoder = copy.codec_context
        self._decoder.open(strict=False)
        self._base = epoch.sound_base
        self._begins = begins
        self._rate = rate = _rate_for(self._decoder.sample_rate or 48000)
        self._layout = "stereo" if self._decoder.channels > 1 else "mono"
        self._track = container.add_stream("aac", rate=rate, layout=self._layout)
        context = self._track.codec_context
        self._size = 4 * context.channels  # bytes per sample
        context.bit_rate = _BIT_RATE * context.channels
        self._resampler: AudioResampler | None = None
        self._shape = ("", "", 0)  # input format, layout and rate of the resampler
        self._row = bytearray()  # samples waiting for the encoder
        self._sent = 0  # samples passed to the encoder
        self._taken = Fraction(0)  # samples added to the row so far
        self._skip = 0  # next samples to drop
        self._steady = False  # whether audio is continuous since the last packet
        # Time differences of the last packets, in samples.
        self._astray: list[float] = []
        self._failures: int | None = 0  # None after the first decoded frame

    @override
    def take(self, packet: Encoded, pts: int) -> Iterator[Encoded]:
        copy = av.Packet(packet)  # type: ignore[arg-type]  # any buffer will do
        copy.time_base = self._base
        copy.pts = copy.dts = pts
        try:
            frames = self._decoder.decode(copy)
        except av.FFmpegError, ValueError:
            frames = []
        if not frames and self._failures is not None:
            self._failures += 1
            self.failed = self._failures >= _MOST_FAILURES
        for frame in frames:
            self._failures, self.failed = None, False
            self._add(frame, pts if frame.pts is None else frame.pts)
        yield from self._encoded(_HELD)

    def _add(self, frame: AudioFrame, pts: int) -> None:
        """Add decoded audio at its position in the row."""
        late = float((pts * self._base - self._begins) * self._rate - self._taken)
        length = Fraction(frame.samples * self._rate, frame.sample_rate)
        if self._steady and abs(late) < _ASTRAY * self._rate:
            late = self._middle(late)
        else:
            self._astray.clear()
        if late <= -length:
            return  # before the first frame, or a duplicate
        if late >= 1:
            self._silence(round(late))
        elif late <= -1:
            self._end_piece()
            self._skip = round(-late)
            self._taken -= self._skip
        self._steady = True
        self._taken += length
        frame.pts = None
        shape = frame.format.name, frame.layout.name, frame.sample_rate
        if self._resampler is None or shape != self._shape:
            if self._resampler is not None:
                self._write(self._resampler.resample(None))
            self._resampler = AudioResampler("flt", self._layout, self._rate)
            self._shape = shape
        self._write(self._resampler.resample(frame))

    def _middle(self, late: float) -> float:
        """Return the median difference if it must be corrected, or else 0."""
        astray = self._astray
        astray.append(late)
        if len(astray) < _STEADY:
            return 0.0
        middle = sorted(astray)[_STEADY // 2]
        astray.clear()
        return middle if abs(middle) > _SLACK * self._rate else 0.0

    def _write(self, frames: Iterable[AudioFrame]) -> None:
        for frame in frames:
            samples = memoryview(frame.planes[0])[: frame.samples * self._size]
            skip = min(self._skip, frame.samples)
            self._skip -= skip
            self._row += samples[skip * self._size :]

    def _end_piece(self) -> None:
        """Flush the resampler, because the following audio is not continuous."""
        if self._resampler is not None:
            self._write(self._resampler.resample(None))
            self._resampler = None
        self._skip = 0
        self._taken = Fraction(self._sent + len(self._row) // self._size)

    def _silence(self, samples: int) -> None:
        due = round(self._taken) + samples
        self._end_piece()
        samples = max(0, due - int(self._taken))
        self._row += bytes(samples * self._size)
        self._taken += samples

    @override
    def advance(self, seconds: float) -> Iterator[Encoded]:
        missing = int((seconds - LATENESS) * self._rate) - self._taken
        if missing >= self._rate // 4:
            self._silence(int(missing))
            self._steady = False
            yield from self._encoded(_HELD)

    @override
    def finish(self, seconds: float) -> Iterator[Encoded]:
        self._end_piece()
        left = max(0, round(seconds * self._rate) - self._sent)
        del self._row[left * self._size :]
        yield from self._encoded(0)
        if self._sent:
            yield from self._track.encode(None)

    def _encoded(self, held: int) -> Iterator[Encoded]:
        """Encode all but `held` samples, which may be after the end of the file."""
        samples = len(self._row) // self._size - held
        if samples <= 0:
            return
        frame = AudioFrame("flt", self._layout, samples)
        frame.planes[0].update(bytes(self._row[: samples * self._size]))
        del self._row[: samples * self._size]
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._sent
        self._sent += samples
        yield from self._track.encode(frame)


def _rate_for(rate: int) -> int:
    """Return the rate to encode at: the same, twice it, or the next higher one."""
    return next((r for r in _RATES if r in (rate, 2 * rate)), 0) or next(
        (r for r in _RATES if r > rate), _RATES[-1]
    )


@cache
def _silent_frame(rate: int, layout: str) -> bytes:
    """Return a silent AAC frame."""
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = rate, layout, "fltp"
    context.time_base = Fraction(1, rate)
    packets: list[bytes] = []
    for number in range(4):
        frame = AudioFrame("fltp", layout, 1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = rate, 1024 * number
        packets += map(bytes, context.encode(frame))
    return packets[-1]
