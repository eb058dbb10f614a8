"""Lines that name the one before: no line can be changed without changing all after it.

As the home's ledger: canonical JSON, `previous` the SHA-256 of the line before.
"""

from collections.abc import Mapping, Sequence
import hashlib
import json
from typing import NamedTuple

from ..errors import AgencyError
from ..signing.jws import canonical

GENESIS = "0" * 64  # what the first line follows
_FIELDS = {"at", "data", "kind", "previous", "seq"}


class Line(NamedTuple):
    """One line, as it was written."""

    at: str
    data: Mapping[str, object]
    kind: str
    previous: str
    seq: int
    digest: str


class BrokenError(Exception):
    """Line `number` (from 1) does not follow the one before, or is none."""

    def __init__(self, number: int) -> None:
        """Name the line."""
        super().__init__(number)
        self.number = number


def digest_of(line: bytes) -> str:
    """Return what the next line calls this one."""
    return hashlib.sha256(line).hexdigest()


def write_line(
    after: Line | None, *, at: str, kind: str, data: Mapping[str, object]
) -> bytes:
    """Write the line that follows, without its line feed."""
    fields = {
        "at": at,
        "data": data,
        "kind": kind,
        "previous": GENESIS if after is None else after.digest,
        "seq": 1 if after is None else after.seq + 1,
    }
    try:
        return canonical(fields)
    except UnicodeEncodeError as err:  # half of a character, or a name that is none
        raise AgencyError("a text for the record cannot be written as UTF-8") from err


def read_line(line: bytes) -> Line:
    """Read a line; `ValueError` for what is none."""
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
        # As `verify-ledger.sh` looks at it: these two end the line, and nothing else does.
        or not line.endswith(
            f',"previous":"{read.previous}","seq":{read.seq}}}'.encode()
        )
    ):
        raise ValueError("not a line")
    return read


def split(content: bytes) -> tuple[list[bytes], bytes]:
    """Split into finished lines and the rest, which a crash or a power cut left.

    A disk that lost power may hold zeros for what was not written yet.
    """
    *lines, rest = content.split(b"\n")
    while lines and b"\0" in lines[-1]:
        rest = lines.pop() + b"\n" + rest
    return lines, rest


def read_chain(lines: Sequence[bytes], after: Line | None = None) -> list[Line]:
    """Read all lines; `BrokenError` names the first that is missing or does not follow."""
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
    """Return by number the lines of a broken chain that others vouch for.

    The line after names the digest of a line. Where that one cannot be read, or there is
    none, a line counts if it names the digest of the line before.
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
