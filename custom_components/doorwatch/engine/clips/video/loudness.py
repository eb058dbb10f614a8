"""Measure how loud a clip is along its length."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from av.audio.resampler import AudioResampler
from av.container import InputContainer
import numpy as np
from numpy.typing import NDArray

from .pictures import open_clip

LEVELS: Final = 120
# Enough for the loudness of voices.
_RATE: Final = 8_000
# In decibels below the maximum. What is quieter is drawn as silence.
_QUIET: Final = 50.0


def loudness_of(path: Path) -> tuple[float, ...]:
    """Return the loudness, 0 to 1, of equal parts of a clip; empty without audio.

    Blocking. Raises `OSError`.
    """
    try:
        with open_clip(path) as clip:
            if not clip.streams.audio or not clip.duration:
                return ()
            return _levels(clip)
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, OSError):
            raise
        return ()


def _levels(clip: InputContainer) -> tuple[float, ...]:
    begins = clip.start_time or 0
    length = clip.duration or 1
    power = np.zeros(LEVELS)
    samples = np.zeros(LEVELS)
    for at, sound in _sounds(clip):
        index = int((at * av.time_base - begins) / length * LEVELS)
        if 0 <= index < LEVELS:
            power[index] += float(np.square(sound).sum())
            samples[index] += sound.size
    mean = np.maximum(power / np.maximum(samples, 1), 1e-12)
    levels = np.clip(1 + 10 * np.log10(mean) / _QUIET, 0, 1)
    return tuple(round(float(level), 2) for level in levels)


def _sounds(clip: InputContainer) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decode the audio; broken packets are skipped."""
    resampler = AudioResampler(format="flt", layout="mono", rate=_RATE)
    for packet in clip.demux(clip.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            continue
        for frame in frames:
            for part in resampler.resample(frame):
                yield part.time or 0.0, part.to_ndarray().astype(np.float32)
