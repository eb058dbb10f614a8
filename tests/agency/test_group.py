"""Officers of one group share a desk, each as a separate system user."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import shutil
import stat
import subprocess
import tempfile

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from tests.engine.sharing.evidence import ORIGIN, SHARE_ID, make_intent, make_package

from .office import Office
from .officer import kinds

GROUP = 54_321
ANN, BOB, EVE = 54_001, 54_002, 54_003
MEMBERS = (ANN, BOB)

# Debian's, as on an officer's machine.
_PYTHON = "/usr/bin/python3"


@pytest.fixture(autouse=True)
def _readable(readable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(readable))


def run_as(
    uid: int, *command: object, umask: int = 0o077
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user of the group, or as another user."""
    return subprocess.run(
        [_PYTHON, "-B", "-m", "doorwatch_agency", *map(str, command)],
        user=uid,
        group=uid,
        extra_groups=[GROUP] if uid in MEMBERS else [],
        umask=umask,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd="/",
    )


def shared(folder: Path) -> Path:
    """Make a folder for the group as the pages describe."""
    folder.mkdir(exist_ok=True)
    os.chown(folder, 0, GROUP)
    folder.chmod(0o2770)
    return folder


def mode(path: Path) -> tuple[int, int]:
    """Return mode and group."""
    found = path.lstat()
    return stat.S_IMODE(found.st_mode), found.st_gid


@pytest.fixture
def office() -> Iterator[Path]:
    """Return a folder that any user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="doorwatch-office-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def desk(office: Path) -> Path:
    """Return a desk for the group, created by Ann."""
    desk = shared(office / "desk")
    done = run_as(ANN, "desk", "new", desk)
    assert done.returncode == 0, done.stderr
    return desk


@pytest.fixture
def package(clip: Clip, office: Path) -> Path:
    """Return a package that the group can read."""
    made = make_package(make_intent(clip, office / "staging"), office / "package.tar")
    (office / "staging").chmod(0o700)
    os.chown(made.package.path, 0, GROUP)
    made.package.path.chmod(0o640)
    return made.package.path


def test_one_opens_and_the_other_verifies(
    desk: Path, package: Path, office: Path
) -> None:
    """With any umask, all files that they write belong to the group only."""
    cases = shared(office / "cases")
    bag = cases / f"2026-117/doorwatch-{SHARE_ID}"
    opening = ["open", package, bag.parent, "--no-inbox", "--desk", desk]
    done = run_as(ANN, *opening, umask=0o077)
    assert done.returncode == 0, done.stderr
    checking = ["verify", bag, "--agency", ORIGIN, "--label", "Elm", "--desk", desk]
    done = run_as(BOB, *checking, umask=0o022)
    assert done.returncode == 0, done.stderr + done.stdout
    assert mode(desk / "record.jsonl") == (0o660, GROUP)
    assert kinds(desk) == ["opened", "verified"]
    for path in [bag.parent, *bag.parent.rglob("*")]:
        assert mode(path) == (0o2770 if path.is_dir() else 0o660, GROUP), path
    # Bob can remove Ann's opened package, and open it again.
    leftover = bag.parent / ".opening-dead"
    (leftover / "data").mkdir(parents=True)
    for path in (leftover, leftover / "data"):
        os.chown(path, ANN, GROUP)
        path.chmod(0o2770)
    shutil.rmtree(bag)
    assert run_as(BOB, *opening).returncode == 0
    assert bag.is_dir()
    assert not leftover.exists()
    done = run_as(BOB, "log", "--json", "--desk", desk)
    users = [one["data"]["user"] for one in json.loads(done.stdout)["entries"]]
    assert users == [str(ANN), str(ANN), str(BOB), str(BOB)]


def test_who_may_not_gets_one_clear_line(
    desk: Path, package: Path, office: Path
) -> None:
    """The error names the path before anything is done."""
    cases = shared(office / "cases")
    case = cases / "case"
    record = desk / "record.jsonl"
    before = record.read_bytes()
    for command in (
        ["open", package, case, "--no-inbox", "--desk", desk],
        ["verify", case, "--agency", ORIGIN, "--desk", desk],
        ["log", "--desk", desk],
        ["desk", "new", desk],
    ):
        done = run_as(EVE, *command)
        assert done.returncode == 1, command
        assert done.stderr.count("\n") == 1
        assert str(desk) in done.stderr
        assert "Permission denied" in done.stderr
    # Eve may read the desk, but can't add to it, or open a package without recording it.
    desk.chmod(0o2775)
    record.chmod(0o664)
    assert run_as(EVE, "log", "--desk", desk).returncode == 0
    done = run_as(EVE, "open", package, case, "--no-inbox", "--desk", desk)
    assert done.returncode == 1
    assert f"{record}: Permission denied. The user {EVE} may not" in done.stderr
    assert record.read_bytes() == before
    assert not case.exists()


def test_what_cannot_be_written_is_named_before_anything_is_noted(
    desk: Path, package: Path, office: Path
) -> None:
    """No partial case is left, and the error gives the reason."""
    private = office / "private"
    private.mkdir(mode=0o700)
    done = run_as(ANN, "open", package, private / "case", "--no-inbox", "--desk", desk)
    assert done.returncode == 1
    assert f"{private}" in done.stderr
    assert "Permission denied" in done.stderr
    assert kinds(desk) == ["open_failed"]


def test_an_officer_of_the_group_answers_homes(
    desk: Path, office: Path, clip: Clip
) -> None:
    """The intake reads the files that the group writes into its folders."""
    site = office / "agency"
    agency = Office(site)
    sealed = agency.sealed(clip)
    with agency.intake:
        agency.upload(sealed)
        taken = office / f"{SHARE_ID}.tar.age"
        agency.package.rename(taken)
        agency.withdraw(agency.withdrawal(sealed))
        for path in [site, *site.rglob("*"), taken]:
            os.chown(path, 0, GROUP)
            path.chmod(0o2770 if path.is_dir() else 0o640)
        bag = shared(office / "cases") / f"doorwatch-{SHARE_ID}"
        at = ["--desk", desk]
        signing = [
            "--inbox",
            agency.intake.inbox,
            "--online",
            agency.online,
        ]
        signing += ["--site", agency.intake.public]
        opening = ["open", taken, bag.parent, "--identity", agency.identity]
        opening += signing[:2]
        for uid, command in (
            (ANN, opening),
            (BOB, ["verify", bag, "--agency", ORIGIN, "--label", "Elm"]),
            (ANN, ["receipt", bag, *signing]),
            (BOB, ["answer", SHARE_ID, "refused", "--text", "Evidence.", *signing]),
        ):
            done = run_as(uid, *command, *at)
            assert done.returncode == 0, done.stderr + done.stdout
        for name in (f".receipts/{SHARE_ID}", f".withdrawals/{SHARE_ID}.answer"):
            assert mode(agency.intake.inbox / name) == (0o660, GROUP)
        assert agency.receipt()[0] == 200
        listing = [
            "withdrawals",
            "--all",
            "--inbox",
            agency.intake.inbox,
            *at,
        ]
        done = run_as(BOB, *listing)
        assert "Label: Elm" in done.stdout
        assert "Case: cases" in done.stdout
        # A file that can't be written is not recorded either.
        (agency.intake.inbox / ".receipts").chmod(0o2750)
        before = kinds(desk)
        done = run_as(ANN, "receipt", bag, *signing, *at)
        assert done.returncode == 1
        assert f"{agency.intake.inbox}/.receipts" in done.stderr
        assert kinds(desk) == before
