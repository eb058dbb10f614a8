"""What people read leads somewhere, and says what is on the screen.

In the pages for homeowners `**bold**` is a text of Doorwatch as it stands on the screen
(or ends as a sentence does), `*italic*` one of Home Assistant, `__bold__` all else.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
import json
from pathlib import Path
import re

import yaml

from tests.repository import ROOT, texts, tracked_files

REPOSITORY = "doorwatch-project/doorwatch"
# A link to one of its files, or to a picture as HACS wants it.
_FILE = re.compile(
    rf"(?:github\.com/{REPOSITORY}/(?:blob|tree|raw)"
    rf"|raw\.githubusercontent\.com/{REPOSITORY})/[\w.-]+/([\w./-]+)(?:#([\w-]+))?"
)
# These are not for homeowners.
OTHERS = {"for-agencies", "frontend", "lessons", "protocol", "sharing-checks"}
_BLOCK = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)


def without_blocks(page: Path) -> str:
    """Return a page without its blocks of code."""
    return _BLOCK.sub("", page.read_text())


def prose(page: Path) -> str:
    """Return a page without any code."""
    return re.sub(r"`[^`\n]*`", "", without_blocks(page))


def chapters(page: Path) -> set[str]:
    """Return what GitHub makes of the headings, to be linked to."""
    found: set[str] = set()
    met: Counter[str] = Counter()
    for heading in re.findall(r"^#+ (.+)$", without_blocks(page), re.MULTILINE):
        slug = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        found.add(f"{slug}-{met[slug]}" if met[slug] else slug)
        met[slug] += 1
    return found


def leads(page: Path, target: str, chapter: str) -> bool:
    """Whether a link on a page finds a file, and the chapter in it."""
    found = page.parent / target if target else page
    return found.exists() and (not chapter or chapter in chapters(found))


def for_homeowners() -> Iterator[Path]:
    """Give the README and the pages for homeowners."""
    yield ROOT / "README.md"
    for page in sorted((ROOT / "docs").glob("*.md")):
        if page.stem not in OTHERS:
            yield page


def test_links_between_documents_lead_somewhere() -> None:
    """A reader who follows a link finds the page or picture, and the chapter."""
    for page in (path for path in tracked_files() if path.suffix == ".md"):
        text = prose(page)
        for target, _, chapter in (
            link.partition("#")
            for link in chain(
                re.findall(r"\]\(([^)\s]+)\)", text),
                re.findall(r"(?:src|href)=\"([^\"]+)\"", text),
            )
            if not re.match(r"\w+:", link)
        ):
            assert leads(page, target, chapter), f"{page}: {target}#{chapter}"


def test_links_to_the_repository_lead_somewhere() -> None:
    """What forms, panel, repairs and blueprints link to, and comments name."""
    for name, text in texts(".py", ".ts", ".json", ".yaml", ".md", ".sh"):
        for target, chapter in _FILE.findall(text):
            assert leads(ROOT / "README.md", target, chapter), f"{name}: {target}"
        for target in re.findall(r"(?<![\w/.])docs/[\w/-]+\.(?:md|sh)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_every_page_is_in_the_list_of_pages() -> None:
    """Nobody has to know its name."""
    index = (ROOT / "docs/README.md").read_text()
    for folder in ("", "agency/"):
        for page in (ROOT / "docs" / folder).glob("*.md"):
            assert page.stem == "README" or f"({folder}{page.name})" in index


def test_addresses_of_the_panel_are_pages_of_the_panel() -> None:
    """In texts, documents and blueprints, and where the integration makes them."""
    route = (ROOT / "frontend/src/panel/route.ts").read_text()
    (table,) = re.findall(r"const PATHS = \{(.*?)\}", route, re.DOTALL)
    known = {*re.findall(r'"/([\w/]+)"', table), "", "clip"}
    assert {"settings", "requests"} <= known

    named = {
        (name, path)
        for name, text in texts(".md", ".json", ".yaml", ".py")
        if not name.startswith(("tests/", "CONTRIBUTING"))
        for path in re.findall(r"(?<=[\"'`(])/doorwatch(?![\w.-])/?([\w/]*)", text)
    }
    assert len(named) > 8
    for name, path in named:
        page = path.strip("/")
        assert page in known or page.split("/")[0] in {"clip", "requests"}, name


def on_screen() -> set[str]:
    """Return each text of integration, card and panel, "…" for what is filled in."""

    def leaves(tree: object) -> Iterator[str]:
        if isinstance(tree, dict):
            for branch in tree.values():
                yield from leaves(branch)
        else:
            yield str(tree)

    return {
        re.sub(r"\(?\{\w+\}\)?", "…", text)
        for file in (
            "custom_components/doorwatch/translations/en.json",
            "frontend/src/i18n/en.json",
            "frontend/src/i18n/panel/en.json",
            "frontend/src/entry/words.json",
        )
        for text in leaves(json.loads((ROOT / file).read_text()))
    }


def test_what_pages_call_by_name_is_on_the_screen() -> None:
    """Whoever looks for a button, field or page finds it under the name in bold."""
    known = {text.strip("…. ") for text in on_screen()}

    for page in for_homeowners():
        for name in re.findall(r"\*\*([^*\n]+)\*\*", prose(page)):
            if name[-1] not in ".,:;?":
                assert name.strip("… ") in known, f"{page.name}: {name}"


def test_what_pages_quote_is_said() -> None:
    """Whoever looks up a message finds it: in tables of what "it says"."""
    known = on_screen()
    quoted = [
        row.split("|")[1].strip()
        for page in for_homeowners()
        for table in re.findall(
            r"^\| it says \|.*\n\|.*\n((?:\|.*\n)+)", prose(page), re.MULTILINE
        )
        for row in table.splitlines()
    ]

    assert len(quoted) > 15
    assert not [text for text in quoted if not any(text in each for each in known)]


def test_each_rule_about_documents_names_its_page() -> None:
    """Who checks the scale finds the page, and the chapter."""
    rules = yaml.safe_load(
        (ROOT / "custom_components/doorwatch/quality_scale.yaml").read_text()
    )["rules"]
    documented = {name: rule for name, rule in rules.items() if "docs-" in name}

    assert len(documented) > 12
    for name, rule in documented.items():
        target, _, chapter = rule["comment"].partition("#")
        assert leads(ROOT / "README.md", target, chapter), name


def test_the_readme_is_one_screen_and_a_half() -> None:
    """Everything else has a page of its own."""
    assert len((ROOT / "README.md").read_text()) <= 8000
