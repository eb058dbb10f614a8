"""Test that no text uses a word that the list in CONTRIBUTING.md replaces."""

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

# For developers, who need the terms of protocol and code.
OTHERS_WORDS = {"docs/protocol.md"}
# The name of a button of GitHub.
OTHERS_BUTTONS = re.compile(r"\*Propose changes\*")


@cache
def replaced() -> dict[str, re.Pattern[str]]:
    """Return a pattern for each entry of the table's last column."""
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
    """Yield the names, descriptions and labels in a blueprint."""
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
    """A YAML loader that reads `!input` as None."""


_Blueprint.add_constructor("!input", lambda _loader, _node: None)


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the help texts of a command and its subcommands."""
    yield parser.description or ""
    for action in parser._actions:
        yield action.help or ""
        if isinstance(action, argparse._SubParsersAction):
            yield from (each.help or "" for each in action._choices_actions)
            for command in action.choices.values():
                yield from helps(command)


def constants(source: str) -> Iterator[str]:
    """Yield the strings in a module that contain a space, except docstrings."""
    tree = list(ast.walk(ast.parse(source)))
    docstrings = {id(node.value) for node in tree if isinstance(node, ast.Expr)}
    for node in tree:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            if " " in str(node.value):
                yield str(node.value)


def prose(markdown: str) -> str:
    """Return Markdown without code and link addresses."""
    text = OTHERS_BUTTONS.sub("", markdown)
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", text)


def texts() -> Iterator[tuple[str, list[str]]]:
    """Yield all English texts by file name."""
    for name in (
        "custom_components/doorwatch/translations/en.json",
        "frontend/src/i18n/en.json",
        "frontend/src/i18n/panel/en.json",
    ):
        tree = json.loads((ROOT / name).read_text())
        # Search terms may be words that the other texts don't use.
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
    # Texts in an evidence package.
    for name in (
        "documents/consent.py",
        "documents/declaration.py",
        "documents/statement.py",
        "package/package.py",
    ):
        path = ROOT / "custom_components/doorwatch/engine/sharing" / name
        yield path.relative_to(ROOT).as_posix(), list(constants(path.read_text()))


def found(lines: list[str]) -> list[str]:
    """Return the replaced words in the lines, with their context."""
    return [
        f"{entry}: …{line[max(0, hit.start() - 40) : hit.end() + 30]}…"
        for line in lines
        for entry, pattern in replaced().items()
        for hit in pattern.finditer(line)
    ]


def test_the_list_is_read_as_it_is_meant() -> None:
    """Entries match whole words; an asterisk matches any ending."""
    assert len(replaced()) > 30
    for text in ("The makers' app", "it Goes on", "your user name", "Take it back"):
        assert found([text]), text
    for text in ("a homemaker", "the website", "`on-site`", "the folder .bin"):
        assert not found([prose(text)]), text
    assert prose("a `maker` [b](https://maker.example)\n```\nsite\n```") == "a  [b\n"


TEXTS = dict(texts())


def test_every_kind_of_text_is_read() -> None:
    """The test fails if a file was moved."""
    assert {Path(name).suffix for name in TEXTS} == {".json", ".yaml", ".md", ".py"}
    assert all(sum(map(len, lines)) > 40 for lines in TEXTS.values())


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_text_has_a_word_that_was_replaced(name: str) -> None:
    assert found(TEXTS[name]) == []
