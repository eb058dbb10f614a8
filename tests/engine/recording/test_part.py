"""What a part says about itself, and a writer about its disk."""

from datetime import UTC, datetime, timedelta
import errno
from pathlib import Path

import av
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.model import ClipStart
from custom_components.doorwatch.engine.recording.packets import Packet
from custom_components.doorwatch.engine.recording.part import Part, events_within
from custom_components.doorwatch.engine.recording.writer import ClipWriter, problem_of
from tests import videos as media
from tests.disks import fill
from tests.rtsp.check import check_clip

from .conftest import Folder

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def scene_packets() -> list[Packet]:
    """Return the pictures of the small scene."""
    with av.open(media.make(media.SMALL).path) as container:
        video = container.streams.video[0]
        epoch = Epoch(video, None)
        return [
            Packet(epoch, packet, packet.dts, is_video=True)
            for packet in container.demux([video])
            if packet.dts is not None
        ]


def start_of_clip() -> ClipStart:
    """Return the beginning of a clip at noon."""
    return ClipStart(clip_id="1", event_id="1", part=1, started_at=NOON, events=())


def test_pause_of_the_camera_is_noted_as_a_gap(tmp_path: Path) -> None:
    """The row says when there are no pictures, and the clip is as long as it took."""
    packets = scene_packets()
    packets = packets[:30] + packets[75:105]
    epoch = packets[0].epoch
    epoch.offset = 0.0
    part = Part(
        start_of_clip(),
        ClipWriter(tmp_path / "clip.mp4", epoch, packets[0].time),
        packets[0],
        [],
    )
    for packet in packets:
        part.write(packet)
    part.writer.close()
    part.writer.sync()
    sink = Folder(tmp_path)
    part.hand_over(sink, [])
    [clip] = sink.finished
    [(begin, end)] = clip.gaps
    assert (begin - NOON).total_seconds() == pytest.approx(29 / 15, abs=0.001)
    assert (end - NOON).total_seconds() == pytest.approx(75 / 15, abs=0.001)
    assert (clip.ended_at - NOON).total_seconds() == pytest.approx(7, abs=0.001)
    assert clip.frames == 60
    assert clip.events == ()


def test_file_without_a_whole_picture_is_not_kept(tmp_path: Path) -> None:
    """There is nothing to play in a header."""
    packets = scene_packets()
    writer = ClipWriter(tmp_path / "clip.mp4", packets[0].epoch, packets[0].time)
    writer.video(packets[0].encoded, packets[0].time)
    assert not writer.readable
    assert writer.rescue() == 0


def test_disk_that_is_full_at_the_end_costs_the_end_only(small_disk: Path) -> None:
    """An index that no longer fits is not needed to play what is there."""
    packets = scene_packets()[:60]
    path = small_disk / "clip.mp4"
    writer = ClipWriter(path, packets[0].epoch, packets[0].time)
    for packet in packets:
        writer.video(packet.encoded, packet.time)
    fill(small_disk)
    with pytest.raises(OSError) as raised:
        writer.close()
    assert problem_of(raised.value) == "disk_full"
    frames = writer.rescue()
    assert frames is not None
    assert 45 <= frames <= 60
    facts = check_clip(path)
    assert len(facts.frames) == writer.frames
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)


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
    """A ring a second after motion is in its clip, whatever the wall says by then."""
    motion = DoorbellEvent(kind=EventKind.MOTION, at=NOON, monotonic=10)
    ring = DoorbellEvent(
        kind=EventKind.RING, at=NOON + timedelta(seconds=by), monotonic=11
    )
    assert events_within((motion, ring), 5, 15) == (motion, ring)
    assert events_within((motion, ring), 5) == (motion, ring)
    assert events_within((motion, ring), 15) == (ring,)


def test_errors_of_a_disk_have_two_names() -> None:
    """People can make room, or mend the folder."""
    assert problem_of(OSError(errno.ENOSPC, "")) == "disk_full"
    assert problem_of(OSError(errno.EDQUOT, "")) == "disk_full"
    assert problem_of(OSError(errno.EROFS, "")) == "not_writable"
