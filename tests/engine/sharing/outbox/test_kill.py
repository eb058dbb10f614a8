"""Test that a share arrives once, whenever the home or the intake is killed."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
import hashlib
import io
from pathlib import Path
import sqlite3
import subprocess
import tarfile

import pytest

from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from tests.age_program import desk
from tests.engine.alone import alone
from tests.intake import Intake
from tests.repository import ROOT
from tests.waiting import block_until

from .home import CODE, Home
from .parts import make_document

SIZE = 16 * 1024 * 1024
DEADLINE = 120.0


class _Process:
    """The home as a process."""

    def __init__(self, folder: Path, endpoint: str, log: Path) -> None:
        self._arguments = [str(folder), endpoint]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, size: int = 0, *, stop: bool = False) -> None:
        """Start the process, to share a clip of this size or to cancel the stored share."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                alone(
                    "tests.engine.sharing.outbox.home_process",
                    *self._arguments,
                    desk().recipient,
                    str(size),
                    *(["stop"] if stop else []),
                ),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Kill the process like a power cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition while the process runs."""
        process = self._process
        assert process is not None
        with suppress(TimeoutError):
            block_until(lambda: holds() or process.poll() is not None, "", DEADLINE)
        # The process may have ended after the condition was met.
        assert holds(), self._log.read_text()

    def wait(self) -> None:
        """Wait until the process ends, when everything is delivered."""
        assert self._process is not None
        assert self._process.wait(DEADLINE) == 0, self._log.read_text()
        self._process = None


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Return a running intake."""
    with Intake(tmp_path / "agency", upload_code=CODE) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, intake: Intake) -> Iterator[_Process]:
    """Return a home that is not running."""
    process = _Process(tmp_path / "home", intake.endpoint, tmp_path / "home.log")
    yield process
    process.kill()


def _stored(folder: Path) -> list[tuple[str, str, str | None]]:
    """Return id, state and problem of the stored shares."""
    path = folder / "outbox" / "outbox.db"
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return list(database.execute("SELECT share_id, state, problem FROM shares"))
    except sqlite3.OperationalError:  # being created, or locked
        return []


def _removal(folder: Path) -> str | None:
    """Return the removal state of the only share."""
    path = folder / "outbox" / "outbox.db"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            row = database.execute("SELECT removal FROM shares").fetchone()
    except sqlite3.OperationalError:  # locked
        return None
    return None if row is None else row[0]


async def _check_delivered_once(folder: Path, intake: Intake) -> None:
    """Check that one complete package arrived and that each ledger line exists once."""
    (package,) = intake.packages()
    ((share_id, state, _),) = _stored(folder)
    assert state == "delivered"
    assert package.name == f"{share_id}.tar.age"
    with tarfile.open(fileobj=io.BytesIO(desk().open(package))) as tar:
        clip = tar.extractfile(f"doorwatch-{share_id}/data/clip.mp4")
        assert clip is not None
        assert clip.read() == bytes(range(256)) * (SIZE // 256)
    ledger = await Ledger.open(folder / "ledger.db")
    lines = await ledger.lines(0, 100)
    assert await ledger.verify() is None
    await ledger.close()
    assert [line.kind for line in lines] == ["confirmed", "sent"]
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    assert lines[1].data["sha256"] == digest
    left = {path.name for path in (folder / "outbox").iterdir()}
    assert not {name for name in left if not name.startswith("outbox.db")}
    assert [path.name for path in (intake.inbox / ".incoming").iterdir()] == [
        f"{share_id}.json"
    ]


async def test_a_home_killed_again_and_again_delivers_once(
    tmp_path: Path, home: _Process, intake: Intake
) -> None:
    folder = tmp_path / "home"

    def arrived() -> int:
        shares = _stored(folder)
        return intake.arrived(shares[0][0]) if shares else 0

    def has_arrived(part: int) -> bool:
        return arrived() >= part

    home.start(SIZE)
    home.until(lambda: bool(_stored(folder)))  # stored, not yet packed
    home.kill()
    for part in (1, SIZE // 3, 2 * SIZE // 3):
        home.start()
        home.until(partial(has_arrived, part))
        home.kill()
        assert arrived() < SIZE  # otherwise there is nothing left to interrupt
    home.start()
    home.until(lambda: bool(intake.packages()))  # the answer may not have arrived
    home.kill()
    home.start()
    home.wait()
    await _check_delivered_once(folder, intake)


async def test_both_sides_killed_in_the_middle_deliver_once(
    tmp_path: Path, home: _Process, intake: Intake
) -> None:
    folder = tmp_path / "home"
    home.start(SIZE)

    def arrived() -> int:
        shares = _stored(folder)
        return intake.arrived(shares[0][0]) if shares else 0

    home.until(lambda: arrived() > SIZE // 4)
    intake.kill()
    first = arrived()
    assert 0 < first < SIZE
    intake.start()  # the home continues automatically
    home.until(lambda: arrived() > SIZE // 2)
    home.kill()
    intake.kill()
    second = arrived()
    assert first < second < SIZE  # the upload was continued, not started again
    home.start()  # the intake is not running
    home.until(lambda: _stored(folder)[0][2] == "agency_unavailable")
    assert arrived() == second
    intake.start()
    home.wait()
    await _check_delivered_once(folder, intake)


async def test_what_was_delivered_before_the_crash_is_only_noted(
    tmp_path: Path, home: _Process, intake: Intake
) -> None:
    """The home is killed after the last byte and before the delivery is stored."""
    folder = tmp_path / "home"
    home.start(SIZE)
    home.until(lambda: bool(intake.packages()))
    home.kill()
    modified = intake.packages()[0].stat().st_mtime_ns
    again = Home(folder)
    again.set_agency(make_document(intake.endpoint))
    await again.open()
    (share,) = await again.outbox.list()
    await again.when(share.share_id, lambda share: share.delivered_at is not None)
    await again.close()
    assert intake.packages()[0].stat().st_mtime_ns == modified
    await _check_delivered_once(folder, intake)


@pytest.mark.parametrize("killed_when", ["pending", "asked", "confirmed"])
async def test_a_share_that_was_given_up_stays_so_and_is_taken_back(
    tmp_path: Path, home: _Process, intake: Intake, killed_when: str
) -> None:
    """The home is killed at each step of the removal."""
    folder = tmp_path / "home"
    home.start(SIZE)
    home.until(
        lambda: bool(_stored(folder)) and intake.arrived(_stored(folder)[0][0]) > 0
    )
    home.kill()
    if killed_when == "pending":
        intake.kill()  # keeps the removal pending long enough to be seen
    home.start(stop=True)
    steps = ["pending", "asked", "confirmed"]
    home.until(lambda: _removal(folder) in steps[steps.index(killed_when) :])
    home.kill()
    if killed_when == "pending":
        intake.start()
    ((_, state, _),) = _stored(folder)
    assert state == "cancelled"

    home.start()
    home.wait()
    assert _removal(folder) == "confirmed"
    assert not list((intake.inbox / ".incoming").iterdir())
    assert intake.packages() == []
    ledger = await Ledger.open(folder / "ledger.db")
    lines = await ledger.lines(0, 100)
    await ledger.close()
    assert [line.kind for line in lines] == ["confirmed", "cancelled", "taken_back"]
    assert lines[2].data["removal"] == "confirmed"
    left = {path.name for path in (folder / "outbox").iterdir()}
    assert not {name for name in left if not name.startswith("outbox.db")}
