"""Test that the terms in docs/translations.md are in our texts and in Home Assistant's."""

from functools import cache
import json
from pathlib import Path
import re
from typing import NamedTuple

import homeassistant.components
import pytest

from tests.repository import ROOT
from tests.test_core_names import shown
from tests.test_translations import PACKAGE, leaves

FOLDERS = {
    "integration": PACKAGE / "translations",
    "card": ROOT / "frontend/src/i18n",
    "panel": ROOT / "frontend/src/i18n/panel",
}
LANGUAGES = ("en", "de", "es", "fr")
CORE = Path(homeassistant.components.__path__[0])
# Marks a word that differs from Home Assistant's on purpose.
MARKS = re.compile(r" [¹²³]$")


class Term(NamedTuple):
    """A row of the table: the words by language, and where they are."""

    words: dict[str, str]
    here: str
    core: str


def _terms() -> list[Term]:
    page = (ROOT / "docs/translations.md").read_text()
    table = page.split("| here | in Home Assistant |\n", 1)[1].split("\n\n", 1)[0]
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in table.splitlines()[1:]
    ]
    return [
        Term(
            dict(zip(LANGUAGES, row, strict=False)),
            *(row[index].replace("`", "") for index in (4, 5)),
        )
        for row in rows
    ]


TERMS = _terms()


@cache
def _texts(file: Path) -> dict[str, str]:
    return dict(leaves(json.loads(file.read_text())))


def _core(place: str, language: str) -> str:
    source, key = place.split()
    if source == "frontend":
        return shown(language)[key]
    return _texts(CORE / source / "translations" / f"{language}.json")[key]


def _holds(text: str, word: str) -> bool:
    """Ignore case, the kind of apostrophe, and what explains the word."""
    plain = MARKS.sub("", word).split(",")[0]
    return plain.casefold() in text.replace("'", "’").casefold()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_term_is_in_our_text(language: str) -> None:
    wrong = {}
    for term in TERMS:
        place, key = term.here.split()
        text = _texts(FOLDERS[place] / f"{language}.json")[key]
        if not _holds(text, term.words[language]):
            wrong[term.here] = f"{term.words[language]} is not in: {text}"
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_term_is_what_home_assistant_says(language: str) -> None:
    """A marked term differs; if it doesn't any longer, it needs no mark."""
    wrong = {}
    for term in TERMS:
        word, text = term.words[language], _core(term.core, language)
        if _holds(text, word) == bool(MARKS.search(word)):
            wrong[term.core] = f"{word}, Home Assistant: {text}"
    assert len(TERMS) > 20
    assert wrong == {}
