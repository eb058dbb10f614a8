"""X25519 keys of age; the identity decrypts what homes send."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)

from ..errors import AgencyError
from . import bech32
from .keys import write_key

_RECIPIENT = "age"
_IDENTITY = "age-secret-key-"
_LONGEST_FILE = 1 << 20


def recipient_of(identity: X25519PrivateKey) -> str:
    """Return the public recipient, which is part of the discovery document."""
    return bech32.encode(_RECIPIENT, identity.public_key().public_bytes_raw())


def read_recipient(text: str) -> X25519PublicKey:
    """Parse a recipient; raise `AgencyError` if homes would reject it."""
    try:
        key = X25519PublicKey.from_public_bytes(bech32.decode(_RECIPIENT, text))
        # Raises for points of low order, which give everyone the same secret.
        X25519PrivateKey.generate().exchange(key)
    except ValueError as err:
        raise AgencyError(
            f"not an age recipient that homes can encrypt to: {text[:16]}... Use an"
            " X25519 recipient (age1...) from `doorwatch-agency keys --age`. Hybrid"
            " recipients, SSH keys, and plugins are not supported"
        ) from err
    return key


def make_identity(path: Path) -> X25519PrivateKey:
    """Create an identity file like `age-keygen`; never overwrite an existing one."""
    identity = X25519PrivateKey.generate()
    secret = bech32.encode(_IDENTITY, identity.private_bytes_raw()).upper()
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    public = recipient_of(identity)
    text = f"# created: {made}\n# public key: {public}\n{secret}\n"
    write_key(path, text.encode())
    return identity


def load_identities(path: Path) -> list[X25519PrivateKey]:
    """Read an identity file: one key per line, comments start with #."""
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_FILE).decode("ascii", "replace")
    except OSError as err:
        raise AgencyError(f"cannot read {path}: {err.strerror}") from err
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    try:
        identities = [_identity(line) for line in lines]
    except ValueError as err:
        # Don't quote the line, which may be a truncated secret.
        raise AgencyError(
            f"{path} contains something other than age X25519 identities"
            " (AGE-SECRET-KEY-1...). Hybrid identities, SSH keys, plugins, and files"
            " with a passphrase are not supported"
        ) from err
    if not identities:
        raise AgencyError(f"{path} contains no age identity (AGE-SECRET-KEY-1...)")
    return identities


def _identity(line: str) -> X25519PrivateKey:
    if line != line.upper():
        raise ValueError("age writes identities in capitals")
    return X25519PrivateKey.from_private_bytes(bech32.decode(_IDENTITY, line.lower()))
