"""The media browser of the real frontend, from the sidebar to a playing clip."""

import re
from urllib.parse import quote

from playwright.async_api import Locator, Page, expect

from tests import waiting
from tests.e2e.conftest import PASSWORD, USER, DemoHome, Pages, log_in, picture

from .ha import Home

# A visitor comes ten seconds after the start, and the clip is closed after ten more.
FIRST_CLIP = 120


def titled(page: Page, words: str) -> Locator:
    """Find an item by its title, but not by its tooltip with the same text."""
    return page.locator("ha-media-player-browse .title").filter(
        has_text=re.compile(rf"^\s*{words}")
    )


async def first_clip(url: str) -> dict[str, object]:
    """Wait until there is a clip and return it."""
    async with Home(url) as home:
        await home.enter("Robin", USER, PASSWORD)
        clips: list[dict[str, object]] = await waiting.until(
            home.clips, "a clip", FIRST_CLIP
        )
        return clips[0]


async def plays(page: Page) -> None:
    """Wait until a video plays."""
    video = page.locator("video").first
    await expect(video).to_be_visible()
    await video.evaluate("video => { video.muted = true; video.play(); }")
    await page.wait_for_function(
        """() => {
            const found = (root) => {
                for (const element of root.querySelectorAll("*")) {
                    if (element.localName === "video") return element;
                    const inside = element.shadowRoot && found(element.shadowRoot);
                    if (inside) return inside;
                }
                return null;
            };
            const video = found(document);
            return video && video.currentTime > 0.3 && video.videoWidth > 0;
        }"""
    )


async def test_a_clip_is_found_by_doorbell_and_day_and_plays(
    demo_home: DemoHome, pages: Pages
) -> None:
    machine = demo_home.machine
    await first_clip(machine.url)
    page = await pages.open()
    await log_in(page, machine, "/media-browser")
    pictures: list[int] = []
    page.on(
        "response",
        lambda answer: (
            pictures.append(answer.status)
            if "/api/doorwatch/thumbnail/" in answer.url
            else None
        ),
    )

    await titled(page, r"Doorwatch\s*$").click()
    await titled(page, r"Front door\s*$").click()
    await titled(page, r"Today \(").click()
    clip = titled(page, r"\d\d:\d\d:\d\d (Ring|Motion) \(").first
    await expect(clip).to_be_visible()
    # The pictures are fetched with the page's login.
    await page.wait_for_load_state("networkidle")
    assert pictures
    assert set(pictures) == {200}
    await picture(page, "media-day")
    await clip.click()

    await plays(page)
    await picture(page, "media-clip")


async def test_the_address_of_a_day_in_a_message_opens_it(
    demo_home: DemoHome, pages: Pages
) -> None:
    """The blueprint puts this address into messages for phones."""
    machine = demo_home.machine
    clip = await first_clip(machine.url)
    async with Home(machine.url) as home:
        await home.log_in(USER, PASSWORD)
        listed = await home.command(
            type="media_source/browse_media",
            media_content_id=f"media-source://doorwatch/doorbell/{clip['doorbell_id']}",
        )
    day = listed["children"][0]["media_content_id"]
    steps = [
        "app,media-source://doorwatch",
        f"video,media-source://doorwatch/doorbell/{clip['doorbell_id']}",
        f"video,{day}",
    ]
    page = await pages.open()
    await log_in(page, machine, "/media-browser")
    await page.goto(
        machine.url
        + "/media-browser/browser/"
        + "/".join(quote(step, safe="") for step in steps)
    )

    await expect(titled(page, r"[\d:]{8} (Ring|Motion) \(").first).to_be_visible()
    await picture(page, "media-deep-link")


async def test_search_finds_a_clip(demo_home: DemoHome, pages: Pages) -> None:
    """The test uses the frontend's own search field."""
    machine = demo_home.machine
    await first_clip(machine.url)
    page = await pages.open()
    await log_in(page, machine, "/media-browser")
    await titled(page, r"Doorwatch\s*$").click()
    await expect(titled(page, r"Front door\s*$")).to_be_visible()
    await picture(page, "media-root")

    await page.get_by_placeholder("Search Doorwatch").fill("front today")
    await page.get_by_role("button", name="Search", exact=True).click()

    await expect(titled(page, r"Today .+, Front door").first).to_be_visible()
    await picture(page, "media-search")
