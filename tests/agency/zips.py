"""Zips as a person hands them over, with changes for tests."""

import io
import stat
import struct
from zipfile import ZipFile, ZipInfo

from tests.agency.tarballs import PARTS

TOP = "doorwatch-a"


def member(
    name: str, kind: int = stat.S_IFREG, content: bytes = b"x", **more: object
) -> tuple[ZipInfo, bytes]:
    """Make a member of a zip."""
    info = ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    for field, value in more.items():
        setattr(info, field, value)
    return info, content


def zip_of(members: list[tuple[ZipInfo, bytes]], comment: bytes = b"") -> bytes:
    """Write a zip with the standard library."""
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for info, content in members:
            archive.writestr(info, content)
        archive.comment = comment
    return stream.getvalue()


def plain(skip: str = "") -> list[tuple[ZipInfo, bytes]]:
    """List the ten files except one."""
    return [member(f"{TOP}/{name}") for name in PARTS if name != skip]


GOOD = zip_of(plain())


def put(at: int, layout: str, value: int, content: bytes = GOOD) -> bytes:
    """Overwrite a number in the data."""
    changed = bytearray(content)
    struct.pack_into(f"<{layout}", changed, at, value)
    return bytes(changed)


def moved(content: bytes, by: int) -> bytes:
    """Shift all offsets in the central directory and the end record."""
    at = content.index(b"PK\x01\x02")
    while content[at : at + 4] == b"PK\x01\x02":
        (offset,) = struct.unpack_from("<L", content, at + 42)
        content = put(at + 42, "L", offset + by, content)
        at += 46 + sum(struct.unpack_from("<3H", content, at + 28))
    (begin,) = struct.unpack_from("<L", content, at + 16)
    return put(at + 16, "L", begin + by, content)
