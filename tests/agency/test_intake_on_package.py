"""The intake runs the officers' program for each received package."""

from contextlib import suppress
import json
from pathlib import Path

import pytest

from tests.engine.sharing.evidence import SHARE_ID
from tests.series import series
from tests.waiting import block_until

from .killing import each_kill
from .office import Office

CONTENT = bytes(range(256)) * 100
OTHER = "o" * 32
CODE = "a code of twelve or more"


def _office(folder: Path, script: str, upload_code: str | None = None) -> Office:
    """Return an office whose intake runs a script for each package."""
    office = Office(folder, upload_code=upload_code)
    program = folder / "a program"
    program.write_text(f"#!/bin/bash\ncd {folder}\n{script}\n")
    program.chmod(0o755)
    office.intake.add_options("--on-package", str(program))
    return office


def _is_told(office: Office, share_id: str = SHARE_ID) -> bool:
    record = office.intake.inbox / ".incoming" / f"{share_id}.json"
    return bool(json.loads(record.read_text()).get("told"))


def test_it_is_told_of_each_package_once(tmp_path: Path) -> None:
    """The program gets the file and the share id, without a shell and without secrets."""
    office = _office(
        tmp_path,
        'printf "%s\\n" "$#" "$1" "$2" >> told; ls -l "$1" inbox/.receipts/"$2" > /dev/null'
        "; echo hello; echo bad >&2; env > env; printf 'a\\e[2Jb'",
        upload_code=CODE,
    )
    office.headers = {"Authorization": f"Bearer {CODE}"}
    secrets = {"AWS_SECRET_ACCESS_KEY": "a secret of", "PGPASSWORD": "a secret of"}
    office.intake.environment = secrets
    with office.intake:
        office.upload(CONTENT)
        block_until(lambda: _is_told(office))
        office.upload(CONTENT, OTHER)
        block_until(lambda: _is_told(office, OTHER))
    with office.intake:
        assert office.receipt()[0] == 200
    assert (tmp_path / "told").read_text().splitlines() == [
        *("2", str(office.package), SHARE_ID),
        *("2", str(office.intake.inbox / f"{OTHER}.tar.age"), OTHER),
    ]
    env = (tmp_path / "env").read_text()
    assert CODE not in env
    assert "a secret of" not in env
    said = office.intake.said()
    for text in ("hello", "bad", "a\ufffd[2Jb"):
        assert f"command says {SHARE_ID}, {text}" in said
    assert f"command done {SHARE_ID}" in said


def test_a_failure_is_said_and_told_again_at_the_next_start(tmp_path: Path) -> None:
    """Packages that were taken meanwhile are left out."""
    office = _office(tmp_path, 'echo "$2" >> told; [ -e works ]')
    with office.intake:
        office.upload(CONTENT)
        office.upload(CONTENT, OTHER)
        failed = f"command failed {OTHER}, it ended with 1"
        block_until(lambda: failed in office.intake.said())
        assert not _is_told(office)
    (tmp_path / "works").touch()
    (office.intake.inbox / f"{OTHER}.tar.age").unlink()
    with office.intake:
        block_until(lambda: _is_told(office) and _is_told(office, OTHER))
    assert (tmp_path / "told").read_text().split() == [SHARE_ID, OTHER, SHARE_ID]


def test_a_program_that_is_gone_costs_no_package(tmp_path: Path) -> None:
    """The program is started again later."""
    office = _office(tmp_path, "echo works")
    program = Path(office.intake.options[-1])
    with office.intake:
        program.rename(tmp_path / "away")
        office.upload(CONTENT)
        failed = f"command failed {SHARE_ID}, ENOENT"
        block_until(lambda: failed in office.intake.said())
    (tmp_path / "away").rename(program)
    with office.intake:
        block_until(lambda: _is_told(office))


def test_it_is_tried_again_each_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may fail while a mail server is down, and needs no restart of the intake."""
    hours = tmp_path / "hours.mjs"
    hours.write_text(
        "const real = globalThis.setInterval;\n"
        "globalThis.setInterval = (call, time, ...more) =>\n"
        "  real(call, time === 3_600_000 ? 20 : time, ...more);\n"
    )
    monkeypatch.setenv("NODE_OPTIONS", f"--import={hours.as_uri()}")
    office = _office(tmp_path / "office", "[ -e works ]")
    with office.intake:
        office.upload(CONTENT)
        failed = f"command failed {SHARE_ID}, it ended with 1"
        block_until(lambda: failed in office.intake.said())
        (tmp_path / "office/works").touch()
        block_until(lambda: _is_told(office))


def test_it_is_not_told_of_what_came_before_it_was_asked_for(tmp_path: Path) -> None:
    """A new program gets no packages that arrived before its first start."""
    office = _office(tmp_path, 'echo "$2" >> told')
    options = office.intake.options
    office.intake.options = options[:-2]
    with office.intake:
        office.upload(CONTENT)
    office.intake.options = options
    with office.intake:
        office.upload(CONTENT, OTHER)
        block_until(lambda: _is_told(office, OTHER))
    assert (tmp_path / "told").read_text().split() == [OTHER]


def test_what_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes that the program started are ended too."""
    soon = tmp_path / "soon.mjs"
    soon.write_text(
        "const real = globalThis.setTimeout;\n"
        "globalThis.setTimeout = (call, time, ...more) =>\n"
        "  real(call, time === 300_000 ? 300 : time, ...more);\n"
    )
    monkeypatch.setenv("NODE_OPTIONS", f"--import={soon.as_uri()}")
    office = _office(tmp_path / "office", "sleep infinity & echo $! > pid; wait")
    with office.intake:
        office.upload(CONTENT)
        late = f"command failed {SHARE_ID}, it took longer than 5 minutes"
        block_until(lambda: late in office.intake.said())
        pid = tmp_path / "office/pid"
        if pid.exists():
            status = Path(f"/proc/{pid.read_text().strip()}/status")
            block_until(lambda: not status.exists() or "zombie" in status.read_text())


def _killed_and_told(folder: Path, armed: Path) -> bool:
    """Receive a package; return whether a kill came before the program succeeded."""
    office = _office(folder, 'echo "$2" >> told')
    with office.intake:
        assert office.create(len(CONTENT)) == 201
        armed.touch()
        with suppress(OSError):
            office.patch(CONTENT)
        block_until(lambda: office.intake.ended or _is_told(office))
        if not office.intake.ended:
            return False
    armed.unlink()
    with office.intake:
        arrived = office.intake.arrived(SHARE_ID)
        if arrived or not office.package.exists():
            assert office.patch(CONTENT[arrived:], arrived) == 204
        block_until(lambda: _is_told(office))
    assert set((folder / "told").read_text().split()) == {SHARE_ID}
    return True


@series
def test_a_kill_at_any_point_loses_no_telling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may run twice for a package, but at least once."""
    for kill in each_kill(tmp_path, monkeypatch):
        if not _killed_and_told(kill.folder, kill.armed):
            break
    # Record, receipt, move, record, record of the program: each in several steps.
    assert kill.at > 10


def test_what_runs_ends_when_the_intake_stops(tmp_path: Path) -> None:
    """The processes are ended together, so that the program never runs twice at once."""
    office = _office(tmp_path, "sleep infinity &\necho $$ $! > pids; wait")
    pids = tmp_path / "pids"
    with office.intake:
        office.upload(CONTENT)
        block_until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        office.intake.stop()
    block_until(lambda: not any(_lives(pid) for pid in pids.read_text().split()))
    assert not _is_told(office)


def _lives(pid: str) -> bool:
    """Return whether a process runs and is not a zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
