"""What HACS installs, in a home that has nothing else: from the flow to the first clip."""

import asyncio
from pathlib import Path
import sys
import time
from zipfile import ZipFile

from playwright.async_api import Locator, Page, expect
import pytest

from scripts.make_package import write_zip
from tests.e2e.conftest import PASSWORD, USER, Pages, log_in, picture
from tests.e2e.panel_page import clips_of, plays

from .ha import Home, HomeAssistantProcess


class Taps:
    """Presses what a person presses, and counts."""

    def __init__(self) -> None:
        """Begin to count."""
        self.count = 0
        self._begun = time.monotonic()

    async def press(self, what: Locator) -> None:
        """Press it as soon as it is there."""
        await what.click()
        self.count += 1

    def said(self) -> str:
        """Return how many, and how long it took."""
        seconds = time.monotonic() - self._begun
        return f"{self.count} taps, {seconds:.0f} s"


async def test_from_the_zip_to_the_first_clip(
    request: pytest.FixtureRequest, pages: Pages, tmp_path: Path
) -> None:
    """Typed into the real pages; how long it takes is printed."""
    package = tmp_path / "doorwatch.zip"
    await asyncio.to_thread(write_zip, package)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    machine = HomeAssistantProcess(tmp_path / "config", code=elsewhere)
    request.addfinalizer(machine.kill)
    installed = machine.config / "custom_components" / "doorwatch"
    installed.mkdir(parents=True)
    with ZipFile(package) as zipped:
        zipped.extractall(installed)
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        page = await pages.open()
        await log_in(page, machine, "/config/integrations/dashboard")
        taps = await _first_clip(page)
        sys.stdout.write(f"From “Add integration” to the first clip: {taps}\n")
        await picture(page, "newcomer-clip")
        assert await home.clips()


async def _first_clip(page: Page) -> str:
    """Add the demo doorbell and watch its first clip; return what that took."""
    taps = Taps()
    await taps.press(page.get_by_role("button", name="Add integration"))
    offered = page.locator("dialog-add-integration")
    await picture(page, "newcomer-add")
    await offered.locator("input").first.fill("Doorwatch")
    await taps.press(offered.locator("ha-integration-list-item").first)
    flow = page.locator("dialog-data-entry-flow")
    await picture(page, "newcomer-menu")
    await taps.press(flow.get_by_text("A demo doorbell"))
    await flow.locator("input").first.fill("Front door")
    await picture(page, "newcomer-demo")
    await taps.press(flow.get_by_text("Submit", exact=True))
    await expect(flow.get_by_text("Submit", exact=True)).to_have_count(0)
    await picture(page, "newcomer-added")
    await taps.press(flow.get_by_text("Skip and finish", exact=True))
    await expect(flow.get_by_text("Skip and finish")).to_have_count(0)

    await taps.press(page.locator("ha-sidebar").get_by_text("Doorwatch", exact=True))
    test_clip = page.get_by_role("button", name="Record a test clip")
    await picture(page, "newcomer-first-run")
    await taps.press(test_clip)
    await picture(page, "newcomer-recording")
    await expect(clips_of(page).first).to_be_visible(timeout=120_000)
    await picture(page, "newcomer-today")
    await taps.press(clips_of(page).first.get_by_role("link"))
    await plays(page)
    return taps.said()
