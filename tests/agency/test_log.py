"""`doorwatch-agency log` prints the record for people, and checks it."""

import json
from pathlib import Path

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.chain import write_line
from agency.doorwatch_agency.desk.record import Desk


@pytest.fixture
def desk(a_desk: Path) -> Desk:
    """Return a desk with two cases."""
    for officer, share, case in (("Ann", "s1", "C-1"), (None, "s2", "C-2")):
        with Desk(a_desk, officer=officer, case=case).changing() as desk:
            desk.append("opened", {"share": share})
            line = {"share": share, "home": f"h{share}", "digest": "d"}
            desk.append("verified", line | {"label": f"{share} Elm Street"})
    with Desk(a_desk).changing() as desk:
        desk.append("refused_package", {"share": "s1", "check": "Digests match"})
        desk.append("withdrawal_answered", {"share": "s2", "result": "refused"})
    return desk


def test_who_did_what_when(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Each entry is one line, and the head can be noted elsewhere."""
    capsys.readouterr()
    assert main(["log"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert "made the desk" in lines[0]
    at = desk.entries[2].at
    assert lines[2].split("  ")[-6:] == [
        f"{at[:10]} {at[11:19]} UTC",
        lines[2].split("  ")[-5],
        "verified, accepted",
        "share s1",
        "case C-1",
        "label s1 Elm Street",
    ]
    assert "  Ann (" in lines[2]
    assert "Ann" not in lines[3]
    assert "verified, REFUSED: Digests match  share s1  case C-1" in out
    assert "answered a withdrawal: refused  share s2  case C-2" in out
    assert desk.head is not None
    assert f"7 lines, each follows the one before. Head: 7 {desk.head.digest}" in out


def test_a_case_or_a_share_alone(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output is text or JSON."""
    capsys.readouterr()
    assert main(["log", "--case", "C-2"]) == 0
    assert capsys.readouterr().out.count("case C-2") == 3
    assert main(["log", "--share", "s1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    kinds = [entry["kind"] for entry in told["entries"]]
    assert kinds == ["opened", "verified", "refused_package"]
    assert desk.head is not None
    assert told["head"] == {"seq": 7, "digest": desk.head.digest}


def test_a_damaged_record_is_said_with_its_line(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error says how to continue."""
    content = desk.path.read_bytes()
    desk.path.write_bytes(content.replace(b"s1 Elm", b"s9 Elm", 1))
    assert main(["log"]) == 1
    assert "is damaged: line 4" in capsys.readouterr().err


def test_what_is_in_a_record_steers_no_terminal(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anyone in the group can write to the record with another program."""
    evil = "\x1b[2J\n\u202e" + "x" * 10_000_000
    data = {"user": evil, "officer": evil, "share": evil, "case": [evil], "label": 5}
    line = write_line(desk.head, at=evil, kind=evil, data=data)
    with desk.path.open("ab") as file:
        file.write(line + b"\n")
    capsys.readouterr()
    assert main(["log"]) == 0
    out = capsys.readouterr().out
    assert not set(out) & {"\x1b", "\u202e"}
    assert len(out.splitlines()) == 10
    assert max(map(len, out.splitlines())) < 2000


def test_a_clock_that_was_set_back_is_said(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The chain proves the order of the entries, whatever their times."""
    assert main(["log"]) == 0
    assert "earlier time" not in capsys.readouterr().out
    for at in ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z"):
        line = write_line(desk.reading().head, at=at, kind="opened", data={"user": "a"})
        with desk.path.open("ab") as file:
            file.write(line + b"\n")
    assert main(["log"]) == 0
    out = capsys.readouterr().out
    assert "Line 8 has an earlier time than one before it." in out
    assert out.count("earlier time") == 1
