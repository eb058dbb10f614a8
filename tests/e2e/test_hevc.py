"""A real home that records H.265: preview, on-demand recording, bin and watched areas."""

import asyncio
import json
from pathlib import Path
import re
from typing import Any

from playwright.async_api import Page, expect
import pytest

from tests.e2e.conftest import PANEL, PASSWORD, USER, Pages, log_in, picture
from tests.e2e.dialog import show_what_will_be_sent, start_sharing, to_recipient
from tests.e2e.homes import connected, has_seen_clips
from tests.rtsp.fixtures import RtspServer
from tests.series import nightly
from tests.waiting import until

from .ha import Home, HomeAssistantProcess

PAGE = "https://harbour.vendor.example"
LENGTHS = {"pre_roll": 1, "post_roll": 1, "longest_clip": 60}


def stored_areas(config: Path) -> list[Any]:
    """Return the stored areas of all doorbells."""
    stored = json.loads((config / ".storage" / "core.config_entries").read_text())
    return [
        entry["options"]["areas"]
        for entry in stored["data"]["entries"]
        if "areas" in entry["options"]
    ]


async def seconds_recorded(page: Page, least: int) -> None:
    """Wait until the indicator shows this many recorded seconds."""
    clock = page.locator("doorwatch-still .recording [aria-hidden]")
    await expect(clock).to_have_text(re.compile(f"0:{least:02}"), timeout=60_000)


@pytest.mark.lesson(9)
@nightly
async def test_h265_is_recorded_on_demand_warned_of_and_previewed(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """Debian's Chromium has no H.265 decoder, so nothing is simulated."""
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add(
            {"next_step_id": "rtsp"},
            {"stream": rtsp_server.address("hevc0")},
            {"webhook": False, "lengths": LENGTHS},
        )
        await home.add(
            {"next_step_id": "agency_link"},
            {"name": "Harbour Police", "address": PAGE, "jurisdiction": ""},
        )
        await until(lambda: connected(home), "the stream")
        await has_seen_clips(home)
        page = await pages.open()
        await log_in(page, machine, PANEL)

        # Record on demand, and stop
        still = page.locator("doorwatch-still")
        await still.get_by_role("button", name="Record now at Front door").click()
        await expect(page.get_by_text("Recording at Front door.").first).to_be_visible()
        await expect(still.locator(".recording").get_by_role("status")).to_have_text(
            "Recording"
        )
        await seconds_recorded(page, 4)
        await picture(page, "home-recording")
        await still.get_by_role("button", name="Stop the manual recording").click()
        shown = page.locator("doorwatch-clip-list li")
        await expect(shown).to_contain_text("Recorded by hand", timeout=60_000)
        await expect(still.locator(".recording")).to_have_count(0)

        # The browser can't play it
        await shown.get_by_role("link").click()
        clip = page.locator("doorwatch-clip-player")
        await expect(clip).to_contain_text("This browser can't play this clip")
        await picture(page, "home-hevc")
        await clip.get_by_role("button", name="Create preview").click()
        video = clip.locator("video")
        await expect(video).to_be_visible(timeout=60_000)
        await page.wait_for_function(
            "video => video.currentTime > 1", arg=await video.element_handle()
        )
        [listed] = await home.clips()
        assert listed["video_codec"] == "hevc"
        assert listed["event"] == "manual"
        length = await video.evaluate("video => video.duration")
        assert abs(length - listed["duration"]) < 0.5
        assert await video.evaluate("video => video.videoWidth") == 640
        await expect(clip).to_contain_text("This is a smaller preview.")
        await picture(page, "home-preview")

        # The share dialog shows a playable copy, but the original clip is shared
        share = await start_sharing(page)
        await to_recipient(share)
        await share.get_by_label("Upload link").fill(f"{PAGE}/upload")
        await show_what_will_be_sent(share)
        button = share.get_by_role("button", name="Create package for")
        await expect(button).to_be_enabled(timeout=60_000)
        await expect(share).to_contain_text("only to look at")
        assert await share.locator("video").evaluate("video => video.videoWidth") == 640
        await picture(page, "home-share-hevc")
        await button.click()
        await share.get_by_role("button", name="Undo").press("Enter")
        await share.get_by_role("button", name="Close").last.click()

        # The original clip is downloaded
        async with page.expect_download() as downloading:
            await page.get_by_role("button", name="Download", exact=True).click()
        download = await downloading.value
        assert download.suggested_filename.startswith("front_door_20")
        assert download.suggested_filename.endswith(".mp4")
        assert (await download.path()).stat().st_size == listed["size"]

        # The preview is there at once after a reload
        await page.reload()
        await expect(video).to_be_visible()

        # Delete, undo, delete, restore from the bin
        delete = page.get_by_role("button", name="Delete", exact=True)
        await delete.click()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_text("Clip restored")).to_be_visible()
        assert len(await home.clips()) == 1
        await delete.click()
        await expect(page).to_have_url(re.compile(f"{PANEL}$"))
        await expect(page.get_by_text("Nothing detects motion here")).to_be_visible()
        await page.get_by_role("button", name="More pages").click()
        await page.get_by_role("link", name="Deleted clips").click()
        row = page.locator("doorwatch-deleted-page").get_by_role("listitem")
        await expect(row).to_contain_text(re.compile("Gone in 2[34] hours"))
        image = row.locator("img")
        await expect(image).to_have_js_property("complete", True)
        assert await image.evaluate("image => image.naturalWidth") > 100
        await picture(page, "home-bin")
        await row.get_by_role("button", name="Restore").click()
        await expect(page.get_by_text("There are no deleted clips.")).to_be_visible()
        assert len(await home.clips()) == 1

        # Draw areas on the doorbell's picture and save them
        await page.get_by_role("button", name="More pages").click()
        await page.get_by_role("link", name="Settings", exact=True).click()
        await page.get_by_role("button", name="Motion zones of Front door").click()
        dialog = page.get_by_role("dialog")
        still = dialog.get_by_role("img", name="What Front door sees now")
        await expect(still).to_have_js_property("naturalWidth", 640)
        await dialog.get_by_role("button", name="Add zone").press("Enter")
        await page.keyboard.press("Shift+ArrowLeft")
        await picture(page, "home-areas")
        await dialog.get_by_role("button", name="Save").click()
        await expect(
            page.get_by_text("Motion zones saved for Front door")
        ).to_be_visible()
        await until(lambda: stored_areas(machine.config), "the areas on the disk")
        assert stored_areas(machine.config) == ["15,30 65,30 65,70 25,70"]
        await until(lambda: connected(home), "the stream")
