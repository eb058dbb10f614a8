"""Talk in a real home: permitted people are heard while they press the button."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

from playwright.async_api import Locator, Page, expect
import pytest_asyncio

from tests.e2e.conftest import (
    HOME_NAME,
    PANEL,
    PASSWORD,
    PHONE,
    USER,
    Pages,
    log_in,
    picture,
    type_login,
)
from tests.e2e.homes import add_rtsp_doorbell, connected
from tests.e2e.live_page import picture_of, plays_live
from tests.e2e.looks import complaints, fits
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

from .ha import Home, HomeAssistantProcess
from .peer import beeps, heard

# Chromium's fake microphone beeps once a second; its noise suppression may remove one.
NAME = "Front door"
# Keep the page's media tracks for later checks.
KEEP_TRACKS = """(() => {
    window.given = [];
    const devices = navigator.mediaDevices;
    const real = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async asked => {
        const stream = await real(asked);
        window.given.push(...stream.getTracks());
        return stream;
    };
})()"""


@pytest_asyncio.fixture(loop_scope="session")
async def home(
    peer_machine: HomeAssistantProcess, rtsp_server: RtspServer
) -> AsyncIterator[Home]:
    """Return a home whose doorbell accepts audio."""
    await asyncio.to_thread(peer_machine.start)
    async with Home(peer_machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await add_rtsp_doorbell(home, rtsp_server.address("talk0"))
        await until(lambda: connected(home), "the stream")
        yield home


async def at_the_door(
    pages: Pages, machine: HomeAssistantProcess, user: str = USER
) -> Page:
    """Open the panel and the doorbell's live view."""
    page = await pages.open()
    await page.add_init_script(KEEP_TRACKS)
    await log_in(page, machine, PANEL, user=user)
    await picture_of(page, NAME).click()
    await plays_live(page, NAME)
    return page


def talk_of(page: Page) -> Locator:
    """Find the talk button."""
    return page.get_by_role("button", name=f"({NAME})")


async def microphone_is_off(page: Page) -> None:
    """Wait until the page has stopped all its media tracks."""
    await page.wait_for_function(
        "given.length > 0 && given.every(track => track.readyState === 'ended')"
    )


async def test_beeps_are_heard_at_the_door_while_the_button_is_held(
    peer_machine: HomeAssistantProcess, home: Home, pages: Pages
) -> None:
    """A second person sees who is talking, and can talk afterwards."""
    await home.add_user("kim", PASSWORD, "system-users")
    robin = await at_the_door(pages, peer_machine)
    kim = await at_the_door(pages, peer_machine, "kim")
    await expect(talk_of(kim)).to_be_enabled()

    assert not await complaints(robin)
    await talk_of(robin).hover()
    assert not await complaints(robin)
    await robin.mouse.down()
    await expect(talk_of(robin)).to_contain_text("Talking. Release to end.")
    await expect(kim.get_by_text("Robin is talking.")).to_be_visible()
    await expect(talk_of(kim)).to_be_disabled()

    async def beeped() -> list[float] | None:
        begun = beeps(heard(peer_machine.config))
        return begun if len(begun) > 4 else None

    begun = await until(beeped, "beeps")
    assert all(later > one for one, later in pairwise(begun))
    await picture(robin, "talk-talking")
    assert not await complaints(robin)
    await picture(kim, "talk-second")
    await robin.mouse.up()
    await microphone_is_off(robin)

    await expect(talk_of(kim)).to_be_enabled()
    await expect(kim.get_by_text("Robin is talking.")).to_have_count(0)
    # With the keyboard, a press keeps talk on.
    await talk_of(kim).focus()
    await kim.keyboard.press("Enter")
    await expect(talk_of(kim)).to_contain_text("Talking. Tap to end.")
    await expect(robin.get_by_text("Kim is talking.")).to_be_visible()
    # Opening another page ends talk.
    await kim.get_by_role("button", name="More pages").click()
    await kim.get_by_role("link", name="Shared clips", exact=True).click()
    await microphone_is_off(kim)
    await expect(talk_of(robin)).to_be_enabled()

    async def closed() -> bool | None:
        lines = heard(peer_machine.config)
        ends = {line["session"] for line in lines if line["what"] == "close"}
        talks = {
            line["session"]
            for line in lines
            if line["what"] == "offer" and line["camera"] == "camera.front_door_talk"
        }
        return True if len(talks) == 2 and talks <= ends else None

    await until(closed, "the end of both")


async def test_who_may_only_look_reads_why_there_is_no_talk(
    peer_machine: HomeAssistantProcess, home: Home, pages: Pages
) -> None:
    await home.add_user("kim", PASSWORD, "system-read-only")
    kim = await at_the_door(pages, peer_machine, "kim")
    await expect(talk_of(kim)).to_have_count(0)
    await kim.get_by_text("Talk isn't available here").click()
    await expect(
        kim.get_by_text("You can view this doorbell, but not control it.")
    ).to_be_visible()
    await picture(kim, "talk-not-allowed")


async def test_on_a_page_without_encryption_one_looks_and_reads_why_there_is_no_talk(
    peer_machine: HomeAssistantProcess, home: Home, pages: Pages
) -> None:
    """Browsers allow no microphone without encryption, which the page explains."""
    page = await pages.open(PHONE)
    await type_login(
        page, peer_machine, PANEL, at=f"http://{HOME_NAME}:{peer_machine.port}"
    )
    await picture_of(page, NAME).click()
    await plays_live(page, NAME)
    await expect(talk_of(page)).to_have_count(0)
    await page.get_by_text("Talk isn't available here").click()
    await expect(page.get_by_text("begins with https")).to_be_visible()
    await fits(page)
    assert not await complaints(page)
    await picture(page, "talk-insecure")


async def test_a_page_that_is_closed_or_demoted_makes_way(
    peer_machine: HomeAssistantProcess, home: Home, pages: Pages
) -> None:
    kim_id = await home.add_user("kim", PASSWORD, "system-users")
    kim = await at_the_door(pages, peer_machine, "kim")
    robin = await at_the_door(pages, peer_machine)
    await talk_of(kim).click()
    await expect(robin.get_by_text("Kim is talking.")).to_be_visible()
    await home.command(
        type="config/auth/update", user_id=kim_id, group_ids=["system-read-only"]
    )
    await microphone_is_off(kim)
    await expect(talk_of(robin)).to_be_enabled()
    await home.command(
        type="config/auth/update", user_id=kim_id, group_ids=["system-users"]
    )
    await talk_of(kim).click()
    await expect(robin.get_by_text("Kim is talking.")).to_be_visible()
    await kim.context.close()
    await expect(talk_of(robin)).to_be_enabled()
