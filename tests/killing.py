"""Run programs whose child processes tests kill."""

from collections.abc import Iterator
from contextlib import contextmanager
import random
import subprocess
import time

from tests.engine.alone import alone


def any_moment(chance: random.Random, longest: float) -> None:
    """Wait a random time of at most `longest` seconds, to meet another process at any step."""
    time.sleep(chance.uniform(0, longest))


@contextmanager
def started(module: str) -> Iterator[subprocess.Popen[str]]:
    """Start the program; it ends when its standard input is closed."""
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
