"""Find the mutations that JavaScript and TypeScript offer, without a parser. See `mutate`."""

from collections import Counter
import re
from typing import Final

from scripts.mutate_parts.operators import Mutation

_OPERATORS: Final = (
    ("equal", re.compile(r"(?<![=!])===(?!=)"), "!=="),
    ("unequal", re.compile(r"!=="), "==="),
    ("and", re.compile(r"&&(?!=)"), "||"),
    ("or", re.compile(r"\|\|(?!=)"), "&&"),
    ("less", re.compile(r"(?<= )<(?= )"), "<="),
    ("less-equal", re.compile(r"(?<= )<=(?= )"), "<"),
    ("more", re.compile(r"(?<= )>(?= )"), ">="),
    ("more-equal", re.compile(r"(?<= )>=(?= )"), ">"),
    ("true", re.compile(r"\btrue\b"), "false"),
    ("false", re.compile(r"\bfalse\b"), "true"),
    ("drop", re.compile(r"(?m)^ +await [^;{}]*;$"), ""),
)
_COMMENT_OR_TEXT: Final = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" """,
    re.DOTALL | re.VERBOSE,
)
_REGEX: Final = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/")
# A slash divides, unless one of these is before it.
_BEFORE_REGEX: Final = tuple("(,=:[!&|?{};>")
_TEMPLATE: Final = re.compile(r"(?:\\.|\$(?!\{)|[^\\`$])*(`|\$\{)", re.DOTALL)
_FUNCTION: Final = re.compile(
    r"""(?mx)^\s*(?:(?:export|default|async|private|protected|override|static|get|set|readonly)\ )*
    (?: function\*?\ (?P<function>[\w$]+)
      | (?:const|let)\ (?P<constant>[\w$]+)\ =\ (?:async\ )?(?:\(|[\w$]+\ =>)
      | (?!(?:if|for|while|switch|catch|return)\b)(?P<method>\#?[\w$]+)(?:\ =\ (?:async\ )?)?
        \([^\n]*(?:\{|=>)$ )"""
)


def code_only(source: str) -> str:
    """Return the source with blanks for comments, texts and regular expressions."""
    code = list(source)
    at = 0
    in_template = False
    braces: list[bool] = []  # whether the brace belongs to a template

    def blank(end: int) -> None:
        nonlocal at
        code[at:end] = [char if char == "\n" else " " for char in code[at:end]]
        at = end

    while at < len(source):
        if in_template:
            part = _TEMPLATE.match(source, at)
            assert part, f"a template that does not end, at {at}"
            if part[1] == "${":
                braces.append(True)
            in_template = False
            blank(part.end())
        elif (part := _COMMENT_OR_TEXT.match(source, at)) or (
            (part := _REGEX.match(source, at))
            and source[:at].rstrip().endswith(_BEFORE_REGEX)
        ):
            blank(part.end())
        else:
            if source[at] == "`":
                in_template = True
            elif source[at] == "{":
                braces.append(False)
            elif source[at] == "}":
                in_template = braces.pop()
            at += 1
    return "".join(code)


def script_mutations(path: str, source: str) -> list[Mutation]:
    """Return the mutations in the functions of a script."""
    code = code_only(source)
    functions = [
        (each.start(), each["function"] or each["constant"] or each["method"])
        for each in _FUNCTION.finditer(code)
    ]
    counted: Counter[tuple[str, str]] = Counter()
    found = []
    for operator, pattern, after in _OPERATORS:
        for place in pattern.finditer(code):
            before = [name for start, name in functions if start <= place.start()]
            if not before:
                continue
            counted[before[-1], operator] += 1
            # The whole line, which says more than an operator alone.
            start = source.rfind("\n", 0, place.start()) + 1
            end = source.find("\n", place.end())
            line = source.count("\n", 0, start) + 1
            found.append(
                Mutation(
                    path=path,
                    function=before[-1],
                    operator=operator,
                    ordinal=counted[before[-1], operator],
                    line=line,
                    last_line=line,
                    start=start,
                    end=end,
                    before=source[start:end],
                    after=source[start : place.start()]
                    + after
                    + source[place.end() : end],
                )
            )
    return found
