"""Measure how hard each page and each dialog is to read. See `readability`.

The Flesch reading ease: from 100 (easy) to 0 (very hard); 60 to 70 is plain English, 50
to 60 is the level of the last years of school. Headings, list items and table cells
count as sentences; code, URLs and placeholders do not count.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
import subprocess
import sys

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "docs", "agency/intake/README.md")
TEXTS = (
    "custom_components/doorwatch/translations/en.json",
    "frontend/src/i18n/en.json",
    "frontend/src/i18n/panel/en.json",
)
# The keys that identify a dialog, if the first one is not enough.
_DIALOG = re.compile(
    r"(?:config|options)\.step\.\w+|(?:config|options|issues|services)\.\w+|\w+"
)
_MARKS = re.compile(r"(?m)^\s*(?:#+|[-*>]|\d+\.|\|[-| :]+\|$)|[*_`\[\]\\]")


def syllables(word: str) -> int:
    """Return the approximate number of syllables of an English word."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    if len(letters) <= 3:
        return 1
    # Silent: the e of "made", "makes" and "looked"; not that of "ended", "boxes".
    letters = re.sub(r"(?<![aeiouylscxzh])es$|(?<![td])ed$|(?<![l])e$", "", letters)
    return max(1, len(re.findall(r"[aeiouy]{1,2}", letters)))


@dataclass(frozen=True, kw_only=True)
class Ease:
    """The counts of a text."""

    sentences: int
    words: int
    syllables: int

    @property
    def score(self) -> float:
        """Return the Flesch reading ease."""
        return (
            206.835
            - 1.015 * self.words / max(1, self.sentences)
            - 84.6 * self.syllables / max(1, self.words)
        )

    @property
    def length(self) -> float:
        """Return the average number of words per sentence."""
        return self.words / max(1, self.sentences)

    @property
    def reads(self) -> bool:
        """Whether the text is long enough: a list of names has no score."""
        return self.words >= 20 and self.length >= 3


def ease(texts: list[str]) -> Ease:
    """Count all texts together."""
    sentences = [
        words
        for text in texts
        for sentence in re.split(r"[.!?…](?:\s|$)|\n|\|", text)
        if (words := re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence))
    ]
    words = [word for sentence in sentences for word in sentence]
    return Ease(
        sentences=len(sentences),
        words=len(words),
        syllables=sum(map(syllables, words)),
    )


def prose(markdown: str) -> str:
    """Return the text of a page without code and URLs."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$|<[^>]*>", "", markdown)
    text = re.sub(r"`[^`\n]*`|\]\([^)]*\)|https?://\S+", "", text)
    # Join lines of a paragraph.
    text = re.sub(r"(?<=[^\n|])\n(?=\s*[A-Za-z(])(?!\s*\d+\.)", " ", text)
    return _MARKS.sub("", text)


def leaves(tree: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield each text with its dialog."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from leaves(branch, (*path, key))
    elif isinstance(tree, str):
        dialog = _DIALOG.match(".".join(path))
        assert dialog
        yield dialog[0], re.sub(r"\{\w+\}", "", said(tree))


def said(text: str) -> str:
    """Return a message with the last option of each choice, such as the plural."""
    while found := re.search(
        r"\{\w+, (?:plural|select),((?:[^{}]|\{[^{}]*\})*)\}", text
    ):
        choices = re.findall(r"\{([^{}]*)\}", found[1])
        text = text.replace(found[0], choices[-1])
    return text.replace("#", "")


def measured(files: dict[str, str]) -> dict[str, Ease]:
    """Return the ease of each page and dialog."""
    dialogs: dict[str, list[str]] = {}
    found: dict[str, Ease] = {}
    for name, content in files.items():
        if name.endswith(".md"):
            found[name] = ease([prose(content)])
            continue
        room = name.split("/")[-2].replace("i18n", "card")
        for dialog, text in leaves(json.loads(content)):
            texts = dialogs.setdefault(f"{room}: {dialog}", [])
            if text not in texts:
                texts.append(text)
    return found | {name: ease(texts) for name, texts in dialogs.items()}


def here() -> dict[str, str]:
    """Return the current pages and text files."""
    pages = [ROOT / page for page in PAGES if page.endswith(".md")]
    pages += [
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs/agency").glob("*.md")),
    ]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in (*pages, *(ROOT / name for name in TEXTS))
    }


def git(*arguments: str) -> str:
    """Run git and return its output."""
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def then(revision: str) -> dict[str, str]:
    """Return the pages and text files of an earlier revision."""
    listing = git("ls-tree", "-r", "--name-only", revision, *PAGES, *TEXTS)
    return {
        name: git("show", f"{revision}:{name}")
        for name in listing.splitlines()
        if name in TEXTS or (name.endswith(".md") and "decisions/" not in name)
    }


def main() -> None:
    """Print the result for each page and dialog, the hardest first."""
    parser = argparse.ArgumentParser(prog="scripts/readability", description=__doc__)
    parser.add_argument("revision", nargs="?", help="say too how it was then")
    asked = parser.parse_args()
    now = measured(here())
    before = measured(then(asked.revision)) if asked.revision else {}
    for pages in (True, False):
        names = [
            name for name in now if now[name].reads and name.endswith(".md") == pages
        ]
        sys.stdout.write("\nease  words in a sentence\n")
        for name in sorted(names, key=lambda name: now[name].score):
            old = f", was {shown(before[name])}" if name in before else ""
            sys.stdout.write(f"{shown(now[name])}  {name}{old}\n")
        for name in sorted(before.keys() - now.keys()):
            if name.endswith(".md") == pages:
                sys.stdout.write(f"           {name}, was {shown(before[name])}\n")


def shown(found: Ease) -> str:
    """Format ease and length."""
    return f"{found.score:4.0f} {found.length:5.1f}"


if __name__ == "__main__":
    main()
