"""Measure several intakes beside the plain tus server on the same stores.

    python -m scripts.bench_parts.agency [--rounds 2] [--json]

The code of a home sends large packages, then many small ones, through nginx as
configured in agency/deploy (without TLS). Behind it are 1, 2, or 4 intakes with their
key for receipts, or plain tus servers, which give none. Packages go to a folder, which
supports only one intake, or to OpenStack Swift, with three copies on this one disk. CPU
time is the figure that grows with the load, because homes, nginx, intakes and the store
share this machine. Memory is the peak of one intake.

Then, with one intake: the requests to store and database per share of each size, and
the data that remains.
"""

import argparse
import asyncio
import base64
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
import io
import json
import os
from pathlib import Path
import secrets
import ssl
import tempfile
import time

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.outbox.delivery import Upload
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from scripts.bench_parts._row import SMOKE
from tests import postgres, swift
from tests.agency.bucket_ground import Town, running
from tests.agency.office import Office
from tests.agency.several import PlainTus, in_front
from tests.nginx import behind_nginx
from tests.ports import own_port
from tests.postgres import Postgres
from tests.servers import children
from tests.swift import Swift

LARGE, SMALL = (400_000 if SMOKE else 64_000_000), 200_000  # bytes of a package
MANY_LARGE, MANY_SMALL = (1, 1) if SMOKE else (8, 80)
TYPICAL = 6_000_000  # 15 s at 3 Mbit/s, and signatures
MANY_COUNTED = {SMALL: 1} if SMOKE else {SMALL: 400, TYPICAL: 40, LARGE: MANY_LARGE}
MANY_RECEIPTS = 1 if SMOKE else 400
AT_ONCE = 1 if SMOKE else 8  # homes
INTAKES = (1,) if SMOKE else (1, 2, 4)
NO_LIMIT = ["--uploads-per-minute", "1000000000"]

# A proxy between intakes and store that counts requests.
COUNTING = """
log_format asked '$request_method $status';
server {
  listen 127.0.0.1:PORT;
  access_log FOLDER/asked.log asked;
  client_max_body_size 0;
  location / {
    proxy_pass http://127.0.0.1:STORE;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_request_buffering off;
  }
}
"""
TABLES = """
select sum(pg_total_relation_size(oid)) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace
"""
# Without the statements of this query itself.
STATEMENTS = """
select coalesce(sum(calls), 0),
  coalesce(sum(calls) filter (where query ~* '^(insert|update|delete)'), 0),
  coalesce(sum(wal_bytes), 0)
from pg_stat_statements s join pg_database d on d.oid = s.dbid
where d.datname = '{}' and query !~ 'pg_(class|stat|database)'
"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Result of a number of intakes: the best of the rounds, the largest memory."""

    name: str
    intakes: int
    speed: float  # MB per second, large packages
    shares: float  # packages per second, small ones
    gb_intakes: float  # CPU seconds per GB of large packages
    gb_store: float
    share_intakes: float  # CPU ms per small package
    share_store: float
    share_database: float
    memory: float  # MB


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Requests and remaining data of one share or one request for its receipt."""

    name: str
    requests: dict[str, float]  # to the store, by method
    statements: float
    commits: float  # transactions that write
    wal: float  # bytes of write-ahead log
    rows: float  # bytes in the database
    bucket: float  # bytes in the bucket besides the package
    cpu: float  # CPU ms of the intake


def _cpu(pids: list[int]) -> float:
    """Return the CPU seconds of processes and their children."""
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
    """Return the peak memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


class Stores:
    """The stores used by all measurements."""

    def __init__(self, folder: Path, store: Swift, records: Postgres) -> None:
        """Use running stores."""
        self.folder = folder
        self.swift = store
        self.postgres = records

    def new_folder(self) -> Path:
        """Create an empty folder."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def town(self, intakes: int) -> Town:
        """Create an agency with this number of intakes."""
        with redirect_stdout(io.StringIO()):  # hide the output for officers
            town = Town(
                self.new_folder() / "town", self.swift, self.postgres, intakes=intakes
            )
        for intake in town.intakes:
            intake.add_options(*NO_LIMIT)
        return town

    def taken(self, intakes: list[int]) -> tuple[float, float, float]:
        """Return the CPU seconds of intakes, store, and database."""
        assert self.postgres.process
        store = [process.pid for process in self.swift.processes.values()]
        return _cpu(intakes), _cpu(store), _cpu([self.postgres.process.pid])

    def file(self, size: int) -> Path:
        """Return a file of random bytes."""
        file = self.folder / f"{size}"
        if not file.exists():
            file.write_bytes(os.urandom(size))
        return file


@contextmanager
def _plain(stores: Stores, number: int, *, s3: bool) -> Iterator[dict[int, int]]:
    """Run plain tus servers; yield their processes by port."""
    folder = stores.new_folder()
    where = str(folder)
    if s3:
        bucket = f"inbox-{secrets.token_hex(4)}"
        stores.swift.make_bucket(bucket)
        where = f"s3://{bucket}"
    with ExitStack() as stack:
        servers = [PlainTus(folder, stores.swift, where) for _ in range(number)]
        for server in servers:
            server.start()
            stack.callback(server.kill)
        yield {one.port: one.process.pid for one in servers if one.process}


@contextmanager
def _ours(stores: Stores, number: int, *, s3: bool) -> Iterator[dict[int, int]]:
    """Run intakes; yield their processes by port."""
    if s3:
        intakes = stores.town(number).intakes
    else:
        with redirect_stdout(io.StringIO()):
            intakes = [Office(stores.new_folder()).intake]
        intakes[0].add_options(*NO_LIMIT)
    with running(*intakes):
        yield {one.port: one.pid for one in intakes}


async def _send(origin: str, path: Path, many: int) -> tuple[float, list[str]]:
    """Send a file many times, several at once; return the seconds and the shares."""
    left, shares = many, []

    async def on_url(url: str) -> None:
        """Ignore the URL."""

    async def home(outside: Outside) -> None:
        nonlocal left
        while left:
            left -= 1
            share_id = secrets.token_hex(16)
            key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            await Upload(
                client=TusClient(outside, f"{origin}/uploads", True, None),
                path=path,
                metadata={
                    "filename": f"{share_id}.tar.age",
                    "share_id": share_id,
                    "home": key.rstrip("="),
                    "ledger": secrets.token_hex(32),
                },
                url=None,
                on_url=on_url,
                on_progress=lambda sent: None,
            ).run()
            shares.append(share_id)

    async with Outside(tls=ssl.create_default_context()) as outside:
        start = time.perf_counter()
        await asyncio.gather(*(home(outside) for _ in range(AT_ONCE)))
        return time.perf_counter() - start, shares


async def _ask(origin: str, shares: list[str], many: int) -> None:
    """Fetch receipts, one after another."""
    async with Outside(tls=ssl.create_default_context()) as outside:
        for number in range(many):
            share_id = shares[number % len(shares)]
            await outside.fetch(f"{origin}/receipts/{share_id}", local=True)


def _measure(
    stores: Stores, name: str, number: int, *, ours: bool, s3: bool, rounds: int
) -> Figure:
    """Measure both kinds of packages with a number of intakes."""
    files = [stores.file(size) for size in (LARGE, SMALL)]
    speeds, shares, cpu, memory = [], [], [], 0.0
    kind = _ours if ours else _plain
    for _ in range(rounds):
        with (
            kind(stores, number, s3=s3) as intakes,
            in_front(
                list(intakes), stores.new_folder(), None, rate="1000000r/m"
            ) as port,
        ):
            origin = f"http://127.0.0.1:{port}"
            pids = list(intakes.values())
            # Warm up each of them.
            asyncio.run(_send(origin, files[1], AT_ONCE * number))
            asyncio.run(_send(origin, files[0], 2 * number))
            counted = [stores.taken(pids)]
            for file, many in zip(files, (MANY_LARGE, MANY_SMALL), strict=True):
                seconds, _ids = asyncio.run(_send(origin, file, many))
                counted.append(stores.taken(pids))
                if file is files[0]:
                    speeds.append(many * LARGE / 1e6 / seconds)
                else:
                    shares.append(many / seconds)
            cpu.append(counted)
            memory = max(memory, *map(_peak, pids))
    before, large, small = min(cpu, key=lambda one: sum(one[2]) - sum(one[0]))
    sent = MANY_LARGE * LARGE / 1e9
    for_a_gb = [(b - a) / sent for a, b in zip(before, large, strict=True)]
    each = [(b - a) / MANY_SMALL * 1000 for a, b in zip(large, small, strict=True)]
    return Figure(
        name=name,
        intakes=number,
        speed=max(speeds),
        shares=max(shares),
        gb_intakes=for_a_gb[0],
        gb_store=for_a_gb[1],
        share_intakes=each[0],
        share_store=each[1],
        share_database=each[2],
        memory=memory,
    )


class Counts:
    """An agency with one intake, whose requests to store and database are counted."""

    def __init__(self, stores: Stores, port: int, asked: Path) -> None:
        """Connect the intake to the store through the counting proxy."""
        self._stores = stores
        self._asked = asked
        self.town = stores.town(1)
        (self.intake,) = self.town.intakes
        self.intake.add_options("--s3-endpoint", f"http://127.0.0.1:{port}")
        self.town.ask("create extension pg_stat_statements")

    def _now(self) -> tuple[Counter[str], list[int], int, int, float]:
        lines = self._asked.read_text().splitlines() if self._asked.exists() else []
        requests = Counter(line.partition(" ")[0] for line in lines)
        (row,) = self.town.ask(STATEMENTS.format(self.town.database))
        (rows,) = self.town.ask(TABLES)
        segments = self._stores.swift.objects(f"{self.town.bucket}+segments")
        kept = sum(self.town.objects().values()) or sum(segments.values())
        return requests, [*map(int, row.split("|"))], int(rows), kept, self._took()

    def _took(self) -> float:
        return _cpu([self.intake.pid])

    def shares(self, name: str, size: int, many: int) -> tuple[Counted, list[str]]:
        """Count requests for shares of one size."""
        file = self._stores.file(size)
        _, ids = asyncio.run(_send(self.intake.origin, file, 2))  # warm up
        before = self._now()
        _, ids = asyncio.run(_send(self.intake.origin, file, many))
        return self._between(name, before, many, size), ids

    def receipts(self, ids: list[str]) -> Counted:
        """Count requests when homes fetch receipts again."""
        before = self._now()
        asyncio.run(_ask(self.intake.origin, ids, MANY_RECEIPTS))
        return self._between("a request for a receipt", before, MANY_RECEIPTS, 0)

    def _between(
        self,
        name: str,
        before: tuple[Counter[str], list[int], int, int, float],
        many: int,
        size: int,
    ) -> Counted:
        now = self._now()
        requests = now[0] - before[0]
        calls, commits, wal = (b - a for a, b in zip(before[1], now[1], strict=True))
        return Counted(
            name=name,
            requests={method: n / many for method, n in sorted(requests.items())},
            statements=calls / many,
            commits=commits / many,
            wal=wal / many,
            rows=(now[2] - before[2]) / many,
            bucket=(now[3] - before[3]) / many - size,
            cpu=(now[4] - before[4]) / many * 1000,
        )


def count(stores: Stores) -> Iterator[Counted]:
    """Count requests and remaining data for shares of each size."""
    folder, port = stores.new_folder(), own_port()
    site = folder / "site"
    changes = {"PORT": port, "FOLDER": folder, "STORE": stores.swift.port}
    text = COUNTING
    for old, new in changes.items():
        text = text.replace(old, str(new))
    site.write_text(text)
    with behind_nginx(site, {}, folder, port):
        counts = Counts(stores, port, folder / "asked.log")
        with running(counts.intake):
            ids: list[str] = []
            for size, many in MANY_COUNTED.items():
                name = f"a share of {size / 1e6:g} MB"
                counted, ids = counts.shares(name, size, many)
                yield counted
            yield counts.receipts(ids)


@contextmanager
def _stores() -> Iterator[Stores]:
    """Run Swift and a PostgreSQL that counts statements."""
    with (
        tempfile.TemporaryDirectory(prefix="doorwatch-bench-") as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        store = stack.enter_context(Swift(folder / "swift"))
        records = Postgres()
        stack.callback(records.remove)
        records.start()
        records.ask("alter system set shared_preload_libraries = pg_stat_statements")
        records.stop()
        records.start()
        yield Stores(folder, store, records)


def measure(stores: Stores, rounds: int) -> Iterator[Figure]:
    """Run all measurements."""
    kinds = [
        ("plain tus server, folder", 1, False, False),
        ("intake, folder", 1, True, False),
        *(("plain tus server, S3", number, False, True) for number in INTAKES),
        *(("intake, S3", number, True, True) for number in INTAKES),
    ]
    for name, number, ours, s3 in kinds:
        yield _measure(stores, name, number, ours=ours, s3=s3, rounds=rounds)


def _print(one: Figure | Counted) -> None:
    print(json.dumps(asdict(one)), flush=True)


def _tell(figure: Figure) -> None:
    print(
        f"{figure.name:<26}{figure.intakes:>4}{figure.speed:>6.0f}"
        f"{figure.shares:>9.1f}{figure.gb_intakes:>9.1f}{figure.gb_store:>8.1f}"
        f"{figure.share_intakes:>9.1f}{figure.share_store:>8.1f}"
        f"{figure.share_database:>9.1f}{figure.memory:>8.0f}",
        flush=True,
    )


def _tell_counted(counted: Counted) -> None:
    asked = ", ".join(f"{n:.2f} {method}" for method, n in counted.requests.items())
    print(
        f"{counted.name:<26}{counted.statements:>6.1f}{counted.commits:>9.1f}"
        f"{counted.wal / 1000:>9.1f}{counted.rows / 1000:>8.1f}"
        f"{counted.bucket / 1000:>8.1f}{counted.cpu:>9.1f}   {asked or 'none'}",
        flush=True,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1 if SMOKE else 2)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if reason := swift.missing() or postgres.missing():
        print(f"left out: {reason}")
        return
    with _stores() as stores:
        if not options.json:
            print(
                f"{MANY_LARGE} packages of {LARGE / 1e6:.0f} MB, then {MANY_SMALL} of"
                f" {SMALL / 1e6:.1f} MB, {AT_ONCE} at once\n"
                f"{'':<26}{'':>4}{'':>6}{'':>9}{'CPU s for 1 GB':>17}"
                f"{'CPU ms for a small share':>26}\n"
                f"{'':<26}{'n':>4}{'MB/s':>6}{'shares/s':>9}{'intakes':>9}{'store':>8}"
                f"{'intakes':>9}{'store':>8}{'database':>9}{'MB each':>8}"
            )
        for figure in measure(stores, options.rounds):
            _print(figure) if options.json else _tell(figure)
        if not options.json:
            print(
                f"\nof one share{'':<14}{'SQL':>6}{'commits':>9}{'WAL kB':>9}"
                f"{'rows kB':>8}{'more kB':>8}{'CPU ms':>9}   asked of the store"
            )
        for counted in count(stores):
            _print(counted) if options.json else _tell_counted(counted)


if __name__ == "__main__":
    main()
