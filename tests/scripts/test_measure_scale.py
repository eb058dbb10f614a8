"""The page for large agencies has the numbers that its command measures."""

from pathlib import Path
import re

import pytest

from scripts.measure_scale import FEEDS, Sizes, measured, tables
from tests.repository import ROOT

PAGE = ROOT / "docs" / "agency" / "large.md"
SIZE = r"([\d.,]+) kB"


def said(what: str) -> Sizes:
    """Read the sizes from the page."""
    found = re.search(rf"\| {what} \| {SIZE} \| {SIZE} \|", PAGE.read_text())
    assert found is not None
    plain, packed = (float(size.replace(",", "")) for size in found.groups())
    return Sizes(plain=round(plain * 1000), packed=round(packed * 1000))


def test_the_page_says_what_is_measured(tmp_path: Path) -> None:
    """Only the smallest feed is measured; its compressed size varies a little."""
    names = ("the document", "a feed of 10 requests")
    for name, sizes in zip(names, measured(tmp_path, FEEDS[:1]), strict=True):
        page = said(name)
        assert sizes.plain == pytest.approx(page.plain, rel=0.02)
        assert sizes.packed == pytest.approx(page.packed, rel=0.05)


def test_the_page_reckons_as_the_command_does() -> None:
    """The traffic of homes and hosts is calculated from the sizes."""
    feeds = tuple(said(f"a feed of {count} requests") for count in FEEDS)
    page = PAGE.read_text()
    for line in tables(said("the document"), *feeds).splitlines():
        assert line in page
