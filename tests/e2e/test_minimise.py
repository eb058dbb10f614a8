"""In a real home, choose a part on the strip, cover an area, and check the delivery."""

import hashlib
import io
import json
from pathlib import Path

import av
import numpy as np
from playwright.async_api import Page, expect

from tests.agency.tarballs import read_parts
from tests.e2e.conftest import DemoHome, Pages, log_in, picture
from tests.e2e.dialog import show_what_will_be_sent, start_sharing, to_recipient
from tests.e2e.mock_page import box_of, drag, open_editor
from tests.waiting import until

# Left, top, width and height as fractions of the picture.
AREA = (0.2, 0.25, 0.4, 0.5)


def covered_share(content: bytes) -> tuple[int, float, float]:
    """Return the number of pictures and the brightness inside and beside the area."""
    count, brightest, beside = 0, 0.0, 0.0
    left, top, wide, high = AREA
    with av.open(io.BytesIO(content), "r") as container:
        for frame in container.decode(video=0):
            count += 1
            luma = frame.to_ndarray(format="gray").astype(np.uint8)
            height, width = luma.shape
            # A pointer isn't exact to the pixel.
            inner = luma[
                round((top + 0.02) * height) : round((top + high - 0.02) * height),
                round((left + 0.02) * width) : round((left + wide - 0.02) * width),
            ]
            brightest = max(brightest, float(inner.max()))
            beside = max(beside, float(luma[:, round(0.7 * width) :].max()))
    return count, brightest, beside


def length_and_kinds(content: bytes) -> tuple[float, list[str]]:
    """Return the duration and the kinds of the streams."""
    with av.open(io.BytesIO(content), "r") as container:
        length = float((container.duration or 0) / av.time_base)
        return length, [stream.type for stream in container.streams]


def tags_of(content: bytes) -> set[str]:
    """Return the names of the metadata tags."""
    with av.open(io.BytesIO(content), "r") as container:
        return set(container.metadata)


async def shown_file(page: Page) -> bytes:
    """Fetch the file that the dialog shows."""
    video = page.get_by_role("dialog").locator("video")
    answer = await page.request.get(await video.evaluate("video => video.src"))
    assert answer.ok
    return await answer.body()


async def test_what_was_cut_and_covered_is_what_was_shown_and_what_arrives(
    demo_home: DemoHome, pages: Pages, tmp_path: Path
) -> None:
    agency = demo_home.agency
    before = set(agency.intake.packages())
    page = await pages.open()
    await log_in(page, demo_home.machine, await demo_home.clip_page())
    dialog = await start_sharing(page)

    # The strip shows the clip's pictures, and its ends can be moved.
    strip = dialog.locator("doorwatch-filmstrip .strip")
    await expect(strip).to_be_visible()
    widths = await strip.locator("img").evaluate_all(
        "images => images.map(image => image.naturalWidth)"
    )
    assert len(widths) > 1
    assert set(widths) == {160}
    await drag(page, strip, (0.005, 0.5), (0.3, 0.5))
    await drag(page, strip, (0.995, 0.5), (0.7, 0.5))
    made = dialog.locator("doorwatch-filmstrip .made")
    await expect(made).to_contain_text("at the next complete image")
    await strip.scroll_into_view_if_needed()
    await picture(page, "home-strip")
    start = float(
        await dialog.get_by_role("slider", name="Start").get_attribute("aria-valuenow")
        or 0
    )
    end = float(
        await dialog.get_by_role("slider", name="End").get_attribute("aria-valuenow")
        or 0
    )
    assert 0 < start < end
    button = dialog.get_by_role("button", name="Share this clip with 127.0.0.1")
    await to_recipient(dialog)
    await show_what_will_be_sent(dialog)
    await expect(button).to_be_enabled()
    cut = await shown_file(page)
    length, kinds = length_and_kinds(cut)
    assert kinds == ["video"]
    # The copy starts at the picture that the strip announced.
    assert abs(length - (end - start)) < 0.2
    plain = covered_share(cut)
    assert plain[1] > 60
    for _ in range(2):
        await dialog.get_by_role("button", name="Back").click()

    # Draw an area on a picture of the clip.
    stage = await open_editor(dialog)
    assert await stage.locator("img").evaluate("image => image.naturalWidth") > 600
    left, top, wide, high = AREA
    await drag(page, stage, (left, top), (left + wide, top + high))
    await expect(stage.get_by_role("button", name="Area 1: ")).to_have_count(1)
    await box_of(stage)
    await picture(page, "home-cover")
    await dialog.get_by_role("button", name="Back").click()
    await expect(made).to_contain_text("starts and ends exactly there")
    await to_recipient(dialog)
    await show_what_will_be_sent(dialog)
    await expect(button).to_be_enabled(timeout=60_000)
    await expect(dialog).to_contain_text("1 area of the image is covered")
    video = dialog.locator("video")
    await page.wait_for_function(
        "video => video.readyState >= 2", arg=await video.element_handle()
    )
    await dialog.locator(".body").evaluate("body => body.scrollTo(0, 0)")
    await picture(page, "home-covered")
    shown = await shown_file(page)
    count, brightest, beside = covered_share(shown)
    assert count == plain[0]
    assert brightest < 40
    assert beside > 60

    # The agency receives this file and a description of the edits.
    await button.click()
    await expect(dialog).to_contain_text("Delivered to Demo Agency", timeout=90_000)
    await until(lambda: len(set(agency.intake.packages()) - before) == 1, "the package")
    (package,) = set(agency.intake.packages()) - before
    verified = agency.verify(package)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    _, parts = read_parts(agency.decrypt(package, tmp_path / "package.tar"))
    assert parts["data/clip.mp4"] == shown
    file = json.loads(parts["data/share.json"])["file"]
    assert file["sha256"] == hashlib.sha256(shown).hexdigest()
    assert file["reencoded"] is True
    assert file["edits"]["start"] == start
    assert file["edits"]["audio"] is False
    (area,) = file["edits"]["redact"]
    for found, value in zip(area, (*AREA, None, None), strict=True):
        assert found is value or abs(found - value) < 0.02, area
    library = demo_home.machine.config / "doorwatch"
    digests = {
        hashlib.sha256(each.read_bytes()).hexdigest() for each in library.rglob("*.mp4")
    }
    assert file["original_sha256"] in digests
    assert "painted black" in parts["data/cover-sheet.txt"].decode()
    assert tags_of(shown) == {"major_brand", "minor_version", "compatible_brands"}
