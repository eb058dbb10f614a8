"""Find the mutations that Python source offers. See `mutate`."""

import ast
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, override

_FLIPPED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_LOGGING: Final = {"debug", "info", "warning", "error", "exception", "critical", "log"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """A change of one place; `start` and `end` count characters of the file."""

    path: str
    function: str
    operator: str
    ordinal: int
    line: int
    last_line: int
    start: int
    end: int
    before: str
    after: str

    @property
    def name(self) -> str:
        """Return a name that stays while its function does."""
        return f"{self.path}::{self.function}::{self.operator}-{self.ordinal}"

    @property
    def change(self) -> str:
        """Return the change in one line."""
        return " ".join(f"{self.before} → {self.after or 'nothing'}".split())

    def applied(self, source: str) -> str:
        """Return the source with the change."""
        return source[: self.start] + self.after + source[self.end :]


def python_mutations(path: str, source: str) -> list[Mutation]:
    """Return the mutations in the functions of a module."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    return finder.found


class _Finder(ast.NodeVisitor):
    """Visits statements and expressions in functions, except annotations and log calls."""

    def __init__(self, path: str, source: str) -> None:
        self.found: list[Mutation] = []
        self._path = path
        self._source = source
        self._lines = source.splitlines(keepends=True)
        self._starts = list(accumulate(map(len, self._lines), initial=0))
        self._scope: list[str] = []
        self._functions = 0
        self._counted: Counter[tuple[str, str]] = Counter()

    def _offset(self, line: int, column: int) -> int:
        """Return the place of a byte of a line, in characters of the file."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def _offer(self, node: ast.expr | ast.stmt, operator: str, after: str) -> None:
        if not self._functions:
            return
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        function = ".".join(self._scope)
        self._counted[function, operator] += 1
        start = self._offset(node.lineno, node.col_offset)
        end = self._offset(node.end_lineno, node.end_col_offset)
        self.found.append(
            Mutation(
                path=self._path,
                function=function,
                operator=operator,
                ordinal=self._counted[function, operator],
                line=node.lineno,
                last_line=node.end_lineno,
                start=start,
                end=end,
                before=self._source[start:end],
                after=after,
            )
        )

    def _offer_negated(self, test: ast.expr) -> None:
        self._offer(test, "negate", f"(not ({ast.unparse(test)}))")

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.append(node.name)
        self._functions += 1
        for statement in node.body:
            self.visit(statement)
        self._functions -= 1
        self._scope.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function  # noqa: N815 - ast's names

    @override
    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._scope.pop()

    @override
    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    @override
    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave the text alone."""

    @override
    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self._offer_negated(node.test)
            self.generic_visit(node)

    @override
    def visit_While(self, node: ast.While) -> None:
        self._offer_negated(node.test)
        self.generic_visit(node)

    @override
    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._offer_negated(node.test)
        self.generic_visit(node)

    @override
    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._offer_negated(test)
        self.generic_visit(node)

    @override
    def visit_Compare(self, node: ast.Compare) -> None:
        ops = [_FLIPPED[type(node.ops[0])](), *node.ops[1:]]
        flipped = ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
        self._offer(node, "compare", f"({ast.unparse(flipped)})")
        self.generic_visit(node)

    @override
    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        swapped = ast.BoolOp(op=op, values=node.values)
        self._offer(node, "and-or", f"({ast.unparse(swapped)})")
        self.generic_visit(node)

    @override
    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._offer(node, "true-false", str(not node.value))
        elif isinstance(node.value, int):
            self._offer(node, "plus-one", str(node.value + 1))
            self._offer(node, "minus-one", str(node.value - 1))

    @override
    def visit_Expr(self, node: ast.Expr) -> None:
        value = node.value
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(call, ast.Call) and not _logs(call):
            self._offer(node, "drop", "pass")
            self.generic_visit(node)

    @override
    def visit_Assign(self, node: ast.Assign) -> None:
        # Without the assignment of a local name, the next line fails.
        if isinstance(node.targets[0], ast.Attribute | ast.Subscript):
            self._offer(node, "drop", "pass")
        self.generic_visit(node)

    @override
    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._offer(node, "drop", "pass")
        self.generic_visit(node)

    @override
    def visit_Raise(self, node: ast.Raise) -> None:
        self._offer(node, "drop", "pass")
        self.generic_visit(node)

    @override
    def visit_Return(self, node: ast.Return) -> None:
        if node.value and ast.unparse(node.value) != "None":
            self._offer(node, "return-none", "return None")
        self.generic_visit(node)


def _logs(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in _LOGGING
        and "log" in ast.unparse(call.func.value).lower()
    )
