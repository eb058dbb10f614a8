"""The keys of this home: one ECDSA P-256 key for each agency."""

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
    """PEM files, mode 0600, in a folder of mode 0700. Blocking; run on a thread."""

    def __init__(self, folder: Path) -> None:
        """Keep keys here."""
        self._folder = folder
        self._lock = threading.Lock()

    def for_agency(self, agency_id: str) -> ec.EllipticCurvePrivateKey:
        """Read the key towards this agency, making it on first use.

        A key that cannot be read is never replaced, since the agency would see another
        home: `SharingError("key_unreadable")`.
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
        """Take away whatever lets others at the keys; return the names of what it was.

        A restored backup or a hand that copied the folder may have left it open. What
        is no file or folder of ours (a link) is left alone.
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
        """Read the key without making one; None while there is none.

        `SharingError("key_unreadable")`.
        """
        with self._lock:
            try:
                return _read(self._path(agency_id))
            except FileNotFoundError:
                return None

    def fingerprint(self, agency_id: str) -> str | None:
        """Show the key as people compare it; None while there is none.

        `SharingError("key_unreadable")`.
        """
        if (key := self.known(agency_id)) is None:
            return None
        return fingerprint(thumbprint(key.public_key()))

    def forget(self, agency_id: str) -> None:
        """Remove it."""
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
