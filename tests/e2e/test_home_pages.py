"""A home that is opened at an address of its own, of which Home Assistant knows nothing."""

from playwright.async_api import expect

from tests.e2e.conftest import (
    DASHBOARD,
    HOME_NAME,
    PASSWORD,
    USER,
    DemoHome,
    Pages,
    log_in,
    picture,
)
from tests.e2e.dialog import FIRST_CLIP, show_what_will_be_sent, to_recipient

from .ha import Home


async def test_the_dialog_says_how_an_address_is_added_and_then_prepares(
    demo_home: DemoHome, pages: Pages
) -> None:
    """The person reads the sentence, an administrator does what it says."""
    machine = demo_home.machine
    address = f"http://{HOME_NAME}:{machine.port}"
    page = await pages.open()
    await log_in(page, machine, DASHBOARD, at=address)
    clip = page.locator("doorwatch-clip").first
    await expect(clip).to_be_visible(timeout=FIRST_CLIP)
    await clip.get_by_role("button", name="Share the clip").click()
    dialog = page.get_by_role("dialog")
    told = dialog.get_by_role("alert")
    await expect(told).to_contain_text(address)
    await expect(told).to_contain_text("“More addresses of this home”")
    await picture(page, "share-foreign")
    await expect(dialog.get_by_role("button", name="Next")).to_have_count(0)
    await dialog.get_by_role("button", name="Close").last.click()

    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.set_household(client_addresses=[address])

        await clip.get_by_role("button", name="Share the clip").click()
        await to_recipient(dialog)
        await show_what_will_be_sent(dialog)
        button = dialog.get_by_role("button", name="Share this clip with")
        await expect(button).to_be_enabled()
        await home.set_household(client_addresses=[])
