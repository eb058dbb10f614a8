"""Tests of how many bytes of a file are needed to decode its first frame."""

from pathlib import Path
import struct
import subprocess

import av
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.doorwatch.engine.clips.video.media import first_picture_end
from custom_components.doorwatch.engine.clips.video.pictures import open_clip
from custom_components.doorwatch.engine.clips.video.trim import copy_cut, find_cut
from tests import videos as media
from tests.engine.clips.homemade import record
from tests.engine.recording.studio import Studio, stream_of, studio

__all__ = ["studio"]

SECONDS = 4
SCENES = {
    "h264": media.SMALL,
    "h265": media.HEVC,
    "h264-open": media.OPEN,
    "h265-open": media.HEVC_OPEN,
}
LAYOUTS: dict[str, tuple[str, ...]] = {
    "index-last": (),
    "index-first": ("-movflags", "+faststart"),
    "fragments": ("-movflags", "frag_keyframe+empty_moov"),
    "fragments-late-index": ("-movflags", "frag_keyframe+delay_moov"),
    "small-fragments": ("-movflags", "empty_moov", "-frag_duration", "100000"),
    "no-sound": ("-an",),
}


def _first_picture(path: Path) -> NDArray[np.uint8] | None:
    """Return the first frame that a player shows, ignoring errors after it."""
    with open_clip(path) as container:
        video = container.streams.video[0]
        for packet in container.demux(video):
            try:
                frames = video.decode(packet)
            except av.FFmpegError:
                continue
            if frames:
                return np.asarray(frames[0].to_ndarray(format="gray8"), np.uint8)
    return None


def _boxes(content: bytes) -> list[tuple[bytes, int, int]]:
    """List the top-level boxes: kind, start, end."""
    found, at = [], 0
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, at + 8)
        found.append((kind, at, at + length))
        at += length
    return found


def _only(path: Path, end: int) -> Path:
    """Make a copy with only the index and the bytes before `end`."""
    content = path.read_bytes()
    kept = bytearray(len(content))
    kept[:end] = content[:end]
    for kind, first, last in _boxes(content):
        head = last if kind in {b"moov", b"moof"} else first + 8
        kept[first:head] = content[first:head]
    copy = path.with_name("only.mp4")
    copy.write_bytes(kept)
    return copy


def _check(path: Path) -> int:
    """Check that these bytes suffice for the first frame, and that fewer don't."""
    end = first_picture_end(path)
    assert end is not None
    whole = _first_picture(path)
    assert whole is not None
    enough = _first_picture(_only(path, end))
    assert enough is not None
    assert np.array_equal(enough, whole)
    # The last bytes may be padding.
    less = _first_picture(_only(path, end - 200))
    assert less is None or not np.array_equal(less, whole)
    return end


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("scene", SCENES)
def test_the_first_picture_is_found_in_every_layout(
    tmp_path: Path, scene: str, layout: str
) -> None:
    file = tmp_path / "clip.mp4"
    source = media.make(SCENES[scene]).path
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-i", str(source), "-t", str(SECONDS)),
            *("-c", "copy", *LAYOUTS[layout], str(file)),
        ],
        check=True,
        timeout=60,
    )
    assert _check(file) < file.stat().st_size / 3


def test_the_first_picture_is_found_in_what_the_recorder_writes_and_cuts(
    tmp_path: Path,
) -> None:
    """The index is at the end, and a second one is inside the frame data."""
    clip = tmp_path / "clip.mp4"
    record(media.make(media.SMALL).path, clip, frames=SECONDS * media.FPS)
    assert [kind for kind, _, _ in _boxes(clip.read_bytes())][-1] == b"moov"
    _check(clip)
    trimmed = tmp_path / "trimmed.mp4"
    cut = find_cut(clip, 1.2, 3.0)
    assert cut is not None
    copy_cut(clip, trimmed, cut, audio=True)
    _check(trimmed)


@pytest.mark.parametrize("scene", ["h264-open", "h265-open"])
def test_a_hidden_keyframe_is_no_picture_but_needed(
    studio: Studio, tmp_path: Path, scene: str
) -> None:
    """The first visible frame refers to the hidden one."""
    stream = stream_of(SCENES[scene], tmp_path / "scene.ts", seconds=12)
    part = studio.play(stream, longest=4, end=10)[1]
    file = part.path.copy(tmp_path / "part.mp4")
    with open_clip(file) as container:
        hidden = next(iter(container.demux(container.streams.video[0])))
        assert hidden.is_discard
        assert hidden.pos is not None
        behind = hidden.pos + hidden.size
    end = first_picture_end(file)
    assert end is not None
    assert end > behind
    whole = _first_picture(file)
    assert whole is not None
    enough = _first_picture(_only(file, end))
    assert enough is not None
    assert np.array_equal(enough, whole)


@pytest.mark.parametrize("content", [b"", b"no video", b"\0" * 5000])
def test_there_is_none_in_what_is_no_video(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    assert first_picture_end(file) is None
    assert first_picture_end(tmp_path / "gone.mp4") is None


def test_there_is_none_in_sound_alone(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1"),
            *("-c:a", "aac", str(file)),
        ],
        check=True,
        timeout=60,
    )
    assert first_picture_end(file) is None
