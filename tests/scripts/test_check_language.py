"""Tests of scripts/check_language.py."""

from pathlib import Path

import pytest

from scripts import check_language

SOURCES = {
    "a.py": '''"""Fetch the feed.

What was held stays else; whoever
reads it is told so.
"""

PAUSE = 2  # seconds until it begins anew
TEXT = "anew"
# It is tried again by
# itself.
''',
    "element.ts": """/**
 * Plays the clip, for
 * good.
 */
const url = "http://anew"; // begins anew
""",
    "script": """#!/usr/bin/env bash
echo anew # a room
""",
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a file with odd comments."""
    path = tmp_path / str(request.param)
    path.write_text(SOURCES[path.name])
    return path


def test_odd_phrases_are_found_in_comments_only(source: Path) -> None:
    """Phrases that continue on the next line are found too."""
    assert (
        sorted((line, phrase) for line, phrase, _ in check_language.odd_phrases(source))
        == {
            "a.py": [
                (3, "What was held stays"),
                (3, "stays else"),
                (3, "whoever"),
                (4, "told so"),
                (7, "anew"),
                (9, "by itself"),
            ],
            "element.ts": [(2, "for good"), (5, "anew")],
            "script": [(2, "room")],
        }[source.name]
    )


def test_plain_comments_are_accepted(tmp_path: Path) -> None:
    """Words that are odd only in other phrases are accepted."""
    path = tmp_path / "a.py"
    path.write_text(
        '"""Return None if there is none; by then, the value is no longer valid."""\n'
    )
    assert list(check_language.odd_phrases(path)) == []
    assert check_language.rate([path]) == 0


def test_odd_phrases_fail_the_check(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line has file, line number, phrase and a suggestion."""
    monkeypatch.setattr(check_language, "files", lambda _paths: [source])
    assert check_language.main([]) == 1
    *_, (line, phrase, plain) = check_language.odd_phrases(source)
    assert f"{source}:{line}: {phrase} ({plain})\n" in capsys.readouterr().out
    assert check_language.main(["agency", "--count"]) == 0
    count, unit = capsys.readouterr().out.removeprefix("agency: ").split(maxsplit=1)
    assert float(count) > 50
    assert unit == "per 1,000 words\n"
