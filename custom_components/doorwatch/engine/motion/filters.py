"""Small filters on whole pictures, fast enough in numpy to look at every keyframe."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

UNIT: Final = 4096  # a factor of e, in logarithms of luma and what is made of them
type Grey = NDArray[np.uint8]
type Structure = NDArray[np.int16]
type Mask = NDArray[np.bool_]
type Sums = NDArray[np.int32]
type Floats = NDArray[np.float32]

# Added to the luma before its logarithm: in the dark, noise is not structure.
_DARK: Final = 14
# The logarithm of each luma, and about the light that it stands for, 0 to 1.
LOGARITHMS: Final[Structure] = np.round(
    UNIT * (np.log(np.arange(256) + _DARK) - np.log(_DARK))
).astype(np.int16)
LIGHT: Final[Floats] = ((np.arange(256) / 255) ** 2.2).astype(np.float32)


def box_sum(values: NDArray[np.int16] | NDArray[np.uint8] | Mask, size: int) -> Sums:
    """Return the sum over the square of `size` around each pixel, zero outside."""
    height, width = values.shape
    before = size // 2 + 1
    sums = np.zeros((height + size, width + size), np.int32)
    inside = sums[before : before + height, before : before + width]
    np.cumsum(values, axis=1, dtype=np.int32, out=inside)
    sums[before : before + height, before + width :] = inside[:, -1:]
    rows: Sums = sums[:, size:] - sums[:, :-size]
    np.cumsum(rows, axis=0, out=rows)
    found: Sums = rows[size:] - rows[:-size]
    return found


def spread(values: Structure) -> tuple[Structure, Structure]:
    """Return the least and the greatest of each pixel and its eight neighbours."""
    least, greatest = values.copy(), values.copy()
    np.minimum(least[1:], values[:-1], out=least[1:])
    np.minimum(least[:-1], values[1:], out=least[:-1])
    np.maximum(greatest[1:], values[:-1], out=greatest[1:])
    np.maximum(greatest[:-1], values[1:], out=greatest[:-1])
    low, high = least.copy(), greatest.copy()
    np.minimum(low[:, 1:], least[:, :-1], out=low[:, 1:])
    np.minimum(low[:, :-1], least[:, 1:], out=low[:, :-1])
    np.maximum(high[:, 1:], greatest[:, :-1], out=high[:, 1:])
    np.maximum(high[:, :-1], greatest[:, 1:], out=high[:, :-1])
    return low, high


def opened(mask: Mask) -> Mask:
    """Keep only what is at least two pixels wide and two high."""
    whole = mask[:-1, :-1] & mask[1:, :-1] & mask[:-1, 1:] & mask[1:, 1:]
    kept = np.zeros_like(mask)
    kept[:-1, :-1] = whole
    kept[1:, :-1] |= whole
    kept[:-1, 1:] |= whole
    kept[1:, 1:] |= whole
    return kept


def inner(mask: Mask) -> Mask:
    """Keep the pixels whose eight neighbours are in the mask too."""
    rows = mask[:-2] & mask[1:-1] & mask[2:]
    kept = np.zeros_like(mask)
    kept[1:-1, 1:-1] = rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]
    return kept


def smoothed(values: Floats) -> Floats:
    """Return the mean of each pixel and its eight neighbours; two pixels smaller."""
    rows: Floats = values[:-2] + values[1:-1] + values[2:]
    mean: Floats = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(9)
    return mean
