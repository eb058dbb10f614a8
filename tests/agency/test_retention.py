"""Shares at a desk are deleted when their terms end, and the record proves the deletion."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import hashlib
import json
import os
from pathlib import Path
import shutil
from typing import Any
from unittest.mock import patch

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.record import Desk
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.times import time_text
from tests.agency.officer import deleting
from tests.agency.test_publish import desk as publishing, publish
from tests.agency.test_record import checked_by_shell
from tests.engine.sharing.evidence import ORIGIN, SHARE_ID, Made

from .kept import Kept

__all__ = ["publishing"]

NOW = datetime.now(UTC)
_OPEN = ("--no-inbox",)
_STILL = "agency.doorwatch_agency.desk.reporting.take_still"


def inbox_with(held: Held, made: Made) -> Path:
    """Make an inbox with the share and with a waiting withdrawal."""
    inbox, digest = held.folder / "inbox", held.digest
    home = jws.thumbprint(made.key.public_key())
    for name, told in (
        (
            ".incoming",
            {
                "metadata": {"home": home},
                "size": held.package.stat().st_size,
                "sha256": digest,
                "received_at": time_text(NOW - timedelta(days=1)),
            },
        ),
        (
            ".withdrawals",
            {
                "at": time_text(NOW),
                "result": "pending",
                "request": jws.sign(
                    jws.WITHDRAWAL,
                    {
                        "iss": home,
                        "aud": ORIGIN,
                        "jti": SHARE_ID,
                        "iat": int(NOW.timestamp()),
                        "withdrawal": {
                            "schema": "doorwatch-withdrawal/1",
                            "sha256": digest,
                            "requested_at": time_text(NOW),
                        },
                    },
                    made.key,
                    embed_key=True,
                ),
            },
        ),
    ):
        (inbox / name).mkdir(parents=True)
        (inbox / name / f"{SHARE_ID}.json").write_text(json.dumps(told))
    return inbox


class Held:
    """A desk with an opened, verified and exported package."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str] | None = None
    ) -> None:
        """Use the desk in this folder."""
        self.folder, self._capsys = folder, capsys
        self.desk = folder / "desk"
        self.package = folder / f"{SHARE_ID}.tar"
        self.bag = folder / "case" / f"doorwatch-{SHARE_ID}"

    def take(self, made: Made) -> None:
        """Create the desk, and open, verify and export the package."""
        folder = self.folder
        shutil.copy(made.package.path, self.package)
        for words in (
            ("desk", "new", str(self.desk)),
            ("open", str(self.package), str(folder / "case"), *_OPEN, *self.named),
            ("verify", str(self.bag), "--agency", ORIGIN, *self.named),
            ("export", str(self.bag), str(folder / "out"), *self.named),
            ("export", str(self.bag), str(folder / "out.zip"), *self.named),
        ):
            with patch(_STILL, return_value=None):  # the still is the slowest step
                assert main(list(words)) == 0

    @property
    def named(self) -> tuple[str, str]:
        """Return the option for the desk."""
        return "--desk", str(self.desk)

    def call(self, *words: str) -> tuple[int, str]:
        """Run a command; return its exit code and its output."""
        assert self._capsys
        self._capsys.readouterr()
        code = main([*words, *self.named])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def delete(self, *more: str, share: str = SHARE_ID) -> tuple[int, str]:
        """Delete a share without a prompt."""
        return self.call("delete", share, *deleting(self.desk, share), *more)

    @property
    def digest(self) -> str:
        """Return the digest of the received package."""
        return hashlib.sha256(self.package.read_bytes()).hexdigest()

    def note(self, kind: str, **data: object) -> None:
        """Add a line to the record."""
        with Desk(self.desk).changing() as desk:
            desk.append(kind, {"share": SHARE_ID} | data)

    def lines(self, kind: str = "deleted") -> list[dict[str, Any]]:
        """Return the data of the record's lines of a kind."""
        entries = Desk(self.desk).reading().entries
        return [dict(one.data) for one in entries if one.kind == kind]

    def received(self, days: float) -> None:
        """Record that the package was received this number of days ago."""
        at = time_text(NOW - timedelta(days=days))
        self.note("receipt_given", received_at=at)


@pytest.fixture(scope="module")
def taken(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Make a desk with a share once."""
    folder = tmp_path_factory.mktemp("held")
    Held(folder).take(made)
    return Kept(folder)


@pytest.fixture
def held(taken: Kept, capsys: pytest.CaptureFixture[str]) -> Held:
    """Return the desk with the share, in the folder that its record names."""
    taken.restore()
    return Held(taken.folder, capsys)


def test_what_is_due_is_said_with_the_reason(held: Held) -> None:
    """The accepted number of days starts when the package was received."""
    assert held.call("due")[1].startswith("Nothing is due.\nThe next is due on ")
    held.received(31)
    code, said = held.call("due")
    day = (NOW - timedelta(days=31)).date()
    assert code == 0
    assert f"{SHARE_ID}  due {day + timedelta(days=30)}, 30 days after it was" in said
    assert f"received on {day}" in said
    assert "Case: case" in said
    told = json.loads(held.call("due", "--json")[1])
    [share] = told["shares"]
    assert (share["share"], share["state"]) == (SHARE_ID, "due")
    assert share["retention_days"] == 30
    assert share["case"] == "case"


def test_what_is_due_soon_is_listed_when_asked(held: Held) -> None:
    """`--within` lists the shares that will be due."""
    held.received(25)
    assert "Nothing is due" in held.call("due", "--within", "4")[1]
    assert f"{SHARE_ID}  due" in held.call("due", "--within", "6")[1]
    assert f"{SHARE_ID}  kept until" in held.call("due", "--all")[1]
    assert held.call("due", "--within", "-1")[0] == 1


def test_everything_of_a_share_goes_and_the_record_proves_it(held: Held) -> None:
    """The package, the opened folder, its note and the exports are deleted, and no other file."""
    other = held.folder / "case" / "notes.txt"
    other.write_text("Mine.")
    kept = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in held.folder.rglob("*")
        if path.is_file() and held.desk not in path.parents and path != other
    }
    code, said = held.delete("--reason", "30 days are over")
    assert code == 0, said
    assert "Not reached: copies, backups" in said
    left = {path for path in held.folder.rglob("*") if held.desk not in path.parents}
    assert left == {held.desk, held.folder / "case", other}
    intent, done = held.lines()
    assert (intent["stage"], done["stage"]) == ("intent", "done")
    assert [*intent["files"], *intent["marks"]] == done["files"]
    told = {Path(file["path"]): file["sha256"] for file in done["files"]}
    assert told == kept
    assert done["reason"] == "30 days are over"
    assert "each follows the one before" in checked_by_shell(held.desk / "record.jsonl")
    assert "Nothing is due" in held.call("due", "--all")[1]
    code, said = held.delete()
    assert code == 1
    assert "was deleted already" in said


def test_what_was_moved_is_said_to_be_elsewhere(held: Held) -> None:
    """Moved files are not searched; the share counts as deleted."""
    held.package.rename(held.folder / "archive")
    code, said = held.delete()
    assert code == 0
    assert f"Not there: {held.package}. If you moved it, delete it there." in said
    assert (held.folder / "archive").exists()
    assert held.lines()[-1]["missing"] == [str(held.package)]


def test_nothing_goes_before_a_person_said_why_and_until_when(held: Held) -> None:
    """The command lists the files first, and end of input is not a yes."""
    held.received(1)
    day = (NOW + timedelta(days=29)).date().isoformat()
    for answer in ("", "no", "yes", "2999-01-01"):
        with patch("builtins.input", side_effect=["The case was closed.", answer]):
            code, said = held.call("delete", SHARE_ID)
        assert code == 1
        assert f"     {held.package}" in said
        assert "Nothing was deleted" in said
    with patch("builtins.input", side_effect=EOFError):
        assert "Add --yes" in held.call("delete", SHARE_ID)[1]
    for more, says in (
        ([], f"or none. It is {day}"),
        (["--reason", "Over"], "with --due the day"),
        (["--due", day], "say why with --reason"),
        (["--reason", "Over", "--due", "none"], f"it is due on another day: {day}"),
        (["--reason", "", "--due", day], "the reason must be one line"),
    ):
        with patch("builtins.input", side_effect=EOFError):
            code, said = held.call("delete", SHARE_ID, "--yes", *more)
        assert (code, says in said) == (1, True), said
    assert held.package.exists()
    assert not held.lines()
    with patch("builtins.input", side_effect=["The case was closed.", day]):
        assert held.call("delete", SHARE_ID)[0] == 0
    assert not held.package.exists()
    assert {line["reason"] for line in held.lines()} == {"The case was closed."}


def test_what_is_due_is_deleted_with_a_yes(held: Held) -> None:
    """The due day has passed, so the officer need not type it."""
    held.received(31)
    with patch("builtins.input", side_effect=["30 days are over", "yes"]):
        assert held.call("delete", SHARE_ID)[0] == 0
    assert not held.package.exists()


def replace_package(held: Held) -> Path:
    """Replace the package with another file."""
    held.package.write_bytes(b"Another")
    return held.package


def link_package(held: Held) -> Path:
    """Replace the package with a link to the same bytes."""
    victim = held.folder / "victim"
    held.package.rename(victim)
    held.package.symlink_to(victim)
    return victim


def link_case(held: Held) -> Path:
    """Replace the case's folder with a link."""
    held.bag.parent.rename(held.folder / "elsewhere")
    held.bag.parent.symlink_to(held.folder / "elsewhere")
    return held.bag / "data/clip.mp4"


def link_in_bag(held: Held) -> Path:
    """Replace a file of the opened package with a link."""
    victim = held.folder / "victim"
    clip = held.bag / "data/clip.mp4"
    clip.rename(victim)
    clip.symlink_to(victim)
    return victim


def put_into_bag(held: Held) -> Path:
    """Add a file to the opened package, as an officer may."""
    path = held.bag / "data" / "notes.txt"
    path.write_text("Mine.")
    return path


def put_into_export(held: Held) -> Path:
    """Add a file to the export."""
    path = held.folder / "out" / "notes.txt"
    path.write_text("Mine.")
    return path


def other_export(held: Held) -> Path:
    """Change the list of the export."""
    path = held.folder / "out" / "manifest-sha256.txt"
    path.write_text("")
    return path


def other_note(held: Held) -> Path:
    """Change the note so that the folder belongs to another package."""
    note = held.bag.with_name(f"{held.bag.name}.opened.json")
    told = json.loads(note.read_text())
    note.write_text(json.dumps(told | {"sha256": "ab" * 32}))
    return held.bag / "data/clip.mp4"


def other_zip(held: Held) -> Path:
    """Replace the exported zip."""
    path = held.folder / "out.zip"
    path.write_bytes(b"PK")
    return path


@pytest.mark.parametrize(
    "change",
    [
        replace_package,
        link_package,
        link_case,
        link_in_bag,
        put_into_bag,
        put_into_export,
        other_export,
        other_note,
        other_zip,
    ],
)
def test_what_is_not_as_noted_stays_and_is_said(
    held: Held, change: Callable[[Held], Path]
) -> None:
    """Only recorded files are deleted, and links are not followed."""
    path = change(held)
    code, said = held.delete()
    assert code == 1
    assert "STILL THERE" in said
    assert path.exists()
    assert held.lines()[-1]["left"]
    assert "did not end, or left something" in held.call("due")[1]


def test_what_was_left_is_deleted_once_it_was_looked_at(held: Held) -> None:
    """A second call deletes the rest."""
    path = put_into_bag(held)
    assert held.delete()[0] == 1
    assert not held.package.exists()
    path.unlink()
    code, said = held.delete()
    assert code == 0, said
    assert "Not there" not in said
    assert not held.bag.exists()
    assert "Nothing is due" in held.call("due", "--all")[1]


@pytest.mark.parametrize("stop", [0, 1, 12, 20, 26, 28])
def test_a_deletion_that_was_killed_is_finished_by_the_next(
    held: Held, stop: int
) -> None:
    """The record lists the files before the first one is deleted."""
    count = 0
    unlink = Path.unlink

    def killed(path: Path, missing_ok: bool = False) -> None:
        nonlocal count
        if count == stop:
            raise KeyboardInterrupt
        count += 1
        unlink(path, missing_ok)

    with patch.object(Path, "unlink", killed), pytest.raises(KeyboardInterrupt):
        held.delete()
    [intent] = held.lines()
    assert "did not end, or left something" in held.call("due")[1]
    code, said = held.delete()
    assert code == 0, said
    assert held.lines()[-1]["stage"] == "done"
    gone = {Path(file["path"]) for file in (*intent["files"], *intent["marks"])}
    assert len(gone) == 29
    assert not any(path.exists() for path in gone)
    assert not held.bag.exists()
    assert not (held.folder / "out").exists()
    assert "Nothing is due" in held.call("due", "--all")[1]


def test_a_file_that_cannot_be_deleted_is_named(held: Held) -> None:
    """The share stays due."""

    def refused(_path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with patch.object(Path, "unlink", refused):
        code, said = held.delete()
    assert code == 1
    assert f"STILL THERE: {held.package}: Permission denied" in said
    assert held.delete()[0] == 0


def test_a_hold_keeps_it_and_says_why(held: Held) -> None:
    """A hold lasts until its day, or until an officer ends it."""
    held.received(31)
    until = (NOW + timedelta(days=90)).date().isoformat()
    hold = ("hold", SHARE_ID, "--until", until, "--reason", "Court 12/2026")
    assert held.call(*hold)[0] == 0
    said = held.call("due")[1]
    assert "Nothing is due" in said
    assert "Also held longer: 1" in said
    assert f"held until {until}: Court 12/2026" in held.call("due", "--all")[1]
    code, said = held.delete()
    assert code == 1
    assert "Court 12/2026" in said
    assert held.package.exists()
    today = ("--until", NOW.date().isoformat())
    assert held.call("hold", SHARE_ID, *today, "--reason", "It is over")[0] == 0
    assert f"{SHARE_ID}  due" in held.call("due")[1]
    assert held.call("hold", "other", *today, "--reason", "x")[0] == 1
    assert held.call("hold", SHARE_ID, *today, "--reason", "a\nb")[0] == 1
    with pytest.raises(SystemExit):
        held.call("hold", SHARE_ID, "--until", "tomorrow", "--reason", "x")


def test_what_has_no_term_or_was_not_verified_is_not_forgotten(
    held: Held, tmp_path: Path
) -> None:
    """`due` lists them with their state."""
    with Desk(held.desk).changing() as desk:
        told = {"share": "s2", "home": "home2", "digest": "d2"}
        desk.append("verified", told)
        desk.append("opened", {"share": "s3", "package": "/none/s3.tar"})
        desk.append("refused_package", {"share": "s4", "check": "x"})
    said = held.call("due")[1]
    assert "s3  opened, but not verified" in said
    assert "Also without a number of days: 1" in said
    assert "s2  no number of days was agreed to" in held.call("due", "--all")[1]
    assert "s4" not in held.call("due", "--all")[1]
    code, said = held.delete(share="s2")
    assert code == 0
    assert "The record names no file" in said
    assert held.delete(share="s3")[0] == 0
    assert "s2" not in held.call("due", "--all")[1]


def test_a_share_that_comes_again_is_held_again(held: Held, made: Made) -> None:
    """An earlier deletion does not hide the share."""
    assert held.delete()[0] == 0
    shutil.copy(made.package.path, held.package)
    assert held.call("open", str(held.package), str(held.bag.parent), *_OPEN)[0] == 0
    held.received(31)
    assert f"{SHARE_ID}  due" in held.call("due")[1]
    assert held.delete()[0] == 0
    assert not held.bag.exists()


def test_a_withdrawal_is_answered_when_everything_is_gone(
    held: Held, made: Made, publishing: Path
) -> None:
    """The answer comes only after the deletion, which includes the package in the inbox."""
    assert publish(publishing) == 0
    inbox = inbox_with(held, made)
    waiting = inbox / f"{SHARE_ID}.tar.age"
    shutil.copy(held.package, waiting)
    named = ("--inbox", str(inbox))
    answer = ["answer", SHARE_ID, "deleted", *named]
    answer += ["--online", str(publishing / "online.pem")]
    answer += ["--site", str(publishing / "site")]
    assert "the home asks you to delete it" in held.call("due", *named)[1]
    waiting.unlink()
    code, said = held.call(*answer)
    assert code == 1
    assert f"{held.package} still exists" in said
    assert f"doorwatch-agency delete {SHARE_ID}" in said
    shutil.copy(held.package, waiting)
    code, said = held.delete(*named)
    assert code == 0, said
    assert f"The home waits: doorwatch-agency answer {SHARE_ID} deleted" in said
    assert not waiting.exists()
    assert "the home asks you to delete it" in held.call("due", *named)[1]
    assert held.call(*answer)[0] == 0
    assert "Nothing is due" in held.call("due", *named)[1]


def test_an_answer_that_the_record_does_not_bear_out_is_listed(held: Held) -> None:
    """The answer was given before the desk recorded a deletion."""
    held.note("withdrawal_answered", result="deleted")
    assert "but the record does not" in held.call("due")[1]
    assert held.delete()[0] == 0
    assert "Nothing is due" in held.call("due")[1]


def test_a_link_on_the_server_leads_to_nothing_at_the_desk(
    held: Held, made: Made
) -> None:
    """An attacker on the server can place a link with any or no digest."""
    inbox, precious = inbox_with(held, made), held.folder / "root.pem"
    precious.write_bytes(held.package.read_bytes())
    (inbox / f"{SHARE_ID}.tar.age").symlink_to(precious)
    note = inbox / ".incoming" / f"{SHARE_ID}.json"
    told = json.loads(note.read_text())
    for sha256 in (held.digest, None):
        note.write_text(json.dumps(told | {"sha256": sha256}))
        code, said = held.delete("--inbox", str(inbox))
        assert code == 1, said
        assert "STILL THERE" in said
        assert precious.exists()


@pytest.mark.parametrize("kind", ["opened", "exported"])
def test_a_line_without_a_digest_deletes_nothing(held: Held, kind: str) -> None:
    """Without a digest, the command can't know whether the file is the recorded one."""
    precious = held.folder / "precious.txt"
    precious.write_text("of the officer")
    held.note(kind, package=str(precious), path=str(precious))
    code, said = held.delete()
    assert code == 1
    assert f"STILL THERE: {precious}" in said
    assert precious.exists()


def test_a_name_that_is_no_text_does_not_hinder_the_proof(held: Held) -> None:
    """The added file stays, and the record lists the deleted files."""
    odd = held.bag.joinpath(os.fsdecode(b"odd-\xff"))
    odd.write_text("")
    assert held.delete()[0] == 1
    assert held.lines()[-1]["stage"] == "done"
    assert odd.exists()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "2099-01-01T00:00:00Z"])
def test_no_clock_of_the_server_makes_a_share_kept_for_ever(
    held: Held, at: str
) -> None:
    """The period starts when the desk first saw the share, if that is earlier."""
    held.note("verified", received_at=at, retention_days=30)
    (told,) = json.loads(held.call("due", "--all", "--json")[1])["shares"]
    assert told["due_at"] < time_text(NOW + timedelta(days=31))
    assert "after it was first seen on" in held.call("due", "--all")[1]


def test_only_the_shares_of_a_case_are_listed_when_asked(held: Held) -> None:
    """`log` has the same option."""
    assert SHARE_ID in held.call("due", "--all", "--case", "case")[1]
    assert SHARE_ID not in held.call("due", "--all", "--case", "other")[1]


def test_what_is_exported_after_a_deletion_is_held_again(held: Held) -> None:
    """An officer had another copy of the package."""
    copy = held.folder / "copy" / held.bag.name
    shutil.copytree(held.bag, copy)
    shutil.copy(held.bag.with_name(f"{held.bag.name}.opened.json"), copy.parent)
    assert held.delete()[0] == 0
    assert SHARE_ID not in held.call("due", "--all")[1]
    assert held.call("export", str(copy), str(held.folder / "again"))[0] == 0
    assert SHARE_ID in held.call("due", "--all")[1]
    assert held.delete()[0] == 0
    assert not (held.folder / "again").exists()


@pytest.mark.parametrize("name", [b"M\xfcller", b"a\xc2\xadb"])
def test_what_the_record_could_not_name_is_neither_opened_nor_exported(
    held: Held, name: bytes
) -> None:
    """`delete` could not find the files, and an answer would wrongly say that they are gone."""
    folder = held.folder / os.fsdecode(name)
    for words in (
        ("open", str(held.package), str(folder), *_OPEN),
        ("export", str(held.bag), str(folder)),
    ):
        code, said = held.call(*words)
        assert code == 1
        assert "Rename it" in said
        assert not folder.exists()


def test_open_says_which_case_the_record_names(held: Held) -> None:
    """The folder's name does not change the case of a share."""
    for folder, more, case in (
        ("second ", [], "case"),
        ("third", ["--case", " C-3 "], "C-3"),
    ):
        target = str(held.folder / folder)
        said = held.call("open", str(held.package), target, *_OPEN, *more)[1]
        assert f"The record names the case {case}. " in said
        assert held.lines("opened")[-1]["case"] == case
