"""The layout of a verification report on a screen, on a phone and on paper."""

from pathlib import Path

import pytest

from tests.agency.reports import KINDS, Reports

from .conftest import RESULTS, Pages, picture
from .looks import complaints, cut_off

# The space between the margins of a sheet in CSS pixels.
PAPERS = {"A4": (658, 980), "Letter": (680, 920)}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_report_looks_right_everywhere(
    tmp_path: Path, pages: Pages, kind: str
) -> None:
    """No text is cut off, each digest fits on its sheet, and axe reports no violation.

    The first sheet has the results, and the others have the details.
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
        # A digest must not wrap, so that two can be compared visually.
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
