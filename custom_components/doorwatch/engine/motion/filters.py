"""Image filters in numpy, fast enough for every keyframe."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# A factor of e in logarithms of luma and the values derived from them.
UNIT: Final = 4096
type Grey = NDArray[np.uint8]
type Structure = NDArray[np.int16]
type Mask = NDArray[np.bool_]
type Sums = NDArray[np.int32]
type Floats = NDArray[np.float32]

# Added to the luma before its logarithm, so that noise in the dark is not structure.
_DARK: Final = 14
# For each luma value, its logarithm and about the amount of light, 0 to 1.
LOGARITHMS: Final[Structure] = np.round(
    UNIT * (np.log(np.arange(256) + _DARK) - np.log(_DARK))
).astype(np.int16)
LIGHT: Final[Floats] = ((np.arange(256) / 255) ** 2.2).astype(np.float32)


def box_sum(values: NDArray[np.int16] | NDArray[np.uint8] | Mask, size: int) -> Sums:
    """Return the sum of the square of `size` around each pixel, zero outside."""
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
    """Return the lowest and the highest value of each pixel and its eight neighbors."""
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
    """Keep only the parts that are at least two pixels wide and two pixels high."""
    whole = mask[:-1, :-1] & mask[1:, :-1] & mask[:-1, 1:] & mask[1:, 1:]
    kept = np.zeros_like(mask)
    kept[:-1, :-1] = whole
    kept[1:, :-1] |= whole
    kept[:-1, 1:] |= whole
    kept[1:, 1:] |= whole
    return kept


def inner(mask: Mask) -> Mask:
    """Keep the pixels whose eight neighbors are in the mask, too."""
    rows = mask[:-2] & mask[1:-1] & mask[2:]
    kept = np.zeros_like(mask)
    kept[1:-1, 1:-1] = rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]
    return kept


def smoothed(values: Floats) -> Floats:
    """Return the mean of each pixel and its neighbors, without the border pixels."""
    rows: Floats = values[:-2] + values[1:-1] + values[2:]
    mean: Floats = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(9)
    return mean
