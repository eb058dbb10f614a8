"""List the packages in an inbox on a disk, and answer withdrawals from two desks."""

from collections.abc import Iterator
import json
from pathlib import Path

import pytest

from agency.doorwatch_agency.cli import main
from tests.engine.sharing.evidence import SHARE_ID

from .office import Office
from .officer import new_desk
from .test_bucket_inbox import at_once

LATER = "b" * 32


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Return an office whose intake runs."""
    office = Office(tmp_path)
    with office.intake:
        yield office


def listed(office: Office, *more: str) -> int:
    """List the waiting packages."""
    return main(["list", "--inbox", str(office.intake.inbox), *more])


def test_what_waits_is_listed_the_oldest_first(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list has size, time and home of each package, and leaves out taken packages."""
    assert listed(office) == 0
    assert capsys.readouterr().out == "Nothing is waiting.\n"
    office.upload(b"older", LATER)
    office.upload(b"newer one")
    assert listed(office) == 0
    out = capsys.readouterr().out
    assert out.index(f"{LATER}  5 bytes") < out.index(f"{SHARE_ID}  9 bytes")
    assert "Packages: 2." in out
    assert listed(office, "--json") == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["share"], second["home"]) == (LATER, office.home)
    assert first["state"] == "waiting"
    office.package.rename(office.folder / "taken")
    assert listed(office) == 0
    assert SHARE_ID not in capsys.readouterr().out


def test_what_is_no_package_hides_no_other(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid record is reported, and the other packages are listed."""
    office.upload(b"content")
    (office.intake.inbox / "stray.tar.age").write_bytes(b"")
    (office.intake.inbox / f".incoming/{LATER}.json").write_text("[]")
    (office.intake.inbox / f"{LATER}.tar.age").write_bytes(b"")
    assert listed(office) == 1
    said = capsys.readouterr()
    assert f"{SHARE_ID}  7 bytes" in said.out
    assert "stray.tar.age: the intake has no record of it" in said.err
    assert f"{LATER}.tar.age: " in said.err


def test_two_desks_never_answer_differently(office: Office) -> None:
    """The first answer to a withdrawal counts for both desks."""
    shares = [f"{number:032x}" for number in range(10)]
    for share_id in shares:
        office.upload(b"content", share_id)
        package = office.intake.inbox / f"{share_id}.tar.age"
        package.rename(office.folder / package.name)
        token = office.withdrawal(b"content", jti=share_id)
        assert office.withdraw(token)[0] == 200
    jobs = []
    for result in ("deleted", "refused"):
        desk = new_desk(office.folder / f"desk-{result}")
        where = ["--desk", str(desk), "--inbox", str(office.intake.inbox)]
        where += ["--online", str(office.online), "--site", str(office.intake.public)]
        jobs.append([["answer", share_id, result, *where] for share_id in shares])
    one, two = at_once(*jobs)
    for share_id, first, second in zip(shares, one, two, strict=True):
        assert sorted((first["code"], second["code"])) == [0, 1], (first, second)
        status, token = office.withdraw(office.withdrawal(b"content", jti=share_id))
        assert status == 200
        lost = second if first["code"] == 0 else first
        result = "deleted" if first["code"] == 0 else "refused"
        assert f"already answered: {result}" in lost["said"]
