"""Measure packaging and uploading a large clip, beside age, sha256sum and curl.

    python -m scripts.bench_parts.upload [MEGABYTES] [--json]

Two servers: the agency's real intake, where the disk is the limit for both, and a sink
that discards everything, which shows the client alone. Memory is the peak growth of the
process, without Python and its modules. For other programs it is their whole peak; for
forks of this process, it includes what they share with it.
"""

import argparse
import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import hashlib
import json
import os
from pathlib import Path
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.documents.statement import (
    PackageContext,
)
from custom_components.doorwatch.engine.sharing.model import StagedFile
from custom_components.doorwatch.engine.sharing.outbox.delivery import Upload
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from custom_components.doorwatch.engine.sharing.package.package import build_package
from scripts.bench_parts._row import SMOKE, at_least, at_most
from tests.engine.sharing.outbox.parts import make_document, make_intent
from tests.intake import Intake

ROUNDS = 1 if SMOKE else 3
SINK = "scripts.bench_parts._sink"
CODE = "bench-upload-code"  # as long as the intake requires


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement; the fastest of the rounds, the largest memory."""

    name: str
    seconds: float
    megabytes: float
    memory: float  # MB
    loop_p99: float | None = None  # ms

    @property
    def speed(self) -> float:
        """MB per second."""
        return self.megabytes / self.seconds


def _status(name: str) -> float:
    """Return a value of /proc/self/status in MB."""
    text = Path("/proc/self/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def _peak() -> Iterator[list[float]]:
    """Measure the peak growth of memory."""
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak
    before = _status("VmRSS")
    grown: list[float] = []
    yield grown
    grown.append(max(0.0, _status("VmHWM") - before))


async def _watch(delays: list[float]) -> None:
    """Record the delays of the loop in ms."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        delays.append((time.perf_counter() - start - 0.001) * 1000)


@contextmanager
def _sink() -> Iterator[str]:
    """Run the sink in a separate process; yield the endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", SINK, str(number)], pass_fds=[number]
        )
        port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/uploads"
    finally:
        process.kill()
        process.wait()


def _metadata() -> dict[str, str]:
    """Return the metadata that the intake requires."""
    share_id = secrets.token_hex(16)
    return {
        "filename": f"{share_id}.tar.age",
        "share_id": share_id,
        "home": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("="),
        "ledger": secrets.token_hex(32),
    }


async def _ours(endpoint: str, path: Path) -> tuple[float, float, float]:
    """Upload with Doorwatch; return seconds, MB, and the loop's p99 in ms."""

    async def on_url(url: str) -> None:
        """Ignore the URL."""

    delays: list[float] = []
    async with Outside() as outside:
        watch = asyncio.create_task(_watch(delays))
        with _peak() as grown:
            start = time.perf_counter()
            await Upload(
                client=TusClient(outside, endpoint, True, CODE),
                path=path,
                metadata=_metadata(),
                url=None,
                on_url=on_url,
                on_progress=lambda sent: None,
            ).run()
            seconds = time.perf_counter() - start
        watch.cancel()
    late = statistics.quantiles(delays, n=100)[98] if len(delays) > 100 else 0.0
    return seconds, grown[0], late


async def _curl(endpoint: str, path: Path) -> tuple[float, float, float]:
    """Upload with curl."""
    return await asyncio.to_thread(_run_curl, endpoint, path)


def _run_curl(endpoint: str, path: Path) -> tuple[float, float, float]:
    """Run curl twice: one request creates, one sends."""
    metadata = ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}"
        for name, value in _metadata().items()
    )
    common = ["curl", "-sS", "-f", "-o", "/dev/null"]
    for header in ("Tus-Resumable: 1.0.0", f"Authorization: Bearer {CODE}"):
        common += ["-H", header]
    size = path.stat().st_size
    create = [
        *common,
        *("-X", "POST", "-H", f"Upload-Length: {size}"),
        *("-H", f"Upload-Metadata: {metadata}"),
        *("-w", "%header{location}", endpoint),
    ]
    send = [
        *common,
        *("-X", "PATCH", "-T", str(path), "-H", "Upload-Offset: 0", "-H", "Expect:"),
        *("-H", "Content-Type: application/offset+octet-stream"),
    ]
    start = time.perf_counter()
    location = subprocess.run(create, capture_output=True, text=True, check=True).stdout
    url = endpoint.removesuffix("/uploads") + location
    process = subprocess.Popen([*send, url])
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"curl ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024, 0.0


type Uploader = Callable[[str, Path], Awaitable[tuple[float, float, float]]]


async def _compare(
    where: str, endpoint: str, path: Path, after: Callable[[], None]
) -> list[Figure]:
    """Take turns, so that slow moments of the machine affect both."""
    size = path.stat().st_size / 1e6
    uploaders: dict[str, Uploader] = {"Doorwatch": _ours, "curl": _curl}
    taken: dict[str, list[tuple[float, float, float]]] = {}
    for _ in range(ROUNDS):
        for name, uploader in uploaders.items():
            taken.setdefault(name, []).append(await uploader(endpoint, path))
            after()
    return [
        Figure(
            name=f"upload to {where}, {name}",
            seconds=min(one[0] for one in runs),
            megabytes=size,
            memory=max(one[1] for one in runs),
            loop_p99=statistics.median(one[2] for one in runs)
            if name == "Doorwatch"
            else None,
        )
        for name, runs in taken.items()
    ]


def _package(folder: Path, megabytes: int) -> tuple[Path, list[Figure]]:
    """Package a clip of this size, and hash it with sha256sum for comparison."""
    video = folder / "video.mp4"
    block = os.urandom(1_000_000)
    digest = hashlib.sha256()
    with video.open("wb") as file:
        for _ in range(megabytes):
            file.write(block)
            digest.update(block)
    started = datetime.now(UTC)
    staged = StagedFile(
        path=video,
        sha256=digest.hexdigest(),
        size=video.stat().st_size,
        derived=False,
        started_at=started,
        ended_at=started + timedelta(minutes=2),
        audio=False,
    )
    document = make_document("http://127.0.0.1/uploads")
    intent = make_intent(folder, document, name="small.mp4")
    intent = replace(intent, staged=staged)
    context = PackageContext(
        share_id=secrets.token_hex(16),
        confirmed_at=time.time(),
        ledger_head="0" * 64,
        system={},
    )
    target = folder / "package.tar.age"
    with _peak() as grown:
        start = time.perf_counter()
        build_package(
            intent,
            context,
            ec.generate_private_key(ec.SECP256R1()),
            target,
            document.age_recipients,
        )
        seconds = time.perf_counter() - start
    figures = [
        Figure(
            name="package (encrypted, synced)",
            seconds=seconds,
            megabytes=megabytes,
            memory=grown[0],
        )
    ]
    recipients = [part for one in document.age_recipients for part in ("-r", one)]
    sealed = folder / "video.age"
    for name, command in (
        ("age of the video (synced)", ["age", *recipients, "-o", str(sealed)]),
        ("sha256sum of the video", ["sha256sum"]),
    ):
        start = time.perf_counter()
        process = subprocess.Popen([*command, str(video)], stdout=subprocess.DEVNULL)
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        if process.returncode:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}")
        if sealed.exists():
            with sealed.open("rb+") as file:
                os.fsync(file.fileno())
        figures.append(
            Figure(
                name=name,
                seconds=time.perf_counter() - start,
                megabytes=megabytes,
                memory=usage.ru_maxrss / 1024,
            )
        )
        sealed.unlink(missing_ok=True)
    video.unlink()
    return target, figures


async def measure(megabytes: int) -> list[Figure]:
    """Run all measurements."""
    with tempfile.TemporaryDirectory(prefix="doorwatch-bench-") as name:
        folder = Path(name)
        package, figures = await asyncio.to_thread(_package, folder, megabytes)
        with _sink() as endpoint:
            figures += await _compare("a sink", endpoint, package, lambda: None)
        intake = Intake(folder / "agency", upload_code=CODE)

        def empty() -> None:
            for path in intake.packages():
                path.unlink()

        with intake:
            figures += await _compare(
                "the real intake", intake.endpoint, package, empty
            )
        return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", nargs="?", type=int, default=2 if SMOKE else 500)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.megabytes))
    if options.json:
        print(json.dumps([vars(figure) for figure in figures]))
        return
    print(
        f"{options.megabytes} MB".ljust(36) + "    MB/s      s  memory MB  loop p99 ms"
    )
    for figure in figures:
        late = "" if figure.loop_p99 is None else f"{figure.loop_p99:.1f}"
        memory = f"{figure.memory:.0f}" if figure.memory else ""
        print(
            f"{figure.name:<36}{figure.speed:>8.0f}{figure.seconds:>7.2f}"
            f"{memory:>11}{late:>13}"
        )
    packed, aged = figures[:2]
    at_least("speed beside age, packing included", packed.speed / aged.speed, 0.8)
    for where in ("a sink", "the real intake"):
        ours, curl = (
            next(f for f in figures if f.name == f"upload to {where}, {name}")
            for name in ("Doorwatch", "curl")
        )
        at_least(f"speed beside curl, {where}", ours.speed / curl.speed, 0.5)
        at_most(f"memory, {where}, MB", ours.memory, 60)


if __name__ == "__main__":
    main()
