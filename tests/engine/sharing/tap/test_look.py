"""Test when a preview counts as seen, by the bytes that were sent."""

import os
from pathlib import Path
import random
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.video.media import first_picture_end
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.tap.look import Look
from tests.engine.clips.homemade import make_source


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video whose index is at its end, as in a doorbell's clip."""
    return make_source(tmp_path_factory.mktemp("look") / "clip.mp4")


@pytest.fixture
def look(video: Path, tmp_path: Path) -> Look:
    """Return the preview of a copy of the video."""
    return Look(video.copy(tmp_path / "clip.mp4"))


@pytest.fixture
def end(look: Look) -> int:
    """Return the offset at which the first picture ends."""
    end = first_picture_end(look.path)
    assert end is not None
    assert 100 < end < look.size
    return end


@pytest.mark.parametrize(
    ("spans", "seen"),
    [
        (["0-e"], True),
        (["0-s"], True),
        (["0-2", "2-e"], True),
        (["50-e", "0-51"], True),
        (["40-60", "0-20", "80-s", "20-40", "60-80"], True),
        ([], False),
        (["0-0"], False),
        (["0-1"] * 500, False),
        (["1-s"], False),
        (["0-50", "51-s"], False),
        (["e-s"], False),
        (["s-s"], False),
        (["0-50", "20-50", "30-40"], False),
    ],
)
def test_all_up_to_the_first_picture_must_be_written_in_any_order(
    look: Look, end: int, spans: list[str], seen: bool
) -> None:
    places = {"e": end, "s": look.size}
    for span in spans:
        start, stop = (places.get(at) or int(at) for at in span.split("-"))
        look.wrote(start, stop)
    assert look.is_seen is seen


def test_the_last_byte_of_the_picture_counts(look: Look, end: int) -> None:
    look.wrote(0, end - 1)
    assert not look.is_seen
    look.wrote(end - 1, end)
    assert look.is_seen


def test_it_is_seen_when_each_byte_was_written(look: Look, end: int) -> None:
    """Compare with a set of bytes, for random ranges."""
    chance = random.Random(7)
    written: set[int] = set()
    while not look.is_seen:
        assert not written.issuperset(range(end))
        start = chance.randrange(-1, look.size)
        stop = min(look.size, start + chance.randrange(1, end))
        look.wrote(start, stop)
        if start >= 0:
            written.update(range(start, stop))
    assert written.issuperset(range(end))


def test_its_bytes_are_read_as_long_as_it_is_the_same_file(look: Look) -> None:
    content = look.path.read_bytes()
    assert look.read(0, look.size) == content
    assert look.read(5, 9) == content[5:9]
    assert look.read(0, 0) == b""


def _swap(path: Path) -> None:
    """Replace the file by another with the same size and time."""
    stat, content = path.stat(), path.read_bytes()
    path.unlink()
    path.write_bytes(content[::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _overwrite(path: Path) -> None:
    """Change the file's content and restore its time."""
    stat = path.stat()
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("change", [_swap, _overwrite, _link, _pipe, Path.unlink])
def test_another_file_in_its_place_is_not_read(look: Look, change: object) -> None:
    assert callable(change)
    change(look.path)
    for stop in (0, 10):
        with pytest.raises(OSError):
            look.read(0, stop)


@pytest.mark.parametrize("content", [b"", b"no video", b"\0" * 5000])
def test_a_file_without_a_picture_cannot_be_shown(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    with pytest.raises(SharingError) as caught:
        Look(file)
    assert caught.value.problem == "preview_unreadable"


def test_a_file_that_ends_within_its_first_picture_cannot_be_shown(
    video: Path, tmp_path: Path
) -> None:
    """The index at the beginning refers to data that is missing."""
    file = tmp_path / "clip.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-i", str(video), "-c", "copy"),
            *("-movflags", "+faststart", str(file)),
        ],
        check=True,
        timeout=60,
    )
    end = first_picture_end(file)
    assert end is not None
    os.truncate(file, end)
    assert Look(file).size == end
    os.truncate(file, end - 1)
    with pytest.raises(SharingError) as caught:
        Look(file)
    assert caught.value.problem == "preview_unreadable"
