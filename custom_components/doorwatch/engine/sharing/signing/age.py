"""Encrypt to an agency: age v1 (https://age-encryption.org/v1), X25519 recipients.

Only encryption; `age -d` decrypts the result.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable
import hashlib
import hmac
import os
import re
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION: Final = b"age-encryption.org/v1\n"
CHUNK: Final = 65536  # bytes per encrypted chunk

_LABEL: Final = b"age-encryption.org/v1/X25519"
_KEY: Final = 32
_FILE_KEY: Final = 16
_NONCE: Final = 16
_COUNTER: Final = 11

# Bech32 (BIP 173) of 32 bytes after "age1": 52 characters and 6 of checksum.
_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_RECIPIENT: Final = re.compile(rf"age1[{_ALPHABET}]{{58}}", re.ASCII)
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def read_recipient(text: str) -> X25519PublicKey:
    """Parse an `age1...` recipient; raises `ValueError` for anything else.

    Also rejects the low-order points, with which the shared secret is public.
    """
    if not _RECIPIENT.fullmatch(text):
        raise ValueError("not a recipient")
    values = [_ALPHABET.index(char) for char in text[4:]]
    if _checksum("age", values) != 1:
        raise ValueError("not a recipient: the checksum is wrong")
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    # 52 characters have 260 bits; the last four are padding.
    if number & 0b1111:
        raise ValueError("not a recipient: more than one way to write it")
    key = X25519PublicKey.from_public_bytes((number >> 4).to_bytes(_KEY))
    X25519PrivateKey.generate().exchange(key)  # `ValueError` if low-order
    return key


def _checksum(prefix: str, values: Iterable[int]) -> int:
    """Return the checksum of a bech32 text; 1 if it is valid."""
    expanded = [ord(char) >> 5 for char in prefix]
    expanded += [0, *(ord(char) & 31 for char in prefix), *values]
    remainder = 1
    for value in expanded:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                remainder ^= term
    return remainder


class AgeWriter:
    """Encrypt a stream with constant memory.

    Each stream has a new file key. Without `finish`, the file is truncated, which age
    detects.
    """

    def __init__(
        self, write: Callable[[bytes], object], recipients: Iterable[X25519PublicKey]
    ) -> None:
        """Write the header; the key of any recipient can decrypt the file."""
        file_key = os.urandom(_FILE_KEY)
        header = VERSION + b"".join(_stanza(file_key, one) for one in recipients)
        if header == VERSION:
            raise ValueError("nobody to encrypt to")
        header += b"---"
        mac = hmac.digest(
            _derive(file_key, salt=None, info=b"header"), header, hashlib.sha256
        )
        nonce = os.urandom(_NONCE)
        write(header + b" " + _base64(mac) + b"\n" + nonce)
        self._seal = ChaCha20Poly1305(_derive(file_key, salt=nonce, info=b"payload"))
        self._write = write
        self._pending = bytearray()
        self._counter = 0

    def write(self, data: bytes) -> None:
        """Encrypt data; keeps a full chunk until it is known whether it is the last."""
        view = memoryview(data)
        while view:
            if len(self._pending) == CHUNK:
                self._put(last=False)
            room = CHUNK - len(self._pending)
            self._pending += view[:room]
            view = view[room:]

    def finish(self) -> None:
        """Write the last chunk, which proves that the file is complete."""
        self._put(last=True)

    def _put(self, *, last: bool) -> None:
        nonce = self._counter.to_bytes(_COUNTER) + bytes([last])
        self._write(self._seal.encrypt(nonce, bytes(self._pending), None))
        self._pending.clear()
        self._counter += 1


def _stanza(file_key: bytes, recipient: X25519PublicKey) -> bytes:
    """Encrypt the file key for a recipient."""
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrapping = ChaCha20Poly1305(
        _derive(
            ephemeral.exchange(recipient),
            salt=share + recipient.public_bytes_raw(),
            info=_LABEL,
        )
    )
    # A zero nonce is safe for a key that is used once.
    body = wrapping.encrypt(bytes(12), file_key, None)
    return b"-> X25519 " + _base64(share) + b"\n" + _base64(body) + b"\n"


def _derive(secret: bytes, *, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY, salt=salt, info=info).derive(
        secret
    )


def _base64(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")
