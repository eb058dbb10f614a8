"""The agency's keys: an offline root key, and an online key that its document lists."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError


def make_key(path: Path, passphrase: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    """Create a key file (mode 0600); never overwrite an existing one."""
    key = ec.generate_private_key(ec.SECP256R1())
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    write_key(path, pem)
    return key


def write_key(path: Path, content: bytes) -> None:
    """Write a file with a secret (mode 0600); never overwrite an existing one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as err:
        raise AgencyError(
            f"{path} already exists, and keys are never overwritten"
        ) from err
    except FileNotFoundError as err:
        # Don't create the folder: if a USB drive is missing, the key would be on this
        # machine.
        raise AgencyError(
            f"{path.parent} does not exist. Connect the stick, or create the folder"
        ) from err
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def load_key(path: Path, passphrase: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    """Read a private key file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase or None)
    except OSError as err:
        raise AgencyError(f"cannot read {path}: {err.strerror}") from err
    except (ValueError, TypeError) as err:
        raise AgencyError(
            f"{path} is not a private key, or the passphrase is wrong"
        ) from err
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise AgencyError(f"{path} is not a P-256 key")
    return key


def load_public_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    """Parse a public P-256 key; raise `AgencyError` for any other."""
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError as err:
        raise AgencyError("it is not a public key") from err
    except UnsupportedAlgorithm as err:
        raise AgencyError("it is not a P-256 key") from err
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise AgencyError("it is not a P-256 key")
    return key
