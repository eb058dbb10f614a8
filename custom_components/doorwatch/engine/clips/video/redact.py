"""Make a copy of a clip in which areas of the video are painted over permanently.

Every frame is decoded, painted and encoded again, so that nothing under an area remains
in the frames or elsewhere in the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
import math
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.rational import AVRational
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...recording.writer import NO_SPACE
from ..background import Progress
from .coders import Decoder, Encoder
from .orientation import oriented, plane_of, quarter_turns
from .pictures import FrameTiming, open_clip, origin_of, pictures_of
from .redaction import RedactError, Redaction
from .trim import TOLERANCE, add_sound

# Black, because blur and mosaic keep some of the hidden content, from which faces and
# number plates have been restored over many frames.
_BLACK: Final = (16, 128, 128)
_FULL_RANGE: Final = 2  # FFmpeg's AVCOL_RANGE_JPEG
_BLACK_IN_FULL_RANGE: Final = (0, 128, 128)

_VIDEO_CLOCK: Final = Fraction(1, 90_000)
_VIDEO_OPTIONS: Final = {
    "preset": "veryfast",
    "crf": "19",
    "bf": "0",  # no B-frames, so that no edit list can hide a frame
    "g": "60",
    # With several threads, the output differs each time. A short lookahead saves
    # memory: each waiting frame takes 3 MB at 1080p.
    "x264-params": "threads=1:lookahead-threads=1:sync-lookahead=0:rc-lookahead=10",
}
# Removes the encoder's SEI message with its version and settings.
_NO_NOTES: Final = "filter_units=remove_types=6"


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameRange:
    """The frames to keep: those shown from `begin` to `last`.

    Times are seconds on the file's clock: `origin` is the first shown frame, `end` the
    end of the last kept frame. Packets `first` to `final` in file order must be
    decoded. `until` maps each frame to the start of the next, because durations in a
    file follow the decoding order.
    """

    origin: Fraction
    begin: Fraction
    last: Fraction
    end: Fraction
    first: int
    final: int
    until: Mapping[Fraction, Fraction]


def find_frames(
    path: Path, start: float | None, end: float | None
) -> FrameRange | None:
    """Choose the frames between two times (seconds), or None if there are none."""
    if not all(edge is None or math.isfinite(edge) for edge in (start, end)):
        return None
    try:
        pictures = pictures_of(path)
    except av.InvalidDataError:
        return None
    if (origin := origin_of(pictures)) is None:
        return None
    earliest = origin + Fraction(start or 0) - TOLERANCE
    latest = None if end is None else origin + Fraction(end) + TOLERANCE
    kept = [
        (number, each)
        for number, each in enumerate(pictures)
        if not each.hidden
        and each.at >= earliest
        and (latest is None or each.at <= latest)
    ]
    if not kept:
        return None
    moments = sorted(each.at for _, each in kept)
    begin, last = moments[0], moments[-1]
    end_of_last = max(each.at + each.length for _, each in kept if each.at == last)
    return FrameRange(
        origin=origin,
        begin=begin,
        last=last,
        end=end_of_last,
        first=_entry(pictures, begin),
        final=max(number for number, _ in kept),
        until=dict(pairwise([*moments, end_of_last])),
    )


def _entry(pictures: Sequence[FrameTiming], begin: Fraction) -> int:
    """Return the first packet to decode: the last keyframe shown by `begin`.

    A later keyframe can precede these frames in the file, but they refer to packets
    before it.
    """
    keys = [n for n, each in enumerate(pictures) if each.key and each.at <= begin]
    return max(keys, default=0)


def redact(
    source: Path,
    target: Path,
    span: FrameRange,
    redactions: Sequence[Redaction],
    *,
    audio: bool,
    progress: Progress,
) -> bool:
    """Write the redacted copy; return whether it has audio. Blocking.

    Keeps the timestamps, counted from the first kept frame. An exception from
    `progress` cancels the work. Raises `RedactError`, `OSError`, `LibraryError`
    `sound_impossible`.
    """
    try:
        with (
            open_clip(source) as clip,
            av.open(
                str(target), "w", format="mp4", options={"fflags": "+bitexact"}
            ) as copy,
        ):
            return _Copy(clip, copy, span, redactions, audio=audio).run(progress)
    except (av.FFmpegError, av.codec.codec.UnknownCodecError, IndexError) as error:
        if getattr(error, "errno", None) in NO_SPACE:
            raise RedactError("disk_full") from error
        raise RedactError("redact_impossible") from error


class _Copy:
    """Write one redacted copy."""

    def __init__(
        self,
        clip: InputContainer,
        copy: OutputContainer,
        span: FrameRange,
        redactions: Sequence[Redaction],
        *,
        audio: bool,
    ) -> None:
        self._clip = clip
        self._copy = copy
        self._span = span
        self._redactions = redactions
        self._video = clip.streams.video[0]
        self._decoder = Decoder(self._video)
        self._sound = clip.streams.audio[0] if audio and clip.streams.audio else None
        self._encoder: Encoder | None = None
        # Both are set with the first encoded frame.
        self._pictures: VideoStream | None = None
        self._sounds: AudioStream | None = None
        self._early_sounds: list[Packet[Stream]] = []
        self._no_notes = BitStreamFilterContext(_NO_NOTES, "h264")
        self._lengths: dict[int, int] = {}
        self._last_pts: int | None = None

    def run(self, progress: Progress) -> bool:
        """Copy everything; return whether there is audio."""
        span = self._span
        length = float(span.end - span.begin)
        for frame in self._frames():
            if frame.pts is None or frame.time_base is None:
                continue
            if self._last_pts is not None and frame.pts <= self._last_pts:
                continue
            at = frame.pts * frame.time_base
            if span.begin <= at <= span.last:
                self._picture(frame, at)
                done = float(at - span.begin) / length if length else 1.0
                progress(min(1.0, done))
            else:
                progress(0)
        if self._encoder is None:
            raise RedactError("redact_impossible")
        self._mux(self._encoder.encode(None))
        return self._sounds is not None

    def _frames(self) -> Iterator[VideoFrame]:
        """Decode the needed packets, and copy the audio packets between them."""
        streams = [self._video] if self._sound is None else [self._video, self._sound]
        number = -1
        for packet in self._clip.demux(*streams):
            if packet.pts is None:
                continue
            if packet.stream is self._sound:
                self._sound_packet(packet)
                continue
            number += 1
            if number < self._span.first:
                continue
            if number <= self._span.final:
                yield from self._decode(packet)
        yield from self._decode(None)

    def _decode(self, packet: Packet[Stream] | None) -> Sequence[VideoFrame]:
        """Decode a packet; broken packets are skipped."""
        try:
            return self._decoder.decode(packet)
        except av.InvalidDataError:
            return []

    def _picture(self, frame: VideoFrame, at: Fraction) -> None:
        assert frame.pts is not None and frame.time_base is not None
        self._last_pts = frame.pts
        until = self._span.until.get(at, at)
        shown, hidden = at - self._span.origin, until - self._span.origin
        picture = oriented(frame, self._decoder.turns)
        black = _BLACK_IN_FULL_RANGE if picture.color_range == _FULL_RANGE else _BLACK
        for redaction in self._redactions:
            if redaction.covers(float(shown), float(hidden)):
                _paint(picture, redaction, black)
        if self._encoder is None:
            turns = quarter_turns(frame) or self._decoder.turns
            self._encoder = self._encoder_for(picture, turns)
        picture.pts = frame.pts - round(self._span.begin / frame.time_base)
        picture.pict_type = 0  # let the encoder choose
        self._lengths[picture.pts] = round((until - at) / frame.time_base)
        self._mux(self._encoder.encode(picture))

    def _encoder_for(self, picture: VideoFrame, turns: int) -> Encoder:
        video = self._video
        encoder = Encoder(
            self._copy,
            picture,
            rate=_exactly(video.average_rate, Fraction(15)),
            time_base=_exactly(video.time_base, _VIDEO_CLOCK),
            options=_VIDEO_OPTIONS,
        )
        context = encoder.context
        context.color_range = picture.color_range
        for name in ("colorspace", "color_primaries", "color_trc"):
            setattr(context, name, getattr(video.codec_context, name))
        if video.sample_aspect_ratio:
            ratio = _exactly(video.sample_aspect_ratio, Fraction(1))
            context.sample_aspect_ratio = 1 / ratio if turns % 2 else ratio
        return encoder

    def _begin(self, pictures: VideoStream) -> None:
        """Add the streams, and the audio packets that were read before them."""
        self._pictures = pictures
        if self._sound is not None:
            self._sounds = add_sound(self._copy, self._sound)
        for output in self._copy.streams:
            output.metadata.clear()
        self._copy.metadata.clear()
        early, self._early_sounds = self._early_sounds, []
        for packet in early:
            self._sound_packet(packet)

    def _mux(self, packets: Sequence[Packet[VideoStream]]) -> None:
        for packet in packets:
            if self._pictures is None and self._encoder is not None:
                self._begin(self._encoder.add_stream(packet))
            packet.duration = self._lengths.pop(packet.pts or 0, packet.duration)
            for plain in self._no_notes.filter(packet):
                plain.stream = self._pictures
                self._copy.mux(plain)

    def _sound_packet(self, packet: Packet[Stream]) -> None:
        assert packet.pts is not None and packet.time_base is not None
        span = self._span
        at = packet.pts * packet.time_base
        if self._sounds is None:
            # Keep the few packets from the beginning of the copy until the streams
            # exist.
            if at >= span.begin:
                self._early_sounds.append(packet)
            return
        until = at + (packet.duration or 0) * packet.time_base
        if at < span.begin or until > span.end + TOLERANCE:
            return
        shift = round(span.begin / packet.time_base)
        packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        packet.stream = self._sounds
        self._copy.mux(packet)


def _exactly(value: AVRational | None, otherwise: Fraction) -> Fraction:
    """Convert PyAV's rational to a fraction."""
    return Fraction(value.numerator, value.denominator) if value else otherwise


def _paint(
    picture: VideoFrame, redaction: Redaction, colour: tuple[int, int, int]
) -> None:
    rows, columns = redaction.pixels(picture.width, picture.height)
    plane_of(picture, 0)[rows, columns] = colour[0]
    half_rows = slice(rows.start // 2, rows.stop // 2)
    half_columns = slice(columns.start // 2, columns.stop // 2)
    for number in (1, 2):
        plane_of(picture, number)[half_rows, half_columns] = colour[number]
