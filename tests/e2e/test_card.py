"""The card in each of its states, with a mock Home Assistant."""

from typing import Literal

from playwright.async_api import Page, expect
import pytest

from tests.e2e.conftest import DESKTOP, THEMES, Pages
from tests.e2e.looks import looked_at, looked_at_in_the_dark

from . import mock_page

STATES = (
    "clips",
    "list",
    "empty",
    "no-doorbell",
    "disk-full",
    "loading",
    "error",
    "offline",
    "proposal",
    "recording",
    "shares",
)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_state_fits_every_screen(
    pages: Pages, built_mock: None, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(DESKTOP, theme, still=True)
    look = looked_at if theme == "light" else looked_at_in_the_dark
    for state in STATES:
        shown = {"layout": "list"} if state == "list" else {"state": state}
        await mock_page.open_card(page, theme=theme, **shown)
        assert await look(page, f"card-{state}-{theme}", "doorwatch-card") == []


async def test_press_on_a_clip_leads_to_its_page(phone: Page) -> None:
    await mock_page.open_card(phone)
    clips = phone.get_by_role("list", name="Latest clips").get_by_role("link")
    await expect(clips).to_have_count(4)
    await clips.nth(1).click()
    await expect(phone).to_have_url(f"{mock_page.ADDRESS}doorwatch/clip/clip-1")
    await expect(phone.get_by_role("heading", name="Person")).to_be_visible()


async def test_a_line_tells_of_shares_and_leads_to_them(phone: Page) -> None:
    await mock_page.open_card(phone, state="shares")
    badge = phone.locator("doorwatch-card a.badge")
    await expect(badge).to_contain_text("2 shares are in progress.")
    await expect(badge).to_contain_text("2 shares need your attention.")
    await badge.press("Enter")
    await expect(phone).to_have_url(f"{mock_page.ADDRESS}doorwatch/shared")


async def test_home_without_a_doorbell_is_told_how_to_add_one(phone: Page) -> None:
    await mock_page.open_card(phone, state="no-doorbell")
    card = phone.locator("doorwatch-card")
    await expect(card).to_contain_text("No doorbell to show")
    await expect(card).not_to_contain_text("No clips yet")


async def test_lost_connection_is_told_and_found_again(phone: Page) -> None:
    await mock_page.open_card(phone)
    lost = phone.get_by_text("Connection to Home Assistant lost")
    await phone.evaluate("window.drop()")
    await expect(lost).to_be_visible()
    await phone.evaluate("window.reconnect()")
    await expect(lost).to_have_count(0)
