"""Measure motion detection beside other methods, on the same keyframes.

    python -m scripts.bench_parts.motion [STORIES]

The scenes are those of tests/engine/motion, which the detector was tuned on, so its
results are better than on unseen ones. The peers are FFmpeg's select filter with its
scene score, and the difference to the previous keyframe with normalized light. CPU is
that of all threads of this process, including decoding and scaling.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import islice
from statistics import median
import time
from typing import Final

import av
from av.filter import Graph
from av.video.frame import VideoFrame
import numpy as np

from custom_components.doorwatch.engine.motion.decoder import KeyframeDecoder
from custom_components.doorwatch.engine.motion.detector import (
    TUNINGS,
    Detector,
    Sensitivity,
    Verdict,
)
from custom_components.doorwatch.engine.motion.filters import Grey
from custom_components.doorwatch.engine.recording.model import Keyframe
from custom_components.doorwatch.engine.recording.picture import decode_keyframe
from scripts.bench_parts._row import SMOKE, arguments, at_most
from tests import videos as media
from tests.engine.motion import scenes, stories
from tests.engine.motion.judge import Score, judge
from tests.engine.motion.scenes import Shot

_SCENE: Final = 0.01
_DIFFERENCE: Final = 12.0  # of luma
_PIXELS: Final = 60
# Repetitions where CPU depends on the stream.
_ROUNDS: Final = 1 if SMOKE else 7


class Ours:
    """The detector of a doorbell."""

    def __init__(self, sensitivity: Sensitivity) -> None:
        """Begin with nothing learned."""
        self._decoder = KeyframeDecoder()
        self._detector = Detector(TUNINGS[sensitivity])

    def moves(self, keyframe: Keyframe) -> bool:
        """Return whether something moves."""
        picture = self._decoder.decode(keyframe)
        assert picture is not None
        sight = self._detector.look(picture.grey, picture.colour)
        return sight.verdict is Verdict.MOTION


class Difference:
    """The difference to the previous keyframe, with normalized light."""

    def __init__(self) -> None:
        """Start without a previous keyframe."""
        self._decoder = KeyframeDecoder()
        self._before: Grey | None = None

    def moves(self, keyframe: Keyframe) -> bool:
        """Return whether something moves."""
        picture = self._decoder.decode(keyframe)
        assert picture is not None
        grey = picture.grey
        before, self._before = self._before, grey
        if before is None:
            return False
        gain = float(np.median(before)) / max(float(np.median(grey)), 1.0)
        difference = np.abs(grey * np.float32(gain) - before)
        return int(np.count_nonzero(difference > _DIFFERENCE)) > _PIXELS


class SceneFilter:
    """FFmpeg's `select=gt(scene,0.01)`."""

    def __init__(self) -> None:
        """Start without a graph, which is created with the first image."""
        self._graph: Graph | None = None
        self._number = 0

    def moves(self, keyframe: Keyframe) -> bool:
        """Return whether something moves."""
        frame = decode_keyframe(keyframe.data, keyframe.extradata, keyframe.codec)
        assert frame is not None
        if self._graph is None:
            self._graph = _graph(frame)
        frame.pts = self._number
        frame.time_base = Fraction(1, 1)
        self._number += 1
        self._graph.push(frame)
        try:
            self._graph.pull()
        except av.BlockingIOError:
            return False
        return self._number > 1


def _graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=Fraction(1, 1),
    )
    select = graph.add("select", f"gt(scene,{_SCENE})")
    sink = graph.add("buffersink")
    source.link_to(select)
    select.link_to(sink)
    graph.configure()
    return graph


@dataclass(kw_only=True)
class Row:
    """One method and its results."""

    name: str
    make: Callable[[], Ours | Difference | SceneFilter]
    score: Score = field(default_factory=Score)


def _asked(detector: Ours | Difference | SceneFilter, shot: Shot) -> bool:
    return detector.moves(shot.keyframe)


def cpu(row: Row, keyframes: list[Keyframe]) -> float:
    """Return CPU milliseconds per keyframe."""
    detector = row.make()
    for keyframe in keyframes[:3]:
        detector.moves(keyframe)
    begun = time.process_time()
    for keyframe in keyframes:
        detector.moves(keyframe)
    return 1000 * (time.process_time() - begun) / len(keyframes)


def of_media(scene: media.Scene) -> list[Keyframe]:
    """Return keyframes of a live doorbell in tests."""
    with av.open(str(media.make(scene).path)) as container:
        video = container.streams.video[0]
        return [
            Keyframe(
                codec="h264",
                extradata=video.codec_context.extradata,
                data=bytes(packet),
                monotonic=0.0,
                stream=1,
            )
            for packet in container.demux(video)
            if packet.is_keyframe and packet.size
        ]


def main(most: int) -> None:
    """Print a table of results and one of CPU times."""
    rows = [
        *(
            Row(name=f"Doorwatch, {name}", make=partial(Ours, name))
            for name in Sensitivity
        ),
        Row(name="difference to the one before", make=Difference),
        Row(name=f"ffmpeg select=gt(scene,{_SCENE})", make=SceneFilter),
    ]
    for told in stories.SUITE[:most]:
        shots: list[Shot] = list(islice(scenes.shots(told), 10 if SMOKE else None))
        for row in rows:
            detector = row.make()
            judge(row.score, told, shots, partial(_asked, detector))
    small = of_media(media.SMALL)
    full = small if SMOKE else of_media(media.FULL)
    size = sum(len(keyframe.data) for keyframe in full) / len(full) / 1000
    print(
        f"{most} stories of tests/engine/motion (reach on unseen ones: 93 %, 0.90, 18 %)"
    )
    print(
        f"{'':32} {'passes':>9} {'precision':>10} {'fooled':>9}"
        f" {'ms: 1080p':>10} {'640x360':>8}   of a core at 2 s"
    )
    for row in rows:
        score = row.score
        costs = [cpu(row, full), cpu(row, small)]
        print(
            f"{row.name:32} {score.found:4} of {score.passes}"
            f" {score.precision:9.2f} {score.fooled:4} of {score.nuisances}"
            f" {costs[0]:9.1f} {costs[1]:8.2f}"
            f"   {costs[0] / 20:.2f} %, {costs[1] / 20:.2f} %"
        )
        if row is rows[1]:
            at_most(f"{row.name}: % of a core, 1080p", costs[0] / 20, 1.2)
            at_most(f"{row.name}: % of a core, 640x360", costs[1] / 20, 0.2)
    print(f"1080p keyframes of {size:.0f} kB on average")
    if SMOKE:
        return  # video of other sizes would be encoded first
    print("\nDoorwatch, medium, by how large keyframes are; medians of CPU time")
    for name, scene, rates in (
        ("1080p", media.FULL, (500_000, 1_500_000, 3_000_000)),
        ("640x360", media.SMALL, (150_000, 400_000)),
    ):
        for rate in rates:
            keyframes = of_media(replace(scene, bitrate=rate))
            bytes_each = sum(len(each.data) for each in keyframes) / len(keyframes)
            costs = [cpu(rows[1], keyframes) for _ in range(_ROUNDS)]
            print(f"{name:>8} {bytes_each / 1000:4.0f} kB {median(costs):6.1f} ms")


if __name__ == "__main__":
    most = 1 if SMOKE else len(stories.SUITE)
    main(int(next(iter(arguments()), most)))
