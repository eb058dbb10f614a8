"""Parse the areas of the image to watch.

An area is a list of corners. A corner is "across,down" in percent of the image, from
its top left. Two corners describe a rectangle. Semicolons separate areas: "0,40 100,40
100,100 0,100; 10,10 30,25". No area means the whole image.
"""

import re
from typing import Final

import numpy as np

from .filters import Mask

type Point = tuple[float, float]
type Area = tuple[Point, ...]

MOST_AREAS: Final = 20
MOST_CORNERS: Final = 50
_CORNER: Final = re.compile(r"(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)", re.ASCII)


class AreasError(ValueError):
    """Raised if the text of the areas is invalid.

    `problem` is a translation key: areas_not_corners, areas_outside, areas_too_few or
    areas_too_many. `where` is the invalid part of the text.
    """

    def __init__(self, problem: str, where: str) -> None:
        """Initialize the error with its problem and the invalid part of the text."""
        super().__init__(f"{problem}: {where}")
        self.problem = problem
        self.where = where


def parse(text: str) -> tuple[Area, ...]:
    """Parse areas; no area means the whole image. Raises `AreasError`."""
    pieces = [piece.strip() for piece in re.split(r"[;\n]", text)]
    areas = tuple(_area(piece) for piece in pieces if piece)
    if len(areas) > MOST_AREAS:
        raise AreasError("areas_too_many", str(len(areas)))
    return areas


def text(areas: tuple[Area, ...]) -> str:
    """Format areas as text that `parse` accepts."""
    return "; ".join(
        " ".join(f"{across:g},{down:g}" for across, down in area) for area in areas
    )


def mask(areas: tuple[Area, ...], width: int, height: int) -> Mask | None:
    """Return which pixels are in an area; None means all of them."""
    if not areas:
        return None
    across = (np.arange(width) + 0.5) * 100 / width
    down = ((np.arange(height) + 0.5) * 100 / height)[:, None]
    inside = np.zeros((height, width), np.bool_)
    for area in areas:
        own = np.zeros((height, width), np.bool_)
        for (x0, y0), (x1, y1) in zip(area, (*area[1:], area[0]), strict=True):
            if y0 != y1:
                crossed = (down > min(y0, y1)) & (down <= max(y0, y1))
                own ^= crossed & (across < x0 + (down - y0) * (x1 - x0) / (y1 - y0))
        inside |= own
    return inside


def _area(piece: str) -> Area:
    """Parse one area; two corners become the four of a rectangle."""
    words = re.sub(r"\s*,\s*", ",", piece).split()
    corners: list[Point] = []
    for word in words:
        match = _CORNER.fullmatch(word)
        if match is None:
            raise AreasError("areas_not_corners", word[:40])
        across, down = (round(float(number), 2) for number in match.groups())
        if across > 100 or down > 100:
            raise AreasError("areas_outside", word[:40])
        corners.append((across, down))
    if len(corners) > MOST_CORNERS:
        raise AreasError("areas_too_many", piece[:40])
    if len(corners) == 2:
        (left, top), (right, bottom) = corners
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    # Corners on a straight line enclose nothing.
    size = sum(
        x0 * y1 - x1 * y0
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True)
    )
    if len(corners) < 3 or (len(corners) < 5 and not size):
        raise AreasError("areas_too_few", piece[:40])
    return tuple(corners)
