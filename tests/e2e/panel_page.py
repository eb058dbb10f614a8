"""Helpers for navigating the panel in a real Home Assistant."""

import re

from playwright.async_api import Locator, Page, expect

from .conftest import PANEL


def clips_of(page: Page) -> Locator:
    """Find the clips in the list of Today."""
    return page.locator("doorwatch-clip-list li")


def pictures_of(page: Page) -> Locator:
    """Find the loaded pictures of the clips."""
    return clips_of(page).locator("doorwatch-thumbnail img")


async def open_notices(page: Page) -> None:
    """Expand the line of notices on Today."""
    notices = page.locator("doorwatch-today-notices")
    await notices.get_by_role("button", expanded=False).click()


async def open_search(page: Page) -> Locator:
    """Open the search field on Today."""
    await page.get_by_role("button", name="Search", exact=True).click()
    return page.get_by_role("searchbox", name="Search clips")


async def go(page: Page, path: str) -> None:
    """Navigate to another page of the panel as a link does."""
    await page.evaluate(
        """path => {
            history.pushState({from: location.pathname}, '', path);
            dispatchEvent(new CustomEvent('location-changed', {detail: {replace: false}}));
        }""",
        PANEL + path,
    )


async def choose(page: Page, name: str) -> None:
    """Navigate to a page with the menu."""
    await page.get_by_role("button", name="More pages").click()
    await page.get_by_role("link", name=name, exact=True).click()


async def tab_to(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Press Tab until an element has the focus, as keyboard users do."""
    for _ in range(80):
        if await wanted.count() and await wanted.evaluate(
            "element => element.matches(':focus')"
        ):
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


async def first_clip(page: Page) -> Locator:
    """Wait for a clip, and find the newest; the very first one plays in place of the list."""
    newest = clips_of(page).first
    today = page.get_by_role("button", name="Go to Today")
    await expect(newest.or_(today)).to_be_visible(timeout=120_000)
    if await today.is_visible():
        await today.click()
    await expect(newest).to_be_visible()
    return newest


async def plays_first(page: Page) -> None:
    """Wait until the first clip plays automatically."""
    heading = page.get_by_role("heading", name="Your doorbell records")
    await expect(heading).to_be_visible(timeout=120_000)
    video = page.locator("doorwatch-first-clip video")
    await expect(video).to_be_visible()
    await page.wait_for_function(
        "video => video.currentTime > 0.3 && video.videoWidth > 0",
        arg=await video.element_handle(),
    )


async def plays(page: Page) -> None:
    """Wait until the clip plays."""
    video = page.locator("doorwatch-clip-player video")
    await expect(video).to_be_visible()
    # Users who prefer reduced motion have to start the video.
    await video.evaluate("video => { video.muted = true; return video.play(); }")
    await page.wait_for_function(
        "video => video.currentTime > 0.3 && video.videoWidth > 0",
        arg=await video.element_handle(),
    )


async def shows_clip(page: Page, clip_id: str) -> None:
    """Wait until the page of this clip and its player are shown."""
    await expect(page).to_have_url(re.compile(f"/clip/{clip_id}"))
    await expect(page.locator("doorwatch-clip-page video")).to_be_visible()
