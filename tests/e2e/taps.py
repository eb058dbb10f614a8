"""Count the clicks of a new user."""

import time

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import picture


class Taps:
    """Click and count the clicks."""

    def __init__(self) -> None:
        """Start counting."""
        self.count = 0
        self._begun = time.monotonic()

    async def press(self, what: Locator) -> None:
        """Click an element as soon as it is there."""
        await what.click()
        self.count += 1

    def said(self) -> str:
        """Return the number of clicks and the time taken."""
        seconds = time.monotonic() - self._begun
        return f"{self.count} taps, {seconds:.0f} s"


async def choose_kind(page: Page, taps: Taps, kind: str) -> Locator:
    """Choose a kind of doorbell, from the integrations page; return the flow's dialog."""
    await taps.press(page.get_by_role("button", name="Add integration"))
    offered = page.locator("dialog-add-integration")
    await picture(page, "newcomer-add")
    await offered.locator("input").first.fill("Doorwatch")
    await taps.press(offered.locator("ha-integration-list-item").first)
    flow = page.locator("dialog-data-entry-flow")
    await picture(page, "newcomer-menu")
    await taps.press(flow.get_by_text(kind, exact=True))
    return flow


async def add_demo_doorbell(page: Page, taps: Taps) -> None:
    """Add the demo doorbell, from the integrations page to the panel."""
    flow = await choose_kind(page, taps, "Demo doorbell")
    await flow.locator("input").first.fill("Front door")
    await picture(page, "newcomer-demo")
    await taps.press(flow.get_by_text("Submit", exact=True))
    await expect(flow.get_by_text("Submit", exact=True)).to_have_count(0)
    await picture(page, "newcomer-added")
    await taps.press(flow.get_by_text("Skip and finish", exact=True))
    await expect(flow.get_by_text("Skip and finish")).to_have_count(0)
    await taps.press(page.locator("ha-sidebar").get_by_text("Doorwatch", exact=True))


async def add_stream(page: Page, taps: Taps, address: str) -> None:
    """Add a doorbell by its stream with the defaults, and go to the panel."""
    flow = await choose_kind(page, taps, "Doorbell with a stream address")
    await flow.locator("input").first.fill(address)
    await taps.press(flow.get_by_text("Submit", exact=True))
    await expect(
        flow.get_by_text("What detects that someone is there?")
    ).to_be_visible()
    await picture(page, "newcomer-detection")
    await taps.press(flow.get_by_text("Submit", exact=True))
    panel = flow.get_by_role("link", name="Doorwatch panel")
    await expect(panel).to_be_visible()
    await picture(page, "newcomer-stream-added")
    await taps.press(panel)
    await expect(page.locator("doorwatch-panel")).to_be_visible()
    await expect(panel).to_be_hidden()
    await picture(page, "newcomer-stream-panel")
