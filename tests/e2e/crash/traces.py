"""Looks for what must not be left: bytes of the copy that was shared."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_LENGTH: Final = 64  # bytes of one trace


def traces_of(copy: bytes, original: bytes) -> list[bytes]:
    """Return pieces from all along the copy that are nowhere in the original.

    Sound lies between the pictures of the original: each piece is from where the copy
    goes on with what is elsewhere in the original, or has something of its own.
    """
    traces, at = [], 0
    while at + _LENGTH <= len(copy):
        piece = copy[at : at + _LENGTH]
        if (there := original.find(piece)) < 0:
            traces.append(piece)
            at += _LENGTH
        else:
            at += _alike(copy, at, original, there) - _LENGTH // 2
    return traces


def _alike(one: bytes, at: int, other: bytes, there: int) -> int:
    """Return how many bytes are the same from here on."""
    most = min(len(one) - at, len(other) - there)
    low, high = 0, most + 1  # alike, and not
    while high - low > 1:
        middle = (low + high) // 2
        if one[at : at + middle] == other[there : there + middle]:
            low = middle
        else:
            high = middle
    return low


def files_with(
    traces: Iterable[bytes], folders: Iterable[Path], *, but: Path
) -> dict[Path, int]:
    """Return the files below the folders that hold traces, with how many they hold."""
    looked_for = list(traces)
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path == but or path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if number := sum(trace in content for trace in looked_for):
                found[path] = number
    return found
