"""What several intakes take, beside the plain tus server on the same stores.

    python scripts/bench_parts/agency.py [--rounds 2] [--json]

A home's own code sends large packages, then many small ones, through nginx as it is in
agency/deploy (without TLS). Behind it are 1, 2, or 4 intakes, or plain tus servers, on a
folder or on OpenStack Swift, which has three copies of everything on this one disk. The
time of processors is what grows with the load: on one machine, homes, nginx, intakes, and
all of the store share them. Memory is the peak of one intake as a whole.
"""

import argparse
import asyncio
import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
import json
import os
from pathlib import Path
import secrets
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(Path(__file__).parents[2]))

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.outbox.delivery import upload
from tests import postgres, swift
from tests.agency.several import PlainTus, in_front, share_stores
from tests.intake import Intake
from tests.postgres import Postgres
from tests.repository import ROOT
from tests.servers import children
from tests.swift import Swift

LARGE, SMALL = 64_000_000, 200_000  # bytes of a package
MANY_LARGE, MANY_SMALL = 8, 160
AT_ONCE = 8  # homes
INTAKES = (1, 2, 4)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What some intakes took: the best of the rounds, memory the largest."""

    name: str
    intakes: int
    speed: float  # MB a second, of large packages
    shares: float  # a second, of small ones
    cpu_intakes: float  # seconds for a GB of large ones
    cpu_store: float
    cpu_share: float  # ms for a small one, of intakes and store
    memory: float  # MB


def _cpu(pids: list[int]) -> float:
    """Return the seconds that processes, and what they started, took of processors."""
    ticks = 0
    for first in pids:
        for pid in children(first):
            try:
                fields = (
                    Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                )
            except FileNotFoundError:
                continue
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    """Return the most memory that a process had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


class Stores:
    """The stores that all of them use, one after another."""

    def __init__(self, folder: Path, store: Swift, records: Postgres) -> None:
        """Use what runs already."""
        self.folder = folder
        self.swift = store
        self.postgres = records

    def bucket(self) -> str:
        """Make an empty bucket."""
        name = f"inbox-{secrets.token_hex(4)}"
        self.swift.make_bucket(name)
        return name

    def pids(self) -> list[int]:
        """Return the processes of both."""
        assert self.postgres.process
        found = [process.pid for process in self.swift.processes.values()]
        return [*found, self.postgres.process.pid]


@contextmanager
def _plain(stores: Stores, number: int, *, s3: bool) -> Iterator[dict[int, int]]:
    """Run plain tus servers: their processes by their ports."""
    folder = Path(tempfile.mkdtemp(dir=stores.folder))
    where = f"s3://{stores.bucket()}" if s3 else str(folder)
    with ExitStack() as stack:
        servers = [PlainTus(folder, stores.swift, where) for _ in range(number)]
        for server in servers:
            server.start()
            stack.callback(server.kill)
        yield {one.port: one.process.pid for one in servers if one.process}


@contextmanager
def _ours(stores: Stores, number: int, *, s3: bool) -> Iterator[dict[int, int]]:
    """Run intakes: their processes by their ports."""
    bucket = stores.bucket() if s3 else ""
    with ExitStack() as stack:
        intakes = []
        for _ in range(number):
            folder = Path(tempfile.mkdtemp(dir=stores.folder))
            intake = Intake(folder, uploads_per_minute=10**9)
            if s3:
                share_stores(intake, stores.swift, bucket, stores.postgres)
            intakes.append(stack.enter_context(intake))
        yield {one.port: one.pid for one in intakes}


async def _send(origin: str, path: Path, many: int) -> float:
    """Send a file so many times, a few at once; returns the seconds."""

    left = many

    async def on_url(url: str) -> None:
        """Keep nothing."""

    async def home(outside: Outside) -> None:
        nonlocal left
        while left:
            left -= 1
            share_id = secrets.token_hex(16)
            key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            await upload(
                outside,
                endpoint=f"{origin}/uploads",
                local=True,
                path=path,
                metadata={
                    "filename": f"{share_id}.tar.age",
                    "share_id": share_id,
                    "home": key.rstrip("="),
                    "ledger": secrets.token_hex(32),
                },
                upload_code=None,
                upload_url=None,
                on_url=on_url,
                on_progress=lambda sent: None,
            )

    async with Outside(tls=ssl.create_default_context()) as outside:
        start = time.perf_counter()
        await asyncio.gather(*(home(outside) for _ in range(AT_ONCE)))
        return time.perf_counter() - start


def _measure(
    stores: Stores, name: str, number: int, *, ours: bool, s3: bool, rounds: int
) -> Figure:
    """Have some intakes take both kinds of packages."""
    files = []
    for size in (LARGE, SMALL):
        file = stores.folder / f"{size}"
        if not file.exists():
            file.write_bytes(os.urandom(size))
        files.append(file)
    speeds, shares, cpu, memory = [], [], [], 0.0
    kind = _ours if ours else _plain
    for _ in range(rounds):
        with (
            kind(stores, number, s3=s3) as intakes,
            in_front(
                list(intakes),
                Path(tempfile.mkdtemp(dir=stores.folder)),
                None,
                rate="1000000r/m",
            ) as port,
        ):
            origin = f"http://127.0.0.1:{port}"
            pids = list(intakes.values())
            asyncio.run(_send(origin, files[1], AT_ONCE))  # all that is slow once
            counted = [(_cpu(pids), _cpu(stores.pids()))]
            for file, many in zip(files, (MANY_LARGE, MANY_SMALL), strict=True):
                seconds = asyncio.run(_send(origin, file, many))
                counted.append((_cpu(pids), _cpu(stores.pids())))
                if file is files[0]:
                    speeds.append(many * LARGE / 1e6 / seconds)
                else:
                    shares.append(many / seconds)
            cpu.append(counted)
            memory = max(memory, *map(_peak, pids))
    before, large, small = min(cpu, key=lambda one: sum(one[2]) - sum(one[0]))
    sent = MANY_LARGE * LARGE / 1e9
    return Figure(
        name=name,
        intakes=number,
        speed=max(speeds),
        shares=max(shares),
        cpu_intakes=(large[0] - before[0]) / sent,
        cpu_store=(large[1] - before[1]) / sent,
        cpu_share=(sum(small) - sum(large)) / MANY_SMALL * 1000,
        memory=memory,
    )


def _prepared(records: Postgres) -> bool:
    """Make the intake's tables; False if this intake has none."""
    main = ROOT / "agency/intake/src/main.js"
    command = ["node", str(main), "--prepare-records", "--records", records.url]
    return not subprocess.run(
        command,
        check=False,
        capture_output=True,
        timeout=60,
        env=os.environ | records.environment,
    ).returncode


def measure(rounds: int) -> Iterator[Figure]:
    """Measure all."""
    with (
        tempfile.TemporaryDirectory(prefix="doorwatch-bench-") as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        store = stack.enter_context(Swift(folder / "swift"))
        records = Postgres()
        stack.callback(records.remove)
        records.start()
        stores = Stores(folder, store, records)
        kinds = [
            ("plain tus server, folder", 1, False, False),
            ("intake, folder", 1, True, False),
            *(("plain tus server, S3", number, False, True) for number in INTAKES),
        ]
        if _prepared(records):
            kinds += [("intake, S3", number, True, True) for number in INTAKES]
        for name, number, ours, s3 in kinds:
            yield _measure(stores, name, number, ours=ours, s3=s3, rounds=rounds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if reason := swift.missing() or postgres.missing():
        print(f"left out: {reason}")
        return
    if not options.json:
        print(
            f"{MANY_LARGE} packages of {LARGE / 1e6:.0f} MB, then {MANY_SMALL} of"
            f" {SMALL / 1e6:.1f} MB, {AT_ONCE} at once\n"
            f"{'':<28}{'':>8}{'':>7}{'':>9}   CPU s for 1 GB  CPU ms\n"
            f"{'':<28}{'number':>8}{'MB/s':>7}{'shares/s':>9}{'intakes':>9}"
            f"{'store':>8}{'a share':>8}{'memory MB':>11}"
        )
    for figure in measure(options.rounds):
        if options.json:
            print(json.dumps(asdict(figure)))
            continue
        print(
            f"{figure.name:<28}{figure.intakes:>8}{figure.speed:>7.0f}"
            f"{figure.shares:>9.1f}{figure.cpu_intakes:>9.1f}{figure.cpu_store:>8.1f}"
            f"{figure.cpu_share:>8.1f}{figure.memory:>11.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
