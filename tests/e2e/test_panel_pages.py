"""The pages of the panel in each of their states, with a mock Home Assistant."""

import re
from typing import Literal

from playwright.async_api import Locator, Page, expect
import pytest

from tests.e2e.conftest import DESKTOP, PHONE, THEMES, Pages
from tests.e2e.looks import looked_at, looked_at_in_the_dark
from tests.e2e.mock_page import sent
from tests.e2e.panel_page import open_notices

from . import mock_page

pytestmark = pytest.mark.usefixtures("built_mock")

# Page, address, and state of the mock home.
PAGES = (
    ("today", "", "clips"),
    ("today-one-door", "", "one-door"),
    ("today-four-doors", "", "four-doors"),
    ("today-eight-doors", "", "eight-doors"),
    ("today-recording", "", "recording"),
    ("today-disk-full", "", "disk-full"),
    ("today-shares", "", "shares"),
    ("today-updated", "", "updated"),
    ("today-empty", "", "empty"),
    ("today-no-doorbell", "", "no-doorbell"),
    ("today-error", "", "error"),
    ("today-offline", "", "offline"),
    ("clip", "/clip/clip-1", "clips"),
    ("clip-guest", "/clip/clip-3", "guest"),
    ("clip-hevc", "/clip/clip-0", "hevc"),
    ("clip-proposal", "/clip/clip-0", "proposal"),
    ("clip-shares", "/clip/clip-0", "shares"),
    ("clip-gone", "/clip/other", "clips"),
    ("requests", "/requests", "requests"),
    ("requests-none", "/requests", "no-place"),
    ("requests-no-agency", "/requests", "no-agency"),
    ("request", "/requests/agency-1/2026-0417", "requests"),
    ("request-hostile", "/requests/agency-1/hostile", "requests"),
    ("request-answered", "/requests/agency-1/answered", "requests"),
    ("request-invalid", "/requests/agency-1/lacking", "requests"),
    ("request-gone", "/requests/agency-1/other", "requests"),
    ("shared", "/shared", "shares"),
    ("shared-by-hand", "/shared", "by-hand"),
    ("shared-empty", "/shared", "empty"),
    ("proof", "/shared/proof", "clips"),
    ("proof-empty", "/shared/proof", "empty"),
    ("deleted", "/deleted", "clips"),
    ("deleted-empty", "/deleted", "empty"),
    ("notifications", "/notifications", "clips"),
    ("notifications-phones", "/notifications", "phones"),
    ("notifications-no-phone", "/notifications", "no-phone"),
    ("settings", "/settings", "clips"),
    ("settings-empty", "/settings", "empty"),
    ("nowhere", "/made-up", "clips"),
)


def clips_of(page: Page) -> Locator:
    """Find the clips on Today."""
    return page.locator("doorwatch-clip-list li")


@pytest.mark.parametrize("theme", THEMES)
async def test_every_page_fits_every_screen(
    pages: Pages, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(DESKTOP, theme, still=True)
    look = looked_at if theme == "light" else looked_at_in_the_dark
    found = {}
    for name, path, state in PAGES:
        await mock_page.open_panel(page, path, theme=theme, state=state)
        found[name] = await look(page, f"panel-{name}-{theme}", "doorwatch-panel")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


async def test_what_is_new_is_told_in_line_and_put_away(
    pages: Pages, built_mock: None
) -> None:
    """The message covers nothing, so a ring stays visible."""
    phone = await pages.open(PHONE, still=True, answers="Nobody: ")
    await mock_page.open_panel(phone, state="updated")
    await open_notices(phone)
    news = phone.get_by_role("region", name="What’s new in Doorwatch")
    await expect(news.get_by_role("listitem")).to_have_count(5)
    await phone.evaluate("window.ring()")
    await phone.get_by_role("button", name="Not now: Front door").press("Enter")
    await news.get_by_role("button", name="Got it").press("Enter")
    await expect(news).to_have_count(0)
    [told] = await sent(phone, "doorwatch/seen/mark")
    assert told["seen"] == {}
    await expect(clips_of(phone).first.get_by_role("link").first).to_be_focused()


@pytest.mark.parametrize("size", [(1280, 800), (820, 1180)])
async def test_day_is_on_the_first_screen_of_a_home_with_many_doors(
    pages: Pages, size: tuple[int, int]
) -> None:
    page = await pages.open(size, still=True)
    await mock_page.open_panel(page, state="four-doors")
    await expect(clips_of(page).first).to_be_in_viewport()
    timeline = page.locator("doorwatch-timeline")
    await expect(timeline).to_be_in_viewport()
    # The card below the pointer isn't cut off by elements above it.
    await timeline.get_by_role("slider").focus()
    card = timeline.locator(".card")
    await expect(card).to_be_in_viewport(ratio=1)
    assert await card.evaluate(
        """card => {
            card.inert = false;  // Keys brought it: a mouse is let through.
            const {left, top} = card.getBoundingClientRect();
            let shown = document.elementFromPoint(left + 20, top + 20);
            while (shown?.shadowRoot && shown !== card.getRootNode().host)
                shown = shown.shadowRoot.elementFromPoint(left + 20, top + 20);
            return shown === card.getRootNode().host;
        }"""
    )


async def test_clips_are_near_on_a_phone_of_a_home_with_many_doors(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone, state="four-doors")
    box = await clips_of(phone).first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 1.5 * PHONE[1]


async def test_one_clip_leads_to_the_next_by_button_key_and_swipe(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone)
    await clips_of(phone).first.get_by_role("link").click()
    heading = phone.get_by_role("heading", level=1)
    await expect(heading).to_contain_text("Ring")
    await phone.get_by_role("button", name="Older").click()
    await expect(phone).to_have_url(re.compile("/clip/clip-1"))
    await expect(heading).to_contain_text("Person")
    await phone.keyboard.press("Shift+ArrowLeft")
    await expect(phone).to_have_url(re.compile("/clip/clip-2"))
    await phone.keyboard.press("Shift+ArrowRight")
    await phone.keyboard.press("Shift+ArrowRight")
    await expect(phone).to_have_url(re.compile("/clip/clip-0"))
    newest = phone.get_by_role("button", name="Newer")
    await expect(newest).to_have_attribute("aria-disabled", "true")
    box = await phone.locator(".facts").first.bounding_box()
    assert box is not None
    session = await phone.context.new_cdp_session(phone)
    middle = box["y"] + box["height"] / 3
    for kind, points in (
        ("touchStart", [{"x": 60, "y": middle}]),
        ("touchMove", [{"x": 160, "y": middle}]),
        ("touchMove", [{"x": 260, "y": middle}]),
        ("touchEnd", []),
    ):
        await session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )
    await expect(phone).to_have_url(re.compile("/clip/clip-1"))
    # Going back takes one step, however many clips were viewed.
    await phone.go_back()
    await expect(clips_of(phone).first).to_be_visible()


@pytest.mark.lesson(9)
async def test_clip_that_this_browser_cannot_play_has_a_preview(phone: Page) -> None:
    await mock_page.open_clip(phone, state="hevc")
    clip = phone.locator("doorwatch-clip-player")
    await expect(clip).to_contain_text("This browser can't play this clip")
    await expect(clip).to_contain_text("H.265")
    await expect(clip.locator("video")).to_have_count(0)
    await clip.get_by_role("button", name="Create preview").click()
    await expect(clip.get_by_role("progressbar")).to_be_visible()
    await expect(clip.locator("video")).to_be_visible()
    await expect(clip).to_contain_text("This is a smaller preview.")
    await expect(clip).to_contain_text("1920 × 1080, H.265")


async def test_preview_that_nobody_waits_for_is_given_up(phone: Page) -> None:
    await mock_page.open_clip(phone, state="hevc")
    clip = phone.locator("doorwatch-clip-player")
    for leave in ("Cancel", "Older"):
        await clip.get_by_role("button", name="Create preview").click()
        await phone.get_by_role("button", name=leave).click()
    await expect(phone).to_have_url(re.compile("/clip/clip-1"))
    given_up = [
        one
        for one in await sent(phone, "unsubscribe")
        if one["what"] == "doorwatch/clips/preview"
    ]
    assert len(given_up) == 2


async def test_deleting_in_the_list_is_taken_back_at_once(phone: Page) -> None:
    """With the keyboard, the focus moves to Undo and then to the clip."""
    await mock_page.open_panel(phone)
    first = clips_of(phone).first.get_by_role("link")
    name = await first.get_attribute("href") or ""
    await first.press("Delete")
    undo = phone.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    gone = phone.locator(f"doorwatch-clip-list a[href='{name}']")
    await expect(gone).to_have_count(0)
    await phone.keyboard.press("Enter")
    await expect(phone.get_by_text("Clip restored")).to_be_visible()
    await expect(gone).to_be_focused()


async def test_deleting_on_the_page_of_a_clip_goes_on_to_the_next(phone: Page) -> None:
    await mock_page.open_clip(phone)
    delete = phone.get_by_role("button", name="Delete", exact=True)
    await delete.click()
    await expect(phone).to_have_url(re.compile("/clip/clip-1"))
    await phone.get_by_role("button", name="Undo").click()
    await expect(phone).to_have_url(re.compile("/clip/clip-0"))

    # Deleting a protected clip needs a confirmation.
    await phone.get_by_role("button", name="Protect").click()
    await delete.click()
    question = phone.get_by_role("dialog", name="Delete this clip?")
    await expect(question).to_contain_text("This clip is protected.")
    await question.get_by_role("button", name="Cancel").click()
    await expect(delete).to_be_focused()
    assert len(await sent(phone, "doorwatch/clips/delete")) == 1


async def test_deleted_clip_is_restored_from_its_page(phone: Page) -> None:
    await mock_page.open_panel(phone)
    await phone.get_by_role("button", name="More pages").press("Enter")
    await phone.get_by_role("link", name="Deleted clips").press("Enter")
    page = phone.locator("doorwatch-deleted-page")
    rows = page.get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Gone in 19 hours")
    await expect(rows.nth(1)).to_contain_text("Gone in 29 minutes")
    await rows.first.get_by_role("button", name="Restore").press("Enter")
    await expect(rows).to_have_count(1)
    await expect(page.get_by_text("Restored: Ring")).to_be_focused()
    (message,) = await sent(phone, "doorwatch/clips/restore")
    assert message["clip_id"] == "clip-30"


async def test_only_one_kind_is_shown(phone: Page) -> None:
    await mock_page.open_panel(phone)
    chip = phone.get_by_role("button", name="Recorded by hand", exact=True)
    await chip.click()
    await expect(clips_of(phone)).to_have_count(1)
    await expect(clips_of(phone)).to_contain_text("Recorded by hand")
    await expect(phone).to_have_url(re.compile("kind=manual"))
    await chip.click()
    await expect(clips_of(phone).nth(1)).to_be_visible()


async def test_recording_by_hand_shows_that_it_runs_and_stops(phone: Page) -> None:
    await mock_page.open_panel(phone)
    still = phone.locator("doorwatch-still").first
    await still.get_by_role("button", name="Record now at Front door").press("Enter")
    await expect(phone.get_by_text("Recording at Front door.")).to_be_visible()
    await expect(still.locator(".recording").get_by_role("status")).to_have_text(
        "Recording"
    )
    stop = still.get_by_role("button", name="Stop the manual recording at Front door")
    await expect(stop).to_be_focused()
    await phone.keyboard.press("Enter")
    await expect(stop).to_have_count(0)
    assert len(await sent(phone, "doorwatch/record")) == 1
    assert len(await sent(phone, "doorwatch/record/stop")) == 1


async def test_recording_by_hand_while_somebody_is_there_says_that_it_extends(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone, state="recording")
    await phone.get_by_role("button", name="Record now at Front door").click()
    await expect(phone.get_by_text("Your recording extends that clip.")).to_be_visible()


async def test_lost_connection_is_told_and_found_again(phone: Page) -> None:
    await mock_page.open_panel(phone)
    delete = phone.get_by_role("button", name="Delete the clip").first
    await expect(delete).to_be_enabled()
    await phone.evaluate("window.drop()")
    await expect(phone.get_by_text("Connection to Home Assistant lost")).to_be_visible()
    await expect(delete).to_be_disabled()
    await phone.evaluate("window.reconnect()")
    await expect(delete).to_be_enabled()


async def test_older_clips_come_while_scrolling(phone: Page) -> None:
    await mock_page.open_panel(phone, state="many")
    asked = len(await sent(phone, "doorwatch/clips/list"))
    await phone.locator("doorwatch-today .scroll").hover()
    await phone.mouse.wheel(0, 6_000)
    await phone.wait_for_function(
        """before => window.sent.filter(({type}) => type === 'doorwatch/clips/list')
            .length > before""",
        arg=asked,
    )
    # Only clips near the screen are rendered.
    assert await clips_of(phone).count() < 60
