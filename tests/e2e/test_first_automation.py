"""The documentation page on automations, followed step by step in a real home."""

import asyncio

from playwright.async_api import expect

from tests.e2e.conftest import PASSWORD, USER, Pages, log_in, picture
from tests.series import nightly
from tests.test_automations import examples

from .ha import Home, HomeAssistantProcess
from .phone import Phone

NAME = "An image on the phone when someone rings"
ACTION = "notify.mobile_app_robin_s_phone"


@nightly
async def test_an_example_is_pasted_and_tells_a_phone_of_the_next_ring(
    machine: HomeAssistantProcess, pages: Pages, phone_app: Phone
) -> None:
    """The names on the page match Home Assistant's own pages."""
    with (machine.config / "configuration.yaml").open("a") as configuration:
        configuration.write("mobile_app:\nautomation: !include automations.yaml\n")
    (machine.config / "automations.yaml").write_text("[]\n")
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await phone_app.log_in(home)
        await home.add_demo_doorbell()
        page = await pages.open()
        await log_in(page, machine, "/config/dashboard")
        await page.get_by_text("Tools", exact=True).click()
        await page.get_by_text("Actions", exact=True).first.click()
        await page.get_by_text("Action", exact=True).click()
        await page.locator("input:focus").press_sequentially("mobile_app")
        await expect(page.get_by_text(ACTION, exact=True)).to_be_visible()
        await picture(page, "automation-phone")

        await page.goto(machine.url + "/config/automation/dashboard")
        await page.get_by_text("Create automation").first.click()
        await page.get_by_text("Create new automation").click()
        await page.locator("ha-automation-editor [slot=toolbar-icon]").last.click()
        await page.get_by_text("Edit in YAML").click()
        editor = page.locator("ha-code-editor .cm-content")
        await editor.click()
        await page.keyboard.press("ControlOrMeta+A")
        example = examples()[NAME].replace("notify.mobile_app_phone", ACTION)
        await page.evaluate(
            "text => document.execCommand('insertText', false, text)", example
        )
        await picture(page, "automation-yaml")
        await page.get_by_text("Save", exact=True).first.click()
        dialog = page.locator("ha-dialog-automation-save, dialog-automation-save")
        await dialog.locator("input").first.fill(NAME)
        await dialog.locator("ha-button").get_by_text("Save", exact=True).click()
        await expect(dialog.locator("input")).to_have_count(0)
        await picture(page, "automation-saved")

        push = await phone_app.gets("Someone rang. Tap to watch the clip.")
        assert push["data"]["url"].startswith("/doorwatch/clip/")
