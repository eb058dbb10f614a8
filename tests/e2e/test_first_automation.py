"""The page on automations, followed step by step in a real home."""

import asyncio

from playwright.async_api import expect

from tests.e2e.conftest import PASSWORD, USER, Pages, log_in, picture
from tests.e2e.test_notifications import Phone, phone_app
from tests.test_automations import examples

from .ha import Home, HomeAssistantProcess

__all__ = ["phone_app"]

NAME = "An image on the phone when someone rings"


async def test_an_example_is_pasted_and_tells_a_phone_of_the_next_ring(
    machine: HomeAssistantProcess, pages: Pages, phone_app: Phone
) -> None:
    """By the names that the page says, in Home Assistant's own pages."""
    with (machine.config / "configuration.yaml").open("a") as configuration:
        configuration.write("mobile_app:\nautomation: !include automations.yaml\n")
    (machine.config / "automations.yaml").write_text("[]\n")
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await phone_app.log_in(home)
        await home.add_demo_doorbell()
        page = await pages.open()
        await log_in(page, machine, "/config/tools/action")
        await page.get_by_text("Action", exact=True).last.click()
        await page.keyboard.type("mobile_app", delay=60)
        await page.wait_for_timeout(1500)
        await picture(page, "automation-tools")

        await page.goto(machine.url + "/config/automation/dashboard")
        await page.get_by_text("Create automation").first.click()
        await picture(page, "automation-new")
        await page.get_by_text("Create new automation").click()
        await picture(page, "automation-editor")
        await page.locator("ha-automation-editor [slot=toolbar-icon]").last.click()
        await picture(page, "automation-menu")
        await page.get_by_text("Edit in YAML").click()
        editor = page.locator("ha-code-editor .cm-content")
        await editor.click()
        await page.keyboard.press("ControlOrMeta+A")
        example = examples()[NAME].replace(
            "notify.mobile_app_phone", "notify.mobile_app_robin_s_phone"
        )
        await page.evaluate(
            "text => document.execCommand('insertText', false, text)", example
        )
        await picture(page, "automation-yaml")
        await page.get_by_text("Save", exact=True).first.click()
        await picture(page, "automation-name")
        dialog = page.locator("ha-dialog-automation-save, dialog-automation-save")
        await dialog.locator("input").first.fill(NAME)
        await dialog.locator("ha-button").get_by_text("Save", exact=True).click()
        await expect(dialog.locator("input")).to_have_count(0)
        await picture(page, "automation-saved")

        push = await phone_app.gets("Someone rang the doorbell.")
        assert push["data"]["url"].startswith("/doorwatch/clip/")
