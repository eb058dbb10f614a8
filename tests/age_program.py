"""The age program, which nobody here wrote: makes identities and opens what was sealed."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
import subprocess
from tempfile import NamedTemporaryFile


class SealedError(Exception):
    """The program refused to open it."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who can open what is encrypted to a recipient."""

    recipient: str
    secret: str = field(repr=False)

    def open(self, sealed: Path) -> bytes:
        """Decrypt a file; `SealedError` when it is not as it was made."""
        done = subprocess.run(
            ["age", "-d", "-i", "-", str(sealed)],
            input=self.secret.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise SealedError(done.stderr.decode())
        return done.stdout

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what is not in a file."""
        with NamedTemporaryFile() as file:
            file.write(sealed)
            file.flush()
            return self.open(Path(file.name))

    def open_to(self, sealed: Path, target: Path) -> Path:
        """Decrypt into a file."""
        target.write_bytes(self.open(sealed))
        return target


def make_identity() -> Identity:
    """Make an identity."""
    done = subprocess.run(
        ["age-keygen"], capture_output=True, text=True, timeout=60, check=True
    )
    return Identity(recipient=done.stderr.split()[-1], secret=done.stdout)


@cache
def desk() -> Identity:
    """Return the identity of the agency of most tests."""
    return make_identity()
