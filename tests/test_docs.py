"""Test the links in the documentation, and that it names the texts of the UI.

In the pages for homeowners, `**bold**` is a text of Doorwatch's UI, unless it ends with
punctuation, `*italic*` is a text of Home Assistant, and `__bold__` is any other emphasis.
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
# A link to a file of the repository, or to an image, which HACS needs as a raw address.
_FILE = re.compile(
    rf"(?:github\.com/{REPOSITORY}/(?:blob|tree|raw)"
    rf"|raw\.githubusercontent\.com/{REPOSITORY})/[\w.-]+/([\w./-]+)(?:#([\w-]+))?"
)
# Pages that are not for homeowners.
OTHERS = {"for-agencies", "frontend", "lessons", "protocol", "sharing-checks"}
_BLOCK = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)


def without_blocks(page: Path) -> str:
    """Return a page without code blocks."""
    return _BLOCK.sub("", page.read_text())


def prose(page: Path) -> str:
    """Return a page without code blocks and inline code."""
    return re.sub(r"`[^`\n]*`", "", without_blocks(page))


def chapters(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings."""
    found: set[str] = set()
    met: Counter[str] = Counter()
    for heading in re.findall(r"^#+ (.+)$", without_blocks(page), re.MULTILINE):
        slug = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        found.add(f"{slug}-{met[slug]}" if met[slug] else slug)
        met[slug] += 1
    return found


def leads(page: Path, target: str, chapter: str) -> bool:
    """Return whether a link on a page leads to a file and a heading that exist."""
    found = page.parent / target if target else page
    return found.exists() and (not chapter or chapter in chapters(found))


def for_homeowners() -> Iterator[Path]:
    """Yield the README and the pages for homeowners."""
    yield ROOT / "README.md"
    for page in sorted((ROOT / "docs").glob("*.md")):
        if page.stem not in OTHERS:
            yield page


def test_links_between_documents_lead_somewhere() -> None:
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
    """The links are in forms, the panel, repairs and blueprints; comments name pages by path."""
    for name, text in texts(".py", ".ts", ".json", ".yaml", ".md", ".sh"):
        for target, chapter in _FILE.findall(text):
            assert leads(ROOT / "README.md", target, chapter), f"{name}: {target}"
        for target in re.findall(r"(?<![\w/.])docs/[\w/-]+\.(?:md|sh)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_every_page_is_in_the_list_of_pages() -> None:
    index = (ROOT / "docs/README.md").read_text()
    for folder in ("", "agency/"):
        for page in (ROOT / "docs" / folder).glob("*.md"):
            assert page.stem == "README" or f"({folder}{page.name})" in index


def test_addresses_of_the_panel_are_pages_of_the_panel() -> None:
    """The addresses are in texts, documents, blueprints and code."""
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
    """Return the texts of integration, card and panel, with "…" for each placeholder."""

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
    """Names of buttons, fields and pages are bold."""
    known = {text.strip("…. ") for text in on_screen()}

    for page in for_homeowners():
        for name in re.findall(r"\*\*([^*\n]+)\*\*", prose(page)):
            if name[-1] not in ".,:;?":
                assert name.strip("… ") in known, f"{page.name}: {name}"


def test_what_pages_quote_is_said() -> None:
    """The messages are in tables with the heading "it says"."""
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
    rules = yaml.safe_load(
        (ROOT / "custom_components/doorwatch/quality_scale.yaml").read_text()
    )["rules"]
    documented = {name: rule for name, rule in rules.items() if "docs-" in name}

    assert len(documented) > 12
    for name, rule in documented.items():
        target, _, chapter = rule["comment"].partition("#")
        assert leads(ROOT / "README.md", target, chapter), name


def test_the_readme_is_one_screen_and_a_half() -> None:
    """Further documentation has separate pages."""
    assert len((ROOT / "README.md").read_text()) <= 8000
