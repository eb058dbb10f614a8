"""Programs whose children tests kill."""

from collections.abc import Iterator
from contextlib import contextmanager
import random
import subprocess
import time

from tests.engine.alone import alone


def any_moment(chance: random.Random, longest: float) -> None:
    """Let a random time pass (seconds), to meet another process wherever it is."""
    time.sleep(chance.uniform(0, longest))


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
