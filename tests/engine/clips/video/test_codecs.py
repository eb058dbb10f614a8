"""Tests of codec names for browsers."""

from pathlib import Path
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.video.codecs import codecs_of
from tests import videos as media


def made(target: Path, *arguments: str) -> Path:
    """Make a short MP4."""
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi"),
            *("-i", "testsrc2=size=128x96:rate=5:duration=1"),
            *("-f", "lavfi", "-i", "sine=duration=1", *arguments, str(target)),
        ],
        check=True,
        timeout=60,
    )
    return target


@pytest.mark.parametrize(
    ("arguments", "codecs"),
    [
        (
            "-c:v libx264 -profile:v high -level 3.1 -pix_fmt yuv420p -c:a aac",
            "avc1.64001F, mp4a.40.2",
        ),
        (
            "-c:v libx264 -profile:v baseline -level 3.0 -pix_fmt yuv420p -an",
            "avc1.42C01E",
        ),
        (
            "-c:v libx265 -tag:v hvc1 -pix_fmt yuv420p -x265-params "
            "log-level=error:level-idc=3.1 -an",
            "hvc1.1.6.L93.90",
        ),
        (
            "-c:v libx265 -tag:v hev1 -pix_fmt yuv420p10le -x265-params "
            "log-level=error:level-idc=4.0:high-tier=1 -an",
            "hev1.2.4.H120.90",
        ),
        ("-c:v mpeg4 -c:a libmp3lame", "mp4v, mp4a.6B"),
    ],
)
def test_codecs_are_named_as_browsers_name_them(
    tmp_path: Path, arguments: str, codecs: str
) -> None:
    assert codecs_of(made(tmp_path / "clip.mp4", *arguments.split())) == codecs


def test_codecs_of_a_clip_as_the_recorder_writes_it() -> None:
    codecs = codecs_of(media.make(media.HEVC).path)
    assert codecs is not None
    assert codecs.startswith("hvc1.1.6.L")
    assert codecs.endswith(", mp4a.40.2")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no video",
        b"\0\0\0\x10moov",
        b"\0\0\0\0moov" + b"\xff" * 100,
        b"\0\0\0\1mdat" + b"\0" * 7 + b"\1",
        b"\xff\xff\xff\xffmoov" + b"\0\0\0\x20trak" * 9,
    ],
)
def test_what_is_no_video_has_no_codecs(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert codecs_of(file) is None
    assert codecs_of(tmp_path / "gone") is None


def test_a_description_cut_anywhere_is_no_crash(tmp_path: Path) -> None:
    whole = made(tmp_path / "clip.mp4", "-c:v", "libx264", "-c:a", "aac").read_bytes()
    start = whole.index(b"moov")
    for end in range(start, len(whole), 7):
        file = tmp_path / "cut"
        file.write_bytes(whole[:end])
        codecs_of(file)
