"""Helpers for live view and talk on a page of a real Home Assistant."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.waiting import until

from .ha import Home
from .homes import LENGTHS

_VIDEO = """tile => {
    const stream = tile.shadowRoot.querySelector("doorwatch-live-view")
        ?.shadowRoot.querySelector("ha-camera-stream");
    const player = stream?.shadowRoot.querySelector(
        "ha-web-rtc-player:not(.hidden), ha-hls-player:not(.hidden)");
    const video = player?.shadowRoot.querySelector("video");
    return video ? {by: player.localName, width: video.videoWidth,
        at: video.currentTime, muted: video.muted} : null;
}"""


def tile_of(page: Page, name: str) -> Locator:
    """Find a doorbell's tile."""
    return page.locator("doorwatch-today doorwatch-still").filter(has_text=name)


def picture_of(page: Page, name: str) -> Locator:
    """Find the picture that opens the live view."""
    return tile_of(page, name).get_by_role("button", name=f"{name}: open live view")


async def plays_live(page: Page, name: str, by: str | None = None) -> None:
    """Wait until the video plays in this player; core may try another one first."""
    live = tile_of(page, name).get_by_text("Live", exact=True)
    await expect(live).to_be_visible(timeout=60_000)
    await moves(page, name, by)


async def moves(page: Page, name: str, by: str | None = None) -> None:
    """Wait until the video plays in this player, without audio."""
    tile = tile_of(page, name)

    before: dict[str, Any] | None = None

    async def moving() -> dict[str, Any] | None:
        nonlocal before
        later: dict[str, Any] | None = await tile.evaluate(_VIDEO)
        one, before = before, later
        if not one or not later or one["by"] != later["by"]:
            return None
        if by not in (None, later["by"]):
            return None
        return later if later["width"] and later["at"] > one["at"] else None

    video = await until(moving, f"moving pictures of {name}")
    assert video["muted"]


async def add_linked(home: Home, camera: str) -> None:
    """Link a camera of another integration."""
    await home.add(
        {"next_step_id": "linked"},
        {"camera": camera},
        {"lengths": LENGTHS},
    )
