"""A group of officers shares the intake's folders with no other users."""

from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import stat
import subprocess
import tempfile

import pytest

from tests import waiting
from tests.engine.sharing.evidence import SHARE_ID

from .office import ANSWER, Office

INTAKE, OFFICER, STRANGER, GROUP, OWN = 4001, 4002, 4003, 4100, 4001
CONTENT = bytes(range(256)) * 100
OTHER = "o" * 32


@pytest.fixture
def office(readable: Path) -> Iterator[Office]:
    """Return an office whose intake is a separate user, without the inbox."""
    folder = Path(tempfile.mkdtemp(prefix="doorwatch-group-"))
    folder.chmod(0o755)  # pytest's temporary folders are private
    office = Office(folder)
    os.chown(office.online, INTAKE, OWN)
    office.intake.source = readable / "intake"
    _runs_as(office, GROUP)
    yield office
    office.intake.kill()
    shutil.rmtree(folder)


def _runs_as(office: Office, group: int) -> None:
    user = [f"--reuid={INTAKE}", f"--regid={group}", "--clear-groups"]
    office.intake.through = ["setpriv", *user]


def _make_inbox(office: Office, group: int, mode: int) -> None:
    office.intake.inbox.mkdir()
    os.chown(office.intake.inbox, INTAKE, group)
    office.intake.inbox.chmod(mode)


def _run(user: int, group: int, script: str, office: Office) -> int:
    """Run a shell command in the office's folder as a user; return the exit code."""
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", f"--groups={group}"]
    return subprocess.run(
        [*command, "bash", "-euc", script],
        cwd=office.folder,
        check=False,
        capture_output=True,
        timeout=60,
    ).returncode


def _mode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return stat.S_IMODE(found.st_mode), found.st_gid


OFFICERS_WORK = f"""
cat inbox/.incoming/{SHARE_ID}.json inbox/.receipts/{SHARE_ID} > /dev/null
cat inbox/.withdrawals/{SHARE_ID}.json > /dev/null
echo opened > inbox/.receipts/.{SHARE_ID}.part
mv -f inbox/.receipts/.{SHARE_ID}.part inbox/.receipts/{SHARE_ID}
echo answer > inbox/.withdrawals/{OTHER}.answer
mv inbox/{OTHER}.tar.age taken/
cat taken/{OTHER}.tar.age > /dev/null
"""


def _work_goes_on(office: Office) -> None:
    """Receive packages, let an officer work, restart, and let the officer take another package."""
    (office.folder / "taken").mkdir(exist_ok=True)
    (office.folder / "taken").chmod(0o777)
    with office.intake:
        office.upload(CONTENT)
        office.upload(CONTENT, OTHER)
        token = office.withdrawal(CONTENT)
        assert office.withdraw(token)[0] == 200
    assert _run(STRANGER, STRANGER, "ls inbox", office) != 0
    assert _run(OFFICER, GROUP, OFFICERS_WORK, office) == 0
    with office.intake:
        assert office.receipt() == (200, "opened\n"), "as the officer wrote it"
        share = "s" * 32
        office.upload(CONTENT, share)
    assert _run(OFFICER, GROUP, f"mv inbox/{share}.tar.age taken/", office) == 0


def test_officers_work_in_an_inbox_that_their_group_shares(office: Office) -> None:
    """The modes are the same after each start."""
    _make_inbox(office, GROUP, 0o2770)
    _work_goes_on(office)
    inbox = office.intake.inbox
    assert _mode(inbox) == (0o2770, GROUP)
    assert _mode(inbox / ".incoming") == (0o2750, GROUP)
    assert _mode(inbox / ".receipts") == (0o2770, GROUP)
    assert _mode(inbox / ".withdrawals") == (0o2770, GROUP)
    for file in inbox.rglob("*"):
        if file.is_file() and file.stat().st_uid == INTAKE:
            assert _mode(file) == (0o640, GROUP), file
    assert not any(
        line.startswith(("warning", "hint")) for line in office.intake.said()
    )


def test_an_intake_that_is_not_in_the_group_works_for_it_too(office: Office) -> None:
    """New folders and files inherit the group of the inbox."""
    _runs_as(office, OWN)
    _make_inbox(office, GROUP, 0o2770)
    _work_goes_on(office)
    assert _mode(office.intake.inbox / ".receipts") == (0o2770, GROUP)
    assert not any(line.startswith("warning") for line in office.intake.said())


def test_a_folder_that_passes_its_group_on_makes_a_shared_inbox(office: Office) -> None:
    """No further setup is needed."""
    above = office.folder / "srv"
    above.mkdir()
    os.chown(above, INTAKE, GROUP)
    above.chmod(0o2770)
    office.intake.inbox = above / "inbox"
    with office.intake:
        pass
    assert _mode(office.intake.inbox) == (0o2770, GROUP)


def test_a_folder_of_before_works_on_alone_and_can_be_shared(office: Office) -> None:
    """The command in the log shares the inbox including its existing files."""
    _runs_as(office, OWN)
    _make_inbox(office, OWN, 0o700)
    with office.intake:
        office.upload(CONTENT)
        office.upload(CONTENT, OTHER)
        assert office.withdraw(office.withdrawal(CONTENT))[0] == 200
        hints = waiting.block_until(
            lambda: [x for x in office.intake.said() if x.startswith("hint")]
        )
    inbox = office.intake.inbox
    assert _mode(inbox) == (0o700, OWN)
    assert {_mode(path)[0] & 0o007 for path in inbox.rglob("*")} == {0}
    assert _run(OFFICER, GROUP, "ls inbox", office) != 0
    command = hints[0].partition("root: ")[2].partition(",")[0]
    subprocess.run(
        ["sh", "-c", command.replace("GROUP", str(GROUP))], check=True, timeout=60
    )
    _runs_as(office, GROUP)
    (office.folder / "taken").mkdir()
    (office.folder / "taken").chmod(0o777)
    with office.intake:
        pass
    assert _run(OFFICER, GROUP, OFFICERS_WORK, office) == 0


def test_what_an_administrator_allowed_stays(office: Office) -> None:
    """A start removes only the rights of other users."""
    _make_inbox(office, GROUP, 0o2770)
    with office.intake:
        pass
    folder = office.intake.inbox / ".incoming"
    folder.chmod(0o2777)
    with office.intake:
        pass
    assert _mode(folder) == (0o2770, GROUP)


@pytest.mark.parametrize("name", ["inbox", ".receipts", ".incoming"])
def test_warns_where_the_group_cannot_write(office: Office, name: str) -> None:
    """The command in the warning repairs the rights."""
    _make_inbox(office, GROUP, 0o2770)
    with office.intake:
        pass
    inbox = office.intake.inbox
    folder = inbox if name == "inbox" else inbox / name
    os.chown(folder, 0 if name != "inbox" else INTAKE, 0 if name != "inbox" else GROUP)
    folder.chmod(0o2750 if name == "inbox" else 0o777)
    office.intake.log.unlink()
    with office.intake:
        found = waiting.block_until(
            lambda: [x for x in office.intake.said() if "Run" in x]
        )
    assert found[0].startswith("warning ")
    assert str(folder) in found[0]
    command = found[0].partition(": ")[2]
    subprocess.run(["sh", "-c", command], check=True, timeout=60)
    office.intake.log.unlink()
    with office.intake:
        office.upload(CONTENT)
    assert not any("Run" in line for line in office.intake.said())


def test_names_the_folder_that_it_may_not_use(office: Office) -> None:
    inbox = office.intake.inbox
    inbox.mkdir(0o755)
    with pytest.raises(RuntimeError):
        office.intake.start()
    said = office.intake.log.read_text()
    assert said == f"--inbox {inbox}/.receipts isn't accessible to this user\n"


def test_the_intake_serves_what_an_officer_answers(
    office: Office, readable: Path
) -> None:
    """The officer uses the real command, with a umask that gives no rights to others."""
    _make_inbox(office, GROUP, 0o2770)
    own = office.folder / "officer"
    own.mkdir()
    shutil.copy(office.online, own / "online.pem")
    for path in (own, own / "online.pem"):
        os.chown(path, OFFICER, OFFICER)
    command = f"PYTHONPATH={readable} /usr/bin/python3 -B -m doorwatch_agency"
    answer = f"""
    umask 077
    cd officer
    {command} desk new desk
    {command} answer {SHARE_ID} refused --text 'It is evidence.' --desk desk \
      --inbox ../inbox --online online.pem --site ../public
    """
    with office.intake:
        office.upload(CONTENT)
        office.package.unlink()
        token = office.withdrawal(CONTENT)
        assert office.withdraw(token)[0] == 200
        assert _run(OFFICER, GROUP, answer, office) == 0
        status, served = office.withdraw(token)
    assert status == 200
    assert office.opened(served, ANSWER)["answer"]["text"] == "It is evidence."
    assert f"withdrawal answer fetched {SHARE_ID}, refused" in office.intake.said()
