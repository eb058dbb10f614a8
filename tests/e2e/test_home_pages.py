"""A home opened at an address that Home Assistant doesn't know."""

from playwright.async_api import expect

from tests.e2e.conftest import (
    HOME_NAME,
    PASSWORD,
    USER,
    DemoHome,
    Pages,
    picture,
    type_login,
)
from tests.e2e.dialog import start_sharing

from .ha import Home


async def test_the_dialog_says_how_an_address_is_added_and_when_it_counts(
    demo_home: DemoHome, pages: Pages
) -> None:
    """The person reads the instruction and an administrator follows it."""
    machine = demo_home.machine
    address = f"http://{HOME_NAME}:{machine.port}"
    page = await pages.open()
    await type_login(page, machine, await demo_home.clip_page(), at=address)
    dialog = await start_sharing(page)
    told = dialog.get_by_role("alert")
    await expect(told).to_contain_text(address)
    await expect(told).to_contain_text("“More addresses of this home”")
    await picture(page, "share-foreign")
    await expect(dialog.get_by_role("button", name="Next")).to_have_count(0)
    await dialog.get_by_role("button", name="Close").last.click()

    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.set_household(client_addresses=[address])
        await start_sharing(page)
        await expect(told).to_contain_text("about 24 more hours")
        await home.set_household(client_addresses=[])
