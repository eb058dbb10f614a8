"""The card in each of its states, in a real browser, without a home behind it."""

import re
from typing import Literal

from playwright.async_api import Page, Route, expect
import pytest

from tests.e2e.card_page import back, choose, prepare, sent, start_sharing
from tests.e2e.conftest import SIZES, THEMES, Pages, picture
from tests.e2e.dialog import show_what_will_be_sent, to_recipient

from . import card_page

STATES = (
    "clips",
    "list",
    "empty",
    "no-doorbell",
    "loading",
    "error",
    "offline",
    "proposal",
    "shares",
    "by-hand",
)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_every_state_fits_the_screen(
    pages: Pages, built_card: None, size: str, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(SIZES[size], theme, still=True)
    for state in STATES:
        shown = {"layout": "list"} if state == "list" else {"state": state}
        await card_page.open_card(page, theme=theme, **shown)
        await page.wait_for_function("document.fonts.status === 'loaded'")
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{state} is {wider} px wider than the screen"
        await picture(page, f"card-{state}-{size}-{theme}")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_sharing_fits_the_screen(
    pages: Pages, built_card: None, size: str, theme: Literal["light", "dark"]
) -> None:
    page = await pages.open(SIZES[size], theme, still=True)
    await card_page.open_card(page, theme=theme)
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


async def test_every_button_is_large_enough_for_a_finger(phone: Page) -> None:
    for state in ("clips", "shares", "proposal"):
        await card_page.open_card(phone, state=state)
        for button in await phone.get_by_role("button").all():
            box = await button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44, await button.inner_text()


async def test_nothing_personal_goes_along_unless_it_is_ticked(phone: Page) -> None:
    await card_page.open_card(phone)
    dialog = await start_sharing(phone)
    await prepare(dialog)
    (request,) = await sent(phone, "doorwatch/share/prepare")
    assert request["personal"] == {}
    assert request["edits"] == {"audio": False}
    assert "note" not in request
    await expect(dialog).to_contain_text("No name and no contact.")
    await back(dialog)
    await dialog.get_by_label("Send my name").check()
    await back(dialog, 2)
    await dialog.get_by_label("Send the sound too").check()
    await prepare(dialog)
    request = (await sent(phone, "doorwatch/share/prepare"))[-1]
    assert request["personal"] == {"name": "Robin Example"}
    assert request["edits"] == {"audio": True}
    await expect(dialog).to_contain_text("Robin Example")
    await expect(dialog).to_contain_text("voices can be heard")


async def test_a_page_that_is_not_this_homes_says_so_where_the_dialog_opens(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="foreign")
    await phone.get_by_role("button", name="Share the clip").first.click()
    dialog = phone.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_have_text("You logged in elsewhere.")
    await expect(dialog.get_by_role("button", name="Next")).to_have_count(0)
    await expect(dialog.get_by_role("group")).to_have_count(0)
    assert not await sent(phone, "doorwatch/share/prepare")


async def test_host_of_an_agency_that_was_never_compared_comes_first(
    phone: Page,
) -> None:
    await card_page.open_card(phone)
    dialog = await start_sharing(phone)
    await prepare(dialog, "xn--brgeramt-n4a.example")
    words = await dialog.inner_text()
    assert words.index("xn--brgeramt-n4a.example") < words.index("Neighbourhood Office")
    assert "nobody checked that this is really the agency" in words


async def test_mistakes_are_told_before_anything_is_prepared(phone: Page) -> None:
    await card_page.open_card(phone)
    dialog = await start_sharing(phone)
    await dialog.get_by_label("From second").fill("20")
    await dialog.get_by_label("To second").fill("10")
    await dialog.get_by_role("button", name="Next").click()
    await expect(dialog).to_contain_text("The end must come after the start")
    await expect(dialog.get_by_label("From second")).to_be_focused()
    await dialog.get_by_label("To second").fill("24")
    await choose(dialog)
    await dialog.get_by_label("Send a way to reach me").check()
    await show_what_will_be_sent(dialog)
    await expect(dialog).to_contain_text("Fill in what you ticked.")
    await expect(dialog.get_by_label("Phone number or e-mail")).to_be_focused()
    assert await sent(phone, "doorwatch/share/prepare") == []


async def test_home_without_a_doorbell_is_told_how_to_add_one(phone: Page) -> None:
    await card_page.open_card(phone, state="no-doorbell")
    card = phone.locator("doorwatch-card")
    await expect(card).to_contain_text("No doorbell to show")
    await expect(card).not_to_contain_text("No clips yet")


async def test_pin_is_asked_for_and_kept_nowhere(phone: Page) -> None:
    await card_page.open_card(phone, state="pin")
    dialog = await start_sharing(phone)
    show = dialog.get_by_role("button", name="Show me what will be sent")
    await choose(dialog)
    await expect(dialog.get_by_label("PIN of this home")).to_have_count(0)
    await show.click()
    pin = dialog.get_by_label("PIN of this home")
    await expect(pin).to_be_focused()
    await pin.fill("0000")
    await show.click()
    await expect(dialog.get_by_text("That PIN is not right.")).to_be_in_viewport()
    await expect(pin).to_have_value("")
    await pin.fill("1234")
    await prepare(dialog)
    await back(dialog)
    await expect(pin).to_have_value("")


async def test_click_that_nobody_made_does_not_share(phone: Page) -> None:
    await card_page.open_card(phone)
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
    await card_page.open_card(phone)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await phone.route("**/preview.mp4", hold)
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(button).to_be_disabled()
    await expect(dialog).to_contain_text("once its picture is here")
    await picture(phone, "share-waits")
    for route in held:
        await route.fallback()
    await expect(button).to_be_enabled()
    await expect(dialog).not_to_contain_text("once its picture is here")


async def test_what_the_browser_cannot_show_is_shown_as_a_copy_or_not_shared(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="unshown")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(dialog).to_contain_text("This browser cannot show what would be sent")
    await expect(button).to_be_disabled()
    await picture(phone, "share-unshown")
    await dialog.get_by_role("button", name="Make a copy to look at").click()
    await expect(dialog).to_contain_text("only to look at")
    await expect(button).to_be_enabled()
    first, second = await sent(phone, "doorwatch/share/prepare")
    assert "small_preview" not in first
    assert second == first | {"small_preview": True}

    await card_page.open_card(phone, state="never-shown")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await dialog.get_by_role("button", name="Make a copy to look at").click()
    await expect(dialog).to_contain_text("cannot show the copy either")
    await expect(button).to_be_disabled()
    assert await sent(phone, "call_service") == []


async def test_copy_to_look_at_is_made_at_once_for_a_clip_that_does_not_play(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="hevc")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(button).to_be_enabled()
    await expect(dialog).to_contain_text("only to look at")
    (request,) = await sent(phone, "doorwatch/share/prepare")
    assert request["small_preview"] is True


async def test_sentence_that_the_card_does_not_know_stops_the_share(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="unknown-sentence")
    dialog = await start_sharing(phone)
    button = await prepare(dialog)
    await expect(dialog).to_contain_text("something_new")
    await expect(button).to_be_disabled()


async def test_confirmation_that_expired_or_was_cut_off_is_prepared_anew(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="expires")
    dialog = await start_sharing(phone)
    await choose(dialog)
    await show_what_will_be_sent(dialog)
    await expect(dialog).to_contain_text("took longer than ten minutes")
    await card_page.open_card(phone)
    dialog = await start_sharing(phone)
    await prepare(dialog)
    await phone.evaluate("window.drop()")
    await expect(dialog).to_contain_text("connection to Home Assistant was lost")
    show = dialog.get_by_role("button", name="Show me what will be sent")
    await expect(show).to_be_disabled()
    await phone.evaluate("window.reconnect()")
    await expect(show).to_be_enabled()


async def test_share_is_followed_and_undone(phone: Page) -> None:
    await card_page.open_card(phone)
    dialog = await start_sharing(phone)
    await (await prepare(dialog)).click()
    await dialog.get_by_role("button", name="Undo").press("Enter")
    await expect(dialog).to_contain_text("Nothing was sent: you took it back")
    await expect(
        dialog.get_by_text("Nothing was sent: you took it back").first
    ).to_be_focused()
    await dialog.get_by_role("button", name="Close").last.click()
    await phone.get_by_role("button", name="Shared clips").click()
    row = phone.get_by_role("listitem").filter(
        has_text="Nothing was sent: you took it back"
    )
    await expect(row).to_contain_text("Share was tapped")
    await phone.keyboard.press("Escape")
    dialog = await start_sharing(phone)
    await (await prepare(dialog)).click()
    await expect(dialog.get_by_role("progressbar")).to_be_visible()
    await expect(dialog).to_contain_text("Delivered to Police of Sample Town")


async def test_words_of_a_share_that_stopped_say_what_had_left(phone: Page) -> None:
    await card_page.open_card(phone, state="shares")
    shares = phone.locator("doorwatch-share-status")
    stopped = shares.filter(has_text="it needs a new tap")
    await expect(stopped).to_contain_text("The agency changed its terms")
    await expect(stopped).to_contain_text("4.2 MB of 9.4 MB had arrived")
    await expect(stopped).to_contain_text("confirmed that it removed them")
    await expect(shares.filter(has_text="Not delivered to").first).to_contain_text(
        "A part of it, perhaps all, may have been sent."
    )
    await expect(shares.filter(has_text="Nothing was sent")).to_have_count(0)

    await shares.get_by_role("button", name="Stop").click()
    asked = shares.filter(has_text="Stopped on the way to Police of Sample Town")
    await expect(asked).to_have_count(2)
    await expect(asked.first).to_contain_text("is being asked to remove it")
    (cancel,) = await sent(phone, "doorwatch/share/cancel")
    assert cancel["share_id"] == "share-uploading"

    await stopped.get_by_role("button", name="Hide").click()
    await expect(stopped).to_have_count(0)


async def test_what_a_person_hands_over_is_offered_by_keyboard_too(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="by-hand")
    shares = phone.locator("doorwatch-share-status")
    ready = shares.filter(has_text="Ready to download")
    await expect(ready).to_contain_text("It is not encrypted")
    await ready.get_by_role("button", name="Download").focus()
    await phone.keyboard.press("Enter")
    (asked,) = await sent(phone, "doorwatch/share/address")
    assert asked["share_id"] == "share-ready"
    stuck = shares.filter(has_text="Not delivered to")
    await stuck.get_by_role("button", name="Hand over by file instead").focus()
    await phone.keyboard.press("Enter")
    (chosen,) = await sent(phone, "doorwatch/share/hand_over")
    assert chosen["share_id"] == "share-failed"
    # Nobody pasted a link here, so there is none to open.
    await expect(shares.get_by_role("link")).to_have_count(0)
    await picture(phone, "by-hand")


async def test_share_that_waits_says_why_and_can_be_tried_now_or_stopped(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="pausing")
    share = phone.locator("doorwatch-share-status")
    await expect(share).to_contain_text("The agency cannot be reached")
    await expect(share).to_contain_text("Next try at")
    await expect(share.get_by_role("button", name="Stop")).to_be_visible()
    await picture(phone, "share-pausing")
    await share.get_by_role("button", name="Try now").click()
    (retry,) = await sent(phone, "doorwatch/share/retry")
    assert retry["share_id"] == "share-uploading"
    await expect(share.get_by_role("button", name="Try now")).to_have_count(0)
    await expect(share).not_to_contain_text("Next try at")


async def test_lost_connection_does_not_say_that_nothing_was_sent(phone: Page) -> None:
    await card_page.open_card(phone, state="shares")
    await phone.evaluate("window.drop()")
    shares = phone.locator("doorwatch-share-status")
    await shares.get_by_role("button", name="Stop").click()
    await expect(shares.filter(has_text="how the share goes on")).to_have_count(1)
    await expect(shares.filter(has_text="Nothing was sent")).to_have_count(0)


async def test_owner_reads_the_fingerprint_out_and_takes_receipt_and_ledger_home(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="shares")
    await expect(phone.locator("doorwatch-share-status").last).to_contain_text(
        "are under “Shared clips”"
    )
    await phone.get_by_role("button", name="Shared clips").click()
    dialog = phone.get_by_role("dialog", name="Shared clips")
    delivered = phone.get_by_text(re.compile("^Delivered to"))
    row = dialog.get_by_role("listitem").filter(has=delivered)
    await row.get_by_role("button", name="Show the fingerprint").click()
    groups = (await row.locator("code").inner_text()).split()
    assert len(groups) == 13
    assert {len(group) for group in groups} == {4}
    await expect(row).to_contain_text("Read it out when the agency asks")
    await expect(row.get_by_role("button", name="Download the receipt")).to_be_focused()
    await expect(row.locator(".clip")).to_have_text(
        re.compile("^Ring, .+ at .+, Garden gate$")
    )
    gone = dialog.get_by_text("Its clip is not kept here any more")
    await expect(gone).to_be_visible()
    body = dialog.locator(".body")
    assert await body.evaluate("body => body.scrollWidth <= body.clientWidth")
    await picture(phone, "shared-clips")

    for place, name in ((row, "receipt"), (dialog, "ledger")):
        async with phone.expect_download() as downloading:
            await place.get_by_role("button", name=f"Download the {name}").click()
        assert (await downloading.value).url.endswith(name)


async def test_a_delivered_clip_is_withdrawn_after_an_honest_question(
    phone: Page,
) -> None:
    await card_page.open_card(phone, state="shares")
    await phone.get_by_role("button", name="Shared clips").click()
    dialog = phone.get_by_role("dialog", name="Shared clips")
    delivered = phone.get_by_text(re.compile("^Delivered to"))
    row = dialog.get_by_role("listitem").filter(has=delivered)
    await expect(row).to_contain_text("has the very file that was sent")
    withdraw = row.get_by_role("button", name="Withdraw the share")
    await withdraw.click()
    await expect(row).to_contain_text("it may refuse, or not answer")
    await expect(row).to_contain_text("cannot be recalled")
    leave = row.get_by_role("button", name="Leave it")
    await expect(leave).to_be_focused()
    await picture(phone, "withdraw-question")
    await leave.click()
    await expect(withdraw).to_be_focused()
    assert await sent(phone, "doorwatch/share/withdraw") == []
    await withdraw.click()
    await row.get_by_role("button", name="Ask to delete it").click()
    await expect(row).to_contain_text("has not answered yet")
    await expect(withdraw).to_have_count(0)
    await expect(row.get_by_role("button").first).to_be_focused()
    (asked,) = await sent(phone, "doorwatch/share/withdraw")
    assert asked["share_id"] == "share-delivered"
    body = dialog.locator(".body")
    assert await body.evaluate("body => body.scrollWidth <= body.clientWidth")
    async with phone.expect_download() as downloading:
        await row.get_by_role("button", name="Download the agency's receipt").click()
    assert (await downloading.value).url.endswith("delivery")


async def test_focus_stays_in_the_dialog_and_comes_back(phone: Page) -> None:
    await card_page.open_card(phone)
    opener = phone.get_by_role("button", name="Share the clip").first
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
    await card_page.open_card(phone, state="proposal")
    await expect(phone.get_by_text("Proposed by an automation")).to_be_visible()
    await phone.get_by_role("button", name="Review and share").click()
    await to_recipient(phone.get_by_role("dialog"))
    await expect(
        phone.get_by_role("radio", name="police.sample-town.example")
    ).to_be_checked()
    assert await sent(phone, "call_service") == []


async def test_lost_connection_is_told_and_found_again(phone: Page) -> None:
    await card_page.open_card(phone)
    await phone.evaluate("window.drop()")
    await expect(
        phone.get_by_text("The connection to Home Assistant is lost")
    ).to_be_visible()
    await expect(
        phone.get_by_role("button", name="Delete the clip").first
    ).to_be_disabled()
    before = len(await sent(phone, "doorwatch/clips/list"))
    await phone.evaluate("window.reconnect()")
    await expect(
        phone.get_by_role("button", name="Delete the clip").first
    ).to_be_enabled()
    assert len(await sent(phone, "doorwatch/clips/list")) == before + 1


async def test_older_clips_are_shown_on_demand(phone: Page) -> None:
    await card_page.open_card(phone)
    await expect(phone.locator("doorwatch-clip")).to_have_count(7)
    await phone.get_by_role("button", name="Show older clips").click()
    await expect(phone.locator("doorwatch-clip")).to_have_count(9)
    await expect(phone.get_by_role("button", name="Show older clips")).to_have_count(0)
