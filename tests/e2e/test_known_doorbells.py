"""A homeowner adds a discovered doorbell or a camera that is in Home Assistant."""

import asyncio

from playwright.async_api import Page, expect

from tests.e2e.conftest import PANEL, PASSWORD, USER, Pages, log_in, picture
from tests.e2e.homes import connected
from tests.e2e.panel_page import first_clip
from tests.onvif_device.device import Profile, onvif_device
from tests.rtsp.fixtures import RtspServer
from tests.series import nightly
from tests.waiting import until

from .ha import Home, HomeAssistantProcess

ADD = "/config/integrations/dashboard/add?domain=doorwatch"


async def begin(page: Page, machine: HomeAssistantProcess, what: str) -> None:
    """Open the flow and choose from its menu."""
    await page.goto(machine.url + ADD)
    await page.get_by_text("OK", exact=True).click()
    await page.get_by_text(what).click()


async def finish(page: Page, *, button: str) -> None:
    """Accept the suggestions and finish the flow."""
    flow = page.locator("dialog-data-entry-flow")
    await flow.get_by_text("Submit", exact=True).click()
    await flow.get_by_text(button, exact=True).click()
    await expect(flow.get_by_text(button, exact=True)).to_have_count(0)


async def test_onvif_doorbell_is_added_by_its_address_and_its_ring_is_a_clip(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """The doorbell's event reports the ring; a wrong password gets an error message."""
    async with onvif_device(
        rtsp_server.address(), rtsp_server.address("cam1")
    ) as device:
        await asyncio.to_thread(machine.start)
        async with Home(machine.url) as home:
            await home.enter("Robin", USER, PASSWORD)
            page = await pages.open()
            await log_in(page, machine, "/config/dashboard")
            await begin(page, machine, "Doorbell on my network")
            flow = page.locator("dialog-data-entry-flow")
            fields = flow.locator("ha-form-string input, ha-selector-text input")
            number = flow.locator("ha-selector-number input")
            user, password = device.login
            answers = ("127.0.0.1", user, f"{password}!")
            for each, text in enumerate(answers):
                await fields.nth(each).fill(text)
            await number.fill(str(device.port))
            await picture(page, "onvif-address")
            await flow.get_by_text("Submit", exact=True).click()
            await expect(flow.get_by_text("refused")).to_be_visible()
            await picture(page, "onvif-wrong-login")
            await fields.nth(2).fill(password)
            await flow.get_by_text("Submit", exact=True).click()
            await expect(
                flow.get_by_text("The doorbell itself reports motion")
            ).to_be_visible()
            await expect(fields.first).to_have_value("Maker Video Doorbell")
            await picture(page, "onvif-events")
            await finish(page, button="Skip and finish")

            await until(lambda: connected(home), "the stream")
            device.ring()
            await page.goto(machine.url + PANEL)
            await expect(await first_clip(page)).to_contain_text("Ring")


@nightly
async def test_a_device_with_two_lenses_asks_which_and_names_them(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """The chosen lens is added, and only the other one is offered the second time."""
    async with onvif_device(rtsp_server.address()) as device:
        device.profiles = (
            *device.profiles,
            Profile(
                token="parcel",
                stream=rtsp_server.address("cam2"),
                width=1920,
                height=1080,
                source="001",
            ),
        )
        await asyncio.to_thread(machine.start)
        async with Home(machine.url) as home:
            await home.enter("Robin", USER, PASSWORD)
            page = await pages.open()
            await log_in(page, machine, "/config/dashboard")
            flow = page.locator("dialog-data-entry-flow")
            first = flow.get_by_text("Lens 1: main (2560×1920)")
            second = flow.get_by_text("Lens 2: parcel (1920×1080)")
            for name in ("Parcels", "Front door"):
                await begin(page, machine, "Doorbell on my network")
                fields = flow.locator("ha-form-string input, ha-selector-text input")
                for each, text in enumerate(("127.0.0.1", *device.login)):
                    await fields.nth(each).fill(text)
                number = flow.locator("ha-selector-number input")
                await number.fill(str(device.port))
                await flow.get_by_text("Submit", exact=True).click()
                await expect(flow.get_by_text("Choose a lens")).to_be_visible()
                await expect(first).to_be_visible()
                await expect(second).to_have_count(1 if name == "Parcels" else 0)
                if name == "Parcels":
                    await second.click()
                await picture(page, f"onvif-lens-{name}".lower().replace(" ", "-"))
                await flow.get_by_text("Submit", exact=True).click()
                await expect(
                    flow.get_by_text("The doorbell itself reports motion")
                ).to_be_visible()
                await fields.first.fill(name)
                await finish(page, button="Skip and finish")
            entries = await home.command(type="config_entries/get", domain="doorwatch")
            assert {entry["title"] for entry in entries} == {
                "Household",
                "Parcels",
                "Front door",
            }


@nightly
async def test_camera_of_another_integration_is_linked_and_recorded(
    machine: HomeAssistantProcess, rtsp_server: RtspServer, pages: Pages
) -> None:
    """The camera is chosen by its name in Home Assistant."""
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
        await log_in(page, machine, "/config/dashboard")
        await begin(page, machine, "Doorbell in Home Assistant")
        flow = page.locator("dialog-data-entry-flow")
        await expect(flow.get_by_role("radio", name="127_0_0_1")).to_be_checked()
        await picture(page, "linked-chosen")
        await flow.get_by_text("Submit", exact=True).click()
        await expect(
            flow.get_by_text("What detects that someone is there?")
        ).to_be_visible()
        await picture(page, "linked-events")
        # The flow doesn't ask for the name of a new device.
        await finish(page, button="Finish")
        await until(lambda: connected(home), "the stream")
        entities = await home.command(type="config/entity_registry/list")
        devices = {
            platform: {e["device_id"] for e in entities if e["platform"] == platform}
            for platform in ("generic", "doorwatch")
        }
        assert devices["generic"] == devices["doorwatch"]
        (device,) = devices["generic"]
        await page.goto(f"{machine.url}/config/devices/device/{device}")
        await expect(page.get_by_text("Doorwatch Motion", exact=True)).to_be_visible()
        await picture(page, "linked-device")
