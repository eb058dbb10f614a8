"""The panel in a real Home Assistant, as a person finds their way in it."""

import re

from playwright.async_api import Locator, Page, expect

from .conftest import PANEL


def clips_of(page: Page) -> Locator:
    """Find the clips in the list of Today."""
    return page.locator("doorwatch-clip-list li")


def pictures_of(page: Page) -> Locator:
    """Find their pictures, those that came."""
    return clips_of(page).locator("doorwatch-thumbnail img")


async def go(page: Page, path: str) -> None:
    """Go to another page of the panel as a link does."""
    await page.evaluate(
        """path => {
            history.pushState({from: location.pathname}, '', path);
            dispatchEvent(new CustomEvent('location-changed', {detail: {replace: false}}));
        }""",
        PANEL + path,
    )


async def choose(page: Page, name: str) -> None:
    """Go to a page by the menu."""
    await page.get_by_role("button", name="More pages").click()
    await page.get_by_role("link", name=name, exact=True).click()


async def tab_to(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Press Tab until something has the focus, as who has no mouse does."""
    for _ in range(80):
        if await wanted.count() and await wanted.evaluate(
            "element => element.matches(':focus')"
        ):
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


async def plays(page: Page) -> None:
    """Wait until the clip moves."""
    video = page.locator("doorwatch-clip-player video")
    await expect(video).to_be_visible()
    # Whoever wants no motion presses its button.
    await video.evaluate("video => { video.muted = true; return video.play(); }")
    await page.wait_for_function(
        "video => video.currentTime > 0.3 && video.videoWidth > 0",
        arg=await video.element_handle(),
    )


async def shows_clip(page: Page, clip_id: str) -> None:
    """Wait until the page of this clip is shown, with its player."""
    await expect(page).to_have_url(re.compile(f"/clip/{clip_id}"))
    await expect(page.locator("doorwatch-clip-page video")).to_be_visible()
