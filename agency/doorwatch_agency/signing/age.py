"""Decrypt age v1 (https://c2sp.org/age) in constant memory.

Supports binary files with X25519 recipients; the error for others names their type. A
reader must read to the end: only then is it certain that the file is complete.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import hmac
import os
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import AgencyError
from ..printing import printable

MAGIC = b"age-encryption.org/v1\n"
_ANY_VERSION = b"age-encryption.org/"
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"

_X25519 = b"X25519"
# Other stanza types of age, and their common names.
_UNSUPPORTED = {
    b"scrypt": "with a passphrase (scrypt)",
    b"mlkem768x25519": "to a hybrid, post-quantum recipient (mlkem768x25519)",
    b"ssh-ed25519": "to an SSH key (ssh-ed25519)",
    b"ssh-rsa": "to an SSH key (ssh-rsa)",
}
_GREASE = b"-grease"  # a random type, to ensure that readers ignore unknown ones
_KEY = 32
_FILE_KEY = 16
_TAG = 16
_NONCE = 16
_CHUNK = 65536
_COLUMNS = 64  # of a line of base64
# 16 recipients need 2 kB; the limit keeps an endless header from filling the memory.
_LARGEST_HEADER = 1 << 16


@dataclass(frozen=True, kw_only=True)
class _Stanza:
    """One wrapped copy of the file key."""

    kind: bytes
    arguments: list[bytes]
    body: bytes


class Source(Protocol):
    """A stream of bytes and lines that returns fewer bytes only at its end."""

    def read(self, size: int, /) -> bytes:
        """Read bytes."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Read until the end of a line."""
        ...


def is_encrypted(file: BinaryIO) -> bool:
    """Return whether an age file starts here, without moving the position.

    Raise `AgencyError` for a format that is not supported.
    """
    start = file.tell()
    found = file.read(_COLUMNS)
    file.seek(start)
    if found.startswith(MAGIC):
        return True
    if found.lstrip().startswith(_ARMOR):
        raise AgencyError(
            "it is encrypted as text (armored age), which is not supported. Homes"
            " send binary files. Ask for the original file, or open it with `age -d`"
        )
    if found.startswith(_ANY_VERSION):
        raise AgencyError(
            "it is encrypted, but is not an age v1 file. Another version made it, or"
            " it was damaged by being sent as text"
        )
    return False


class AgeReader:
    """A stream of the decrypted content; raises `AgencyError` if the file was modified."""

    def __init__(self, file: Source, identities: Sequence[X25519PrivateKey]) -> None:
        """Read the header and check it with the first matching identity."""
        self._file = file
        stanzas, signed, mac = _read_header(file)
        file_key = _file_key(stanzas, identities)
        expected = hmac.digest(_derive(file_key, b"", b"header"), signed, "sha256")
        if not hmac.compare_digest(expected, mac):
            raise AgencyError("the header of the encrypted file was changed")
        nonce = file.read(_NONCE)
        if len(nonce) != _NONCE:
            raise AgencyError("the encrypted file is cut off")
        self._opener = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._counter = 0
        self._next = file.read(_CHUNK + _TAG)
        self._plain = memoryview(b"")
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return the number of bytes requested, or fewer at the end."""
        parts = []
        while size:
            if not self._plain:
                if self._ended:
                    break
                self._plain = memoryview(self._open_chunk())
            part, self._plain = self._plain[:size], self._plain[size:]
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _open_chunk(self) -> bytes:
        sealed, self._next = self._next, b""
        if len(sealed) == _CHUNK + _TAG:
            self._next = self._file.read(_CHUNK + _TAG)
        self._ended = not self._next
        nonce = self._counter.to_bytes(11, "big") + bytes([self._ended])
        try:
            plain = self._opener.decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError) as err:
            raise AgencyError("the encrypted file was changed or is cut off") from err
        if not plain and self._counter:
            raise AgencyError("the encrypted file ends in a way that age never writes")
        self._counter += 1
        return plain


def decrypt_file(
    source: Path, target: Path, identities: Sequence[X25519PrivateKey]
) -> None:
    """Decrypt into a new file (mode 0600), atomically."""
    if target.exists() or target.is_symlink():
        raise AgencyError(f"{target} already exists, and no file is overwritten")
    part = target.with_name(f".{target.name}.part")
    try:
        with source.open("rb") as file:
            if not is_encrypted(file):
                raise AgencyError("it is not a file that age encrypted")
            reader = AgeReader(file, identities)
            part.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(part, flags, 0o600), "wb") as out:
                while plain := reader.read(_CHUNK):
                    out.write(plain)
                out.flush()
                os.fsync(out.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def _read_header(file: Source) -> tuple[list[_Stanza], bytes, bytes]:
    """Return the stanzas, the bytes covered by the MAC, and the MAC."""
    if file.read(len(MAGIC)) != MAGIC:
        raise AgencyError("it is not a file that age encrypted")
    text = bytearray(MAGIC)
    try:
        stanzas, mac = _stanzas(file, text)
    except ValueError as err:
        raise AgencyError(
            "the header of the encrypted file is not an age header"
        ) from err
    return stanzas, bytes(text[: text.rindex(b"\n---") + 4]), mac


def _stanzas(file: Source, text: bytearray) -> tuple[list[_Stanza], bytes]:
    """Read stanzas up to the MAC, collecting the bytes in `text`; raise `ValueError`."""
    stanzas = []
    while (line := _line(file, text)).startswith(b"-> "):
        kind, *arguments = line[3:].split(b" ")
        if not all(map(_visible, (kind, *arguments))):
            raise ValueError("an argument is empty or cannot be seen")
        stanzas.append(_Stanza(kind=kind, arguments=arguments, body=_body(file, text)))
    if not line.startswith(b"--- ") or not stanzas:
        raise ValueError("neither a stanza nor the end")
    return stanzas, _decode(line[4:], _KEY)


def _line(file: Source, text: bytearray) -> bytes:
    line = file.readline(_LARGEST_HEADER - len(text))
    if not line.endswith(b"\n"):
        raise ValueError("cut off, or too long")
    text += line
    return line[:-1]


def _body(file: Source, text: bytearray) -> bytes:
    encoded = b""
    while True:
        line = _line(file, text)
        if len(line) > _COLUMNS:
            raise ValueError("a line is too long")
        encoded += line
        if len(line) < _COLUMNS:
            return _decode(encoded)


def _visible(word: bytes) -> bool:
    return bool(word) and all(0x21 <= byte <= 0x7E for byte in word)


def _decode(text: bytes, size: int | None = None) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if base64.b64encode(data).rstrip(b"=") != text:
        raise ValueError("not the canonical spelling")
    if size not in (None, len(data)):
        raise ValueError("another length")
    return data


def _file_key(
    stanzas: Sequence[_Stanza], identities: Sequence[X25519PrivateKey]
) -> bytes:
    """Unwrap the file key; unknown stanzas are ignored."""
    others = _unsupported(stanzas)
    if others and all(stanza.kind != _X25519 for stanza in stanzas):
        raise AgencyError(
            f"it is encrypted {others}, which is not supported. Homes encrypt to the"
            " X25519 recipients (age1...) in your document. `age -d` may open it"
        )
    if not identities:
        raise AgencyError("it is encrypted. Add your age identity with --identity FILE")
    try:
        for stanza in stanzas:
            if stanza.kind != _X25519:
                continue
            share = _share(stanza)
            for identity in identities:
                if (key := _unwrap(share, stanza.body, identity)) is not None:
                    return key
    except ValueError as err:
        raise AgencyError("a recipient in the encrypted file is malformed") from err
    also = f", also {others}, which is not supported" if others else ""
    raise AgencyError(
        f"none of these identities can open it. It was encrypted to others{also}"
    )


def _unsupported(stanzas: Iterable[_Stanza]) -> str:
    """List the unsupported types of the stanzas."""
    kinds = dict.fromkeys(
        stanza.kind
        for stanza in stanzas
        if stanza.kind != _X25519 and not stanza.kind.endswith(_GREASE)
    )
    return " and ".join(
        _UNSUPPORTED.get(kind)
        or f"to another kind of recipient ({printable(kind.decode('ascii')[:40])})"
        for kind in kinds
    )


def _share(stanza: _Stanza) -> bytes:
    if len(stanza.arguments) != 1 or len(stanza.body) != _FILE_KEY + _TAG:
        raise ValueError("another form")
    return _decode(stanza.arguments[0], _KEY)


def _unwrap(share: bytes, body: bytes, identity: X25519PrivateKey) -> bytes | None:
    secret = identity.exchange(X25519PublicKey.from_public_bytes(share))
    salt = share + identity.public_key().public_bytes_raw()
    wrapping = ChaCha20Poly1305(_derive(secret, salt, MAGIC.rstrip() + b"/X25519"))
    try:
        return wrapping.decrypt(bytes(12), body, None)
    except InvalidTag:
        return None


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=_KEY, salt=salt, info=info)
    return derivation.derive(secret)
