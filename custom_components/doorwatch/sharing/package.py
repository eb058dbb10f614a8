"""The evidence package: BagIt in a tar, signed. See design/evidence.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from .model import Intent


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A finished package on disk."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageContext:
    """What the package states besides the intent. `system` holds clock state, versions, time zone, camera make/model."""

    share_id: str
    confirmed_at: float
    ledger_head: tuple[int, str]
    system: Mapping[str, object]


def build_package(
    intent: Intent, context: PackageContext, key: EllipticCurvePrivateKey, target: Path
) -> Package:
    """Write the package atomically to `target`. Blocking; constant memory at any size.

    Reads only the staged file and compares its digest: `SharingError("staged_changed")`.
    """
    raise NotImplementedError
