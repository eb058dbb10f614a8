"""Test that docs/sharing-checks.md lists all checks of a share."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.repository import ROOT

PAGE: Final = ROOT / "docs/sharing-checks.md"
PACKAGE: Final = ROOT / "custom_components/doorwatch"
# The functions that check a tap, in order.
TAP: Final = (
    "services/shares.py:_redeem",
    "access/guard.py:Guard.require_known_callers",
    "access/guard.py:Guard.require_tap",
    "access/pin_gate.py:PinGate.check_open",
    "engine/sharing/tap/confirmations.py:Confirmations.redeem",
)
# For each variable that is raised as a problem, the function that returns its values.
PASSED_ON: Final = {
    "err.problem": "access/guard.py:Guard._foreign",
    "problem": "engine/sharing/requests/answer.py:what_changed",
}
REFUSES: Final = {"ConfirmationRefused", "LibraryError", "SharingError"}


class Check(NamedTuple):
    """A row of the page's tables."""

    refused: list[str]
    function: str
    test: str


def checks() -> dict[str, list[Check]]:
    """Return the rows by heading."""
    found: dict[str, list[Check]] = {}
    for chapter in PAGE.read_text().split("\n## ")[1:]:
        title, _, text = chapter.partition("\n")
        _, _, *lines = [line for line in text.splitlines() if line.startswith("|")]
        cells = [[cell.strip(" `") for cell in line.split("|")[2:5]] for line in lines]
        found[title] = [
            Check(refused.replace("`", "").split(), function, test)
            for refused, function, test in cells
        ]
    return found


@cache
def definitions(path: Path) -> dict[str, ast.AST]:
    """Return the classes, functions and methods of a module."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[f"{node.name}.{each.name}"] = each
    return found


def function(named: str) -> ast.AST:
    """Return the function that the page names as `module:function`."""
    module, _, name = named.partition(":")
    return definitions(PACKAGE / module)[name]


def in_order[Node: ast.stmt | ast.expr](root: ast.AST, kind: type[Node]) -> list[Node]:
    """Return the nodes of a type in the order of the source."""
    found = [node for node in ast.walk(root) if isinstance(node, kind)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def texts_in(*nodes: ast.AST) -> list[str]:
    """Return the distinct strings in the code of the nodes."""
    constants = [each.value for node in nodes for each in in_order(node, ast.Constant)]
    return [*dict.fromkeys(text for text in constants if isinstance(text, str))]


def refusals(node: ast.AST) -> Iterator[str]:
    """Yield the problem of each error that a function raises, in the order of the code."""
    followed = {named.rpartition(":")[2].rpartition(".")[2]: named for named in TAP}
    for call in in_order(node, ast.Call):
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in followed:
            yield from refusals(function(followed[name]))
        elif name in REFUSES:
            problem = call.args[0]
            if not isinstance(problem, ast.Constant):
                source = function(PASSED_ON[ast.unparse(problem)])
                yield from texts_in(*in_order(source, ast.Return))
            else:
                yield from texts_in(problem)


def test_each_check_is_there_and_has_a_test() -> None:
    """The page names a function, and a test that contains the error."""
    for check in (check for chapter in checks().values() for check in chapter):
        assert function(check.function)
        file, _, name = check.test.partition("::")
        test = definitions(ROOT / "tests" / file)[name]
        said = texts_in(test, *getattr(test, "decorator_list", []))
        assert {*check.refused} <= {*said}, check


def test_the_checks_of_a_tap_are_those_of_the_code_in_their_order() -> None:
    """The page lists the reasons to refuse a confirmation, and other errors of a tap."""
    listed = [reason for check in checks()["The tap"] for reason in check.refused]

    assert listed == list(refusals(function(TAP[0])))


def test_nothing_else_refuses_a_confirmation() -> None:
    """The page covers only the functions in TAP."""
    raised = "raise ConfirmationRefused("

    assert sum(ast.unparse(function(named)).count(raised) for named in TAP) == sum(
        path.read_text().count(raised) for path in PACKAGE.rglob("*.py")
    )
