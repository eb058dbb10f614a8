"""Test the metadata of a clip part."""

from datetime import timedelta
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording.clip_part import (
    ClipPart,
    events_within,
)
from custom_components.doorwatch.engine.recording.recording_window import (
    RecordingWindow,
)
from custom_components.doorwatch.engine.recording.writer import ClipWriter
from tests.engine.recording.conftest import Folder
from tests.engine.recording.studio import (
    NOON,
    nothing_seen,
    scene_packets,
    start_of_clip,
)


def test_pause_of_the_camera_is_noted_as_a_gap(tmp_path: Path) -> None:
    """The clip's length includes the gap."""
    packets = scene_packets()
    packets = packets[:30] + packets[75:105]
    epoch = packets[0].epoch
    epoch.offset = 0.0
    part = ClipPart(
        start_of_clip(),
        ClipWriter(tmp_path / "clip.mp4", epoch, packets[0].time),
        packets[0],
        [],
        packets[0].shown,
        since=packets[0].epoch.monotonic(packets[0].time),
    )
    for packet in packets:
        part.write(packet)
    part.writer.close()
    part.writer.sync()
    sink = Folder(tmp_path)
    part.hand_over(sink, RecordingWindow(0, nothing_seen(), lambda: None))
    [clip] = sink.finished
    [(begin, end)] = clip.gaps
    assert (begin - NOON).total_seconds() == pytest.approx(29 / 15, abs=0.001)
    assert (end - NOON).total_seconds() == pytest.approx(75 / 15, abs=0.001)
    assert (clip.ended_at - NOON).total_seconds() == pytest.approx(7, abs=0.001)
    assert clip.frames == 60
    assert clip.events == ()


def test_part_in_which_nothing_happened_names_what_it_goes_on_for() -> None:
    """Every part has an event."""

    def event(second: float, kind: EventKind) -> DoorbellEvent:
        at = NOON + timedelta(seconds=second)
        return DoorbellEvent(kind=kind, at=at, monotonic=second)

    ring, motion = event(5, EventKind.RING), event(8, EventKind.MOTION)
    later = event(200, EventKind.RING)
    events = (ring, motion, later)
    assert events_within(events, 0, 60) == (ring, motion)
    assert events_within(events, 60, 120) == (motion,)
    assert events_within(events, -60, -60) == (ring,)


@pytest.mark.parametrize("by", [-3600, 3600])
def test_a_clock_that_is_set_takes_no_event_from_its_part(by: int) -> None:
    """A ring one second after motion is in the clip even if the wall clock was set in between."""
    motion = DoorbellEvent(kind=EventKind.MOTION, at=NOON, monotonic=10)
    ring = DoorbellEvent(
        kind=EventKind.RING, at=NOON + timedelta(seconds=by), monotonic=11
    )
    assert events_within((motion, ring), 5, 15) == (motion, ring)
    assert events_within((motion, ring), 5) == (motion, ring)
    assert events_within((motion, ring), 15) == (ring,)
