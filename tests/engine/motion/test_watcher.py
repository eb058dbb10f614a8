"""Tests of motion events from keyframes: when motion begins, and that it always ends."""

from collections.abc import Iterator
from dataclasses import replace
import threading
import time

import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.motion import watcher as watching
from custom_components.doorwatch.engine.motion.decoder import KeyframeDecoder
from custom_components.doorwatch.engine.motion.detector import Verdict
from custom_components.doorwatch.engine.motion.watcher import PictureWatcher
from custom_components.doorwatch.engine.recording.model import Keyframe
from tests.engine.motion.studio import Studio, coloured, studio
from tests.waiting import block_until

__all__ = ["studio"]

BEGUN, ENDED = EventKind.MOTION, EventKind.MOTION_ENDED


class Watch:
    """A watcher without its thread, whose clock the test sets."""

    def __init__(self, studio: Studio) -> None:
        self.now = 1000.0
        self.studio = studio
        self.events: list[DoorbellEvent] = []
        self.watcher = PictureWatcher(
            "front", self.events.append, cool_down=10, clock=lambda: self.now
        )

    def see(self, *pictures: bool, stream: int = 1) -> list[EventKind]:
        """Pass in a keyframe every 2 seconds; return the events."""
        told = len(self.events)
        for somebody in pictures:
            self.now += 2
            keyframe = self.studio.keyframe(self.now, somebody, stream)
            self.watcher.look(keyframe)
            self.watcher.tick()
        return [event.kind for event in self.events[told:]]

    def wait(self, seconds: float) -> list[EventKind]:
        """Let time pass without a keyframe."""
        told = len(self.events)
        self.now += seconds
        self.watcher.tick()
        return [event.kind for event in self.events[told:]]


@pytest.fixture
def watch(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Return a watcher that knows the wall."""
    monkeypatch.setattr(watching, "STILL", 5)
    monkeypatch.setattr(watching, "LONGEST", 60)
    watch = Watch(studio)
    assert watch.see(*[False] * 4) == []
    return watch


def test_motion_begins_with_the_keyframe_and_ends_when_nothing_moves(
    watch: Watch,
) -> None:
    assert watch.see(True) == [BEGUN]
    assert watch.events[0].monotonic == watch.now
    assert watch.see(True, True) == []
    assert watch.see(False, False) == []
    assert watch.see(False) == [ENDED]
    assert watch.events[1].monotonic == watch.now
    assert watch.see(*[False] * 5) == []


def test_event_carries_when_the_picture_was_taken_not_when_it_was_looked_at(
    watch: Watch,
) -> None:
    taken = watch.now + 2
    keyframe = watch.studio.keyframe(taken, True)
    watch.now = taken + 3.5
    watch.watcher.look(keyframe)
    (event,) = watch.events
    assert event.monotonic == taken
    assert time.time() - event.at.timestamp() == pytest.approx(3.5, abs=2)


def test_nothing_is_told_while_it_cools_down(watch: Watch) -> None:
    watch.see(True, False, False, False)
    assert watch.see(False, True, True) == []
    # A person who is still there after the cooldown is reported.
    assert watch.see(True, True, True) == [BEGUN]


@pytest.mark.lesson(5)
def test_motion_ends_when_no_keyframe_comes_any_more(watch: Watch) -> None:
    watch.see(True)
    assert watch.wait(19) == []
    assert watch.wait(2) == [ENDED]
    assert watch.wait(100) == []


@pytest.mark.lesson(5)
def test_motion_ends_after_its_longest_and_is_learned(watch: Watch) -> None:
    told: list[EventKind] = []
    for _ in range(40):
        told += watch.see(True)
    assert told[:2] == [BEGUN, ENDED]
    begun, ended = watch.events[:2]
    assert 58 <= ended.monotonic - begun.monotonic <= 62


def test_another_stream_is_learned_without_an_event(watch: Watch) -> None:
    assert watch.see(True, stream=2) == []
    assert watch.see(False, False, False, stream=3) == []
    assert watch.see(True, stream=3) == [BEGUN]


def test_keyframe_that_cannot_be_decoded_changes_nothing(watch: Watch) -> None:
    whole = watch.studio.keyframe(watch.now + 2, True)
    for broken in (
        replace(whole, data=b"\0\0\0\1\x65" + bytes(200)),
        replace(whole, data=b""),
        replace(whole, codec="vp9"),
        replace(whole, extradata=b"\1nonsense"),
    ):
        assert watch.watcher.look(broken) is None
    assert watch.watcher.diagnostics()["undecodable"] == 4
    assert watch.events == []
    assert watch.see(True) == [BEGUN]


def test_diagnostics_hold_counts_and_no_picture(watch: Watch) -> None:
    watch.see(True)
    told = watch.watcher.diagnostics()
    assert told["keyframes"] == 5
    assert told["verdict"] == "motion"
    assert told["motion"] is True
    assert isinstance(told["cpu_ms"], float)
    assert all(isinstance(value, (int, float, str)) for value in told.values())


def test_the_watcher_tells_nothing_when_infra_red_comes(watch: Watch) -> None:
    for _ in range(6):
        watch.watcher.look(coloured(watch.studio, 20.0))
    # Other changes in the light of the same keyframe are ignored.
    sight = watch.watcher.look(watch.studio.keyframe(watch.now, True))
    assert sight is not None
    assert sight.verdict is Verdict.RELEARNED
    assert watch.events == []


# With its thread


@pytest.fixture
def told() -> list[DoorbellEvent]:
    return []


@pytest.fixture
def watcher(told: list[DoorbellEvent]) -> Iterator[PictureWatcher]:
    watcher = PictureWatcher("front", told.append, cool_down=0)
    watcher.start()
    yield watcher
    watcher.stop()
    watcher.join()
    assert not watcher.is_alive()


def looked(watcher: PictureWatcher) -> int:
    return int(str(watcher.diagnostics()["keyframes"]))


def test_thread_looks_at_what_is_offered(
    watcher: PictureWatcher, told: list[DoorbellEvent], studio: Studio
) -> None:
    for number in range(3):
        watcher.offer(studio.keyframe(time.monotonic()))
        block_until(lambda number=number: looked(watcher) == number + 1)  # type: ignore[misc]  # bound now
    watcher.offer(studio.keyframe(time.monotonic(), somebody=True))
    block_until(lambda: told)
    watcher.stop()
    watcher.join()
    assert [event.kind for event in told] == [BEGUN, ENDED]
    watcher.offer(studio.keyframe(time.monotonic()))
    watcher.stop()


@pytest.mark.lesson(8)
def test_reader_is_never_held_up_and_the_newest_keyframe_wins(
    watcher: PictureWatcher, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, busy = threading.Event(), threading.Event()
    seen: list[float] = []

    def slow(keyframe: Keyframe) -> None:
        seen.append(keyframe.monotonic)
        busy.set()
        assert may_go_on.wait(30)

    monkeypatch.setattr(watcher, "look", slow)
    first = studio.keyframe(1.0)
    watcher.offer(first)
    assert busy.wait(30)
    for now in (2.0, 3.0, 4.0):
        watcher.offer(replace(first, monotonic=now))
    may_go_on.set()
    block_until(lambda: len(seen) == 2)
    assert seen == [1.0, 4.0]
    assert watcher.diagnostics()["skipped"] == 2


def test_strange_picture_does_not_end_the_watch(
    watcher: PictureWatcher,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            KeyframeDecoder, "decode", lambda *_: np.zeros((0, 0), np.uint8)
        )
        watcher.offer(studio.keyframe(0))
        block_until(lambda: "couldn't be analyzed" in caplog.text)
    watcher.offer(studio.keyframe(time.monotonic()))
    block_until(lambda: looked(watcher) == 1)
