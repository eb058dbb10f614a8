"""Drawing the watched areas in the settings, with a mock Home Assistant."""

from playwright.async_api import Page, expect
import pytest

from tests.e2e.conftest import DESKTOP, Pages
from tests.e2e.mock_page import sent

from . import mock_page

pytestmark = pytest.mark.usefixtures("built_mock")


async def open_areas(page: Page, **options: str) -> None:
    """Open the dialog with the keyboard."""
    await mock_page.open_panel(page, "/settings", **options)
    await page.get_by_role("button", name="Motion zones of Front door").press("Enter")


async def test_areas_are_drawn_by_pointer(pages: Pages) -> None:
    page = await pages.open(DESKTOP, still=True)
    await open_areas(page)
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("img")).to_be_visible()
    box = await dialog.locator(".stage").bounding_box()
    assert box is not None

    async def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        for index, (across, down) in enumerate((start, end)):
            await page.mouse.move(
                box["x"] + box["width"] * across / 100,
                box["y"] + box["height"] * down / 100,
                steps=4,
            )
            await (page.mouse.up() if index else page.mouse.down())

    await drag((10, 10), (30, 30))
    await expect(dialog.get_by_text("Zone 2 added")).to_be_attached()
    await drag((30, 30), (50, 40))
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    (message,) = await sent(page, "doorwatch/areas/set")
    assert len(message["areas"]) == 2
    for corner, wanted in zip(
        message["areas"][1], [(10, 10), (30, 10), (50, 40), (10, 30)], strict=True
    ):
        assert corner == pytest.approx(wanted, abs=0.6)


async def test_areas_are_drawn_by_keyboard_alone(phone: Page) -> None:
    await open_areas(phone)
    dialog = phone.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add zone").press("Enter")
    corner = dialog.get_by_role("button", name="Zone 2, corner 1")
    await expect(corner).to_be_focused()
    await expect(corner).to_have_accessible_name(
        "Zone 2, corner 1: 31% from the left, 36% from the top"
    )
    await phone.keyboard.press("ArrowLeft")
    await phone.keyboard.press("Shift+ArrowUp")
    await expect(
        dialog.get_by_text("Corner 1: 30% from the left, 26% from the top")
    ).to_be_attached()
    await dialog.get_by_role("button", name="Add corner").press("Enter")
    await expect(dialog.get_by_role("button", name="Zone 2, corner 2")).to_be_focused()
    await phone.keyboard.press("Delete")
    await dialog.get_by_role("button", name="Zone 1, corner 1").focus()
    await dialog.get_by_role("button", name="Remove zone").press("Enter")
    await expect(dialog.get_by_text("1 zone is set.")).to_be_visible()
    await dialog.get_by_role("button", name="Save").press("Enter")
    await expect(phone.get_by_text("Motion zones saved for Front door")).to_be_visible()
    (message,) = await sent(phone, "doorwatch/areas/set")
    assert message["areas"] == [[[30, 26], [71, 36], [71, 76], [31, 76]]]


async def test_motion_that_is_off_is_told_where_areas_are_drawn(phone: Page) -> None:
    await open_areas(phone, state="motion-off")
    await expect(
        phone.get_by_text("Motion detection in the video is off")
    ).to_be_visible()
