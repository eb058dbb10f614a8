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
    form = page.locator("doorwatch-entry-form")
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
        ("Agency requests", "Nearby"),
        ("More settings", "Show in the sidebar"),
    ):
        await page.get_by_role("button", name=name).click()
        await expect(form.get_by_text(field).first).to_be_visible()
        await picture(page, f"settings-{name.split()[-1].lower()}")
        assert await complaints(page) == []
        await form.get_by_role("button", name="Save").click()
        await expect(form).to_have_count(0)


async def test_a_doorbell_is_edited_in_place(demo_home: DemoHome, pages: Pages) -> None:
    page = await pages.open(PHONE, still=True)
    await log_in(page, demo_home.machine, f"{PANEL}/settings")
    edit = page.get_by_role("button", name="Edit Front door")
    await edit.click()
    form = page.locator("doorwatch-entry-form")
    section = form.get_by_role("button", name="Days to keep clips")
    await expect(section).to_be_visible()
    assert await complaints(page) == []
    await section.click()
    rings = form.get_by_role("spinbutton", name="Rings")
    await picture(page, "settings-doorbell")
    # Escape leads to Cancel once something was changed.
    await rings.fill("4000")
    await rings.press("Escape")
    await expect(form.get_by_role("button", name="Cancel")).to_be_focused()
    await form.get_by_role("button", name="Save").click()
    wrong = form.get_by_text("A value is missing or out of range.")
    await expect(wrong).to_be_visible()
    await rings.fill("90")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(edit).to_be_focused()
    await expect(page.get_by_text("Rings: 90 days.")).to_be_visible()

    await edit.click()
    await expect(form.get_by_role("button", name="Cancel")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)


async def test_an_agency_is_edited_in_place(demo_home: DemoHome, pages: Pages) -> None:
    page = await pages.open(PHONE, still=True)
    await log_in(page, demo_home.machine, f"{PANEL}/settings")
    edit = page.get_by_role("button", name="Edit Demo Agency")
    await edit.click()
    form = page.locator("doorwatch-entry-form")
    last_group = form.get_by_role("textbox", name="Last four characters")
    await last_group.fill("????")
    await form.get_by_role("button", name="Save").click()
    await expect(
        form.get_by_text("These aren't the last four characters")
    ).to_be_visible()
    await picture(page, "settings-agency")
    assert await complaints(page) == []
    await last_group.fill(demo_home.agency.last_group)
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(edit).to_be_focused()
    await expect(page.get_by_text("Its fingerprint was compared")).to_be_visible()
