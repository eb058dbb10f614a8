"""The card on a real home: H.265, previews, recording now, the bin, areas to watch."""

import asyncio
import json
from pathlib import Path
import re
import time
from typing import Any

from playwright.async_api import expect
import pytest

from tests.e2e.conftest import DASHBOARD, PASSWORD, USER, Pages, log_in, picture
from tests.e2e.dialog import show_what_will_be_sent, to_recipient
from tests.rtsp.fixtures import RtspServer

from .ha import Home, HomeAssistantProcess, dashboard_config

PAGE = "https://harbour.vendor.example"
LENGTHS = {"pre_roll": 1, "post_roll": 1, "longest_clip": 60}


async def connected(home: Home) -> None:
    """Wait until the doorbell's stream is there."""
    end = time.monotonic() + 60
    while True:
        doorbells = (await home.command(type="doorwatch/doorbells"))["doorbells"]
        if doorbells and doorbells[0]["connected"]:
            return
        assert time.monotonic() < end, "the doorbell does not connect"
        await asyncio.sleep(0.1)


def stored_areas(config: Path) -> list[Any]:
    """Return the areas of all doorbells as Home Assistant wrote them down."""
    stored = json.loads((config / ".storage" / "core.config_entries").read_text())
    return [
        entry["options"]["areas"]
        for entry in stored["data"]["entries"]
        if "areas" in entry["options"]
    ]


@pytest.mark.lesson(9)
async def test_h265_is_recorded_on_demand_warned_of_and_previewed(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """Debian's Chromium has no H.265, as many browsers: nothing here is pretended."""
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add(
            {"next_step_id": "rtsp"},
            {"name": "Front door", "stream": rtsp_server.address("hevc0")},
            {"webhook": False, "lengths": LENGTHS},
        )
        await home.add(
            {"next_step_id": "agency_link"},
            {"name": "Harbour Police", "address": PAGE, "jurisdiction": ""},
        )
        await home.add_dashboard("Doorwatch", "door-watch", dashboard_config())
        await connected(home)
        page = await pages.open()
        await log_in(page, machine, DASHBOARD)
        card = page.locator("doorwatch-card")

        # Record now
        await card.get_by_role("button", name="Record now").click()
        dialog = card.get_by_role("dialog")
        await dialog.get_by_label("Seconds from now on").fill("5")
        await dialog.get_by_role("button", name="Record", exact=True).click()
        await expect(card.get_by_text("Recording at Front door.")).to_be_visible()
        clip = card.locator("doorwatch-clip").first
        await expect(clip).to_be_visible(timeout=60_000)
        await expect(clip).to_contain_text("By hand")

        # The browser was asked, and cannot
        await expect(clip).to_contain_text("H.265: does not play in this browser")
        await clip.get_by_role("button", name="Play").click()
        await expect(clip).to_contain_text("This browser cannot play this clip")
        await picture(page, "home-hevc")
        await clip.get_by_role("button", name="Make a preview").click()
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

        # Shared, a copy is shown that plays here, and what goes out is the clip itself
        await clip.get_by_role("button", name="Close the video").click()
        await clip.get_by_role("button", name="Share the clip").click()
        share = page.get_by_role("dialog")
        await to_recipient(share)
        await share.get_by_label("Upload link").fill(f"{PAGE}/upload")
        await show_what_will_be_sent(share)
        button = share.get_by_role("button", name="Make the package for")
        await expect(button).to_be_enabled(timeout=60_000)
        await expect(share).to_contain_text("only to look at")
        assert await share.locator("video").evaluate("video => video.videoWidth") == 640
        await picture(page, "home-share-hevc")
        await button.click()
        await share.get_by_role("button", name="Undo").press("Enter")
        await share.get_by_role("button", name="Close").last.click()
        await clip.get_by_role("button", name="Play").click()

        # What is downloaded is the clip itself
        async with page.expect_download() as downloading:
            await clip.get_by_role("button", name="Download this clip").click()
        download = await downloading.value
        assert download.suggested_filename.startswith("front_door_20")
        assert download.suggested_filename.endswith(".mp4")
        assert (await download.path()).stat().st_size == listed["size"]

        # Played again, the preview is there at once
        await clip.get_by_role("button", name="Close the video").click()
        await clip.get_by_role("button", name="Play").click()
        await expect(clip.locator("video")).to_be_visible()
        await clip.get_by_role("button", name="Close the video").click()

        # Deleted, undone, deleted, restored from the bin
        for way in ("undo", "bin"):
            await clip.get_by_role("button", name="Delete the clip").click()
            await card.get_by_role("button", name="Delete", exact=True).click()
            await expect(card.locator("doorwatch-clip")).to_have_count(0)
            if way == "undo":
                await card.get_by_role("button", name="Undo").click()
            else:
                await card.get_by_role("button", name="Deleted clips").click()
                row = card.get_by_role("dialog").get_by_role("listitem")
                await expect(row).to_contain_text(re.compile("Gone in 2[34] hours"))
                image = row.locator("img")
                await expect(image).to_have_js_property("complete", True)
                assert await image.evaluate("image => image.naturalWidth") > 100
                await picture(page, "home-bin")
                await row.get_by_role("button", name="Restore").click()
                await page.keyboard.press("Escape")
            await expect(card.locator("doorwatch-clip")).to_have_count(1)
            assert len(await home.clips()) == 1

        # Areas are drawn on the doorbell's own picture and kept
        await card.get_by_role("button", name="Areas to watch").click()
        dialog = card.get_by_role("dialog")
        still = dialog.get_by_role("img", name="What Front door sees now")
        await expect(still).to_have_js_property("naturalWidth", 640)
        await dialog.get_by_role("button", name="Add an area").press("Enter")
        await page.keyboard.press("Shift+ArrowLeft")
        await picture(page, "home-areas")
        await dialog.get_by_role("button", name="Save").click()
        await expect(
            card.get_by_text("The areas of Front door are saved.")
        ).to_be_visible()
        end = time.monotonic() + 30
        while not stored_areas(machine.config):
            assert time.monotonic() < end, "the areas were not written down"
            await asyncio.sleep(0.1)
        assert stored_areas(machine.config) == ["15,30 65,30 65,70 25,70"]
        await connected(home)
