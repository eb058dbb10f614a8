"""Strict parsers for files of a package, so that no two programs read them differently."""

import re

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError

_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([\x21-\x7e]+)", re.ASCII)
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_INFO = (
    "Bag-Software-Agent",
    "Bagging-Date",
    "External-Description",
    "External-Identifier",
    "Internal-Sender-Identifier",
    "Payload-Oxum",
)


def write_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the PEM of a key as homes write it."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def read_bag_info(data: bytes) -> dict[str, str]:
    """Parse bag-info.txt; reject characters that some programs treat as a line end."""
    lines = data.decode().splitlines()  # at all kinds of line ends
    pairs = dict(line.partition(": ")[::2] for line in lines)
    if (
        tuple(pairs) != _INFO
        or any(ord(char) < 32 or char == "\x7f" for line in lines for char in line)
        or "".join(f"{name}: {value}\n" for name, value in pairs.items())
        != data.decode()
    ):
        raise AgencyError("bag-info.txt does not say what it must")
    return pairs


def read_manifest(text: str) -> dict[str, str]:
    """Parse a manifest into digests by name."""
    digests: dict[str, str] = {}
    *lines, last = text.split("\n")
    if last:
        raise AgencyError("a list of digests is cut off")
    for line in lines:
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None or match[2] in digests:
            raise AgencyError("a list of digests has an invalid line")
        digests[match[2]] = match[1]
    return digests
