"""Choosing a part on the strip and covering areas, by mouse, touch and keyboard."""

from typing import Any, Literal

from playwright.async_api import Locator, Page, expect
import pytest

from tests.e2e.conftest import DESKTOP, PHONE, SIZES, THEMES, Pages, picture
from tests.e2e.dialog import show_what_will_be_sent
from tests.e2e.mock_page import (
    back,
    box_of,
    choose,
    drag,
    open_editor,
    prepare,
    sent,
    start_sharing,
)

from . import mock_page


async def edits_of(page: Page) -> dict[str, Any]:
    """Return the edits of the last request."""
    edits: dict[str, Any] = (await sent(page, "doorwatch/share/prepare"))[-1]["edits"]
    return edits


@pytest.mark.parametrize("height", [800, 1080])
async def test_dialog_is_as_high_in_each_step(
    pages: Pages, built_mock: None, height: int
) -> None:
    """The first two steps don't scroll."""
    page = await pages.open((1280, height), still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    await expect(dialog.get_by_role("slider", name="Start of the part")).to_be_visible()
    first = await dialog.bounding_box()
    body = dialog.locator(".body")
    scrolled = "body => body.scrollHeight - body.clientHeight"
    assert await body.evaluate(scrolled) <= 0
    await open_editor(dialog)
    assert await body.evaluate(scrolled) <= 0
    assert await dialog.bounding_box() == first
    await choose(dialog)
    assert await dialog.bounding_box() == first
    await show_what_will_be_sent(dialog)
    share = dialog.get_by_role("button", name="Share this clip with")
    await expect(share).to_be_enabled()
    assert await dialog.bounding_box() == first
    await share.click()
    await expect(dialog.get_by_role("button", name="Undo")).to_be_visible()
    assert await dialog.bounding_box() == first


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_strip_and_areas_fit_the_screen(
    pages: Pages, built_mock: None, size: str, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(SIZES[size], theme, still=True)
    await mock_page.open_clip(page, theme=theme)
    dialog = await start_sharing(page)
    start = dialog.get_by_role("slider", name="Start of the part")
    await start.press("ArrowRight")
    await start.press("ArrowRight")
    await dialog.get_by_role("slider", name="End of the part").press("PageDown")
    await start.scroll_into_view_if_needed()
    await picture(page, f"share-strip-{size}-{theme}")
    stage = await open_editor(dialog)
    await drag(page, stage, (0.1, 0.2), (0.35, 0.6))
    await drag(page, stage, (0.6, 0.5), (0.9, 0.9))
    await dialog.get_by_label("Cover area 2 all the time").uncheck()
    await stage.scroll_into_view_if_needed()
    await picture(page, f"share-cover-{size}-{theme}")
    await dialog.get_by_label("Cover area 2 all the time").scroll_into_view_if_needed()
    await picture(page, f"share-cover-times-{size}-{theme}")
    body = dialog.locator(".body")
    assert await body.evaluate("body => body.scrollWidth <= body.clientWidth")
    await prepare(dialog)
    await dialog.get_by_text("what was there").scroll_into_view_if_needed()
    await picture(page, f"share-covered-{size}-{theme}")
    assert await body.evaluate("body => body.scrollWidth <= body.clientWidth")


async def test_progress_of_covering_is_shown_and_closing_gives_it_up(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(PHONE, still=True)
    await mock_page.open_clip(page, state="redacting")
    dialog = await start_sharing(page)
    await choose(dialog)
    await show_what_will_be_sent(dialog)
    await expect(dialog).to_contain_text("Covering the areas in every image")
    await expect(dialog.get_by_role("progressbar")).to_have_js_property("value", 0.62)
    await picture(page, "share-redacting")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog.get_by_role("button", name="Review")).to_be_visible()
    given_up = [one["what"] for one in await sent(page, "unsubscribe")]
    assert "doorwatch/share/prepare" in given_up


async def test_part_is_chosen_on_the_strip_with_the_mouse(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(DESKTOP, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    strip = dialog.locator("doorwatch-filmstrip .strip")
    await expect(dialog.locator("doorwatch-filmstrip")).to_contain_text(
        "Whole clip: 25.0 seconds."
    )
    # The strip is 25 seconds long with a keyframe every 2 seconds, so it snaps to 6 s.
    await drag(page, strip, (0.005, 0.5), (0.25, 0.5))
    start = dialog.get_by_role("slider", name="Start of the part")
    await expect(start).to_have_attribute("aria-valuenow", "6")
    await expect(start).to_have_attribute(
        "aria-valuetext", "Starts 6.0 seconds into the clip"
    )
    await expect(dialog.get_by_label("Start (seconds)")).to_have_value("6")
    await drag(page, strip, (0.995, 0.5), (0.6, 0.5))
    end = dialog.get_by_role("slider", name="End of the part")
    value = float(await end.get_attribute("aria-valuenow") or 0)
    assert abs(value - 15) < 0.3
    await expect(dialog.locator("doorwatch-filmstrip")).to_contain_text(
        "at the next complete image"
    )
    await prepare(dialog)
    edits = await edits_of(page)
    assert edits["start"] == 6
    assert edits["end"] == value
    assert "redact" not in edits


async def test_part_is_chosen_on_the_strip_with_a_finger(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(PHONE, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    strip = dialog.locator("doorwatch-filmstrip .strip")
    box = await box_of(strip)
    for handle in ("Start of the part", "End of the part"):
        size = await box_of(dialog.get_by_role("slider", name=handle))
        assert min(size["width"], size["height"]) >= 44
    # A tap moves the nearer end to this position.
    await page.touchscreen.tap(
        box["x"] + 0.33 * box["width"], box["y"] + box["height"] / 2
    )
    await expect(
        dialog.get_by_role("slider", name="Start of the part")
    ).to_have_attribute("aria-valuenow", "8")
    # A finger that stays on the screen drags the end.
    session = await page.context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2
    for kind, x in (
        ("touchStart", 0.99),
        ("touchMove", 0.9),
        ("touchMove", 0.8),
        ("touchEnd", None),
    ):
        points = [] if x is None else [{"x": box["x"] + x * box["width"], "y": y}]
        await session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )
    end = dialog.get_by_role("slider", name="End of the part")
    await expect(end).not_to_have_attribute("aria-valuenow", "25")
    assert abs(float(await end.get_attribute("aria-valuenow") or 0) - 20) < 0.3


async def test_part_is_chosen_on_the_strip_by_keyboard(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(DESKTOP, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    start = dialog.get_by_role("slider", name="Start of the part")
    end = dialog.get_by_role("slider", name="End of the part")
    await start.focus()
    for key, value in (
        ("ArrowRight", "2"),
        ("ArrowUp", "4"),
        ("ArrowLeft", "2"),
        ("End", "24"),
        ("Home", "0"),
        ("ArrowRight", "2"),
    ):
        await page.keyboard.press(key)
        await expect(start).to_have_attribute("aria-valuenow", value)
    await page.keyboard.press("Tab")
    await expect(end).to_be_focused()
    for key, value in (
        ("ArrowLeft", "24.9"),
        ("Shift+ArrowLeft", "23.9"),
        ("PageDown", "22.9"),
        ("ArrowRight", "23"),
    ):
        await page.keyboard.press(key)
        await expect(end).to_have_attribute("aria-valuenow", value)
    # A typed value moves the strip inwards to a keyframe.
    await dialog.get_by_label("Start (seconds)").fill("6.5")
    await expect(start).to_have_attribute("aria-valuenow", "8")
    # With a covered area, the part can start at any picture.
    await open_editor(dialog)
    await dialog.get_by_role("button", name="Add area").click()
    await back(dialog)
    await expect(start).to_have_attribute("aria-valuenow", "6.5")
    await expect(dialog.locator("doorwatch-filmstrip")).to_contain_text(
        "starts and ends exactly there"
    )
    await start.press("ArrowRight")
    await expect(start).to_have_attribute("aria-valuenow", "6.6")


async def test_without_a_strip_the_part_can_be_typed(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(PHONE, still=True)
    await mock_page.open_clip(page, state="no-strip")
    dialog = await start_sharing(page)
    await dialog.get_by_label("Start (seconds)").fill("3")
    await prepare(dialog)
    assert await edits_of(page) == {"start": 3, "audio": False}
    await expect(dialog.locator("doorwatch-filmstrip")).to_have_count(0)


async def test_part_in_which_no_whole_picture_starts_is_a_mistake(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(PHONE, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    await expect(dialog.locator("doorwatch-filmstrip")).to_be_visible()
    await dialog.get_by_label("Start (seconds)").fill("6.5")
    await dialog.get_by_label("End (seconds)").fill("7.5")
    await dialog.get_by_role("button", name="Next").click()
    await expect(dialog).to_contain_text("Nothing is left of the clip")
    assert await sent(page, "doorwatch/share/prepare") == []


async def test_areas_are_drawn_moved_resized_and_removed_with_the_mouse(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(DESKTOP, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    stage = await open_editor(dialog)
    editor = dialog.locator("doorwatch-cover-editor")

    def area(number: int) -> Locator:
        return stage.get_by_role("button", name=f"Area {number}: ")

    await drag(page, stage, (0.1, 0.2), (0.3, 0.5))
    await drag(page, stage, (0.6, 0.6), (0.8, 0.9))
    await expect(area(1)).to_have_count(1)
    await expect(area(2)).to_have_count(1)
    # Move the area by its middle, then enlarge it at a corner.
    await drag(page, stage, (0.2, 0.35), (0.3, 0.45))
    await expect(editor).to_contain_text("Area 1 of 2")
    await drag(page, stage, (0.4, 0.6), (0.5, 0.8))
    await prepare(dialog)
    redact = (await edits_of(page))["redact"]
    expected = ((0.2, 0.3, 0.3, 0.5), (0.6, 0.6, 0.2, 0.3))
    for found, wanted in zip(redact, expected, strict=True):
        for name, value in zip(("left", "top", "width", "height"), wanted, strict=True):
            assert abs(found[name] - value) < 0.01, (found, wanted)
        assert not {"start", "end"} & set(found)
    await expect(dialog).to_contain_text("2 areas of the image are covered")
    await expect(dialog).to_contain_text("all the time.")
    await expect(dialog).to_contain_text("The video was re-encoded for that.")
    await expect(dialog).to_contain_text("Digest of the recording")

    # Going back keeps the areas. A click selects one, which can be removed.
    await back(dialog, 2)
    await expect(editor).to_contain_text("2 areas are covered.")
    await open_editor(dialog)
    await area(2).click()
    await editor.get_by_role("button", name="Remove area").click()
    await expect(editor.get_by_role("button", name="Add area")).to_be_focused()
    await expect(editor).to_contain_text("1 area is covered.")
    await prepare(dialog)
    assert len((await edits_of(page))["redact"]) == 1


async def test_areas_are_made_by_keyboard_alone(pages: Pages, built_mock: None) -> None:
    page = await pages.open(DESKTOP, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    editor = dialog.locator("doorwatch-cover-editor")
    await dialog.get_by_role("button", name="Next").focus()
    await page.keyboard.press("Enter")
    add = editor.get_by_role("button", name="Add area")
    await expect(add).to_be_enabled()
    await add.focus()
    await page.keyboard.press("Enter")
    area = editor.get_by_role("button", name="Area 1: ")
    await expect(area).to_be_focused()
    # A new area is 40 % wide and high, at 25 % and 30 %.
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Shift+ArrowUp")
    name = "Area 1: 26% from the left, 20% from the top, 40% wide, 40% high"
    await expect(area).to_have_accessible_name(name)
    await expect(editor.get_by_role("status").last).to_have_text(name)
    # Move to the corner at the lower right.
    for _ in range(3):
        await page.keyboard.press("Tab")
    corner = editor.get_by_role("button", name="Area 1, corner 3: ")
    await expect(corner).to_be_focused()
    await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("ArrowDown")
    await expect(area).to_have_accessible_name(
        "Area 1: 26% from the left, 20% from the top, 30% wide, 41% high"
    )
    # Show another moment and let the area start there.
    await editor.get_by_role("slider").focus()
    for _ in range(5):
        await page.keyboard.press("ArrowRight")
    await expect(editor).to_contain_text("Image at second 0.5")
    await editor.get_by_label("Cover area 1 all the time").press("Space")
    await editor.get_by_role("button", name="Start here").press("Enter")
    await editor.get_by_label("End (seconds)").fill("0.2")
    await expect(editor).to_contain_text("The end must be after the start")
    # An invalid area gets the focus, even if another one was selected.
    await add.press("Enter")
    await expect(editor).to_contain_text("Area 2 of 2")
    await dialog.get_by_role("button", name="Next").click()
    await expect(dialog).to_contain_text("One of them isn't valid")
    await expect(editor).to_contain_text("Area 1 of 2")
    await expect(editor.get_by_label("Start (seconds)")).to_be_focused()
    await editor.get_by_role("button", name="Area 2: ").focus()
    await page.keyboard.press("Delete")
    await area.focus()
    assert await sent(page, "doorwatch/share/prepare") == []
    await editor.get_by_label("End (seconds)").fill("4")
    await prepare(dialog)
    assert (await edits_of(page))["redact"] == [
        {"left": 0.26, "top": 0.2, "width": 0.3, "height": 0.41, "start": 0.5, "end": 4}
    ]
    await expect(dialog).to_contain_text("from second 0.5 to 4.")
    # Go back and delete the area.
    await back(dialog, 2)
    await open_editor(dialog)
    await area.focus()
    await page.keyboard.press("Delete")
    await expect(area).to_have_count(0)
    await expect(editor).to_contain_text("Nothing is covered.")
    await prepare(dialog)
    assert "redact" not in await edits_of(page)


async def test_no_more_areas_than_can_be_covered(
    pages: Pages, built_mock: None
) -> None:
    page = await pages.open(PHONE, still=True)
    await mock_page.open_clip(page)
    dialog = await start_sharing(page)
    await open_editor(dialog)
    add = dialog.get_by_role("button", name="Add area")
    for _ in range(20):
        await add.press("Enter")
    await expect(add).to_be_disabled()
    await prepare(dialog)
    assert len((await edits_of(page))["redact"]) == 20
