"""Tests of scripts/check_sleeps.py, which finds tests that wait for time to pass."""

from pathlib import Path

import pytest

from scripts.check_sleeps import ALLOWED, checked, sleeps
from tests.repository import ROOT


def test_no_test_sleeps() -> None:
    assert list(checked(ROOT)) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("asyncio.sleep(0.1)", "asyncio.sleep"),
        ("time.sleep(seconds)", "time.sleep"),
        ("loop.call_soon(time.sleep, 1)", "time.sleep"),
        ("clock.sleep(0.1)", "time.sleep"),
        ("nap(2)", "asyncio.sleep"),
        ("page.wait_for_timeout(500)", "wait_for_timeout"),
        ("asyncio.wait({task}, timeout=0.5)", "asyncio.wait with a short deadline"),
        ("asyncio.wait_for(work, 0.1)", "asyncio.wait_for with a short deadline"),
        ("run('import time; time.sleep(3)')", "time.sleep("),
        ("run('while :; do sleep 0.02; done')", "sleep 0.02"),
        ("page.evaluate('setTimeout(done, 400)')", "setTimeout(done, 4"),
    ],
)
def test_a_sleep_is_found(line: str, what: str) -> None:
    """Aliases and programs in strings are found too."""
    imports = (
        "import asyncio, time\nimport time as clock\nfrom asyncio import sleep as nap\n"
    )

    assert list(sleeps(imports + line)) == [(4, what)]


@pytest.mark.parametrize(
    "line",
    [
        "asyncio.sleep(0)",
        "time.sleep(0)",
        "doorbell.sleep()",
        "gate.sleep(5)",
        "asyncio.wait({task}, timeout=30)",
        "asyncio.wait_for(work, 60)",
        "patch('time.sleep')",
        "run('sleep infinity')",
        "page.evaluate('setTimeout(done)')",
    ],
)
def test_what_does_not_wait_is_allowed(line: str) -> None:
    """Yielding, waiting with a deadline, and waiting forever are allowed."""
    assert list(sleeps(f"import asyncio, time\n{line}")) == []


def test_a_planted_sleep_is_named_with_its_place(tmp_path: Path) -> None:
    """Only the listed modules may sleep, and each of them does."""
    planted = tmp_path / "tests/engine/test_planted.py"
    planted.parent.mkdir(parents=True)
    planted.write_text('"""A test."""\n\nimport time\n\ntime.sleep(0.1)\n')
    page = tmp_path / "frontend/src/page.test.ts"
    page.parent.mkdir(parents=True)
    page.write_text("test(() =>\n  new Promise((done) => setTimeout(done, 400)));\n")
    for name in ALLOWED:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import time\ntime.sleep(0.1)\n")
    assert list(checked(tmp_path)) == [
        (planted, 5, "time.sleep"),
        (page, 2, "setTimeout(done, 4"),
    ]

    (tmp_path / "tests/waiting.py").write_text("")
    assert (
        tmp_path / "tests/waiting.py",
        1,
        "does not sleep, so ALLOWED need not name it",
    ) in list(checked(tmp_path))
