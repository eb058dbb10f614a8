"""Find odd turns of phrase in comments and docstrings. See `lint`.

Code is described in the plain English of Home Assistant core: literally, in the usual word
order, and with the terms of the field.
"""

import argparse
import ast
from collections.abc import Iterable, Iterator
import io
from pathlib import Path
import re
import subprocess
import sys
import tokenize
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
CHECKED: Final = (
    "custom_components/doorwatch",
    "agency",
    "scripts",
    "frontend/src",
    "tests",
)
COUNTED: Final = CHECKED
# Regular expressions, in which a space also matches a line break, and what to write.
ODD: Final = {
    # Metaphors
    r"rooms?": "package, or space",
    r"walls? between": "imports between packages",
    r"(?:the|our|this) house": "the integration, or the household",
    r"floors?": "limit, or lower layer",
    r"courier|errand|pencil|scout": "sender, follow-up, note, scanner",
    r"at work": "running",
    r"make-believe": "mock, or generated",
    r"(\w+) upon \1": "layers",
    # Word order
    r"; None if ": "..., or None if ...",
    # Verbs
    r"(?:go|goes|went|gone|going) on(?= with\b| to\b| by\b| for\b|[,.;:]|$)": "continue",
    r"(?:go|goes|went|gone) by": "use, or scroll",
    r"(?:go|goes|went|come|comes|came|going) along": "is included",
    r"(?:come|comes|came) by": "visit, or get",
    r"lets? go|letting go": "release, or stop",
    r"(?<!people )stands? (?!in for|for|at the door|in the (?:door|picture)|still)": "is",
    r"(?:lie|lies|lying|lay) (?=in|on|at|beside|there|here|below|behind|within|nearer|under)": "is",
    r"tells? of|told of|telling of": "reports, or describes",
    r"says? of|said of|asks? of|asked of": "describes, requires",
    r"hears? of|heard of": "is notified of",
    r"(?:say|says|tell|tells|told|said) so": "name what is said",
    r"(?:is|are|was|were) said": "name who says it",
    r"what (?:\w+ )?(?:came|comes|become|becomes|became) of": "the result of",
    r"what (?:\w+ ){1,2}makes? of": "how it treats",
    r"what (?:stands|lies|hangs)": "name the subject",
    r"what (?:\w+ )?(?:was|is|were|are) (?:\w+ ){1,2}stays": "is kept",
    r"(?:is|are|was|were) to (?:go|come|see|hear|stay|leave)": "will be, must be",
    r"(?:is|are|was|were) meant(?! to| for| as)": "is selected",
    r"to be had|be had": "available",
    r"(?:come|comes|came) of (?:it|that)": "the result",
    r"(?:break|breaks|broke|broken) off": "is interrupted",
    r"mends?|mended|mending": "fix",
    r"knocks?": "connect",
    r"belongs? into": "belongs in",
    # Pronouns and negation
    r"whoever|whomever": "anyone who, or name the person",
    r"(?:for|to|as|by|from|with) who": "for a person who",
    r"of them one": "one of them",
    r"(?<!there )(?<!there's )(?:is|are|was|were) no (?!longer|more|other|one|way|use)": "is not a",
    r"(?<!there )(?:is|are|was|were) (?-i:none)(?! of)": "is not, or there is none",
    r"none of (?:ours|yours)": "not ours",
    r"nothing takes no": "no space while empty",
    r"but for(?! now| what)": "except",
    r"(?:the|this|its) very (?!first|last|same|few)": "the exact",
    r"a \w+ of (?:its|their|our|your|his|her) own": "its own, or a separate",
    r"own words?": "claim, or text",
    # Adverbs and time
    r"anew": "again, or new",
    r"by when|up to when": "until, when",
    r"for good": "permanently",
    r"for ever": "forever",
    r"in vain|of no use": "without success, useless",
    r"makers?": "manufacturer",
    r"by itself|by themselves": "automatically, or alone",
    r"so many|so (?:long|short|large|small|soon|wide) a": "a number of",
    r"of before|of then|(?-i:of today)|of old": "earlier, current",
    r"stays? else|else stays?": "is kept otherwise",
    r"whence|thence|hither|thereby|therein|hereby|henceforth": "use plain words",
}
_ODD: Final = {
    re.compile(rf"\b(?:{odd})\b", re.IGNORECASE): plain for odd, plain in ODD.items()
}
_SCRIPT_SUFFIXES = {".js", ".mjs", ".ts"}
_SUFFIXES = {".py", ".pyi", ".sh"} | _SCRIPT_SUFFIXES
_GENERATED = {"generated.ts"}
_SLASH_COMMENT = re.compile(
    r"(?P<block>/\*.*?\*/)|(?:^|(?<=\s))//(?P<line>[^\n]*)", re.DOTALL | re.MULTILINE
)
_HASH_COMMENT = re.compile(r"(?:^|\s)#(?!!)(?P<text>.*)")


def main(arguments: list[str] | None = None) -> int:
    """Print odd phrases, or with `--count` how many there are in each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", help=f"default: {' '.join(CHECKED)}")
    parser.add_argument("--count", action="store_true", help="count per 1,000 words")
    options = parser.parse_args(arguments)
    if options.count:
        for folder in options.paths or COUNTED:
            print(f"{folder}: {rate(files([folder])):.1f} per 1,000 words")
        return 0
    found = [
        f"{path}:{line}: {phrase} ({plain})"
        for path in files(options.paths or CHECKED)
        for line, phrase, plain in odd_phrases(path)
    ]
    if found:
        print("\n".join(found))
        print("Write it as Home Assistant core would; ODD has a suggestion for each.")
    return 1 if found else 0


def files(paths: Iterable[str]) -> Iterator[Path]:
    """Yield the sources that Git knows below these paths, without generated ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.name not in _GENERATED and _is_source(path):
            yield path.relative_to(ROOT)


def odd_phrases(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, phrase and replacement of each odd phrase in a file."""
    for first, text in comments(path):
        flat = text.replace("\n", " ")
        for pattern, plain in _ODD.items():
            for match in pattern.finditer(flat):
                yield first + text.count("\n", 0, match.start()), match[0], plain


def rate(paths: Iterable[Path]) -> float:
    """Return the odd phrases per 1,000 words of comments and docstrings."""
    odd = words = 0
    for path in paths:
        odd += sum(1 for _ in odd_phrases(path))
        words += sum(len(text.split()) for _, text in comments(path))
    return 1000 * odd / max(1, words)


def _is_source(path: Path) -> bool:
    if path.suffix:
        return path.suffix in _SUFFIXES
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each comment and docstring of a file."""
    source = (ROOT / path).read_text()
    if path.suffix in {".py", ".pyi"}:
        yield from _python_comments(source)
        yield from _docstrings(source)
    elif path.suffix in _SCRIPT_SUFFIXES:
        yield from _joined(_slash_comments(source))
    else:
        yield from _joined(_shell_comments(source))


def _python_comments(source: str) -> Iterator[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    yield from _joined(
        (token.start[0], token.string.lstrip("#"))
        for token in tokens
        if token.type == tokenize.COMMENT and not token.string.startswith("#!")
    )


def _docstrings(source: str) -> Iterator[tuple[int, str]]:
    documented = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and (text := ast.get_docstring(node)):
            lines = (line.strip() for line in text.split("\n"))
            yield node.body[0].lineno, "\n".join(lines)


def _slash_comments(source: str) -> Iterator[tuple[int, str]]:
    for found in _SLASH_COMMENT.finditer(source):
        first = source.count("\n", 0, found.start()) + 1
        if found["block"]:
            for line, text in enumerate(found["block"].split("\n"), first):
                yield line, text.strip(" /*")
        else:
            yield first, found["line"]


def _shell_comments(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        if found := _HASH_COMMENT.search(line):
            yield number, found["text"]


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Join comments on consecutive lines, so that a phrase may span two of them."""
    first, last, texts = 0, 0, list[str]()
    for number, text in lines:
        if texts and number != last + 1:
            yield first, "\n".join(texts)
            texts = []
        if not texts:
            first = number
        texts.append(text.strip())
        last = number
    if texts:
        yield first, "\n".join(texts)


if __name__ == "__main__":
    sys.exit(main())
