"""A verification report as people look at it: on a screen, on a phone, and on paper."""

from pathlib import Path

import pytest

from tests.agency.reports import KINDS, Reports

from .conftest import RESULTS, Pages, picture
from .looks import complaints, cut_off

# What a sheet has room for between its margins, in CSS pixels.
PAPERS = {"A4": (658, 980), "Letter": (680, 920)}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_report_looks_right_everywhere(
    tmp_path: Path, pages: Pages, kind: str
) -> None:
    """Nothing is cut, no digest is wider than its sheet, and axe has no complaint.

    What it proves is on the first sheet, and the details follow on others.
    """
    report = Reports(tmp_path).make(kind).page
    page = await pages.open()
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    await page.goto(report.as_uri())
    for name, size in {"desk": (1280, 900), "phone": (390, 844)}.items():
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        assert await cut_off(page) == []
        assert await complaints(page, "html") == []
        await picture(page, f"report-{kind}-{name}")
    await page.emulate_media(media="print")
    for name, size in PAPERS.items():
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        assert await cut_off(page) == []
        # A digest stands on one line, so that two can be compared by eye.
        broken = await page.evaluate(
            """() => [...document.querySelectorAll('code')]
                .filter((code) => /^[0-9a-f]{64}$/.test(code.innerText))
                .filter((code) => code.getClientRects().length > 1)
                .map((code) => code.innerText)"""
        )
        assert broken == [], name
        first = await page.locator(".first").bounding_box()
        assert first is not None
        assert first["height"] <= size[1], name
        await page.pdf(path=RESULTS / f"report-{kind}-{name}.pdf", format=name)
    assert outside == [report.as_uri()]
