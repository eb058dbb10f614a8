"""The household's optional PIN: its hash, and a limit on wrong ones."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import secrets
from typing import Final, Self

from ..errors import SharingError

# About 50 ms and 16 MB on a small computer: fast enough for a tap, slow to guess.
_N: Final = 1 << 14
_R: Final = 8
_P: Final = 1
_LENGTH: Final = 32
_MAX_MEMORY: Final = 64 * 1024 * 1024

FREE_TRIES: Final = 5
FIRST_LOCK: Final = 60.0  # seconds; doubled for each further wrong PIN
LONGEST_LOCK: Final = 3600.0


class PinLocked(SharingError):
    """Too many wrong PINs were entered; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        """Set how long it is locked, in seconds."""
        super().__init__("pin_locked", seconds=str(max(1, round(wait))))
        self.wait = wait


def hash_pin(pin: str) -> str:
    """Return the hash to store, "scrypt$N$r$p$salt$digest". Blocking."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(pin, salt, _N, _R, _P)
    encoded = [base64.b64encode(each).decode() for each in (salt, digest)]
    return "$".join(["scrypt", str(_N), str(_R), str(_P), *encoded])


def verify_pin(pin: str, stored: str) -> bool:
    """Return whether the PIN matches; a damaged hash matches none. Blocking."""
    try:
        kind, n, r, p, salt, digest = stored.split("$")
        if kind != "scrypt":
            return False
        expected = base64.b64decode(digest, validate=True)
        actual = _scrypt(
            pin, base64.b64decode(salt, validate=True), *map(int, (n, r, p))
        )
    except ValueError, binascii.Error:
        return False
    return secrets.compare_digest(actual, expected)


def _scrypt(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """Derive a key from the PIN."""
    return hashlib.scrypt(
        pin.encode(errors="surrogatepass"),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=_MAX_MEMORY,
        dklen=_LENGTH,
    )


@dataclass(kw_only=True, slots=True)
class PinLimiter:
    """Counts wrong PINs of the whole household, across restarts.

    Call `begin` and store `as_dict()` durably before checking the PIN, then `succeeded`
    if it was correct, and store again. Each try counts as wrong until then, so that
    neither parallel tries nor a restart add one.
    Times are seconds since the epoch.
    """

    wrong: int = 0
    locked_until: float = 0.0

    @classmethod
    def from_dict(cls, state: Mapping[str, object] | None) -> Self:
        """Restore the stored state; None or invalid values reset it."""
        wrong = (state or {}).get("wrong")
        until = (state or {}).get("locked_until")
        return cls(
            wrong=wrong if isinstance(wrong, int) and wrong > 0 else 0,
            locked_until=float(until) if isinstance(until, int | float) else 0.0,
        )

    def as_dict(self) -> dict[str, float]:
        """Return what to store as JSON."""
        return {"wrong": self.wrong, "locked_until": self.locked_until}

    def wait(self, now: float) -> float:
        """Return the seconds until another try is allowed; 0 when one is now."""
        # If the clock was set back, the lock must not become longer.
        self.locked_until = min(self.locked_until, now + self._lock())
        return max(0.0, self.locked_until - now)

    def begin(self, now: float) -> None:
        """Count a try as wrong. Raises `PinLocked`, and then counts nothing."""
        if wait := self.wait(now):
            raise PinLocked(wait)
        self.wrong += 1
        if lock := self._lock():
            self.locked_until = now + lock

    def succeeded(self) -> None:
        """Reset the count after a correct PIN."""
        self.wrong = 0
        self.locked_until = 0.0

    def _lock(self) -> float:
        """Return for how long this many wrong PINs lock, in seconds."""
        if self.wrong < FREE_TRIES:
            return 0.0
        return min(LONGEST_LOCK, FIRST_LOCK * 2.0 ** min(self.wrong - FREE_TRIES, 20))
