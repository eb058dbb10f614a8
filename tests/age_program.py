"""Make identities and decrypt files with the reference `age` program."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
import subprocess
from tempfile import NamedTemporaryFile


class SealedError(Exception):
    """`age` refused to decrypt."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The recipient and the secret key of an age key pair."""

    recipient: str
    secret: str = field(repr=False)

    def open(self, sealed: Path) -> bytes:
        """Decrypt a file.

        Raises `SealedError` if `age` refuses, such as for a changed file.
        """
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
        """Decrypt bytes."""
        with NamedTemporaryFile() as file:
            file.write(sealed)
            file.flush()
            return self.open(Path(file.name))

    def open_to(self, sealed: Path, target: Path) -> Path:
        """Decrypt into a file."""
        target.write_bytes(self.open(sealed))
        return target


def make_identity() -> Identity:
    done = subprocess.run(
        ["age-keygen"], capture_output=True, text=True, timeout=60, check=True
    )
    return Identity(recipient=done.stderr.split()[-1], secret=done.stdout)


@cache
def desk() -> Identity:
    """Return the identity that most tests use for the agency."""
    return make_identity()
