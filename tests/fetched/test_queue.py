"""SIGKILL while a recording is waited for, fetched and saved: one clip comes of it."""

from collections.abc import Iterator
import json
from pathlib import Path
import subprocess
from typing import Any

import pytest

from tests.killing import started

# Of all calls from the moment in which the event is noted to the end.
MOMENTS = 12


@pytest.fixture
def crasher() -> Iterator[subprocess.Popen[str]]:
    """Start the program whose children are killed."""
    with started("tests.fetched.crasher") as program:
        yield program


def test_a_kill_at_any_moment_costs_no_clip_and_makes_no_second_one(
    crasher: subprocess.Popen[str], tmp_path: Path, clip_file: Path
) -> None:
    """The next start fetches what is missing, and nothing that is there."""

    def ask(folder: Path, **more: int) -> dict[str, Any]:
        assert crasher.stdin
        assert crasher.stdout
        request = {"folder": str(folder), "source": str(clip_file), **more}
        crasher.stdin.write(json.dumps(request) + "\n")
        crasher.stdin.flush()
        answer: dict[str, Any] = json.loads(crasher.stdout.readline())
        return answer

    calls = ask(tmp_path / "whole", at=0)["calls"]
    assert calls >= MOMENTS
    asked = []
    for moment in range(MOMENTS):
        folder = tmp_path / str(moment)
        # Threads take turns as they like, so that the last few calls may not come.
        assert ask(folder, at=1 + calls * moment // (MOMENTS + 1)) == {}
        found = ask(folder)
        assert found["clips"] == [["ring", clip_file.stat().st_size]], moment
        assert found["verified"] == [True]
        assert not list((folder / "clips/.recording").rglob("*.*"))
        asked.append(found["asked"])

    # Both happened: what was killed before the clip was whole, and after.
    assert set(asked) == {0, 1}
