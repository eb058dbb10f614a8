"""Each part of the benchmark runs, and rows that miss their goal are reported."""

import pytest

from scripts.bench_parts import __main__ as bench
from scripts.bench_parts._row import at_least, at_most


@pytest.mark.parametrize("part", bench.parts())
def test_each_part_runs_as_a_program(
    part: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is started like in `scripts/bench`, with as little data as possible."""
    code = bench.main([part, "--smoke"])
    said = capfd.readouterr()
    assert code == 0, said.err
    assert len(said.out.splitlines()) > 3, said.out
    assert "rows miss their goal" in said.out


def test_rows_that_miss_their_goal_are_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    at_most("slow", 2, 1)
    at_most("quick", 1, 1)
    at_least("little", 1, 2)
    lines = capfd.readouterr().out.splitlines()
    (small,) = (line for line in lines if "quick" in line)
    assert small == "  quick reaches its goal: 1, at most 1"
    missed = [f"some: {line.strip()}" for line in lines if line != small]

    monkeypatch.setattr(bench, "run", lambda part: (1, missed))
    assert bench.main(["some"]) == 1
    assert capfd.readouterr().out.splitlines()[-4:] == [
        "[bench] 2 rows miss their goal",
        "  some: slow misses its goal: 2, at most 1",
        "  some: little misses its goal: 1, at least 2",
        "[bench] failed: some",
    ]
