"""Tests of the load test of a real intake."""

from pathlib import Path

import pytest

from scripts import load_share
from scripts.load_agency import Load, check_loopback, main, tell
from scripts.load_share import Options
from tests.agency.office import Office
from tests.ports import own_port

CODE = "load-upload-code"


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow these tests to use the loopback interface."""


def options(office: Office, **more: object) -> Options:
    """Return a dozen small shares that are sent without pauses."""
    given = {"homes": 4, "shares": 12, "megabytes": 0.3, "pace": 200.0, "seed": 7}
    return Options(origin=office.origin, upload_code=CODE, **(given | more))  # type: ignore[arg-type] # drawn from a dict


async def test_what_was_delivered_is_in_the_inbox(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Withdrawn shares aren't, and each response is correct."""
    # A small share has often arrived before it is stopped.
    monkeypatch.setattr(load_share, "STOPPED", 0.25)
    office = Office(tmp_path, upload_code=CODE)
    with office.intake:
        outcome = await Load(options(office, shares=60)).run()

    counts = outcome.counts
    assert not outcome.wrong
    assert counts["begun"] == 60
    assert counts["undone"] + counts["stopped"] + counts["delivered"] == 60
    assert counts["receipts"] == counts["delivered"]
    for what in ("undone", "stopped", "cut", "slow", "withdrawn, deleted"):
        assert counts[what] > 0, what
    left = counts["delivered"] - counts["withdrawn, deleted"]
    assert len(office.intake.packages()) == left
    tell(outcome)
    said = capsys.readouterr().out
    assert "shares a second" in said
    assert "WRONG" not in said


async def test_an_intake_that_is_killed_is_waited_for(tmp_path: Path) -> None:
    """The clients reconnect to it, and nothing is lost."""
    office = Office(tmp_path, upload_code=CODE)
    load = Load(options(office, homes=2, shares=20))
    moved, kills = load.moved, [3, 9]

    def killing() -> None:
        """Kill the intake while shares are being uploaded."""
        moved()
        if kills and load.outcome.counts["begun"] > kills[0]:
            kills.pop(0)
            office.intake.kill()
            office.intake.start()

    load.moved = killing  # type: ignore[method-assign] # to be told when bytes move
    with office.intake:
        outcome = await load.run()

    assert not kills
    assert not outcome.wrong
    assert outcome.counts["receipts"] == outcome.counts["delivered"]


async def test_it_ends_when_the_time_is_over(tmp_path: Path) -> None:
    """Otherwise, an agency without receipts would be polled for a week."""
    office = Office(tmp_path, upload_code=CODE, signs=False)
    with office.intake:
        outcome = await Load(options(office, minutes=0.05)).run()

    assert outcome.counts["unfinished"] > 0
    assert outcome.counts["receipts"] == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("_sha256", "0" * 64, "a receipt for something else"),
        ("_ledger", "0" * 64, "a receipt with another ledger"),
    ],
)
async def test_a_receipt_that_is_not_about_what_was_sent_is_told(
    name: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts alone would not show it."""
    receipt = load_share.Share._receipt

    async def other(share: load_share.Share) -> None:
        """Change what the client believes it sent."""
        setattr(share, name, value)
        await receipt(share)

    monkeypatch.setattr(load_share.Share, "_receipt", other)
    monkeypatch.setattr(load_share, "WITHDRAWN", 0.0)
    office = Office(tmp_path, upload_code=CODE)
    with office.intake:
        outcome = await Load(options(office, shares=4)).run()

    assert len(outcome.wrong) == outcome.counts["delivered"] > 0
    assert all(line.endswith(said) for line in outcome.wrong)


@pytest.mark.parametrize(
    "origin",
    ["https://police.example", "http://192.168.1.5:8787", "http://10.0.0.1", "x"],
)
def test_only_agencies_on_this_machine_are_loaded(origin: str) -> None:
    """A load test of another server would be an attack."""
    with pytest.raises(SystemExit, match="your own machine"):
        check_loopback(origin)
    check_loopback("http://127.0.0.1:8787")


def test_an_address_with_no_agency_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agency is unreachable, or its document is for another address."""
    monkeypatch.setattr("sys.argv", ["load_agency", f"http://127.0.0.1:{own_port()}"])
    with pytest.raises(SystemExit, match="can't be asked: cannot_connect"):
        main()
    office = Office(tmp_path, origin="https://police.example")
    with office.intake:
        port = office.intake.port
        monkeypatch.setattr("sys.argv", ["load_agency", f"http://127.0.0.1:{port}"])
        with pytest.raises(SystemExit, match="no document for this address"):
            main()
