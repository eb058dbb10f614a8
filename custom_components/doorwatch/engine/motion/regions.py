"""Join changed pixels into regions and measure their features.

Light, wind and weather change an image as much as people do, but differently. Light
keeps the fine texture of a surface, or changes a smooth surface evenly. Leaves and
flags look like the image a few pixels away. Glare, and insects and drops near the lens,
have no edges and no detail. Rain is thin and everywhere.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .filters import (
    LIGHT,
    LOGARITHMS,
    UNIT,
    Floats,
    Grey,
    Mask,
    Structure,
    inner,
    smoothed,
)

_CELL: Final = 8  # pixels, one per byte of an integer; nearer regions are joined
_MARGIN: Final = 6  # pixels around a region that are examined with it
_FLAT: Final = 0.004 * UNIT  # a smaller value is not a texture
_HALO: Final = 0.3
# Pixels of a region count if they have changed by at least `_ITSELF`, and at least
# `_PART` of the region must count. Pixels from `_WHITE` on can't be compared; at least
# `_CLEAR` of those that count must be darker.
_ITSELF: Final = 0.08 * UNIT
_PART: Final = 0.25
_WHITE: Final = 240
_CLEAR: Final = 0.5
# A shadow changes all pixels evenly, by at most `_DEEPEST`, except near its border. So
# only its core is measured, unless that has fewer than `_CORE` pixels.
_DEEPEST: Final = 0.5 * UNIT
_EVEN: Final = 0.02 * UNIT
_CORE: Final = 12
_SWAY: Final = 5  # pixels by which leaves move between two keyframes
# Each pair of shifts down and right.
_SHIFTS: Final = np.argwhere(np.ones((2 * _SWAY + 1, 2 * _SWAY + 1))) - _SWAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A changed region: its position, its pixels and their number."""

    rows: slice
    columns: slice
    mask: Mask
    pixels: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NormalizedFrame:
    """An image: its luma, and the logarithm of the luma minus its local mean."""

    grey: Grey
    structure: Structure


def _cells(mask: Mask) -> Mask:
    """Return which cells of eight by eight pixels contain a pixel of the mask."""
    height, width = mask.shape
    down, across = -(-height // _CELL), -(-width // _CELL)
    full = np.zeros((down * _CELL, across * _CELL), np.bool_)
    full[:height, :width] = mask
    # Reads the eight pixels of a row as one number.
    rows = full.view(np.uint64).reshape(down, _CELL, across)
    return np.asarray(np.bitwise_or.reduce(rows, axis=1) != 0)


def specks(changed: Mask) -> int:
    """Count the cells with a thin change and no solid one in or next to them."""
    solid = _cells(inner(changed))
    near = np.zeros((solid.shape[0] + 2, solid.shape[1] + 2), np.bool_)
    for y in range(3):
        for x in range(3):
            near[y : y + solid.shape[0], x : x + solid.shape[1]] |= solid
    return int(np.count_nonzero(_cells(changed) & ~near[1:-1, 1:-1]))


def regions(changed: Mask, votes: Mask) -> list[Region]:
    """Join changed pixels that are near each other; keep regions with a vote."""
    cells, voted = _cells(changed), _cells(votes)
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    found: list[Region] = []
    while left:
        waiting, joined = [left.pop()], []
        while waiting:
            row, column = cell = waiting.pop()
            joined.append(cell)
            near = {(row + y, column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)}
            near &= left
            left -= near
            waiting.extend(near)
        if any(voted[cell] for cell in joined):
            found.append(_region(changed, joined))
    return found


def _region(changed: Mask, cells: list[tuple[int, int]]) -> Region:
    height, width = changed.shape
    top = min(row for row, _ in cells) * _CELL
    left = min(column for _, column in cells) * _CELL
    bottom = (max(row for row, _ in cells) + 1) * _CELL
    right = (max(column for _, column in cells) + 1) * _CELL
    own = np.zeros((bottom - top, right - left), np.bool_)
    for row, column in cells:
        y, x = row * _CELL - top, column * _CELL - left
        own[y : y + _CELL, x : x + _CELL] = True
    first_row, last_row = max(0, top - _MARGIN), min(height, bottom + _MARGIN)
    first, last = max(0, left - _MARGIN), min(width, right + _MARGIN)
    mask = np.zeros((last_row - first_row, last - first), np.bool_)
    inside = changed[top:bottom, left:right]
    own = own[: inside.shape[0], : inside.shape[1]]
    y, x = top - first_row, left - first
    mask[y : y + inside.shape[0], x : x + inside.shape[1]] = inside & own
    return Region(
        rows=slice(first_row, last_row),
        columns=slice(first, last),
        mask=mask,
        pixels=int(np.count_nonzero(mask)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionFeatures:
    """The features of a region.

    `texture`: how little of the earlier fine texture is left, from 0 to 1 (light leaves
    much). `edge`: how much of the change is within one pixel (little for glare).
    `detail`: how much fine texture the region has now (little if out of focus).
    """

    texture: float
    edge: float
    detail: float


def looks(
    region: Region, now: NormalizedFrame, before: NormalizedFrame
) -> RegionFeatures:
    """Compare a region with the same place in an earlier image."""
    where = region.rows, region.columns
    pixels = region.mask[1:-1, 1:-1]
    new_grey, old_grey = now.grey[where], before.grey[where]
    new = LOGARITHMS.take(new_grey).astype(np.float32)
    old = LOGARITHMS.take(old_grey).astype(np.float32)
    soft_new, soft_old = smoothed(new), smoothed(old)
    change = soft_new - soft_old
    # Also compare light, as logarithms make the border of a glow in the dark steep.
    light = smoothed(LIGHT.take(new_grey) - LIGHT.take(old_grey))
    edge = min(_steepest(change, pixels), _steepest(light, pixels))
    highest = float(np.abs(change)[pixels].max(initial=0.0))
    # Next to a dark or bright object the local mean changes, but the surface doesn't.
    changed = pixels & (np.abs(change) > max(_HALO * highest, _ITSELF))
    # Overexposed pixels have no texture to compare.
    clear = changed & (np.maximum(new_grey, old_grey)[1:-1, 1:-1] < _WHITE)
    itself, compared = np.count_nonzero(changed), np.count_nonzero(clear)
    if (
        not compared
        or itself < _PART * region.pixels
        or compared < _CLEAR * itself
        or _even(change, changed)
    ):
        return RegionFeatures(texture=0.0, edge=edge, detail=0.0)
    fine_new = new[1:-1, 1:-1][clear] - soft_new[clear]
    fine_old = old[1:-1, 1:-1][clear] - soft_old[clear]
    return RegionFeatures(
        texture=_renewed(fine_new, fine_old),
        edge=edge,
        detail=float(np.abs(fine_new).mean()) / UNIT,
    )


def _steepest(change: Floats, pixels: Mask) -> float:
    """Return how much of the greatest change is within one pixel."""
    slope = np.zeros_like(change)
    slope[:-1] = np.abs(np.diff(change, axis=0))
    slope[:, :-1] = np.maximum(slope[:, :-1], np.abs(np.diff(change, axis=1)))
    highest = float(np.abs(change)[pixels].max(initial=0.0))
    return float(slope[pixels].max(initial=0.0)) / (highest + 1e-6)


def _even(change: Floats, changed: Mask) -> bool:
    """Return whether all pixels became evenly darker or brighter, as from a shadow."""
    core = inner(changed)
    if np.count_nonzero(core) < _CORE:
        core = changed
    values = change[core]
    quarters = [len(values) * quarter // 4 for quarter in (1, 2, 3)]
    first, middle, third = np.partition(values, quarters)[quarters]
    return bool(abs(middle) < _DEEPEST and third - first < _EVEN)


def _renewed(new: Floats, old: Floats) -> float:
    """Return the difference of two textures relative to that of shifted copies.

    About 1 for unrelated textures.
    """
    if float((np.abs(new) + np.abs(old)).sum()) <= _FLAT * len(new):
        return 1.0
    third = len(old) // 3
    askew = sum(
        float(np.abs(new - np.roll(old, by)).sum())
        for by in (third, len(old) // 2, 2 * third)
    )
    return min(3 * float(np.abs(new - old).sum()) / (askew + 1.0), 1.0)


def solid(region: Region) -> int:
    """Count the pixels that have changed with all their neighbors (few for drops)."""
    return int(np.count_nonzero(inner(region.mask)))


def novelty(region: Region, now: NormalizedFrame, before: NormalizedFrame) -> float:
    """Return how much a region differs from everything near it before, from 0 to 1.

    The value is low for leaves, flags and the image of a trembling camera.
    """
    rows, columns = np.nonzero(region.mask)
    rows += region.rows.start
    columns += region.columns.start
    if len(rows) > 400:
        rows, columns = rows[:: len(rows) // 200], columns[:: len(columns) // 200]
    new = now.structure[rows, columns].astype(np.int32)
    height, width = now.structure.shape
    old = before.structure[
        np.clip(rows + _SHIFTS[:, :1], 0, height - 1),
        np.clip(columns + _SHIFTS[:, 1:], 0, width - 1),
    ].astype(np.int32)
    unlike = np.abs(old - new).sum(1)
    either = np.abs(old).sum(1) + np.abs(new).sum() + 1
    return float((unlike / either).min())
