"""Helpers for the page of a clip and its share dialog."""

import re

from playwright.async_api import Locator, Page, expect


async def to_cover(dialog: Locator) -> None:
    """Continue from the step of the part to the step of covered areas."""
    await dialog.get_by_role("button", name="Next").click()
    await expect(dialog.get_by_text("Step 2 of 4")).to_be_visible()


async def to_recipient(dialog: Locator) -> None:
    """Continue to the step of the agency from any earlier step."""
    await expect(dialog.get_by_text(re.compile("^Step [123] of 4$"))).to_be_visible()
    if await dialog.get_by_text("Step 1 of 4").count():
        await to_cover(dialog)
    if await dialog.get_by_text("Step 2 of 4").count():
        await dialog.get_by_role("button", name=re.compile("^(Next|Skip)$")).click()
    await expect(dialog.get_by_text("Step 3 of 4")).to_be_visible()


async def show_what_will_be_sent(dialog: Locator) -> None:
    """Prepare the share."""
    await dialog.get_by_role("button", name="Review").click()


async def start_sharing(page: Page) -> Locator:
    """Open the dialog on the page of a clip."""
    await page.get_by_role("button", name="Share with an agency").click()
    return page.get_by_role("dialog")


async def review(page: Page) -> Locator:
    """Open the dialog, fill it in and review the share; return the share button."""
    dialog = await start_sharing(page)
    await expect(dialog).to_contain_text("Nothing leaves your home until")
    await to_recipient(dialog)
    await dialog.get_by_label("Case reference").fill("ND-2026/7")
    await show_what_will_be_sent(dialog)
    button = dialog.get_by_role("button", name="Share this clip with 127.0.0.1")
    await expect(button).to_be_enabled()
    return button
