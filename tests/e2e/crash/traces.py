"""Find remaining bytes of the shared copy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_LENGTH: Final = 64  # bytes of one trace


def traces_of(copy: bytes, original: bytes) -> list[bytes]:
    """Return pieces from all parts of the copy that aren't in the original.

    The original has audio between the pictures. Each piece is at a position where the
    copy continues with another part of the original, or has bytes that aren't in the
    original.
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
    """Return the number of equal bytes from these positions on."""
    most = min(len(one) - at, len(other) - there)
    low, high = 0, most + 1  # equal lengths and unequal lengths
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
    """Return the files in the folders that contain traces, with the number of traces."""
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
