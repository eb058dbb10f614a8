"""Detect motion in keyframes on a separate thread."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import logging
from threading import Condition, Thread
import time
from typing import Final, override

from ..doorbells.base import DoorbellEvent, EventKind
from ..recording.model import Keyframe
from .areas import Area
from .decoder import KeyframeDecoder
from .detector import TUNINGS, Detector, FrameAnalysis, Sensitivity, Verdict

_LOGGER = logging.getLogger(__name__)


# Seconds, and keyframes, without motion after which motion ends.
STILL: Final = 6.0
_STILL_KEYFRAMES: Final = 2
# Seconds without a keyframe after which motion ends.
GONE: Final = 20.0
# Maximum seconds; the moving object is then learned as part of the place.
LONGEST: Final = 240.0


class PictureWatcher(Thread):
    """Analyze keyframes as they arrive; skip all but the newest when they queue up."""

    def __init__(
        self,
        name: str,
        on_event: Callable[[DoorbellEvent], None],
        *,
        sensitivity: Sensitivity = Sensitivity.MEDIUM,
        areas: tuple[Area, ...] = (),
        cool_down: float = 10.0,
        on_analysis: Callable[[FrameAnalysis], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Initialize the watcher; its thread calls `on_event` and `on_analysis`.

        `cool_down`: the shortest pause between two motions, in seconds.
        """
        super().__init__(name=f"doorwatch motion {name}", daemon=True)
        self._on_event = on_event
        self._on_analysis = on_analysis
        self._cool_down = cool_down
        self._clock = clock
        self._detector = Detector(TUNINGS[sensitivity], areas)
        self._decoder = KeyframeDecoder()
        self._stream: int | None = None
        # Guarded by the condition.
        self._waiting = Condition()
        self._newest: Keyframe | None = None
        self._stopping = False
        # Used on the thread only.
        self._begun: float | None = None  # when the motion began
        self._moved = 0.0  # when motion was last seen
        self._seen = 0.0  # when a keyframe was last decoded
        self._still = 0  # keyframes without motion since
        self._quiet_until = float("-inf")
        self._looked = self._skipped = self._undecodable = 0
        self._cpu = 0.0
        self._sight: FrameAnalysis | None = None

    def stop(self) -> None:
        """Ask the thread to end, which ends current motion; may be called twice."""
        with self._waiting:
            self._stopping = True
            self._newest = None
            self._waiting.notify()

    def offer(self, keyframe: Keyframe) -> None:
        """Accept the next keyframe on any thread without blocking."""
        with self._waiting:
            if self._stopping:
                return
            if self._newest is not None:
                self._skipped += 1
            self._newest = keyframe
            self._waiting.notify()

    def diagnostics(self) -> dict[str, object]:
        """Return counters, without image data."""
        looked, sight = self._looked, self._sight
        return {
            "keyframes": looked,
            "skipped": self._skipped,
            "undecodable": self._undecodable,
            "cpu_ms": round(1000 * self._cpu / looked, 2) if looked else None,
            "relearned": self._detector.relearned,
            "verdict": sight.verdict.value if sight else None,
            "changed": sight.changed if sight else None,
            "noise": round(sight.noise, 4) if sight else None,
            "motion": self._begun is not None,
        }

    @override
    def run(self) -> None:
        while (keyframe := self._next()) is not None or not self._stopping:
            if keyframe is not None:
                try:
                    self.look(keyframe)
                except Exception:  # one bad image must not end the thread
                    _LOGGER.exception("An image couldn't be analyzed")
                    self._detector.forget()
            self.tick()
        self._end()

    def _next(self) -> Keyframe | None:
        """Wait for a keyframe; during motion, return None after a second."""
        with self._waiting:
            if self._newest is None and not self._stopping:
                self._waiting.wait(None if self._begun is None else 1.0)
            keyframe, self._newest = self._newest, None
            return keyframe

    def look(self, keyframe: Keyframe) -> FrameAnalysis | None:
        """Analyze one keyframe, and report motion that begins with it.

        Returns None if the keyframe can't be decoded.
        """
        begun = time.thread_time()
        if keyframe.stream != self._stream:
            self._stream = keyframe.stream
            self._detector.forget()
        picture = self._decoder.decode(keyframe)
        sight = None
        if picture is not None:
            sight = self._detector.look(picture.grey, picture.colour)
        self._cpu += time.thread_time() - begun
        self._looked += 1
        if sight is None:
            self._undecodable += 1
            return None
        self._sight = sight
        if self._on_analysis is not None:
            self._on_analysis(sight)
        self._seen = keyframe.monotonic
        if sight.verdict is Verdict.MOTION:
            self._still = 0
            self._moved = keyframe.monotonic
            if self._begun is None and keyframe.monotonic >= self._quiet_until:
                self._begun = keyframe.monotonic
                self._tell(EventKind.MOTION, keyframe.monotonic)
        else:
            self._still += 1
        return sight

    def tick(self) -> None:
        """End motion that is over."""
        if self._begun is None:
            return
        now = self._clock()
        if now - self._begun >= LONGEST:
            self._detector.forget()
            self._end()
        elif now - self._seen >= GONE or (
            self._still >= _STILL_KEYFRAMES and now - self._moved >= STILL
        ):
            self._end()

    def _end(self) -> None:
        if self._begun is None:
            return
        now = self._clock()
        self._begun = None
        self._quiet_until = now + self._cool_down
        self._tell(EventKind.MOTION_ENDED, now)

    def _tell(self, kind: EventKind, monotonic: float) -> None:
        at = datetime.now(UTC) - timedelta(seconds=self._clock() - monotonic)
        self._on_event(
            DoorbellEvent(kind=kind, at=at, monotonic=monotonic, transport="picture")
        )
