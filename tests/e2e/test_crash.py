"""Kill (SIGKILL) a real Home Assistant at points between the tap and the receipt.

A first, uninterrupted share shows which steps there are. Then one home shares the clip
for each chosen point, dies exactly there, and starts again. At every point, the share
must arrive once, leave no readable data behind, and be recorded in the ledger once.

    scripts/test --times 8 tests/e2e/test_crash.py -s
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
import hashlib
import json
from pathlib import Path
import random
import subprocess
import tarfile
import time

import pytest
import pytest_asyncio

from tests import videos as media
from tests.e2e.crash.home import WINDOW, CrashHome, Noted
from tests.e2e.crash.points import Point, choose
from tests.e2e.crash.traces import files_with, traces_of
from tests.e2e.homes import add_rtsp_doorbell, connected, tell
from tests.rtsp.fixtures import StartRtspServer
from tests.series import drawn_from, series, times
from tests.waiting import until

from .agency import DemoAgency
from .configuration import REPOSITORY

CONFIRMED = Point("commit outbox.db (shares, lines)", 1, "after")
PACKING = Point("commit outbox.db (shares)", 1, "after")
# In either order: the last line of the ledger, and the event for automations.
LAST = {
    Point("commit outbox.db (lines)", 3, "after"),
    Point("commit outbox.db (ends)", 2, "after"),
}
UPLOAD = "send POST /uploads"
KINDS = ["confirmed", "sent", "received"]


class Crashes:
    """Interrupt shares one after the other and check the results."""

    def __init__(self, crash: CrashHome, work: Path) -> None:
        self.crash = crash
        self._work = work
        self._traces: list[bytes] = []
        self._copy = ""  # digest
        self._original = Path()
        self._named = ""  # digest of a ledger line
        self._known: set[str] = set()

    async def set_up(self, stream: str) -> None:
        """Record a clip and add an agency."""
        home = await self.crash.start()
        await add_rtsp_doorbell(home, stream)
        agency = self.crash.agency
        await home.add_agency(
            agency.origin, last_group=agency.last_group, upload_code=agency.upload_code
        )
        await home.set_household(
            keep_days=0, keep_gb=0, sharers=[], cancel_window=WINDOW, open_to_players=[]
        )
        await until(lambda: connected(home), "the stream")
        await tell(self.crash.machine, "ring")

        async def saved() -> str | None:
            clips = await home.clips()
            return clips[0]["clip_id"] if clips else None

        self.crash.clip_id = await until(saved, "the clip")
        (shown,) = (await home.command(type="doorwatch/agencies"))["agencies"]
        self.crash.agency_id = shown["agency_id"]
        (self._original,) = self.crash.library.rglob("*.mp4")

    async def all_points(self) -> list[Point]:
        """Share the clip without interruption; return all points in order."""
        self.crash.steps()
        share_id = await self.crash.share(self.crash.arm)
        assert share_id is not None
        self._known.add(share_id)
        await self.crash.over(share_id, KINDS[-1])
        steps = self.crash.steps()

        async def noted() -> bool | None:
            steps.extend(self.crash.steps())
            return LAST.issubset(step.point for step in steps) or None

        await until(noted, "the last steps")
        self.crash.disarm()
        _check_window(steps)
        copy = await asyncio.to_thread(self._open, share_id)
        self._copy = hashlib.sha256(copy).hexdigest()
        self._traces = traces_of(copy, self._original.read_bytes())
        # Traces come from all parts of the copy, so any larger part of it contains one.
        assert len(self._traces) >= 5
        await self._check(share_id, copy)
        return [step.point for step in steps if step.armed]

    async def cut_off_at(self, point: Point) -> str:
        """Kill the home at the point, start it again and return the share's result."""
        crash = self.crash
        if point.what.partition(" ")[2].startswith("doorwatch/keys"):
            await crash.lose_key()  # made only for the first share
        crash.steps()
        told = await crash.share(partial(crash.arm, point))
        await crash.died()
        crash.disarm()
        steps = crash.steps()
        killed = [step.point for step in steps if step.armed]
        assert killed[-1] == point
        _check_window(steps)
        confirmed = CONFIRMED in killed
        assert confirmed or told is None
        self._check_readable(killed)

        begun = time.monotonic()
        await crash.start()
        new = set(await crash.shares()) - self._known
        share_id = new.pop() if new else None
        # Exactly the shares stored on disk exist; the person may have received their
        # ID.
        assert (share_id is not None) == confirmed
        assert not new
        assert told in (None, share_id)
        said = "went on"
        if share_id is None:
            assert not crash.left()
            begun = time.monotonic()
            share_id = await crash.share()
            assert share_id is not None
            said = "never was; tapped again"
        elif PACKING not in killed:
            said = "waited anew, and went on"
        self._known.add(share_id)
        await crash.over(share_id, "sent")
        # The home waits before it requests the receipt.
        copy = await asyncio.to_thread(self._open, share_id)
        await crash.over(share_id, KINDS[-1])
        if PACKING not in killed:
            _check_window([step for step in crash.steps() if step.at >= begun])
        await self._check(share_id, copy)
        return said

    async def begin_anew(self) -> None:
        """Reset the home after a failed point."""
        self.crash.disarm()
        await self.crash.end()
        await self.crash.start()
        self._known = set(await self.crash.shares())

    def _open(self, share_id: str) -> bytes:
        """Decrypt and verify the package like an officer; return its video."""
        agency = self.crash.agency
        packages = {p.name.partition(".")[0]: p for p in agency.intake.packages()}
        assert packages.keys() == self._known
        package = packages[share_id]
        checked = agency.verify(package)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        tar = agency.decrypt(package, self._work / f"{share_id}.tar")
        with tarfile.open(tar) as opened:
            statement = opened.extractfile(f"doorwatch-{share_id}/data/share.json")
            video = opened.extractfile(f"doorwatch-{share_id}/data/clip.mp4")
            assert statement is not None and video is not None
            self._named = json.load(statement)["ledger"]["digest"]
            copy = video.read()
        tar.unlink()
        return copy

    async def _check(self, share_id: str, copy: bytes) -> None:
        """Check for one package, one line of each kind, and no leftovers."""
        crash = self.crash
        assert hashlib.sha256(copy).hexdigest() == self._copy
        lines = await crash.lines(share_id)
        assert [line["kind"] for line in lines] == KINDS
        (package,) = crash.agency.intake.inbox.glob(f"{share_id}.*")
        sealed = hashlib.sha256(package.read_bytes()).hexdigest()
        assert lines[0]["data"]["file_sha256"] == self._copy
        assert all(line["data"]["sha256"] == sealed for line in lines[1:])
        assert not list(crash.temporary.iterdir())
        assert not crash.left()
        folders = [crash.config, crash.temporary]
        assert not files_with(self._traces, folders, but=self._original)
        assert crash.home is not None
        ledger = self._work / "ledger.jsonl"
        ledger.write_bytes(await crash.home.ledger())
        # The package contains the hash of its confirmation's ledger line.
        verify = REPOSITORY / "docs" / "verify-ledger.sh"
        verified = await asyncio.create_subprocess_exec(
            verify, ledger, self._named, stdout=subprocess.DEVNULL
        )
        assert await verified.wait() == 0

    def _check_readable(self, killed: list[Point]) -> None:
        """Check that readable copies exist in one place only, and only before packing."""
        crash = self.crash
        found = files_with(
            self._traces, [crash.config, crash.temporary], but=self._original
        )
        outbox = crash.private / "outbox"
        packed = any(
            point.what.startswith("remove doorwatch/outbox/ID.mp4")
            and point.side == "after"
            for point in killed
        )
        for path in found:
            assert not packed
            assert path.suffix == ".mp4"
            assert path.parent == outbox or path.is_relative_to(crash.staging())
        assert len(found) <= 1


def _check_window(steps: list[Noted]) -> None:
    """Check that nothing was sent in the window, which begins with the tap or start."""
    begins = [
        step.at
        for step in steps
        if step.point.what in ("open outbox.db", CONFIRMED.what)
    ]
    sent = [step.at for step in steps if step.point.what == UPLOAD]
    assert not sent or sent[0] - begins[0] >= WINDOW


def test_chosen_points_hold_the_ends_and_both_sides_of_what_tells() -> None:
    names = ["sync a", "rename a to b", *(f"send {i}" for i in range(30)), "commit c"]
    points = [Point(name, 1, side) for name in names for side in ("before", "after")]
    chosen = choose(points, 20, seed=1)
    assert len(chosen) == 20
    assert chosen == choose(points, 20, seed=1) == sorted(chosen, key=points.index)
    assert chosen != choose(points, 20, seed=2)
    assert {points[0], points[-1], *(p for p in points if p.telling)} <= {*chosen}
    few = choose(points, 4, seed=1)
    assert [points.index(one) for one in (few[0], few[-1])] == [0, len(points) - 1]
    assert len(few) == 4
    assert choose(points, 1000, seed=1) == points


def test_traces_are_in_every_part_of_a_copy_and_not_in_the_clip() -> None:
    pictures = [random.Random(number).randbytes(5000) for number in range(20)]
    copy = b"head" * 40 + b"".join(pictures)
    original = b"HEAD" * 40 + (b"sound" * 50).join(pictures)
    traces = traces_of(copy, original)
    assert not [trace for trace in traces if trace in original]
    for begin in range(0, len(copy) - 6000, 500):
        assert any(trace in copy[begin : begin + 6000] for trace in traces)


@pytest_asyncio.fixture(loop_scope="session")
async def crashes(tmp_path: Path, socket_enabled: None) -> AsyncIterator[Crashes]:
    """Return a home and an agency, which the test sets up."""
    agency = DemoAgency(tmp_path / "agency")
    crash = CrashHome(tmp_path / "home", agency)
    with agency.intake:
        yield Crashes(crash, tmp_path)
        await crash.end()


@series
@pytest.mark.timeout(3600)
async def test_a_home_killed_anywhere_on_the_way_delivers_once_and_leaves_nothing(
    crashes: Crashes,
    start_rtsp_server: StartRtspServer,
) -> None:
    server = start_rtsp_server(scene=media.SMALL)
    await crashes.set_up(server.address())
    server.kill()  # one clip is enough
    points = await crashes.all_points()
    chosen = choose(points, times(4), drawn_from())
    print(f"\nkilled at {len(chosen)} of {len(points)} points")
    failed = []
    for number, point in enumerate(chosen, 1):
        try:
            said = await crashes.cut_off_at(point)
        except (AssertionError, TimeoutError, subprocess.SubprocessError) as error:
            failed.append(point)
            said = f"FAILED: {error}"
            await crashes.begin_anew()
        print(f"{number:3} {point!s:80} {said}", flush=True)
    assert not failed
