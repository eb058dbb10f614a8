"""Send a clip to someone from a real home, with Chromium."""

from collections.abc import Mapping
import json
from pathlib import Path
import subprocess
from typing import Any

from playwright.async_api import Locator, Page, expect
import pytest

from tests.e2e.conftest import PANEL, PASSWORD, PHONE, USER, Pages, log_in, picture
from tests.waiting import until

from .ha import Home, HomeAssistantProcess
from .homes import a_clip

# Chromium for Linux has no share sheet, so the page gets one that takes every file.
SHEET = """() => {
    window.sheet = [];
    navigator.canShare = ({files}) => files.every(file => file.type === "video/mp4");
    navigator.share = async ({files}) => {
        if (!navigator.userActivation.isActive) throw new DOMException("", "NotAllowedError");
        const bytes = await files[0].arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        const sha256 = [...digest].map(byte => byte.toString(16).padStart(2, "0")).join("");
        window.sheet.push({name: files[0].name, sha256});
        if (window.sheet.length === 1) throw new DOMException("", "AbortError");
    };
}"""


async def _set_up(machine: HomeAssistantProcess) -> str:
    """Add a doorbell and record; return the address of the clip's page."""
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add_demo_doorbell()
        return f"{PANEL}/clip/{(await a_clip(home))['clip_id']}"


async def _prepare(page: Page) -> Locator:
    """Cut off the first seconds, cover an area and prepare; return the dialog."""
    await page.get_by_role("button", name="Send to someone").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Step 1 of 3")).to_be_visible()
    await picture(page, "send-part")
    await dialog.get_by_label("Start (seconds)").fill("2")
    await dialog.get_by_label("End (seconds)").fill("6")
    await dialog.get_by_role("button", name="Next").click()
    await dialog.get_by_role("button", name="Add area").click()
    await picture(page, "send-cover")
    await dialog.get_by_role("button", name="Prepare").click()
    await expect(dialog.get_by_text("Before you send it")).to_be_visible(timeout=90_000)
    video = dialog.locator("video")
    await page.wait_for_function(
        "video => video.videoWidth > 0", arg=await video.element_handle()
    )
    return dialog


async def _last_line(home: Home) -> Mapping[str, Any]:
    """Return the newest ledger line on the page of proof."""
    found = await home.command(type="doorwatch/transparency/lines")
    line: Mapping[str, Any] = found["lines"][0]
    return line


@pytest.mark.usefixtures("socket_enabled")
async def test_a_person_sends_a_cut_and_covered_copy(
    pages: Pages, tmp_path: Path
) -> None:
    """Without a share sheet it is downloaded, with one it is passed on."""
    with HomeAssistantProcess(tmp_path / "config", forked=True) as machine:
        path = await _set_up(machine)
        staging = machine.config / "doorwatch" / ".staging"

        async def nothing_left() -> bool:
            return not any(each.is_file() for each in staging.rglob("*"))

        page = await pages.open(PHONE)
        await log_in(page, machine, path)
        dialog = await _prepare(page)
        await expect(dialog.get_by_role("button", name="Send")).to_have_count(0)
        await picture(page, "send-download")
        async with page.expect_download() as waiting:
            await dialog.get_by_role("button", name="Download").click()
        download = await waiting.value
        assert download.suggested_filename.endswith(".mp4")
        saved = tmp_path / "copy.mp4"
        await download.save_as(saved)
        _check(saved)

        await page.evaluate(SHEET)
        await dialog.get_by_role("button", name="Back").click()
        await dialog.get_by_role("button", name="Prepare").click()
        send = dialog.get_by_role("button", name="Send", exact=True)
        await expect(send).to_be_visible(timeout=90_000)
        await picture(page, "send-share")
        await send.click()  # and close the sheet
        await expect(dialog.get_by_role("alert")).to_have_count(0)
        await page.wait_for_function("window.sheet.length === 1")
        await send.click()
        await expect(dialog.get_by_role("status")).to_contain_text(
            "Passed to the app that you chose."
        )
        first, second = await page.evaluate("window.sheet")
        assert first == second
        async with Home(machine.url) as home:
            await home.log_in(USER, PASSWORD)
            line = await _last_line(home)
        assert line["kind"] == "prepared_to_send"
        assert line["data"]["sha256"] == second["sha256"]
        assert line["personal"] == {"user": "Robin"}

        # A power failure leaves the copy, and the next start removes it.
        machine.kill()
        assert not await nothing_left()
        machine.start()
        await until(nothing_left, "an empty folder")


def _check(file: Path) -> None:
    """Check with FFmpeg that every frame decodes, and that nothing else is in it."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", file, "-f", "null", "-"],
        check=True,
        timeout=60,
    )
    done = subprocess.run(
        [
            *("ffprobe", "-v", "error", "-of", "json"),
            *("-show_streams", "-show_format", file),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    found = json.loads(done.stdout)
    [video] = found["streams"]
    assert video["codec_type"] == "video"
    assert 3.5 <= float(video["duration"]) <= 4.5
    assert "creation_time" not in done.stdout.decode()
