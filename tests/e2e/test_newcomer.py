"""The HACS package in a home with nothing else, from the flow to the first clip."""

import asyncio
from pathlib import Path
import sys
from zipfile import ZipFile

from playwright.async_api import Page, expect
import pytest

from scripts.make_package import write_zip
from tests.e2e.conftest import PASSWORD, USER, Pages, picture, type_login
from tests.e2e.homes import connected
from tests.e2e.looks import complaints
from tests.e2e.panel_page import first_clip, plays_first
from tests.e2e.taps import (
    Taps,
    add_camera,
    add_demo_doorbell,
    add_network_doorbell,
    add_stream,
)
from tests.onvif_device.device import onvif_device
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

from .ha import Home, HomeAssistantProcess


async def test_from_the_zip_to_the_first_clip(
    request: pytest.FixtureRequest, pages: Pages, tmp_path: Path
) -> None:
    """The steps are made on the real pages, and the time taken is printed."""
    package = tmp_path / "doorwatch.zip"
    await asyncio.to_thread(write_zip, package)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    machine = HomeAssistantProcess(tmp_path / "config", code=elsewhere)
    request.addfinalizer(machine.kill)
    installed = machine.config / "custom_components" / "doorwatch"
    installed.mkdir(parents=True)
    with ZipFile(package) as zipped:
        zipped.extractall(installed)
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        page = await pages.open()
        await type_login(page, machine, "/config/integrations/dashboard")
        taps = await _first_clip(page)
        sys.stdout.write(f"From “Add integration” to the first clip: {taps}\n")
        await picture(page, "newcomer-clip")
        assert await home.clips()


async def test_a_stream_records_with_the_defaults(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """The video is what detects motion, and the dialog leads to the panel."""
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        page = await pages.open()
        await type_login(page, machine, "/config/integrations/dashboard")
        taps = Taps()
        await add_stream(page, taps, rtsp_server.address())
        await _walks(page)
        await _end_motion(page, home)
        await _first_clip_plays(page, taps, "RTSP")


async def test_an_onvif_doorbell_records_with_the_defaults(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """It reports motion itself."""
    async with onvif_device(rtsp_server.address()) as device:
        await asyncio.to_thread(machine.start)
        async with Home(machine.url) as home:
            await home.enter("Robin", USER, PASSWORD)
            page = await pages.open()
            await type_login(page, machine, "/config/integrations/dashboard")
            taps = Taps()
            await add_network_doorbell(page, taps, device)
            await _walks(page)
            await until(lambda: connected(home), "the stream")
            device.motion(True)
            await expect(page.get_by_text("Recording at")).to_be_visible()
            device.motion(False)
            await _first_clip_plays(page, taps, "ONVIF")


async def test_a_linked_camera_records_with_the_defaults(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """The camera is in Home Assistant already; its video is what detects motion."""
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        advanced = {"framerate": 2.0, "verify_ssl": True}
        await home.add(
            {"stream_source": rtsp_server.address(), "advanced": advanced},
            {"confirmed_ok": True},
            handler="generic",
        )
        page = await pages.open()
        await type_login(page, machine, "/config/integrations/dashboard")
        taps = Taps()
        await add_camera(page, taps)
        await _walks(page)
        await _end_motion(page, home)
        await _first_clip_plays(page, taps, "Linked camera")


async def _first_clip(page: Page) -> str:
    """Add the demo doorbell and watch its first clip; return the clicks and time taken."""
    taps = Taps()
    await add_demo_doorbell(page, taps)
    test_clip = page.get_by_role("button", name="Record a test clip")
    await picture(page, "newcomer-first-run")
    await taps.press(test_clip)
    await picture(page, "newcomer-recording")
    await plays_first(page)
    return taps.said()


async def _walks(page: Page) -> None:
    """Walk to the door."""
    await picture(page, "newcomer-walk")
    assert not await complaints(page)


async def _end_motion(page: Page, home: Home) -> None:
    """End the recorded motion, because the scene is never still for long."""
    await expect(page.get_by_text("Recording at")).to_be_visible()
    states = await home.command(type="get_states")
    [switch] = [
        state["entity_id"]
        for state in states
        if state["entity_id"].endswith("_motion_detection")
    ]
    await home.command(
        type="call_service",
        domain="switch",
        service="turn_off",
        service_data={"entity_id": switch},
    )


async def _first_clip_plays(page: Page, taps: Taps, kind: str) -> None:
    """Watch the first clip, which takes no more than six clicks."""
    await plays_first(page)
    sys.stdout.write(
        f"{kind}: from “Add integration” to the first clip: {taps.said()}\n"
    )
    await picture(page, "newcomer-first-clip")
    assert taps.count <= 6
    assert not await complaints(page)
    newest = await first_clip(page)
    await expect(newest).to_contain_text("Motion")
