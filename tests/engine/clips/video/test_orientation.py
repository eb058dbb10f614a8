"""Tests of orienting frames as a player does, with even sides and writable pixels."""

from fractions import Fraction

from av.video.frame import VideoFrame
import numpy as np
import pytest

from custom_components.doorwatch.engine.clips.video.orientation import (
    FORMAT,
    oriented,
    plane_of,
)


def picture(width: int, height: int, pixel_format: str = FORMAT) -> VideoFrame:
    """Make a frame whose upper left quarter is bright."""
    shown = np.full((height, width, 3), 16, np.uint8)
    shown[: height // 2, : width // 2] = 235
    frame = VideoFrame.from_ndarray(shown, "rgb24").reformat(format=pixel_format)
    frame.pts, frame.time_base, frame.duration = 7, Fraction(1, 25), 1
    return frame


def bright_corner(frame: VideoFrame) -> tuple[int, int]:
    """Return which quarter is bright: (row, column)."""
    luma = plane_of(frame, 0)
    rows, columns = np.array_split(luma, 2, 0), 2
    quarters = [[part.mean() for part in np.array_split(r, columns, 1)] for r in rows]
    place = int(np.argmax(quarters))
    return divmod(place, 2)


@pytest.mark.parametrize(
    ("turns", "size", "corner"),
    [
        (0, (64, 48), (0, 0)),
        (1, (48, 64), (1, 0)),
        (2, (64, 48), (1, 1)),
        (3, (48, 64), (0, 1)),
    ],
)
def test_it_is_turned_as_the_file_says(
    turns: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    """Quarter turns are counterclockwise, and the timestamps don't change."""
    found = oriented(picture(64, 48), turns)

    assert (found.width, found.height) == size
    assert bright_corner(found) == corner
    assert (found.pts, found.duration) == (7, 1)
    assert found.time_base is not None
    assert float(found.time_base) == 1 / 25


@pytest.mark.parametrize("pixel_format", [FORMAT, "yuv422p", "yuvj420p", "nv12"])
def test_sides_are_even_in_the_one_format(pixel_format: str) -> None:
    """Encoders need even sides, so the last row and column are duplicated."""
    found = oriented(picture(63, 47, pixel_format))

    assert (found.width, found.height, found.format.name) == (64, 48, FORMAT)
    luma = plane_of(found, 0)
    assert (luma[-1] == luma[-2]).all()
    assert (luma[:, -1] == luma[:, -2]).all()
