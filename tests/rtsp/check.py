"""Check the frames of a clip and the offset between its audio and video."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from tests import videos as media

from .fixtures import frame_at, seconds_between


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFacts:
    """The frames and audio offsets of a clip.

    `frames` are numbers of the scene in display order, None where a frame can't be
    read. `sound_offsets` are the seconds from each flash to its tone.
    """

    frames: list[int | None]
    times: list[float]
    starts_on_keyframe: bool
    has_sound: bool
    sound_offsets: list[float]

    @property
    def missing(self) -> int:
        """Return how many frames are missing between the first and the last."""
        return sum(max(0, step - 1) for step in self._steps)

    @property
    def doubled(self) -> int:
        """Return how many frames are duplicates."""
        return sum(step == 0 for step in self._steps)

    @property
    def unreadable(self) -> int:
        """Return how many frames are damaged."""
        return self.frames.count(None)

    @property
    def _steps(self) -> list[int]:
        known = [frame for frame in self.frames if frame is not None]
        return [(b - a) % media.FRAMES for a, b in pairwise(known)]

    def before(self, unix: float, cam: int = 0) -> float:
        """Return how many seconds of video precede a time."""
        assert self.frames[0] is not None
        return seconds_between(self.frames[0], frame_at(unix, cam))

    def after(self, unix: float, cam: int = 0) -> float:
        """Return how many seconds of video follow a time."""
        assert self.frames[-1] is not None
        return seconds_between(frame_at(unix, cam), self.frames[-1] + 1)


def check_clip(path: Path) -> ClipFacts:
    """Decode a whole clip."""
    frames: list[int | None] = []
    times: list[float] = []
    flashes: list[float] = []
    lit = True
    starts_on_keyframe: bool | None = None
    with av.open(path) as container:
        video = container.streams.video[0]
        for packet in container.demux(video):
            if starts_on_keyframe is None:
                starts_on_keyframe = packet.is_keyframe
            for frame in packet.decode():
                plane = np.frombuffer(frame.planes[0], np.uint8)
                luma = plane.reshape(-1, frame.planes[0].line_size)[
                    : frame.height, : frame.width
                ]
                assert frame.pts is not None and frame.time_base is not None
                time = float(frame.pts * frame.time_base)
                frames.append(media.read_code(luma))
                times.append(time)
                was_lit, lit = lit, bool(media.flash_area(luma).mean() > 125)
                if lit and not was_lit:
                    flashes.append(time)
    sound = _sound(path)
    return ClipFacts(
        frames=frames,
        times=times,
        starts_on_keyframe=bool(starts_on_keyframe),
        has_sound=sound is not None,
        sound_offsets=_offsets(flashes, sound) if sound else [],
    )


@dataclass(frozen=True, slots=True)
class _Sound:
    """The start and end of the audio, and the starts of tones (to 1 ms)."""

    begin: float
    end: float
    tones: list[float]


def _offsets(flashes: list[float], sound: _Sound) -> list[float]:
    """Return the offset of each tone from its flash, where there is audio around it."""
    return [
        min((tone - flash for tone in sound.tones), key=abs, default=float("inf"))
        for flash in flashes
        if sound.begin + 0.4 < flash < sound.end - 0.2
    ]


def _sound(path: Path) -> _Sound | None:
    """Decode the audio of a clip, or None."""
    with av.open(path) as container:
        if not container.streams.audio:
            return None
        tones: list[float] = []
        begin, end, quiet = float("inf"), float("-inf"), 0.0
        for frame in container.decode(container.streams.audio[0]):
            assert frame.pts is not None and frame.time_base is not None
            time = float(frame.pts * frame.time_base)
            begin = min(begin, time)
            end = time + frame.samples / frame.sample_rate
            samples = np.abs(frame.to_ndarray().reshape(-1))
            step = frame.sample_rate // 1000
            for index in range(0, len(samples) - step + 1, step):
                if samples[index : index + step].max() < 0.08:
                    quiet += 0.001
                    continue
                if quiet > 0.3:
                    tones.append(time + index / frame.sample_rate)
                quiet = 0.0
        return _Sound(begin, end, tones)
