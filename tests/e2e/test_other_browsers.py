"""The main paths in Debian's Firefox and WebKit: log in, watch, live view, share."""

from pathlib import Path

import pytest

from tests.e2e.conftest import PANEL, PASSWORD, USER, DemoHome
from tests.waiting import until

from .ha import Home
from .homes import a_clip, has_seen_clips
from .webdriver import WebDriver, firefox, webkit

BROWSERS = {"firefox": firefox, "webkit": webkit}
# The position and width of the video of a clip, or of a live view.
VIDEO = """(parent) => {
  const video = all(document).find((one) => one.localName === "video"
    && one.checkVisibility() && one.videoWidth > 0
    && (one.getRootNode().host?.localName ?? "").includes(parent));
  return video && [video.currentTime, video.videoWidth];
}"""
BUTTON, DIALOG = "button, [role=button]", "dialog, [role=dialog]"


async def moves(window: WebDriver, parent: str) -> None:
    """Wait until the video in this element plays."""

    async def later() -> bool:
        found = await window.run(VIDEO, parent)
        return found is not None and found[0] > 0.5

    await until(later, f"a video of {parent} that plays")


async def live(window: WebDriver) -> bool:
    """Return whether live view plays; start it, again if it gave up on a busy machine."""
    if await window.shows("button.picture"):
        await window.tap("button.picture")
    return await window.shows(".sign", "^Live$")


@pytest.mark.parametrize("name", BROWSERS)
@pytest.mark.usefixtures("socket_enabled")
async def test_a_clip_is_watched_and_shared(
    demo_home: DemoHome, tmp_path: Path, name: str
) -> None:
    """Taps are those of a pointer; the share is accepted because they are trusted."""
    machine, agency = demo_home.machine, demo_home.agency
    before = len(agency.intake.packages())
    async with Home(machine.url) as home:
        await home.log_in(USER, PASSWORD)
        await a_clip(home)
        await has_seen_clips(home)
    async with BROWSERS[name](tmp_path) as window:
        await window.go(machine.url + PANEL)
        await window.fill("input[name=username]", USER)
        await window.fill("input[name=password]", PASSWORD)
        await window.type("\ue007")
        await window.see("doorwatch-panel")

        await until(lambda: live(window), "live view")
        await window.tap("a[href*='/clip/']")
        await moves(window, "doorwatch-clip-player")

        await window.tap(BUTTON, "^Share with an agency$")
        await window.see(DIALOG, "Step 1 of 4")
        await window.tap(BUTTON, "^Next$")
        await window.see(DIALOG, "Step 2 of 4")
        await window.tap(BUTTON, "^(Next|Skip)$")
        await window.see(DIALOG, "Step 3 of 4")
        await window.tap(BUTTON, "^Review$")
        await window.tap(BUTTON, "^Share this clip with 127.0.0.1")
        await until(lambda: len(agency.intake.packages()) > before, "the package")
        await window.see("*", "^Delivered to Demo Agency")
