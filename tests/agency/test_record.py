"""The record of a desk: a chain of lines with one writer at a time."""

import argparse
from collections.abc import Callable
import json
import os
from pathlib import Path
import pwd
import subprocess
import sys
from typing import Any

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.record import Desk, desk_options
from agency.doorwatch_agency.errors import AgencyError
from tests.disks import no_file_larger_than
from tests.repository import ROOT


def desk_of(*arguments: str | Path) -> Desk:
    """Return the desk for these options."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    desk_options(parser)
    return Desk.at(parser.parse_args([str(one) for one in arguments]))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a new desk."""
    assert main(["desk", "new", str(tmp_path / "desk")]) == 0
    return desk_of("--desk", tmp_path / "desk", "--officer", "Ann", "--case", "C-1")


def checked_by_shell(path: Path) -> str:
    """Check a record with shell commands."""
    done = subprocess.run(
        [ROOT / "docs/verify-ledger.sh", path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def lines_of(desk: Desk) -> list[dict[str, Any]]:
    """Return the lines of the record's file."""
    return [json.loads(line) for line in desk.path.read_text().splitlines()]


def accept(desk: Desk, share: str = "s1", **data: object) -> None:
    """Record an accepted share."""
    with desk.changing():
        desk.append(
            "verified", {"share": share, "home": "home1", "digest": "d1"} | data
        )


def test_lines_follow_each_other_and_say_who(desk: Desk) -> None:
    """The chain can be checked with a shell."""
    accept(desk, label="12 Elm Street", fingerprint=True, by_hand=False)
    with desk.changing() as again:
        again.append("exported", {"share": "s1", "manifest": "m"})
    first, second, third = lines_of(desk)
    assert first["kind"] == "created"
    assert first["previous"] == "0" * 64
    assert second["data"] == {
        "share": "s1",
        "home": "home1",
        "digest": "d1",
        "label": "12 Elm Street",
        "fingerprint": True,
        "by_hand": False,
        "case": "C-1",
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "officer": "Ann",
    }
    # The command adds the known case and label.
    assert third["data"].items() >= {"home": "home1", "label": "12 Elm Street"}.items()
    assert "3 lines, each follows the one before" in checked_by_shell(desk.path)
    assert desk.head is not None
    assert desk.head.digest in checked_by_shell(desk.path)


def test_homes_and_shares_are_what_the_record_says(desk: Desk) -> None:
    """No other file could contradict the record."""
    accept(desk, label="12 Elm Street", fingerprint=True, by_hand=True)
    accept(desk, "s2")
    read = desk_of("--desk", desk.folder).reading()
    home = read.homes["home1"]
    assert (home.label, home.by_hand) == ("12 Elm Street", True)
    assert home.proved == home.first_seen == read.shares["s1"].at
    assert read.shares["s1"].verified_at == lines_of(desk)[1]["at"]
    assert read.case("s2") == "C-1"
    assert read.label("home1") == "12 Elm Street"
    assert read.label("another") is None
    assert [entry.kind for entry in read.entries] == ["created", "verified", "verified"]


def test_a_case_is_remembered(desk: Desk) -> None:
    """A share keeps its case until another one is given."""
    accept(desk)
    assert desk_of("--desk", desk.folder).reading().case("s1") == "C-1"
    other = desk_of("--desk", desk.folder, "--case", "C-2").reading()
    assert other.case("s1") == "C-2"


def test_a_folder_that_is_no_desk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands don't create a missing desk."""
    with pytest.raises(AgencyError, match="name the desk with --desk"):
        desk_of()
    for folder in (tmp_path, tmp_path / "none", tmp_path / "none/below"):
        monkeypatch.setenv("DOORWATCH_DESK", str(folder))
        desk = desk_of()
        with pytest.raises(AgencyError, match="is not a desk"):
            desk.reading()
        with pytest.raises(AgencyError, match="is not a desk"), desk.changing():
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_desk_is_made_once(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """A second `desk new` changes nothing."""
    before = desk.path.read_bytes()
    assert main(["desk", "new", str(desk.folder)]) == 1
    assert "is a desk already" in capsys.readouterr().err
    assert desk.path.read_bytes() == before


def test_a_line_that_was_not_finished_is_dropped(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such a line is left by a kill or a power cut before it was acknowledged."""
    accept(desk)
    whole = desk.path.read_bytes()
    for left in (b'{"at":"20', b"\0" * 100, b'{"at"' + b"\0" * 50 + b'"seq":3}\n'):
        desk.path.write_bytes(whole + left)
        assert desk.reading().shares.keys() == {"s1"}
        assert desk.path.read_bytes() == whole + left  # reading changes nothing
        assert not capsys.readouterr().err
        with desk.changing():
            pass
        assert desk.path.read_bytes() == whole
        assert "was not finished" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (
            lambda lines: (
                [lines[0], lines[1].replace(b"home1", b"home2"), *lines[2:]]
            ),
            3,
        ),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[0], b"", *lines[1:]], 2),
        (lambda lines: [lines[0], b"[" * 100_000, *lines[1:]], 2),
        (lambda lines: [lines[0], lines[1] + b" ", *lines[2:]], 2),
        (lambda _lines: [], 1),
    ],
)
def test_a_damaged_record_is_refused_with_its_line(
    desk: Desk, damage: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    """Nothing is added to the record."""
    for share in ("s1", "s2", "s3"):
        accept(desk, share)
    lines = damage(desk.path.read_bytes().splitlines())
    content = b"".join(one + b"\n" for one in lines)
    desk.path.write_bytes(content)
    with pytest.raises(AgencyError, match=rf"line {line} .* --after {desk.path}"):
        desk.reading()
    anew = Desk(desk.folder)
    with pytest.raises(AgencyError, match=f"line {line} "), anew.changing():
        pass
    assert desk.path.read_bytes() == content


def test_what_others_added_meanwhile_is_read(desk: Desk) -> None:
    """Earlier lines were checked when the command began, so only new lines are read."""
    accept(desk)
    other = Desk(desk.folder)
    accept(other, "s2")
    with desk.changing():
        assert desk.shares.keys() == {"s1", "s2"}
        desk.append("exported", {"share": "s2"})
    assert other.reading().head == desk.head
    assert "4 lines" in checked_by_shell(desk.path)
    # The read lines are missing in a shorter or different record.
    lines = desk.path.read_bytes().splitlines(keepends=True)
    desk.path.write_bytes(b"".join(lines[:2]))
    with desk.changing():
        assert desk.shares.keys() == {"s1"}
    desk.path.write_bytes(b"".join([*lines[:2], b" " * 2000, b"\n"]))
    with pytest.raises(AgencyError, match="line 3 "), desk.changing():
        pass


def test_who_has_to_wait_is_told(
    desk: Desk,
) -> None:
    """The command continues when the other one is done."""
    command = [sys.executable, "-m", "agency.doorwatch_agency", "verify", str(ROOT)]
    command += ["--agency", "https://a.example", "--desk", str(desk.folder)]
    with desk.changing():
        waiting = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
        assert waiting.stderr is not None
        assert b"Waiting until someone else" in waiting.stderr.readline()
        desk.append("exported", {"share": "s1"})
        with pytest.raises(RuntimeError), desk.changing():
            pass  # nested use would wait forever
    waiting.communicate(timeout=60)
    assert [one["kind"] for one in lines_of(desk)][1:] == [
        "exported",
        "refused_package",
    ]


def test_a_full_disk_leaves_no_half_of_a_line(desk: Desk) -> None:
    """The command reports the error, and the next command continues."""
    accept(desk)
    whole = desk.path.read_bytes()
    with (
        no_file_larger_than(len(whole) + 20),
        pytest.raises(AgencyError, match="record.jsonl: File too large"),
        desk.changing(),
    ):
        desk.append("exported", {"share": "s1"})
    assert desk.path.read_bytes() == whole
    accept(desk, "s2")
    assert "3 lines" in checked_by_shell(desk.path)


def test_a_record_that_is_a_link_is_refused(desk: Desk, tmp_path: Path) -> None:
    """A member of the group could otherwise redirect the writes of other officers."""
    desk.path.rename(tmp_path / "elsewhere")
    desk.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AgencyError, match="is a link"):
        desk.reading()
    with pytest.raises(AgencyError, match="is a link"), desk.changing():
        pass
    desk.path.unlink()
    desk.path.symlink_to(tmp_path / "nowhere")
    assert main(["desk", "new", str(desk.folder)]) == 1
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[2J", "\u202eevil", "x" * 201])
@pytest.mark.parametrize("what", ["--officer", "--case"])
def test_a_name_is_one_line_that_can_be_seen(desk: Desk, what: str, name: str) -> None:
    """Names are in the record and on terminals."""
    with pytest.raises(AgencyError, match="must be one line"):
        desk_of("--desk", desk.folder, what, name)


def test_homes_of_before_move_into_a_desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All known homes and shares are moved, once."""
    homes: dict[str, dict[str, str | None]] = {
        "h1": {"first_seen": "2026-01-02", "proved": "2026-01-03", "label": "Elm"},
        "h2": {"first_seen": "2026-02-02", "proved": None, "label": None},
    }
    shares: dict[str, dict[str, str | None]] = {
        "s1": {"home": "h1", "digest": "d", "at": "2026-01-02"},
        "s2": {
            "home": "h2",
            "digest": "e",
            "at": "2026-02-02",
            "verified_at": "2026-02-02T10:00:00.000Z",
        },
    }
    old = tmp_path / "homes.json"
    old.write_text(json.dumps({"homes": homes, "shares": shares}))
    command = ["desk", "new", str(tmp_path / "desk"), "--homes", str(old)]
    assert main(command) == 0
    assert "2 homes and 2 shares" in capsys.readouterr().out
    desk = desk_of("--desk", tmp_path / "desk").reading()
    assert vars(desk.homes["h1"]) == homes["h1"] | {"by_hand": None}
    assert vars(desk.homes["h2"]) == homes["h2"] | {"by_hand": None}
    assert vars(desk.shares["s1"]) == shares["s1"] | {"verified_at": None}
    assert vars(desk.shares["s2"]) == shares["s2"]
    homes["h1"]["label"] = "\ud800"
    old.write_text(json.dumps({"homes": homes, "shares": shares}))
    assert main(["desk", "new", str(tmp_path / "odd"), "--homes", str(old)]) == 1
    assert "cannot be written as UTF-8" in capsys.readouterr().err
    old.write_text('{"homes": []}')
    assert main(["desk", "new", str(tmp_path / "other"), "--homes", str(old)]) == 1
    assert "is not a list of homes" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_the_option_of_before_says_what_to_do(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error shows the command that moves a file of homes into a desk."""
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        desk_of("--homes", "/case files/homes.json")
    assert "desk new FOLDER --homes '/case files/homes.json'" in capsys.readouterr().err


def test_a_desk_goes_on_after_a_damaged_record(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The new record takes each line whose digest is in the line after it."""
    for number in range(6):
        accept(desk, f"s{number}", home=f"home{number}", label=f"L{number}")
    lines = desk.path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"L1", b"XX")
    lines[4] = b"garbage\n"
    desk.path.write_bytes(b"".join(lines) + b'{"at"')
    after = ["desk", "new", str(tmp_path / "new"), "--after", str(desk.path)]
    assert main(after) == 0
    said = capsys.readouterr().out
    assert "Took over 4 of 7 lines" in said
    assert "Damaged: 3, 4, 5." in said
    new = desk_of("--desk", tmp_path / "new").reading()
    assert new.shares.keys() == {"s0", "s4", "s5"}
    assert new.homes["home0"].label == "L0"
    assert new.shares["s0"].verified_at == json.loads(lines[1])["at"]
    assert new.case("s5") == "C-1"
    assert new.entries[1].imported
    assert "each follows" in checked_by_shell(new.path)
    # The new record can be continued in the same way.
    again = ["desk", "new", str(tmp_path / "third"), "--after", str(new.path)]
    assert main(again) == 0
    third = desk_of("--desk", tmp_path / "third").reading()
    assert third.shares == new.shares
    assert third.homes == new.homes
