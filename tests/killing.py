"""Programs whose children tests kill."""

from collections.abc import Iterator
from contextlib import contextmanager
import subprocess

from tests.engine.alone import alone


@contextmanager
def started(module: str) -> Iterator[subprocess.Popen[str]]:
    """Start such a program; it ends when nobody tells it anything more."""
    with subprocess.Popen(
        alone(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        yield program
        assert program.stdin
        program.stdin.close()
        program.wait(30)
