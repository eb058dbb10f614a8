"""The areas of a picture to watch, as a person types them.

An area is a list of corners, each "across,down" in percent of the picture from its top
left; two corners are a rectangle. A semicolon stands between areas:
"0,40 100,40 100,100 0,100; 10,10 30,25". No area means the whole picture.
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
    """What is wrong with typed areas, by a translation key, and where.

    `problem`: areas_not_corners, areas_outside, areas_too_few, areas_too_many.
    """

    def __init__(self, problem: str, where: str) -> None:
        """Say which problem, and the piece of text that has it."""
        super().__init__(f"{problem}: {where}")
        self.problem = problem
        self.where = where


def parse(text: str) -> tuple[Area, ...]:
    """Read areas; nothing for the whole picture. Raises `AreasError`."""
    pieces = [piece.strip() for piece in re.split(r"[;\n]", text)]
    areas = tuple(_area(piece) for piece in pieces if piece)
    if len(areas) > MOST_AREAS:
        raise AreasError("areas_too_many", str(len(areas)))
    return areas


def text(areas: tuple[Area, ...]) -> str:
    """Write areas so that `parse` reads them."""
    return "; ".join(
        " ".join(f"{across:g},{down:g}" for across, down in area) for area in areas
    )


def mask(areas: tuple[Area, ...], width: int, height: int) -> Mask | None:
    """Return which pixels lie in an area; None when all do."""
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
    """Read one area; two corners become four."""
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
    # Corners in a line enclose nothing.
    size = sum(
        x0 * y1 - x1 * y0
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True)
    )
    if len(corners) < 3 or (len(corners) < 5 and not size):
        raise AreasError("areas_too_few", piece[:40])
    return tuple(corners)
