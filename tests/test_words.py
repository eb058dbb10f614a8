"""One thing has one word: no text says what the list in CONTRIBUTING.md replaced."""

import argparse
import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
import re

import pytest
import yaml

from agency.doorwatch_agency.cli import _parser
from tests.repository import ROOT
from tests.test_translations import leaves

# For people who build on Doorwatch: the words of protocol and code.
OTHERS_WORDS = {"docs/protocol.md"}
# What others call a button of theirs.
OTHERS_BUTTONS = re.compile(r"\*Propose changes\*")


@cache
def replaced() -> dict[str, re.Pattern[str]]:
    """Return each entry of the last column, with what finds it."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    table = contributing.split("| instead of |\n", 1)[1].split("\n\n", 1)[0]
    rows = [row.strip("| ").split("|") for row in table.splitlines()[1:]]
    return {
        entry: re.compile(
            r"(?<![\w.-])" + re.escape(entry).replace(r"\*", r"\w*") + r"(?![\w-])",
            re.IGNORECASE,
        )
        for row in rows
        if len(row) > 2
        for entry in row[2].strip().split(", ")
    }


def strings(tree: object) -> Iterator[str]:
    """Give every text of a blueprint that people read, templates apart."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            if key in {"name", "description", "label"} and isinstance(branch, str):
                yield branch
            else:
                yield from strings(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from strings(branch)


class _Blueprint(yaml.SafeLoader):
    """Reads `!input` as nothing."""


_Blueprint.add_constructor("!input", lambda _loader, _node: None)


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Give what a command says of itself, and each of its own commands."""
    yield parser.description or ""
    for action in parser._actions:
        yield action.help or ""
        if isinstance(action, argparse._SubParsersAction):
            yield from (each.help or "" for each in action._choices_actions)
            for command in action.choices.values():
                yield from helps(command)


def constants(source: str) -> Iterator[str]:
    """Give the texts in a module, without docstrings and what only names something."""
    tree = list(ast.walk(ast.parse(source)))
    docstrings = {id(node.value) for node in tree if isinstance(node, ast.Expr)}
    for node in tree:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            if " " in str(node.value):
                yield str(node.value)


def prose(markdown: str) -> str:
    """Return Markdown without code and without the addresses of links."""
    text = OTHERS_BUTTONS.sub("", markdown)
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", text)


def texts() -> Iterator[tuple[str, list[str]]]:
    """Give every text in English by the name of its file."""
    for name in (
        "custom_components/doorwatch/translations/en.json",
        "frontend/src/i18n/en.json",
        "frontend/src/i18n/panel/en.json",
    ):
        tree = json.loads((ROOT / name).read_text())
        # People search with whatever word they know.
        yield (
            name,
            [text for path, text in leaves(tree) if "common.search_" not in path],
        )
    loader = "frontend/src/entry/words.json"
    words = json.loads((ROOT / loader).read_text())["en"]
    yield loader, list(words.values())
    for path in sorted((ROOT / "blueprints").rglob("*.yaml")):
        blueprint = yaml.load(path.read_text(), _Blueprint)
        yield path.relative_to(ROOT).as_posix(), list(strings(blueprint))
    for path in (
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs/agency").glob("*.md")),
        ROOT / "agency/intake/README.md",
    ):
        name = path.relative_to(ROOT).as_posix()
        if name not in OTHERS_WORDS:
            yield name, prose(path.read_text()).splitlines()
    yield "agency/doorwatch_agency/cli.py", list(helps(_parser()))
    # What people read in an evidence package.
    for name in (
        "documents/consent.py",
        "documents/declaration.py",
        "documents/statement.py",
        "package/package.py",
    ):
        path = ROOT / "custom_components/doorwatch/engine/sharing" / name
        yield path.relative_to(ROOT).as_posix(), list(constants(path.read_text()))


def found(lines: list[str]) -> list[str]:
    """Return what was replaced, each with where it stands."""
    return [
        f"{entry}: …{line[max(0, hit.start() - 40) : hit.end() + 30]}…"
        for line in lines
        for entry, pattern in replaced().items()
        for hit in pattern.finditer(line)
    ]


def test_the_list_is_read_as_it_is_meant() -> None:
    """Whole words, with any ending where a star stands."""
    assert len(replaced()) > 30
    for text in ("The makers' app", "it Goes on", "your user name", "Take it back"):
        assert found([text]), text
    for text in ("a homemaker", "the website", "`on-site`", "the folder .bin"):
        assert not found([prose(text)]), text
    assert prose("a `maker` [b](https://maker.example)\n```\nsite\n```") == "a  [b\n"


TEXTS = dict(texts())


def test_every_kind_of_text_is_read() -> None:
    """A file that moves is not forgotten."""
    assert {Path(name).suffix for name in TEXTS} == {".json", ".yaml", ".md", ".py"}
    assert all(sum(map(len, lines)) > 40 for lines in TEXTS.values())


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_text_has_a_word_that_was_replaced(name: str) -> None:
    """The list says which word to use instead."""
    assert found(TEXTS[name]) == []
