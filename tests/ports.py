"""Reserve ports on loopback that stay free while no server uses them."""

import _socket  # the real module, because tests may block the `socket` module
from itertools import count
import os
from pathlib import Path
import random
from typing import Final

_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_SHARE: Final = 1500  # ports for each worker process
_SHARES: Final = 8

# Don't use the seeded random numbers of tests, which are the same in each run.
_numbers = count(random.SystemRandom().randrange(_SHARE))


def own_port() -> int:
    """Return a free port below the range of ports that the system assigns.

    After a server on an assigned port stops, the system can assign the port to another test.
    """
    below = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32768
    # A process without workers may run at the same time as workers, so it has its own
    # share.
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
