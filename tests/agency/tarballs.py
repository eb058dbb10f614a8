"""Unpack, change and repack packages."""

from collections.abc import Callable, Mapping
import hashlib
import io
from pathlib import Path
import re
import stat
import tarfile
from zipfile import ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.sharing.signing.jws import (
    public_pem,
    sign_bytes,
    thumbprint,
)

PARTS = (
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha256.sig",
    "share.jws",
    "home.pem",
    "data/clip.mp4",
    "data/share.json",
    "data/cover-sheet.txt",
)


def read_parts(package: Path) -> tuple[str, dict[str, bytes]]:
    """Return the name of the folder, and the content of each part."""
    if package.suffix == ".zip":
        with ZipFile(package) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
    else:
        found = {}
        with tarfile.open(package) as tar:
            for member in tar:
                file = tar.extractfile(member)
                assert file is not None
                found[member.name] = file.read()
    top = next(iter(found)).partition("/")[0]
    return top, {name.removeprefix(f"{top}/"): data for name, data in found.items()}


def write_parts(package: Path, top: str, parts: Mapping[str, bytes]) -> Path:
    """Write a tar of these parts, or a zip if the target's suffix is .zip."""
    if package.suffix == ".zip":
        with ZipFile(package, "w") as archive:
            for name, content in parts.items():
                info = ZipInfo(f"{top}/{name}")
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(info, content)
        return package
    with tarfile.open(package, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return package


def change(package: Path, target: Path, name: str, at: int, mask: int = 1) -> Path:
    """Change one byte of one part."""
    top, parts = read_parts(package)
    content = bytearray(parts[name])
    content[at % len(content)] ^= mask
    return write_parts(target, top, parts | {name: bytes(content)})


def manifest(parts: Mapping[str, bytes]) -> bytes:
    """Write a manifest."""
    return "".join(
        f"{hashlib.sha256(parts[name]).hexdigest()}  {name}\n" for name in sorted(parts)
    ).encode()


def _informed(
    info: bytes, payload: Mapping[str, bytes], key: ec.EllipticCurvePrivateKey
) -> bytes:
    """Update bag-info.txt for the payload and the home."""
    oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
    info = re.sub(rb"(?<=\nPayload-Oxum: ).*", oxum.encode(), info)
    home = thumbprint(key.public_key()).encode()
    return re.sub(rb"(?<=\nInternal-Sender-Identifier: ).*", home, info)


def resign(
    package: Path,
    target: Path,
    key: ec.EllipticCurvePrivateKey,
    edit: Callable[[dict[str, bytes]], None],
) -> Path:
    """Change parts as the home's owner could: with new manifests and a new signature."""
    top, parts = read_parts(package)
    before = dict(parts)
    edit(parts)
    payload = {name: data for name, data in parts.items() if name.startswith("data/")}
    if parts["bag-info.txt"] == before["bag-info.txt"]:
        parts["bag-info.txt"] = _informed(parts["bag-info.txt"], payload, key)
    if parts["home.pem"] == before["home.pem"]:
        parts["home.pem"] = public_pem(key.public_key())
    parts["manifest-sha256.txt"] = manifest(payload)
    tags = {
        name: parts[name]
        for name in parts
        if not name.startswith(("data/", "tagmanifest"))
    }
    parts["tagmanifest-sha256.txt"] = manifest(tags)
    parts["tagmanifest-sha256.sig"] = sign_bytes(parts["tagmanifest-sha256.txt"], key)
    return write_parts(target, top, parts)
