"""Sharing from the page of a clip, step by step, with a mock Home Assistant."""

from typing import Literal

from playwright.async_api import Page, Route, expect
import pytest

from tests.e2e.conftest import SIZES, THEMES, Pages, picture
from tests.e2e.dialog import show_what_will_be_sent, to_recipient
from tests.e2e.mock_page import back, choose, prepare, sent, start_sharing

from . import mock_page


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_sharing_fits_the_screen(
    pages: Pages, built_mock: None, size: str, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(SIZES[size], theme, still=True)
    await mock_page.open_clip(page, theme=theme)
    dialog = await start_sharing(page)
    await picture(page, f"share-form-{size}-{theme}")
    button = await prepare(dialog)
    await picture(page, f"share-review-{size}-{theme}")
    body = dialog.locator(".body")
    assert await body.evaluate("body => body.scrollWidth <= body.clientWidth")
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= SIZES[size][0]
    await button.click()
    await expect(dialog.get_by_role("button", name="Undo")).to_be_visible()
    await picture(page, f"share-undo-{size}-{theme}")


async def test_nothing_personal_goes_along_unless_it_is_ticked(phone: Page) -> None:
    await mock_page.open_clip(phone)
    dialog = await start_sharing(phone)
    await prepare(dialog)
    (request,) = await sent(phone, "doorwatch/share/prepare")
    assert request["personal"] == {}
    assert request["edits"] == {"audio": False}
    assert "note" not in request
    await expect(dialog).to_contain_text("No name and no contact details.")
    await back(dialog)
    await dialog.get_by_label("Send my name").check()
    await back(dialog, 2)
    await dialog.get_by_label("Include audio").check()
    await prepare(dialog)
    request = (await sent(phone, "doorwatch/share/prepare"))[-1]
    assert request["personal"] == {"name": "Robin Example"}
    assert request["edits"] == {"audio": True}
    await expect(dialog).to_contain_text("Robin Example")
    await expect(dialog).to_contain_text("Voices can be heard")


async def test_a_page_that_is_not_this_homes_says_so_where_the_dialog_opens(
    phone: Page,
) -> None:
    await mock_page.open_clip(phone, state="foreign")
    await phone.get_by_role("button", name="Share with an agency").click()
    dialog = phone.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text(
        "You logged in at http://elsewhere.example."
    )
    await expect(dialog.get_by_role("button", name="Next")).to_have_count(0)
    await expect(dialog.get_by_role("group")).to_have_count(0)
    assert not await sent(phone, "doorwatch/share/prepare")


async def test_host_of_an_agency_that_was_never_compared_comes_first(
    phone: Page,
) -> None:
    await mock_page.open_clip(phone)
    dialog = await start_sharing(phone)
    await prepare(dialog, "xn--brgeramt-n4a.example")
    words = await dialog.inner_text()
    assert words.index("xn--brgeramt-n4a.example") < words.index("Neighbourhood Office")
    assert "No one checked that this is really the agency" in words


async def test_mistakes_are_told_before_anything_is_prepared(phone: Page) -> None:
    await mock_page.open_clip(phone)
    dialog = await start_sharing(phone)
    await dialog.get_by_label("Start (seconds)").fill("20")
    await dialog.get_by_label("End (seconds)").fill("10")
    await dialog.get_by_role("button", name="Next").click()
    await expect(dialog).to_contain_text("The end must be after the start")
    await expect(dialog.get_by_label("Start (seconds)")).to_be_focused()
    await dialog.get_by_label("End (seconds)").fill("24")
    await choose(dialog)
    await dialog.get_by_label("Send my contact details").check()
    await show_what_will_be_sent(dialog)
    await expect(dialog).to_contain_text("Fill in what you selected.")
    await expect(dialog.get_by_label("Phone number or email")).to_be_focused()
    assert await sent(phone, "doorwatch/share/prepare") == []


async def test_pin_is_asked_for_and_kept_nowhere(phone: Page) -> None:
    await mock_page.open_clip(phone, state="pin")
    dialog = await start_sharing(phone)
    show = dialog.get_by_role("button", name="Review")
    await choose(dialog)
    await expect(dialog.get_by_label("Sharing PIN")).to_have_count(0)
    await show.click()
    pin = dialog.get_by_label("Sharing PIN")
    await expect(pin).to_be_focused()
    await pin.fill("0000")
    await show.click()
    await expect(dialog.get_by_text("The PIN is incorrect.")).to_be_in_viewport()
    await expect(pin).to_have_value("")
    await pin.fill("1234")
    await prepare(dialog)
    await back(dialog)
    await expect(pin).to_have_value("")


async def test_click_that_nobody_made_does_not_share(phone: Page) -> None:
    await mock_page.open_clip(phone)
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(button).to_be_enabled()
    await button.evaluate("button => button.click()")
    await button.evaluate(
        "button => button.dispatchEvent(new PointerEvent('click', {bubbles: true}))"
    )
    assert await sent(phone, "call_service") == []
    await button.press("Enter")
    await expect(dialog.get_by_role("button", name="Undo")).to_be_visible()
    (tap,) = await sent(phone, "call_service")
    assert tap["service_data"] == {
        "clip_id": "clip-0",
        "agency_id": "agency-1",
        "confirmation": "confirmation-1",
    }


async def test_share_waits_until_its_picture_is_there(phone: Page) -> None:
    await mock_page.open_clip(phone)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await phone.route("**/preview.mp4", hold)
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(button).to_be_disabled()
    await expect(dialog).to_contain_text("once the image appears")
    await picture(phone, "share-waits")
    for route in held:
        await route.fallback()
    await expect(button).to_be_enabled()
    await expect(dialog).not_to_contain_text("once the image appears")


async def test_what_the_browser_cannot_show_is_shown_as_a_copy_or_not_shared(
    phone: Page,
) -> None:
    await mock_page.open_clip(phone, state="unshown")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(dialog).to_contain_text("This browser can't show what would be sent")
    await expect(button).to_be_disabled()
    await picture(phone, "share-unshown")
    await dialog.get_by_role("button", name="Create smaller copy").click()
    await expect(dialog).to_contain_text("only to look at")
    await expect(button).to_be_enabled()
    first, second = await sent(phone, "doorwatch/share/prepare")
    assert "small_preview" not in first
    assert second == first | {"small_preview": True}

    await mock_page.open_clip(phone, state="never-shown")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await dialog.get_by_role("button", name="Create smaller copy").click()
    await expect(dialog).to_contain_text("can't show the smaller copy either")
    await expect(button).to_be_disabled()
    assert await sent(phone, "call_service") == []


async def test_copy_to_look_at_is_made_at_once_for_a_clip_that_does_not_play(
    phone: Page,
) -> None:
    await mock_page.open_clip(phone, state="hevc")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(button).to_be_enabled()
    await expect(dialog).to_contain_text("only to look at")
    (request,) = await sent(phone, "doorwatch/share/prepare")
    assert request["small_preview"] is True


async def test_sentence_that_the_page_does_not_know_stops_the_share(
    phone: Page,
) -> None:
    await mock_page.open_clip(phone, state="unknown-sentence")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(dialog).to_contain_text("something_new")
    await expect(button).to_be_disabled()


async def test_confirmation_that_expired_or_was_cut_off_is_prepared_anew(
    phone: Page,
) -> None:
    await mock_page.open_clip(phone, state="expires")
    dialog = await start_sharing(phone)
    await choose(dialog)
    await show_what_will_be_sent(dialog)
    await expect(dialog).to_contain_text("took longer than 10 minutes")
    await mock_page.open_clip(phone)
    dialog = await start_sharing(phone)
    await prepare(dialog)
    await phone.evaluate("window.drop()")
    await expect(dialog).to_contain_text("Connection to Home Assistant lost")
    show = dialog.get_by_role("button", name="Review")
    await expect(show).to_be_disabled()
    await phone.evaluate("window.reconnect()")
    await expect(show).to_be_enabled()


async def test_share_is_followed_and_undone(phone: Page) -> None:
    await mock_page.open_clip(phone)
    dialog = await start_sharing(phone)
    await (await prepare(dialog)).click()
    await dialog.get_by_role("button", name="Undo").press("Enter")
    await expect(dialog).to_contain_text("Undone. Nothing was sent.")
    await expect(dialog.get_by_text("Undone. Nothing was sent.").first).to_be_focused()
    await dialog.get_by_role("button", name="Close").last.click()
    # The page of the clip also shows it, below the clip.
    status = phone.get_by_role("region", name="Shares in progress")
    await expect(status).to_contain_text("Undone. Nothing was sent.")
    dialog = await start_sharing(phone)
    await (await prepare(dialog)).click()
    await expect(dialog.get_by_role("progressbar")).to_be_visible()
    await expect(dialog).to_contain_text("Delivered to Police of Sample Town")


async def test_focus_stays_in_the_dialog_and_comes_back(phone: Page) -> None:
    await mock_page.open_clip(phone)
    opener = phone.get_by_role("button", name="Share with an agency")
    await opener.focus()
    await phone.keyboard.press("Enter")
    dialog = phone.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    for _ in range(40):
        await phone.keyboard.press("Tab")
        inside = await phone.evaluate(
            """() => {
              let active = document.activeElement;
              const path = [];
              while (active) {
                path.push(active.localName);
                active = active.shadowRoot?.activeElement;
              }
              // The browser's own buttons come between the last one and the first.
              return path.includes('doorwatch-share-dialog') || path.at(-1) === 'body';
            }"""
        )
        assert inside
    await phone.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_proposal_leads_to_the_same_dialog(phone: Page) -> None:
    await mock_page.open_clip(phone, state="proposal")
    await expect(phone.get_by_text("Suggested by an automation")).to_be_visible()
    await phone.get_by_role("button", name="Review and share").click()
    await to_recipient(phone.get_by_role("dialog"))
    await expect(
        phone.get_by_role("radio", name="police.sample-town.example")
    ).to_be_checked()
    assert await sent(phone, "call_service") == []
