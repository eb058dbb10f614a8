"""Count the clicks of a new user."""

import time

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import picture
from tests.onvif_device.device import OnvifDevice


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
    await _open_panel(page, taps)


async def add_stream(page: Page, taps: Taps, address: str) -> None:
    """Add a doorbell by its stream with the defaults, and go to the panel."""
    flow = await choose_kind(page, taps, "Doorbell with a stream address")
    await flow.locator("input").first.fill(address)
    await taps.press(flow.get_by_text("Submit", exact=True))
    await _accept(page, taps, "What detects that someone is there?")


async def add_network_doorbell(page: Page, taps: Taps, device: OnvifDevice) -> None:
    """Add an ONVIF doorbell by its address with the defaults, and go to the panel."""
    flow = await choose_kind(page, taps, "Doorbell on my network")
    fields = flow.locator("ha-form-string input, ha-selector-text input")
    for each, text in enumerate(("127.0.0.1", *device.login)):
        await fields.nth(each).fill(text)
    await flow.locator("ha-selector-number input").fill(str(device.port))
    await taps.press(flow.get_by_text("Submit", exact=True))
    await _accept(page, taps, "The doorbell itself reports motion")


async def add_camera(page: Page, taps: Taps) -> None:
    """Link the only camera of this home with the defaults, and go to the panel."""
    flow = await choose_kind(page, taps, "Doorbell in Home Assistant")
    await expect(flow.get_by_role("radio")).to_be_checked()
    await taps.press(flow.get_by_text("Submit", exact=True))
    await _accept(page, taps, "What detects that someone is there?")


async def _accept(page: Page, taps: Taps, text: str) -> None:
    """Accept the defaults of the last form, and follow the link to the panel."""
    flow = page.locator("dialog-data-entry-flow")
    await expect(flow.get_by_text(text)).to_be_visible()
    await picture(page, "newcomer-detection")
    await taps.press(flow.get_by_text("Submit", exact=True))
    await _open_panel(page, taps)


async def _open_panel(page: Page, taps: Taps) -> None:
    """Follow the link to the panel after a doorbell was added."""
    flow = page.locator("dialog-data-entry-flow")
    panel = flow.get_by_role("link", name="Doorwatch panel")
    await expect(panel).to_be_visible()
    await picture(page, "newcomer-added")
    await taps.press(panel)
    await expect(page.locator("doorwatch-panel")).to_be_visible()
    await expect(panel).to_be_hidden()
    await picture(page, "newcomer-panel")
