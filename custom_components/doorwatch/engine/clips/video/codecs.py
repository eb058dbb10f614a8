"""Read the codecs of a clip as named in browsers (RFC 6381)."""

from collections.abc import Iterator
from pathlib import Path
import struct
from typing import BinaryIO, Final

# Bytes; more than the `moov` box of ten minutes with audio.
_MOST: Final = 16 * 1024 * 1024
# Bytes before the boxes inside a sample entry, by type of track.
_VIDEO_ENTRY: Final = 78
_SOUND_ENTRY: Final = 28

type Box = tuple[bytes, bytes]


def codecs_of(path: Path) -> str | None:
    """Return the codecs, for example `hvc1.1.6.L93.B0, mp4a.40.2`.

    None if the file is missing or not an MP4. Blocking; reads only the `moov` box.
    """
    try:
        with path.open("rb") as file:
            movie = _movie(file)
        names = [name for track in _inside(movie, b"trak") if (name := _name(track))]
    except OSError, struct.error, IndexError:
        return None
    return ", ".join(names) or None


def _movie(file: BinaryIO) -> bytes:
    """Return the content of the `moov` box."""
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        size = length - 8
        if length == 1:
            size = struct.unpack(">Q", file.read(8))[0] - 16
        if size < 0:
            break
        if kind == b"moov":
            return file.read(min(size, _MOST))
        file.seek(size, 1)
    return b""


def _boxes(content: bytes) -> Iterator[Box]:
    at = 0
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if length < 8:
            return
        yield kind, content[at + 8 : at + length]
        at += length


def _inside(content: bytes, *path: bytes) -> Iterator[bytes]:
    """Yield the content of all boxes at a path."""
    if not path:
        yield content
        return
    for kind, inner in _boxes(content):
        if kind == path[0]:
            yield from _inside(inner, *path[1:])


def _name(track: bytes) -> str | None:
    for description in _inside(track, b"mdia", b"minf", b"stbl", b"stsd"):
        for kind, entry in _boxes(description[8:]):
            name = kind.decode("ascii", "replace")
            if kind in {b"avc1", b"avc3"}:
                for config in _inside(entry[_VIDEO_ENTRY:], b"avcC"):
                    return f"{name}.{config[1:4].hex().upper()}"
            if kind in {b"hvc1", b"hev1"}:
                for config in _inside(entry[_VIDEO_ENTRY:], b"hvcC"):
                    return f"{name}.{_hevc(config)}"
            if kind == b"mp4a":
                for config in _inside(entry[_SOUND_ENTRY:], b"esds"):
                    return f"{name}.{_sound(config)}"
            return name
    return None


def _hevc(config: bytes) -> str:
    """Format profile, compatibility, tier, level, constraints (ISO 14496-15, E.3)."""
    profile = config[1]
    space = ("", "A", "B", "C")[profile >> 6]
    (flags,) = struct.unpack_from(">I", config, 2)
    compatible = int(f"{flags:032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\0")
    tier = "H" if profile & 0x20 else "L"
    parts = [
        f"{space}{profile & 0x1F}",
        f"{compatible:X}",
        f"{tier}{config[12]}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join(parts)


def _sound(config: bytes) -> str:
    """Format object type and audio object type of an MPEG-4 audio track."""
    at = 4
    kind, at = _descriptor(config, at)
    if kind == 3:  # ES_Descriptor: id, flags
        flags = config[at + 2]
        at += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
        if flags & 0x40:
            at += 1 + config[at]
        kind, at = _descriptor(config, at)
    object_type = config[at]
    if object_type != 0x40:
        return f"{object_type:X}"
    kind, at = _descriptor(config, at + 13)
    audio = config[at] >> 3
    if audio == 31:
        audio = 32 + ((config[at] & 7) << 3 | config[at + 1] >> 5)
    return f"{object_type:X}.{audio}"


def _descriptor(config: bytes, at: int) -> tuple[int, int]:
    """Return the tag of a descriptor and the offset of its content."""
    tag = config[at]
    at += 1
    while config[at] & 0x80:
        at += 1
    return tag, at + 1
