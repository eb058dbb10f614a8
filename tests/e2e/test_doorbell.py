"""A homeowner adds a real doorbell in the browser and shares its clip."""

import asyncio
from datetime import timedelta
from pathlib import Path
import shutil
import tarfile
from typing import Any

from homeassistant.util import dt as dt_util
from playwright.async_api import Page, expect

from custom_components.doorwatch.engine.clips.files.names import relative_path
from tests import videos
from tests.e2e.conftest import PANEL, PASSWORD, PHONE, USER, Pages, log_in, picture
from tests.e2e.dialog import review
from tests.e2e.homes import connected, tell
from tests.e2e.panel_page import first_clip
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import StartRtspServer
from tests.waiting import until

from .agency import DemoAgency
from .ha import Home, HomeAssistantProcess

CLIP_ID = "0199c0de-0000-7000-8000-000000000777"
LOGIN = "porch:p@ss word"
PRE_ROLL, POST_ROLL = 5, 10  # the defaults of the flow
ADD = "/config/integrations/dashboard/add?domain=doorwatch"
# A picture lasts 1/15 s, and the webhook call takes some time.
SLACK = 0.3


async def add_doorbell(page: Page, address: str) -> None:
    """Go through the flow like a person who knows only the host, and mistypes once."""
    await page.get_by_text("OK", exact=True).click()
    await page.get_by_text("Doorbell with a stream address", exact=True).click()
    flow = page.locator("dialog-data-entry-flow")
    submit = flow.get_by_text("Submit", exact=True)
    fields = flow.locator("ha-form-string input, ha-selector-text input")
    user, password = LOGIN.split(":")
    for number, text in enumerate((address, user, password + "!")):
        await fields.nth(number).fill(text)
    await submit.click()
    await expect(flow.get_by_text("Doorwatch tried no further path")).to_be_visible()
    await picture(page, "doorbell-wrong-login")
    await fields.nth(2).fill(password)
    await submit.click()
    await expect(flow.get_by_text("Stream found")).to_be_visible()
    await expect(fields.first).to_have_value(f"rtsp://{address}/stream1")
    await expect(fields.last).to_have_value(f"rtsp://{address}/stream2")
    await picture(page, "doorbell-stream-found")
    await submit.click()
    await expect(
        flow.get_by_text("What detects that someone is there?")
    ).to_be_visible()
    await expect(fields.first).to_have_value("Front door")
    await flow.get_by_text("The doorbell, by calling an address").click()
    await picture(page, "doorbell-detection")
    await submit.click()
    await expect(flow.get_by_text("/api/webhook/")).to_be_visible()
    await picture(page, "doorbell-webhook")
    await submit.click()
    await flow.get_by_text("Skip and finish").click()
    await expect(flow.get_by_text("Name and assign")).to_have_count(0)
    await page.get_by_role("link", name="Doorwatch 1 device").click()
    await expect(page.get_by_text("Front door").first).to_be_visible()
    await picture(page, "doorbell-added")


async def test_doorbell_is_added_records_every_frame_and_is_shared(
    machine: HomeAssistantProcess,
    tmp_path: Path,
    start_rtsp_server: StartRtspServer,
    pages: Pages,
) -> None:
    server = start_rtsp_server(login=LOGIN)
    agency = DemoAgency(tmp_path / "agency")
    await asyncio.to_thread(machine.start)
    with agency.intake:
        async with Home(machine.url) as home:
            await home.enter("Robin", USER, PASSWORD)
            page = await pages.open()
            await log_in(page, machine, "/config/dashboard")
            await page.goto(machine.url + ADD)
            await add_doorbell(page, f"127.0.0.1:{server.port}")
            await home.add_agency(
                agency.origin,
                last_group=agency.last_group,
                upload_code=agency.upload_code,
            )
            await home.set_household(cancel_window=1)

            await until(lambda: connected(home), "the stream")
            await home.sees(PRE_ROLL + 2)
            began = await tell(machine, "motion")
            await home.sees(3)
            await tell(machine, "ring")
            await home.sees(1)
            ended = await tell(machine, "motion_ended")

            await page.goto(machine.url + PANEL)
            shown = await first_clip(page)
            await expect(shown).to_contain_text("Ring")
            (clip,) = await home.clips()
            check_recorded(machine, clip, began, ended)

            await shown.get_by_role("link").click()
            video = page.locator("doorwatch-clip-player video")
            await expect(video).to_be_visible()
            await page.wait_for_function(
                "video => video.currentTime > 0.5", arg=await video.element_handle()
            )
            button = await review(page)
            await button.click()
            await expect(page.get_by_role("dialog")).to_contain_text(
                "Delivered to Demo Agency", timeout=90_000
            )
            await until(lambda: len(agency.intake.packages()) == 1, "the package")
            (package,) = agency.intake.packages()
            verified = agency.verify(package)
            assert verified.returncode == 0, verified.stdout + verified.stderr
            tar = agency.decrypt(package, tmp_path / "package.tar")
            check_delivered(tar, tmp_path / "delivered.mp4", began, ended)


def check_recorded(
    machine: HomeAssistantProcess, clip: dict[str, Any], began: float, ended: float
) -> None:
    """Check the frames of the file in the clip's row."""
    (path,) = (machine.config / "doorwatch").rglob(f"*_{clip['clip_id']}.mp4")
    facts = check_clip(path)
    assert facts.starts_on_keyframe
    assert facts.missing == facts.doubled == facts.unreadable == 0
    # There is a keyframe each second, so at most one second more than the pre-roll is
    # kept.
    assert PRE_ROLL - SLACK <= facts.before(began) <= PRE_ROLL + 1 + SLACK
    assert POST_ROLL - SLACK <= facts.after(ended) <= POST_ROLL + SLACK
    assert abs(clip["duration"] - facts.times[-1]) < 0.2
    assert facts.has_sound
    assert len(facts.sound_offsets) >= 10
    assert max(map(abs, facts.sound_offsets)) <= 0.020


def check_delivered(package: Path, target: Path, began: float, ended: float) -> None:
    """Check that the agency has all frames, without the audio."""
    with tarfile.open(package) as tar:
        name = next(n for n in tar.getnames() if n.endswith("/data/clip.mp4"))
        file = tar.extractfile(name)
        assert file is not None
        target.write_bytes(file.read())
    facts = check_clip(target)
    assert facts.missing == facts.doubled == facts.unreadable == 0
    assert not facts.has_sound
    assert facts.before(began) >= PRE_ROLL - SLACK
    assert facts.after(ended) >= POST_ROLL - SLACK


async def test_fewer_days_are_saved_once_it_was_read_what_goes_by_them(
    machine: HomeAssistantProcess, pages: Pages
) -> None:
    """The form shows which clips go; those of a removed doorbell follow the household."""
    begun = dt_util.utcnow() - timedelta(days=20)
    clip = machine.config / "doorwatch" / relative_path("gone", CLIP_ID, begun, "UTC")
    clip.parent.mkdir(parents=True)
    await asyncio.to_thread(shutil.copy, videos.make(videos.SMALL).path, clip)
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add_demo_doorbell()
        page = await pages.open(PHONE)
        await log_in(page, machine, "/config/integrations/integration/doorwatch")
        household = page.locator("ha-config-entry-row").filter(has_text="Household")
        configure = household.get_by_role("button", name="Configure")
        flow = page.locator("dialog-data-entry-flow")
        for answer in ("Close", "Delete and save"):
            await configure.click()
            await flow.get_by_text("Storage", exact=True).click()
            await flow.locator("ha-selector-number input").first.fill("5")
            await flow.get_by_text("Submit", exact=True).click()
            await expect(flow).to_contain_text("1 clips")
            await expect(
                flow.get_by_role("row").filter(has_text="Motion only")
            ).to_contain_text("1")
            await picture(page, "keep-less")
            assert clip.exists()
            await flow.get_by_role("button", name=answer).click()
            await expect(flow.get_by_text("1 clips")).to_have_count(0)
        await until(lambda: not clip.exists(), "the clip to go")
