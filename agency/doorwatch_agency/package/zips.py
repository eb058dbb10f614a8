"""Read a zip package once, from start to end, in the form that Doorwatch writes.

Programs disagree about unusual zips: some use the central directory, some the local
headers, some skip data before, between or after the files. So only unambiguous zips are
accepted: uncompressed files without gaps, a central directory that matches the local
headers, and the end record.
"""

from dataclasses import dataclass
import stat
from struct import Struct
from typing import BinaryIO
import zlib

from ..errors import AgencyError
from ..printing import printable
from .members import Members, Readable

# Structures of APPNOTE.TXT 4.3, without their four-byte signatures.
_FILE = Struct("<5H3L2H")
_LISTED = Struct("<6H3L5H2L")
_END_64 = Struct("<Q2H2L4Q")
_LOCATOR = Struct("<LQL")
_END = Struct("<4H2LH")
_BEGIN = Struct("<2H")
_NUMBER = Struct("<Q")

# The actual value is in a Zip64 field.
_IN_ZIP64 = 0xFFFFFFFF
_IN_END_64 = (0xFFFF, 0xFFFF, _IN_ZIP64, _IN_ZIP64)
_FOLDER_OR_LABEL = 0x18  # DOS attributes


@dataclass(frozen=True, kw_only=True)
class _Member:
    """A local file header."""

    name: bytes
    about: tuple[int, ...]  # flags, method, time, date, CRC-32
    size: int
    offset: int


class _Source:
    """The stream, with its position and the CRC-32 of what was read."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self.at = 0
        self.crc = 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.at += len(data)
        self.crc = zlib.crc32(data, self.crc)
        return data

    def exactly(self, size: int) -> bytes:
        data = self.read(size)
        if len(data) != size:
            raise AgencyError("the package is cut off")
        return data

    def numbers(self, struct: Struct) -> tuple[int, ...]:
        return struct.unpack(self.exactly(struct.size))


def is_zip(file: BinaryIO) -> bool:
    """Return whether a zip starts here, without moving the position."""
    start = file.tell()
    found = file.read(2)
    file.seek(start)
    return found == b"PK"


def unpack_zip(file: Readable, members: Members) -> None:
    """Unpack all files of a zip; raise if it is not in the form that Doorwatch writes."""
    source = _Source(file)
    found: list[_Member] = []
    while (what := source.exactly(4)) == b"PK\x03\x04":
        found.append(_take(source, members))
    begin = source.at - 4
    for member in found:
        if what != b"PK\x01\x02":
            raise _odd("there is something between the files and their list")
        _compare(source, member)
        what = source.exactly(4)
    _end(source, what, (len(found), len(found), source.at - 4 - begin, begin))
    if source.read(1):
        raise AgencyError("something is hidden after the end of the package")


def _take(source: _Source, members: Members) -> _Member:
    offset = source.at - 4
    _needs, *about, packed, size, name_length, more_length = source.numbers(_FILE)
    name = source.exactly(name_length)
    shown = name.decode("utf-8", "surrogateescape")
    flags, method, *_time, crc = about
    if flags & 1:
        raise AgencyError(f"{printable(shown)} is locked with a password")
    if flags or method:
        raise _odd(f"{printable(shown)} is compressed, or written by another program")
    size, packed = _sizes(source.exactly(more_length), [size, packed])
    if size != packed:
        raise _odd(f"{printable(shown)} has two different sizes")
    source.crc = 0
    members.take(shown, size, source)
    if source.crc != crc:
        raise AgencyError(f"{shown} was changed: its checksum does not match")
    return _Member(name=name, about=tuple(about), size=size, offset=offset)


def _compare(source: _Source, member: _Member) -> None:
    """Compare a central directory entry with the local header of a regular file."""
    numbers = source.numbers(_LISTED)
    about = numbers[2:7]
    packed, size, name_length, more_length, comment, disk, _, attributes, offset = (
        numbers[7:]
    )
    name, more = source.exactly(name_length), source.exactly(more_length)
    shown = printable(member.name.decode())
    kind = stat.S_IFMT(attributes >> 16)
    if kind not in (0, stat.S_IFREG) or attributes & _FOLDER_OR_LABEL:
        raise AgencyError(
            f"{shown} is not a plain file (it is a link, folder, or device)"
        )
    sizes = _sizes(more, [size, packed, offset])
    if (name, about, sizes, comment, disk) != (
        member.name,
        member.about,
        [member.size, member.size, member.offset],
        0,
        0,
    ):
        raise _odd(f"its list and its file {shown} do not agree")


def _sizes(more: bytes, numbers: list[int]) -> list[int]:
    """Replace values by those in the Zip64 field, the only allowed extra field."""
    large = [at for at, number in enumerate(numbers) if number == _IN_ZIP64]
    if len(more) != (_BEGIN.size + _NUMBER.size * len(large) if large else 0) or (
        large and _BEGIN.unpack_from(more) != (1, _NUMBER.size * len(large))
    ):
        raise _odd("it has fields that do not belong there")
    for place, at in enumerate(large):
        (numbers[at],) = _NUMBER.unpack_from(more, _BEGIN.size + _NUMBER.size * place)
    return numbers


def _end(source: _Source, what: bytes, listed: tuple[int, ...]) -> None:
    """Check the end record: number of entries, and size and offset of the directory."""
    at = source.at - 4
    large = what == b"PK\x06\x06"
    if large:
        length, _made, _needs, *said = source.numbers(_END_64)
        if (length, *said) != (_END_64.size - _NUMBER.size, 0, 0, *listed):
            raise _odd("its end record does not match")
        if source.exactly(4) != b"PK\x06\x07" or source.numbers(_LOCATOR) != (0, at, 1):
            raise _odd("its end record does not match")
        what = source.exactly(4)
    if what != b"PK\x05\x06":
        raise _odd("there is something between its list and its end")
    *disks, count, count_here, length, begin, comment = source.numbers(_END)
    short = (count, count_here, length, begin)
    for found, real, instead in zip(short, listed, _IN_END_64, strict=True):
        if found != real and not (large and found == instead):
            raise _odd("its end record does not match")
    if comment or any(disks):
        raise _odd("its end record does not match")


def _odd(what: str) -> AgencyError:
    return AgencyError(
        f"this zip is not how homes make it: {what}. Ask for the file as it was"
        " downloaded at the home"
    )
