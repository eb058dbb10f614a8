"""Keep the keys of this home: one ECDSA P-256 key for each agency."""

from pathlib import Path
import re
import stat
import threading

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import SharingError
from ..files import private_folder, write_private
from .jws import fingerprint, thumbprint

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class HomeKeys:
    """Store keys as PEM files with mode 0600 in a folder with mode 0700. Blocking."""

    def __init__(self, folder: Path) -> None:
        """Initialize with the folder."""
        self._folder = folder
        self._lock = threading.Lock()

    def for_agency(self, agency_id: str) -> ec.EllipticCurvePrivateKey:
        """Return the key for an agency, creating it on first use.

        An unreadable key is never replaced, because the agency would see another home:
        raises `SharingError("key_unreadable")`.
        """
        path = self._path(agency_id)
        with self._lock:
            try:
                return _read(path)
            except FileNotFoundError:
                pass
            key = ec.generate_private_key(ec.SECP256R1())
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            private_folder(self._folder)
            write_private(path, pem)
            return key

    def mend(self) -> list[str]:
        """Correct the modes of folder and keys; return the names of corrected files.

        A restored backup or a manual copy may have left them readable for others.
        Symbolic links are not changed.
        """
        mended = []
        with self._lock:
            if self._folder.is_symlink() or not self._folder.is_dir():
                return []
            modes = {self._folder: _FOLDER_MODE}
            for path in sorted(self._folder.glob("*.pem")):
                if path.is_file() and not path.is_symlink():
                    modes[path] = _FILE_MODE
            for path, mode in modes.items():
                if stat.S_IMODE(path.stat().st_mode) != mode:
                    path.chmod(mode)
                    mended.append(path.name)
        return mended

    def known(self, agency_id: str) -> ec.EllipticCurvePrivateKey | None:
        """Return the key if it exists, None otherwise.

        Raises `SharingError("key_unreadable")`.
        """
        with self._lock:
            try:
                return _read(self._path(agency_id))
            except FileNotFoundError:
                return None

    def fingerprint(self, agency_id: str) -> str | None:
        """Return the fingerprint of the key if it exists, None otherwise.

        Raises `SharingError("key_unreadable")`.
        """
        if (key := self.known(agency_id)) is None:
            return None
        return fingerprint(thumbprint(key.public_key()))

    def forget(self, agency_id: str) -> None:
        """Remove the key."""
        with self._lock:
            self._path(agency_id).unlink(missing_ok=True)

    def _path(self, agency_id: str) -> Path:
        if not _NAME.fullmatch(agency_id):
            raise ValueError("not an id")
        return self._folder / f"{agency_id}.pem"


def _read(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError) as err:
        raise SharingError("key_unreadable") from err
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SharingError("key_unreadable")
    return key
