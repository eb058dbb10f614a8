"""Parse the first bytes of encoded frames, H.264 and H.265."""

from collections.abc import Iterator
from typing import Final, NamedTuple

_START: Final = b"\0\0\1"
# The types of NAL units with parameters, by codec: SPS and PPS; VPS, SPS and PPS.
_PARAMETERS: Final = {"h264": frozenset({7, 8}), "hevc": frozenset({32, 33, 34})}
_H264_SLICES: Final = frozenset({1, 5})
_H264_IDR: Final = 5
_H264_INTRA: Final = frozenset({2, 4})  # slice types modulo 5
_HEVC_SLICES: Final = 32  # all lower types
_HEVC_WHOLE: Final = frozenset(range(16, 24))
# Leading frames of H.265 that refer to frames before the keyframe.
_RASL: Final = frozenset({8, 9})
# Bytes to search first, since parameters and SEI come before the frame and are short.
_NEAR: Final = 1024


class AccessUnitHeader(NamedTuple):
    """The parameters before the frame in an access unit, and the type of the frame.

    `parameters` are NAL units without start codes. `kind` is the type of the frame's
    first NAL unit, or None if there is none.
    """

    parameters: tuple[bytes, ...]
    kind: int | None
    whole: bool = False  # can be decoded alone, according to its first bytes


def length_size(codec: str, extradata: bytes | None) -> int:
    """Return the size of a NAL unit's length in bytes, or 0 if start codes are used."""
    at = 4 if codec == "h264" else 21
    if extradata and len(extradata) > at and extradata[0] == 1:
        return (extradata[at] & 3) + 1
    return 0


def opening(codec: str, data: memoryview, size: int = 0) -> AccessUnitHeader:
    """Parse the start of an access unit whose NAL unit lengths have `size` bytes.

    It is read only up to the first bytes of the frame.
    """
    head = bytes(data[:_NEAR])
    found = _opening(codec, head, size)
    if found.kind is None and len(data) > _NEAR:
        found = _opening(codec, bytes(data), size)
    return found


def refers_back(codec: str, data: memoryview, size: int = 0) -> bool:
    """Return whether a leading frame needs frames before its keyframe to be decoded.

    In H.264, leading frames exist only in open groups, where they do.
    """
    if codec != "hevc":
        return True
    return opening(codec, data, size).kind in _RASL


def _opening(codec: str, data: bytes, size: int) -> AccessUnitHeader:
    wanted = _PARAMETERS[codec]
    parameters: list[bytes] = []
    for at, end in _units(data, size):
        kind = data[at] & 31 if codec == "h264" else data[at] >> 1 & 63
        if kind in _H264_SLICES if codec == "h264" else kind < _HEVC_SLICES:
            return AccessUnitHeader(
                tuple(parameters), kind, _is_whole(codec, kind, data, at)
            )
        if not at < end <= len(data):
            break
        if kind in wanted:
            # A following start code of four bytes adds a zero.
            parameters.append(data[at:end].rstrip(b"\0"))
    return AccessUnitHeader(tuple(parameters), None)


def _is_whole(codec: str, kind: int, data: bytes, at: int) -> bool:
    if codec == "hevc":
        return kind in _HEVC_WHOLE
    if kind == _H264_IDR:
        return True
    # Two numbers (Exp-Golomb): the slice's first macroblock and its type. A recovery
    # point may be a frame of a gradual refresh.
    bits = int.from_bytes(data[at + 1 : at + 9])
    row = f"{bits:064b}"[: 8 * len(data[at + 1 : at + 9])]
    for _ in range(2):
        zeros = len(row) - len(row.lstrip("0"))
        value = int(row[zeros : 2 * zeros + 1] or "1", 2) - 1
        row = row[2 * zeros + 1 :]
    return value % 5 in _H264_INTRA


def without_remarks(codec: str, data: bytes, size: int = 0) -> bytes:
    """Return an access unit without anything but parameters and slices."""
    view, kept = memoryview(data), bytearray()
    for at, end in _units(data, size):
        end = end if at < end <= len(data) else len(data)
        kind = data[at] & 31 if codec == "h264" else data[at] >> 1 & 63
        is_slice = kind in _H264_SLICES if codec == "h264" else kind < _HEVC_SLICES
        if is_slice or kind in _PARAMETERS[codec]:
            kept += (end - at).to_bytes(size) if size else _START
            kept += view[at:end]
    return bytes(kept)


def changed_codec(codec: str, data: memoryview, size: int = 0) -> bool:
    """Return whether this is a keyframe of the other codec.

    The first bytes of parameters and slices differ between the two codecs.
    """
    other = "hevc" if codec == "h264" else "h264"
    found = opening(other, data, size)
    kinds = {
        unit[0] & 31 if other == "h264" else unit[0] >> 1 for unit in found.parameters
    }
    return found.whole and kinds == _PARAMETERS[other]


def _units(data: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each NAL unit; the end is -1 if not found."""
    at = 0 if size else data.find(_START)
    while 0 <= at < len(data) - (size or len(_START)):
        at += size or len(_START)
        if size:
            end = at + int.from_bytes(data[at - size : at])
        else:
            end = data.find(_START, at)
        yield at, end
        at = end
