"""Test that invisible characters in foreign text are removed or escaped."""

import sys

import pytest

from custom_components.doorwatch.engine.sharing.text import (
    displayable,
    legible,
    one_line,
    seen,
    unseen,
    visible,
)

LEFT_TO_RIGHT, OVERRIDE, JOINER, FILLER = "\u200e", "\u202e", "\u200d", "\u3164"


@pytest.mark.parametrize(
    "text", ["Harbour Police", "Полиция", f"می{chr(0x200C)}خواهم", "7", "é"]
)
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    """Any script is allowed; some need joiners."""
    assert displayable(text, 100) == text
    assert visible(text) == one_line(text) == seen(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "--", JOINER, FILLER, "\u0301"),
        *(f"Police{OVERRIDE}", f"Pol{LEFT_TO_RIGHT}ice", "Po\x00lice", "Police\nmen"),
        *("x" * 101, 7, None, ["Police"]),
    ],
)
def test_what_shows_nothing_or_something_else_is_not(text: object) -> None:
    assert displayable(text, 100) is None


def test_no_character_that_is_unseen_is_taken_for_text() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    hidden = [one for one in characters if unseen(one)]
    assert len(hidden) > 2000
    assert [one for one in hidden if displayable(f"a{one}", 9) is not None] == []


def test_lines_are_shown_where_there_may_be_some() -> None:
    """Line breaks are allowed in terms but not in names."""
    assert displayable("One\n\ttwo", 100, lines=True) == "One\n\ttwo"
    assert displayable("One\rtwo", 100, lines=True) is None


def test_what_is_unseen_is_written_out_or_left_out() -> None:
    """Bag values must be on a single line."""
    text = f"a{OVERRIDE}b\r\nc {FILLER}d"

    assert one_line(text) == r"a\u202eb c \u3164d"
    assert seen(text) == "ab c d"
    assert visible("a\nb\x00", keep="\n") == "a\nb\\u0000"


def test_a_letter_or_digit_can_be_read() -> None:
    """A filler is a letter in Unicode but invisible."""
    assert legible("- 7 -")
    assert not legible(FILLER + JOINER)
