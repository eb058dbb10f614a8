"""Files of a package that have one spelling, so that no two programs read them apart."""

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
    """Write a key as homes do."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def read_bag_info(data: bytes) -> dict[str, str]:
    """Read bag-info.txt, in which nothing may be taken for the end of a line."""
    lines = data.decode().splitlines()  # at all that any program takes for one
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
    """Read a list of digests: name and digest of each."""
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
