"""Tests of the readability of pages and dialogs."""

import pytest

from scripts.measure_readability import ease, here, leaves, measured, prose, said

# The score for readers in the last years of school; protocol.md is for programmers.
SCHOOL = 50
FOR_PROGRAMMERS = {"docs/protocol.md"}


def test_nothing_is_harder_to_read_than_the_last_years_of_school() -> None:
    """Each page and each dialog with sentences is checked."""
    found = measured(here())

    assert {"README.md", "docs/sharing.md", "card: problem", "panel: share"} <= set(
        found
    )
    assert not {
        name: round(each.score)
        for name, each in found.items()
        if each.reads and each.score < SCHOOL and name not in FOR_PROGRAMMERS
    }


@pytest.mark.parametrize(
    ("text", "sentences", "words", "syllables"),
    [
        ("The cat sat on the mat.", 1, 6, 6),
        ("A named table. It ended!", 2, 5, 7),
        ("Notifications: retries automatically…", 1, 3, 13),
    ],
)
def test_sentences_words_and_syllables_are_counted(
    text: str, sentences: int, words: int, syllables: int
) -> None:
    found = ease([text])

    assert (found.sentences, found.words) == (sentences, words)
    assert found.syllables == syllables


def test_code_addresses_and_marks_are_not_read() -> None:
    """Only the visible text counts, and wrapped lines are joined."""
    page = "# A page\n\n- **One** [two](three.md)\n  `four`\n\n```\nfive\n```\n| six | seven |"

    assert ease([prose(page)]).words == 6
    assert ease([prose("One line\nthat goes on.")]).sentences == 1


def test_a_message_is_read_as_it_is_for_several() -> None:
    """Only the `other` form of a plural is read."""
    text = "{count, plural, one {# clip} other {# clips}} of {name}"

    assert said(text).split() == ["clips", "of", "{name}"]
    assert dict(leaves({"config": {"step": {"user": {"title": "A {b}"}}}})) == {
        "config.step.user": "A "
    }
