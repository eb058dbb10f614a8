"""Render the loop of the demo doorbell; run it with `python -m scripts.make_demo`.

It shows an empty scene for 1.6 s, then one visit after the other, each starting with a
keyframe. The times of the visits are in the module of the doorbell.
"""

from fractions import Fraction
from typing import Final

import av
from av.video.frame import PictureType
import numpy as np
from numpy.typing import NDArray

from custom_components.doorwatch.engine.doorbells.demo import (
    FPS,
    IDLE,
    LOOP,
    RATE,
    VISITS,
)
from scripts.demo_scene.art import HEIGHT, WIDTH
from scripts.demo_scene.scene import Scene, Sight, sight_at

_VIDEO: Final = {
    "preset": "veryslow",
    "tune": "animation",
    "crf": "29",
    "x264-params": "bframes=0:scenecut=0:threads=1",
}


def main() -> None:
    """Write the loop."""
    sights = [Sight()] * IDLE
    for who, visit in enumerate(VISITS):
        rings = visit.ring is not None
        sights += [
            sight_at(number / FPS, who, rings=rings)
            for number in range(visit.end - visit.begin)
        ]
    with av.open(LOOP, "w", format="mp4") as output:
        video = output.add_stream("libx264", FPS, _VIDEO)
        video.width, video.height = WIDTH, HEIGHT
        video.pix_fmt = "yuv420p"
        video.gop_size = IDLE
        sound = output.add_stream("aac", RATE, layout="mono")
        sound.bit_rate = 32000
        scene = Scene()
        begins = {0, *(visit.begin for visit in VISITS)}
        for number, sight in enumerate(sights):
            frame = av.VideoFrame.from_ndarray(
                scene.frame(_since(number, begins) / FPS, sight), format="yuv420p"
            )
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            if number in begins:
                frame.pict_type = PictureType.I
            output.mux(video.encode(frame))
        output.mux(video.encode())
        samples = np.zeros(len(sights) * RATE // FPS, np.float32)
        for visit in VISITS:
            if visit.ring is not None:
                begin = visit.ring * RATE // FPS
                samples[begin : begin + len(_chime())] = _chime()
        heard = av.AudioFrame.from_ndarray(
            samples[np.newaxis], format="fltp", layout="mono"
        )
        heard.sample_rate = RATE
        output.mux(sound.encode(heard))
        output.mux(sound.encode())
    print(f"{LOOP.name}: {len(sights) / FPS} s, {LOOP.stat().st_size} bytes")


def _since(number: int, begins: set[int]) -> int:
    """Return the frames since the last keyframe, at which the light starts to flash."""
    return number - max(begin for begin in begins if begin <= number)


def _chime() -> NDArray[np.float32]:
    """Return a soft ding, dong."""
    seconds = np.arange(int(RATE * 2.4)) / RATE
    sound = np.zeros_like(seconds)
    for begin, pitch in ((0.0, 659.3), (0.55, 523.3)):
        t = np.clip(seconds - begin, 0, None)
        tone = np.sin(2 * np.pi * pitch * t) + 0.3 * np.sin(4 * np.pi * pitch * t)
        sound += (seconds >= begin) * tone * np.exp(-3.2 * t) * (1 - np.exp(-200 * t))
    return (0.16 * sound).astype(np.float32)


if __name__ == "__main__":
    main()
