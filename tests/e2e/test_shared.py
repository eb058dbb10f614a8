"""The panel's page of shares, with a mock Home Assistant."""

import re

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import picture
from tests.e2e.mock_page import sent

from . import mock_page


def delivered(page: Page) -> Locator:
    """Find the delivered share."""
    words = page.get_by_text(re.compile("^Delivered to"))
    return page.get_by_role("listitem").filter(has=words)


async def downloads(page: Page, place: Locator, name: str) -> None:
    """Click a download button and check the file's name."""
    async with page.expect_download() as downloading:
        await place.get_by_role("button", name=f"Download {name}").click()
    assert (await downloading.value).url.endswith(name)


async def test_words_of_a_share_that_stopped_say_what_had_left(phone: Page) -> None:
    await mock_page.open_panel(phone, "/shared", state="shares")
    shares = phone.locator("doorwatch-share-status")
    stopped = shares.filter(has_text="needs a new tap")
    await expect(stopped).to_contain_text("The agency changed its name")
    await expect(stopped).to_contain_text("4.2 MB of 9.4 MB had arrived")
    await expect(stopped).to_contain_text("confirmed that it removed them")
    await expect(shares.filter(has_text="Not delivered to").first).to_contain_text(
        "Part of it, perhaps all, might have been sent."
    )
    await expect(shares.filter(has_text="Nothing was sent")).to_have_count(0)

    await shares.get_by_role("button", name="Stop").click()
    asked = shares.filter(has_text="Stopped while sending to Police of Sample Town")
    await expect(asked).to_have_count(2)
    await expect(asked.first).to_contain_text("is being asked to remove it")
    (cancel,) = await sent(phone, "doorwatch/share/cancel")
    assert cancel["share_id"] == "share-uploading"

    await stopped.get_by_role("button", name="Hide").click()
    await expect(stopped).to_have_count(0)


async def test_what_a_person_hands_over_is_offered_by_keyboard_too(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone, "/shared", state="by-hand")
    shares = phone.locator("doorwatch-share-status")
    ready = shares.filter(has_text="Ready to download")
    await expect(ready).to_contain_text("It isn't encrypted")
    await ready.get_by_role("button", name="Download").focus()
    await phone.keyboard.press("Enter")
    (asked,) = await sent(phone, "doorwatch/share/address")
    assert asked["share_id"] == "share-ready"
    stuck = shares.filter(has_text="Not delivered to")
    await stuck.get_by_role("button", name="Hand over as a file").focus()
    await phone.keyboard.press("Enter")
    (chosen,) = await sent(phone, "doorwatch/share/hand_over")
    assert chosen["share_id"] == "share-failed"
    # There is no pasted link to open here.
    await expect(shares.get_by_role("link", name="Open upload page")).to_have_count(0)
    await picture(phone, "by-hand")


async def test_share_that_waits_says_why_and_can_be_tried_now_or_stopped(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone, "/shared", state="pausing")
    share = phone.locator("doorwatch-share-status")
    await expect(share).to_contain_text("The agency can't be reached")
    await expect(share).to_contain_text("Next attempt at")
    await expect(share.get_by_role("button", name="Stop")).to_be_visible()
    await picture(phone, "share-pausing")
    await share.get_by_role("button", name="Try now").click()
    (retry,) = await sent(phone, "doorwatch/share/retry")
    assert retry["share_id"] == "share-uploading"
    await expect(share.get_by_role("button", name="Try now")).to_have_count(0)
    await expect(share).not_to_contain_text("Next attempt at")


async def test_lost_connection_does_not_say_that_nothing_was_sent(phone: Page) -> None:
    await mock_page.open_panel(phone, "/shared", state="shares")
    await phone.evaluate("window.drop()")
    shares = phone.locator("doorwatch-share-status")
    await shares.get_by_role("button", name="Stop").click()
    await expect(shares.filter(has_text="how the share is going")).to_have_count(1)
    await expect(shares.filter(has_text="Nothing was sent")).to_have_count(0)


async def test_owner_reads_the_fingerprint_out_and_takes_receipt_and_ledger_home(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone, "/shared", state="shares")
    page = phone.locator("doorwatch-shared-page")
    row = delivered(phone)
    await row.get_by_role("button", name="Show fingerprint").click()
    groups = (await row.locator("code").inner_text()).split()
    assert len(groups) == 13
    assert {len(group) for group in groups} == {4}
    await expect(row).to_contain_text("Read it aloud when the agency asks")
    await expect(row.locator(".fingerprint")).to_be_focused()
    clip = row.get_by_role("link", name=re.compile("^Ring, .+ at .+, Garden gate$"))
    await expect(clip).to_have_attribute("href", "/doorwatch/clip/clip-0")
    await expect(page).to_contain_text("Its clip is no longer stored here")
    await picture(phone, "shared-clips")

    await downloads(phone, row, "receipt")
    await phone.get_by_role("link", name=re.compile("^Proof")).click()
    proof = phone.locator("doorwatch-proof-page")
    await expect(proof).to_contain_text("3 attempts to share were refused.")
    await downloads(phone, proof, "ledger")


async def test_a_delivered_clip_is_withdrawn_after_an_honest_question(
    phone: Page,
) -> None:
    await mock_page.open_panel(phone, "/shared", state="shares")
    row = delivered(phone)
    await expect(row).to_contain_text("has exactly the file that was sent")
    withdraw = row.get_by_role("button", name="Withdraw the share")
    await withdraw.click()
    await expect(row).to_contain_text("it can refuse, or not answer")
    await expect(row).to_contain_text("can't be recalled")
    leave = row.get_by_role("button", name="Cancel")
    await expect(leave).to_be_focused()
    await picture(phone, "withdraw-question")
    await leave.click()
    await expect(withdraw).to_be_focused()
    assert await sent(phone, "doorwatch/share/withdraw") == []
    await withdraw.click()
    await row.get_by_role("button", name="Ask to delete").click()
    await expect(row).to_contain_text("hasn't answered yet")
    await expect(withdraw).to_have_count(0)
    await expect(row.get_by_role("link").first).to_be_focused()
    (asked,) = await sent(phone, "doorwatch/share/withdraw")
    assert asked["share_id"] == "share-delivered"
    async with phone.expect_download() as downloading:
        await row.get_by_role("button", name="Download agency's receipt").click()
    assert (await downloading.value).url.endswith("delivery")
