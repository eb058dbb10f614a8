"""Notifications in a real home, from the flow to the first ring on a phone."""

import asyncio
import sys

from playwright.async_api import Page, expect

from tests.e2e.conftest import PASSWORD, PHONE, USER, Pages, log_in, picture
from tests.e2e.looks import complaints
from tests.e2e.panel_page import choose, tab_to
from tests.e2e.taps import Taps, add_demo_doorbell

from .ha import Home, HomeAssistantProcess
from .phone import Phone

RINGS = "Someone rang the doorbell."


async def test_from_add_integration_to_the_first_ring_on_the_phone(
    machine: HomeAssistantProcess, pages: Pages, phone_app: Phone
) -> None:
    """The steps are made on the real pages, and the time taken is printed."""
    with (machine.config / "configuration.yaml").open("a") as configuration:
        configuration.write("mobile_app:\n")
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        # The app is registered before Doorwatch is added.
        await phone_app.log_in(home)
        page = await pages.open()
        await log_in(page, machine, "/config/integrations/dashboard")
        taps = Taps()
        await add_demo_doorbell(page, taps)
        push = await phone_app.gets(RINGS)
        sys.stdout.write(
            f"From “Add integration” to the first ring on the phone: {taps.said()}\n"
        )
        assert push["title"] == "Front door"
        data = push["data"]
        assert data["image"].startswith("/api/")
        assert "token" not in str(data)
        assert data["importance"] == "high"
        # The offer of notifications is hidden when they work.
        await expect(page.locator("doorwatch-still").first).to_be_visible()
        await expect(page.get_by_text("Get notified on your phone")).to_have_count(0)
        await choose(page, "My notifications")
        await expect(page.get_by_text("notifies everyone")).to_be_visible()
        await page.get_by_role("switch", name="Notify me").click()
        await _is_clean(page)
        await _test_by_keyboard(page, phone_app)
        await _survives_a_reload(page)


async def _is_clean(page: Page) -> None:
    await expect(page.get_by_text("Saved")).to_be_attached()
    await picture(page, "notifications-home")
    assert await complaints(page) == []


async def _test_by_keyboard(page: Page, phone: Phone) -> None:
    await tab_to(page, page.get_by_role("button", name="Send test to Robin's phone"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Sent to Robin's phone")).to_be_visible()
    await phone.gets("This phone gets notifications from Doorwatch.")


async def _survives_a_reload(page: Page) -> None:
    """Check on a phone that settings survive a reload."""
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await page.get_by_role("button", name="Add quiet hours").click()
    quiet = page.get_by_label("From, quiet hours 1")
    await quiet.fill("23:15")
    await quiet.press("Tab")
    await expect(page.get_by_text("Saved")).to_be_attached()
    await picture(page, "notifications-home-phone")
    await page.reload()
    await expect(quiet).to_have_value("23:15")
    await expect(page.get_by_role("switch", name="Notify me")).not_to_be_checked()
