"""Live view in a real home of a demo doorbell, one with a stream, and a linked one."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from urllib.parse import urlsplit

from playwright.async_api import Page, Request, expect
import pytest_asyncio

from tests.e2e.conftest import DESKTOP, PANEL, PASSWORD, PHONE, USER, Pages, log_in
from tests.e2e.homes import add_rtsp_doorbell, connected, has_seen_clips, tell
from tests.e2e.live_page import add_linked, moves, picture_of, plays_live, tile_of
from tests.e2e.looks import complaints, fits, large_enough
from tests.e2e.panel_page import go, tab_to
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

from .conftest import picture
from .ha import Home, HomeAssistantProcess

# The player of core that shows each doorbell.
SHOWN = {
    "Demo door": "ha-hls-player",
    "Front door": "ha-web-rtc-player",
    "Peer": "ha-web-rtc-player",
}


@pytest_asyncio.fixture(loop_scope="session")
async def home(
    peer_machine: HomeAssistantProcess, rtsp_server: RtspServer
) -> AsyncIterator[Home]:
    """Return a home with a doorbell of each kind."""
    await asyncio.to_thread(peer_machine.start)
    async with Home(peer_machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await add_rtsp_doorbell(home, rtsp_server.address())
        await home.add_demo_doorbell("Demo door")
        await add_linked(home, "camera.peer")
        await until(lambda: connected(home), "the streams")
        await has_seen_clips(home)
        yield home


async def all_live(page: Page) -> None:
    """Show each doorbell live."""
    for name, player in SHOWN.items():
        await tile_of(page, name).scroll_into_view_if_needed()
        await picture_of(page, name).click()
        await plays_live(page, name, player)


def _note(requested: list[str], request: Request) -> None:
    requested.append(urlsplit(request.url).path)


async def test_each_kind_of_doorbell_is_seen_live_on_each_screen(
    peer_machine: HomeAssistantProcess, home: Home, pages: Pages
) -> None:
    for size, what in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page = await pages.open(size)
        requested: list[str] = []
        page.on("request", partial(_note, requested))
        await log_in(page, peer_machine, PANEL)
        await all_live(page)
        assert any(path.endswith(".m3u8") for path in requested)
        assert "/undefined" not in requested
        await picture(page, f"live-{what}")
        await fits(page)
        if size == PHONE:
            await large_enough(page)
        assert not await complaints(page)
        # The live view pauses on another page of the panel and resumes afterwards.
        await tile_of(page, "Front door").scroll_into_view_if_needed()
        await go(page, "/shared")
        await expect(page.locator("doorwatch-live-view")).to_have_count(0)
        await page.go_back()
        await tile_of(page, "Front door").scroll_into_view_if_needed()
        await plays_live(page, "Front door")
        await page.context.close()


async def test_by_keyboard_it_begins_ends_and_answers_a_ring(
    peer_machine: HomeAssistantProcess, home: Home, pages: Pages
) -> None:
    page = await pages.open(still=True, answers="Not now: Demo door")
    await log_in(page, peer_machine, PANEL)
    shown = picture_of(page, "Front door")
    await expect(shown).to_be_visible()
    await tab_to(page, shown)
    await page.keyboard.press("Enter")
    await plays_live(page, "Front door")
    end = page.get_by_role("button", name="End live view, Front door")
    await expect(end).to_be_focused()
    # Picture-in-picture keeps playing on another page.
    small = page.get_by_role("button", name="Picture in picture, Front door")
    await tab_to(page, small)
    await page.keyboard.press("Enter")
    leave = page.get_by_role("button", name="Leave picture in picture, Front door")
    await expect(leave).to_be_focused()
    await go(page, "/shared")
    await expect(page.locator("doorwatch-today")).to_be_hidden()
    await moves(page, "Front door")
    await page.go_back()
    await tab_to(page, leave)
    await page.keyboard.press("Enter")
    await expect(small).to_be_focused()
    full = page.get_by_role("button", name="Full screen, Front door")
    await tab_to(page, full)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Leave full screen")).to_be_visible()
    await picture(page, "live-full-screen")
    await page.keyboard.press("Enter")
    await tab_to(page, end, back=True)
    await page.keyboard.press("Enter")
    await expect(shown).to_be_focused()

    await tell(peer_machine, "ring")
    ring = page.get_by_role("region", name="Someone is ringing at Front door")
    await expect(ring.get_by_text("Live", exact=True)).to_be_visible(timeout=60_000)
    await picture(page, "live-ring")
    assert not await complaints(page)
    not_now = ring.get_by_role("button", name="Not now: Front door")
    await tab_to(page, not_now)
    await page.keyboard.press("Enter")
    await expect(ring).to_have_count(0)
    await expect(shown).to_be_visible()
