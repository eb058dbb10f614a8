"""A hash chain of lines: changing one line invalidates all lines after it.

The format is that of the home's ledger: canonical JSON in which `previous` is the
SHA-256 of the previous line.
"""

from collections.abc import Mapping, Sequence
import hashlib
import json
from typing import NamedTuple

from ..errors import AgencyError
from ..signing.jws import canonical

GENESIS = "0" * 64  # the `previous` of the first line
_FIELDS = {"at", "data", "kind", "previous", "seq"}


class Line(NamedTuple):
    """One line of the chain."""

    at: str
    data: Mapping[str, object]
    kind: str
    previous: str
    seq: int
    digest: str


class BrokenError(Exception):
    """Line `number` (from 1) is not valid or does not follow the previous one."""

    def __init__(self, number: int) -> None:
        """Store the line number."""
        super().__init__(number)
        self.number = number


def digest_of(line: bytes) -> str:
    """Return the digest by which the next line refers to this one."""
    return hashlib.sha256(line).hexdigest()


def write_line(
    after: Line | None, *, at: str, kind: str, data: Mapping[str, object]
) -> bytes:
    """Return the line that follows `after`, without a line feed."""
    fields = {
        "at": at,
        "data": data,
        "kind": kind,
        "previous": GENESIS if after is None else after.digest,
        "seq": 1 if after is None else after.seq + 1,
    }
    try:
        return canonical(fields)
    except UnicodeEncodeError as err:  # a lone surrogate, or a name that is not UTF-8
        raise AgencyError("a text for the record cannot be written as UTF-8") from err


def read_line(line: bytes) -> Line:
    """Parse a line; raise `ValueError` if it is not valid."""
    try:
        fields = json.loads(line.decode())
    except RecursionError as err:
        raise ValueError("nested too deeply") from err
    if not isinstance(fields, dict) or fields.keys() != _FIELDS:
        raise ValueError("not a line")
    read = Line(digest=digest_of(line), **fields)
    if (
        not isinstance(read.data, dict)
        or not isinstance(read.at, str)
        or not isinstance(read.kind, str)
        or type(read.seq) is not int
        # `verify-ledger.sh` requires that each line ends with these two fields.
        or not line.endswith(
            f',"previous":"{read.previous}","seq":{read.seq}}}'.encode()
        )
    ):
        raise ValueError("not a line")
    return read


def split(content: bytes) -> tuple[list[bytes], bytes]:
    """Split the content into complete lines and an incomplete rest.

    A crash can leave an incomplete line; a power failure can also leave zero bytes.
    """
    *lines, rest = content.split(b"\n")
    while lines and b"\0" in lines[-1]:
        rest = lines.pop() + b"\n" + rest
    return lines, rest


def read_chain(lines: Sequence[bytes], after: Line | None = None) -> list[Line]:
    """Parse all lines; raise `BrokenError` for the first that does not follow."""
    read: list[Line] = []
    previous, first = (GENESIS, 1) if after is None else (after.digest, after.seq + 1)
    for number, line in enumerate(lines, first):
        try:
            one = read_line(line)
        except ValueError as err:
            raise BrokenError(number) from err
        if one.previous != previous or one.seq != number:
            raise BrokenError(number)
        read.append(one)
        previous = one.digest
    if not read and after is None:
        raise BrokenError(first)
    return read


def intact(lines: Sequence[bytes]) -> dict[int, Line]:
    """Return the lines of a broken chain whose digests are confirmed, by number.

    A line is confirmed by the next line, which contains its digest. If the next line is
    missing or not readable, it is enough that the line contains the digest of the
    previous one.
    """
    read: dict[int, Line] = {}
    for number, line in enumerate(lines, 1):
        try:
            read[number] = read_line(line)
        except ValueError:
            continue
    vouched: dict[int, Line] = {}
    for number, one in read.items():
        after, before = read.get(number + 1), read.get(number - 1)
        if after is not None:
            right = after.previous == one.digest
        else:
            right = one.previous == (GENESIS if before is None else before.digest)
        if right:
            vouched[number] = one
    return vouched
