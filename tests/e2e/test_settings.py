"""Changing the household's rules in the panel of a real home."""

from playwright.async_api import expect

from tests.e2e.conftest import PANEL, PHONE, DemoHome, Pages, log_in, picture
from tests.e2e.looks import complaints


async def test_rules_are_changed_in_place_with_the_form_of_home_assistant(
    demo_home: DemoHome, pages: Pages
) -> None:
    page = await pages.open(PHONE, still=True)
    await log_in(page, demo_home.machine, f"{PANEL}/settings")
    change = page.get_by_role("button", name="Change storage")
    await change.click()
    form = page.locator("doorwatch-options-form")
    days = form.get_by_role("spinbutton", name="Days to keep clips")
    await expect(days).to_have_value("30")
    await picture(page, "settings-storage")
    assert await complaints(page) == []
    await form.get_by_role("button", name="Cancel").click()
    await expect(form).to_have_count(0)
    await expect(change).to_be_focused()

    await change.click()
    await days.fill("31")
    await days.press("Tab")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(page.get_by_text("For 31 days.")).to_be_visible()

    for name, field in (
        ("Change who can share", "Time to undo a share"),
        ("Change PIN", "New PIN"),
        ("More settings", "Show in the sidebar"),
    ):
        await page.get_by_role("button", name=name).click()
        await expect(form.get_by_text(field).first).to_be_visible()
        await picture(page, f"settings-{name.split()[-1].lower()}")
        assert await complaints(page) == []
        await form.get_by_role("button", name="Save").click()
        await expect(form).to_have_count(0)
