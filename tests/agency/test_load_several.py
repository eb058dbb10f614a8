"""Many homes share with several intakes that are killed, and each share arrives unchanged."""

from pathlib import Path

from scripts.load_agency import Load
from scripts.load_share import Options
from scripts.load_town import Several, started
from tests.postgres import Postgres
from tests.series import nightly
from tests.swift import Swift


def _load(agency: Several, shares: int) -> Load:
    return Load(
        Options(
            origin=agency.origin,
            homes=6,
            shares=shares,
            megabytes=2,
            pace=200.0,
            seed=11,
        )
    )


@nightly
async def test_nothing_is_lost_when_intakes_are_killed(
    tmp_path: Path, swift: Swift, postgres: Postgres
) -> None:
    """The homes' receipts match the bucket and the database after kills behind nginx."""
    with started(tmp_path, swift, postgres, 2) as agency:
        outcome = await agency.take(_load(agency, 40), kills=3)

    counts = outcome.counts
    assert not outcome.wrong
    assert counts["kills"]
    assert counts["receipts"] == counts["delivered"] == len(outcome.arrived)
    assert counts["withdrawn, deleted"] == len(outcome.deleted) > 0


async def test_what_is_lost_is_told(
    tmp_path: Path, swift: Swift, postgres: Postgres
) -> None:
    """The check reports a missing package, and a package that no home knows."""
    with started(tmp_path, swift, postgres, 1) as agency:
        load = _load(agency, 8)
        await load.run()
        outcome = load.outcome
        kept = sorted(outcome.arrived.keys() - outcome.deleted)
        outcome.arrived["f" * 32] = outcome.arrived.pop(kept[0])
        agency.compare(outcome)

    assert any("lost" in line for line in outcome.wrong)
    assert f"{kept[0]}: no home knows of it" in outcome.wrong
