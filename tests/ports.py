"""Ports on loopback that stay one's own while nobody listens there."""

import _socket  # as it is, also where a test may not use the one above it
from itertools import count
import os
from pathlib import Path
import random
from typing import Final

_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_SHARE: Final = 1500  # ports for each process that runs tests beside others
_SHARES: Final = 8

# Not of the random numbers that tests seed: those are the same in each run.
_numbers = count(random.SystemRandom().randrange(_SHARE))


def own_port() -> int:
    """Return a port that nobody uses, and that the system hands out to nobody.

    A port that was bound as 0 goes to the next who asks as soon as its server is gone:
    to another test, at the same time.
    """
    below = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32768
    # A process that shares its tests with no one may run beside those that do.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1")[2:]) % _SHARES
    while True:
        port = below - _SHARE * (worker + 1) + next(_numbers) % _SHARE
        probe = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            probe.close()
        return port
