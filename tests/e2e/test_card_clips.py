"""Bin, previews, recording now and areas in the card, without a home behind it."""

from typing import Literal

from playwright.async_api import Page, expect
import pytest

from tests.e2e.card_page import sent
from tests.e2e.conftest import DESKTOP, SIZES, THEMES, Pages, picture

from . import card_page

pytestmark = pytest.mark.usefixtures("built_card")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_what_the_toolbar_opens_fits_the_screen(
    pages: Pages, size: str, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(SIZES[size], theme, still=True)
    await card_page.open_card(page, theme=theme, state="hevc")
    for name in ("Record now", "Deleted clips", "Shared clips", "Areas to watch"):
        await page.get_by_role("button", name=name, exact=True).click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_be_visible()
        if name == "Areas to watch":
            await expect(dialog.get_by_role("img")).to_be_visible()
            await dialog.get_by_role("button", name="Area 1, corner 2").focus()
        await picture(page, f"{name.replace(' ', '-').lower()}-{size}-{theme}")
        for button in await dialog.get_by_role("button").all():
            box = await button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44, await button.inner_text()
        body = dialog.locator(".body")
        assert await body.evaluate("body => body.scrollWidth <= body.clientWidth")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Play").first.click()
    await expect(page.get_by_text("This browser cannot play this clip")).to_be_visible()
    await picture(page, f"preview-offer-{size}-{theme}")
    await page.get_by_role("button", name="Make a preview").click()
    await picture(page, f"preview-making-{size}-{theme}")
    await page.get_by_role("button", name="Delete the clip").nth(1).click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await picture(page, f"undo-{size}-{theme}")
    wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0


async def test_focus_goes_with_the_video_and_comes_back(phone: Page) -> None:
    """Who plays by keyboard goes on at the video, and afterwards at the clip."""
    await card_page.open_card(phone)
    first = phone.locator("doorwatch-clip").first
    play = first.get_by_role("button", name="Play")
    stop = first.get_by_role("button", name="Close the video")
    await play.press("Enter")
    await expect(stop).to_be_focused()
    await stop.press("Enter")
    await expect(play).to_be_focused()

    await play.press("Enter")
    second = phone.locator("doorwatch-clip").nth(1)
    await second.get_by_role("button", name="Play").press("Enter")
    await expect(play).to_be_visible()
    await expect(second.get_by_role("button", name="Close the video")).to_be_focused()


@pytest.mark.lesson(9)
async def test_clip_that_this_browser_cannot_play_has_a_preview(phone: Page) -> None:
    await card_page.open_card(phone, state="hevc")
    clip = phone.locator("doorwatch-clip").first
    await expect(clip).to_contain_text("H.265: does not play in this browser")
    await expect(phone.get_by_text("does not play in this browser")).to_have_count(1)
    await clip.get_by_role("button", name="Play").click()
    await expect(clip.locator("video")).to_have_count(0)
    await clip.get_by_role("button", name="Make a preview").click()
    await expect(clip.get_by_role("progressbar")).to_be_visible()
    video = clip.locator("video")
    await expect(video).to_be_visible()
    await expect(clip).to_contain_text("This is a smaller preview.")
    await expect(clip).to_contain_text("1920 × 1080, H.265")


async def test_preview_that_nobody_waits_for_is_given_up(phone: Page) -> None:
    await card_page.open_card(phone, state="hevc")
    clip = phone.locator("doorwatch-clip").first
    await clip.get_by_role("button", name="Play").click()
    for leave in ("Cancel", "Close the video"):
        await clip.get_by_role("button", name="Make a preview").click()
        await clip.get_by_role("button", name=leave).click()
    given_up = [
        one
        for one in await sent(phone, "unsubscribe")
        if one["what"] == "doorwatch/clips/preview"
    ]
    assert len(given_up) == 2


async def test_deleting_can_be_undone_at_once(phone: Page) -> None:
    await card_page.open_card(phone)
    await expect(phone.locator("doorwatch-clip")).to_have_count(7)
    await phone.get_by_role("button", name="Delete the clip").first.click()
    await phone.get_by_role("button", name="Delete", exact=True).click()
    await expect(phone.locator("doorwatch-clip")).to_have_count(6)
    undo = phone.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    await phone.keyboard.press("Enter")
    await expect(phone.locator("doorwatch-clip")).to_have_count(7)
    await expect(phone.get_by_text("Clip restored")).to_be_visible()
    delete = phone.get_by_role("button", name="Delete the clip").first
    await expect(delete).to_be_focused()


async def test_deleted_clip_is_restored_from_the_bin(phone: Page) -> None:
    await card_page.open_card(phone)
    await phone.get_by_role("button", name="Deleted clips").click()
    dialog = phone.get_by_role("dialog")
    rows = dialog.get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Gone in 19 hours")
    await expect(rows.nth(1)).to_contain_text("Gone in 29 minutes")
    await rows.first.get_by_role("button", name="Restore").press("Enter")
    await expect(rows).to_have_count(1)
    await expect(dialog.get_by_text("Restored: Ring")).to_be_attached()
    await phone.keyboard.press("Escape")
    (message,) = await sent(phone, "doorwatch/clips/restore")
    assert message["clip_id"] == "clip-30"


async def test_only_one_kind_is_shown(phone: Page) -> None:
    await card_page.open_card(phone)
    await phone.get_by_label("Which clips to show").select_option("Recorded by hand")
    await expect(phone.locator("doorwatch-clip")).to_have_count(1)
    await expect(phone.locator("doorwatch-clip")).to_contain_text("By hand")
    assert (await sent(phone, "doorwatch/clips/list"))[-1]["event"] == "manual"
    await phone.get_by_label("Which clips to show").select_option("All clips")
    await expect(phone.locator("doorwatch-clip")).to_have_count(7)


async def test_recording_now_takes_a_door_and_seconds(phone: Page) -> None:
    await card_page.open_card(phone)
    await phone.get_by_role("button", name="Record now").click()
    dialog = phone.get_by_role("dialog")
    seconds = dialog.get_by_label("Seconds from now on")
    await expect(seconds).to_be_focused()
    start = dialog.get_by_role("button", name="Record", exact=True)
    for wrong in ("4", "601", ""):
        await seconds.fill(wrong)
        await expect(dialog.get_by_role("alert")).to_contain_text("From 5 to 600")
        await expect(start).to_be_disabled()
    await dialog.get_by_label("Doorbell").select_option("Garden gate")
    await seconds.fill("20")
    await phone.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(phone.get_by_text("Recording at Garden gate.")).to_be_visible()
    (message,) = await sent(phone, "doorwatch/record")
    assert (message["doorbell_id"], message["duration"]) == ("doorbell-2", 20)


async def test_areas_are_drawn_by_pointer(pages: Pages) -> None:
    page = await pages.open(DESKTOP, still=True)
    await card_page.open_card(page)
    await page.get_by_role("button", name="Areas to watch").click()
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
    await expect(dialog.get_by_text("Area 2 added")).to_be_attached()
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
    await card_page.open_card(phone)
    await phone.get_by_role("button", name="Areas to watch").press("Enter")
    dialog = phone.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add an area").press("Enter")
    corner = dialog.get_by_role("button", name="Area 2, corner 1")
    await expect(corner).to_be_focused()
    await expect(corner).to_have_accessible_name(
        "Area 2, corner 1: 31 % from the left, 36 % from the top"
    )
    await phone.keyboard.press("ArrowLeft")
    await phone.keyboard.press("Shift+ArrowUp")
    await expect(
        dialog.get_by_text("Corner 1: 30 % from the left, 26 % from the top")
    ).to_be_attached()
    await dialog.get_by_role("button", name="Add a corner").press("Enter")
    await expect(dialog.get_by_role("button", name="Area 2, corner 2")).to_be_focused()
    await phone.keyboard.press("Delete")
    await dialog.get_by_role("button", name="Area 1, corner 1").focus()
    await dialog.get_by_role("button", name="Remove the area").press("Enter")
    await expect(dialog.get_by_text("1 area is watched.")).to_be_visible()
    await dialog.get_by_role("button", name="Save").press("Enter")
    await expect(
        phone.get_by_text("The areas of Front door are saved.")
    ).to_be_visible()
    (message,) = await sent(phone, "doorwatch/areas/set")
    assert message["areas"] == [[[30, 26], [71, 36], [71, 76], [31, 76]]]


async def test_motion_that_is_off_is_told_where_areas_are_drawn(phone: Page) -> None:
    await card_page.open_card(phone, state="motion-off")
    await phone.get_by_role("button", name="Areas to watch").click()
    await expect(
        phone.get_by_text("Motion from the picture is switched off")
    ).to_be_visible()
