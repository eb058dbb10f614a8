"""Test the errors and files of a clip writer."""

import errno
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.recording.writer import (
    ClipWriter,
    write_problem,
)
from tests.disks import fill
from tests.engine.recording.studio import scene_packets
from tests.rtsp.check import check_clip


def test_file_without_a_whole_picture_is_not_kept(tmp_path: Path) -> None:
    """A file with only a header cannot be played."""
    packets = scene_packets()
    writer = ClipWriter(tmp_path / "clip.mp4", packets[0].epoch, packets[0].time)
    writer.video(packets[0].encoded, packets[0].time)
    assert not writer.readable
    assert writer.rescue() == 0


def test_disk_that_is_full_at_the_end_costs_the_end_only(small_disk: Path) -> None:
    """A clip plays without the final index."""
    packets = scene_packets()[:60]
    path = small_disk / "clip.mp4"
    writer = ClipWriter(path, packets[0].epoch, packets[0].time)
    for packet in packets:
        writer.video(packet.encoded, packet.time)
    fill(small_disk)
    with pytest.raises(OSError) as raised:
        writer.close()
    assert write_problem(raised.value) == "disk_full"
    frames = writer.rescue()
    assert frames is not None
    assert 45 <= frames <= 60
    facts = check_clip(path)
    assert len(facts.frames) == writer.frames
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)


def test_errors_of_a_disk_have_two_names() -> None:
    """Users can free space, or repair the folder."""
    assert write_problem(OSError(errno.ENOSPC, "")) == "disk_full"
    assert write_problem(OSError(errno.EDQUOT, "")) == "disk_full"
    assert write_problem(OSError(errno.EROFS, "")) == "not_writable"
