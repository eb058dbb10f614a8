"""This home's keys: one ECDSA P-256 key for each agency."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


class HomeKeys:
    """PEM files, mode 0600, in a folder of mode 0700. Blocking; run on a thread."""

    def __init__(self, folder: Path) -> None:
        """Keep keys here."""
        self._folder = folder

    def for_agency(self, agency_id: str) -> EllipticCurvePrivateKey:
        """The key towards this agency, made on first use."""
        raise NotImplementedError

    def forget(self, agency_id: str) -> None:
        """Remove it."""
        raise NotImplementedError
