"""Create the pictures of README and docs in a real browser. See `pictures`."""

import argparse
import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import html
import io
from pathlib import Path
import sys
import tempfile
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from scripts.picture_day import AT_THE_DOOR, VISITS, plant, zone_of_the_afternoon
from tests.agency.reports import Reports
from tests.e2e.agency import DemoAgency
from tests.e2e.configuration import REPOSITORY
from tests.e2e.conftest import CHROMIUM, PANEL, PASSWORD, USER, log_in
from tests.e2e.dialog import review
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.e2e.homes import connected
from tests.e2e.phone import Phone
from tests.waiting import until

FOLDER: Final = REPOSITORY / "docs" / "images"
WIDE: Final = (1280, 760)
PHONE: Final = (390, 700)
MOST: Final = 60_000  # bytes per picture
# The resolution of a phone, and again at the size on the page.
SCALE: Final = 2
# Milliseconds until a visitor of the demo doorbell is almost at the door.
WALKS: Final = 4_500
# The top of a report.
SHEET: Final = (800, 1000)
WIDTHS: Final = {
    "panel": 1280,
    "share": 560,
    "phone": 560,
    "report-accepted": 800,
    "report-refused": 800,
}

# Phones draw notifications in their own way. This frame is plain; its contents are
# real.
NOTIFICATION: Final = """\
<!doctype html>
<style>
  @font-face {{ font-family: Roboto; src: url(/static/fonts/roboto/Roboto-Regular.woff2) }}
  @font-face {{ font-family: Roboto; font-weight: 500;
    src: url(/static/fonts/roboto/Roboto-Medium.woff2) }}
  body {{ margin: 0; height: 100vh; display: flex; flex-direction: column; gap: 40px;
    background: linear-gradient(#41617f, #9db3bd); font-family: Roboto, sans-serif }}
  time {{ margin-top: 70px; color: #fff; font-size: 76px; text-align: center }}
  main {{ margin: 0 12px; padding: 16px; border-radius: 24px; background: #fff; color: #1b1b1f }}
  header {{ display: flex; justify-content: space-between; color: #5c5f66; font-size: 13px }}
  h1 {{ margin: 12px 0 2px; font-size: 17px; font-weight: 500 }}
  p {{ margin: 0 0 12px; font-size: 15px }}
  img {{ display: block; width: 100%; border-radius: 14px }}
  footer {{ display: flex; flex-wrap: wrap; gap: 8px 24px; padding: 16px 4px 2px;
    color: #0b57d0; font-size: 15px; font-weight: 500 }}
</style>
<time>{time}</time>
<main>
  <header><span>Home Assistant</span><span>now</span></header>
  <h1>{title}</h1><p>{message}</p><img src="data:image/jpeg;base64,{image}">
  <footer>{buttons}</footer>
</main>
"""


async def shown(page: Page) -> None:
    """Wait until fonts and images are loaded."""
    await page.wait_for_function("document.fonts.status === 'loaded'")
    await page.wait_for_load_state("networkidle")


async def keep(page: Page, name: str, folder: Path) -> None:
    """Save a screenshot at the size on the page, compressed more if it is too large."""
    width = WIDTHS[name]
    with Image.open(io.BytesIO(await page.screenshot())) as taken:
        height = round(taken.height * width / taken.width)
        image = taken.resize((width, height), Image.Resampling.LANCZOS)
    path = folder / f"{name}.webp"
    for quality in range(90, 40, -5):
        image.save(path, quality=quality, method=6)
        if path.stat().st_size <= MOST:
            break
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes, quality {quality}\n")


@asynccontextmanager
async def home_of_the_day(
    machine: HomeAssistantProcess, agency: DemoAgency, phone: Phone
) -> AsyncIterator[Home]:
    """Start a home that already has the clips of a day."""
    with (machine.config / "configuration.yaml").open("a") as configuration:
        configuration.write("mobile_app:\n")
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await phone.log_in(home)
        await home.add_demo_doorbell()
        await home.add_agency(
            agency.origin,
            last_group=agency.last_group,
            upload_code=agency.upload_code,
        )
        [doorbell] = (await home.command(type="doorwatch/doorbells"))["doorbells"]
    await asyncio.to_thread(machine.stop)
    [index] = machine.config.rglob("index.db")
    timezone = zone_of_the_afternoon()
    await asyncio.to_thread(plant, index.parent, doorbell["doorbell_id"], timezone)
    for part in index.parent.glob("index.db*"):
        part.unlink()  # rebuilt from the files
    phone.pushes.clear()
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await until(lambda: connected(home), "the stream")
        # Repairs about how Home Assistant is installed here are not about Doorwatch.
        for issue in (await home.command(type="repairs/list_issues"))["issues"]:
            await home.command(
                type="repairs/ignore_issue",
                domain=issue["domain"],
                issue_id=issue["issue_id"],
                ignore=True,
            )
        yield home


async def take_phone(page: Page, home: Home, phone: Phone) -> None:
    """Show the notification of the next ring, with its attachments."""

    async def rung() -> dict[str, Any] | None:
        loud = (one for one in phone.pushes if one["data"].get("importance") == "high")
        return next(loud, None)

    push = await until(rung, "a ring", seconds=120)
    now = datetime.now(ZoneInfo(zone_of_the_afternoon()))
    async with (
        aiohttp.ClientSession(home.url) as session,
        session.get(
            push["data"]["image"], headers={"Authorization": f"Bearer {home.token}"}
        ) as answer,
    ):
        answer.raise_for_status()
        image = base64.b64encode(await answer.read()).decode()
    buttons = (
        f"<span>{html.escape(one['title'])}</span>" for one in push["data"]["actions"]
    )
    message = NOTIFICATION.format(
        time=now.strftime("%-I:%M"),
        title=html.escape(push["title"]),
        message=html.escape(push["message"]),
        image=image,
        buttons="".join(buttons),
    )
    # A page of the home, to have the fonts of Home Assistant.
    address = f"{home.url}/notification"
    await page.route(
        address, lambda route: route.fulfill(body=message, content_type="text/html")
    )
    await page.goto(address)
    await shown(page)


async def take_panel(page: Page, machine: HomeAssistantProcess, home: Home) -> None:
    """Show the day while somebody stands at the door without ringing."""

    async def saved() -> bool | None:
        # Includes the visit that rang.
        return len(await home.clips()) > len(VISITS) or None

    await until(saved, "the clip of the ring")
    await log_in(page, machine, PANEL)
    clips = page.locator("doorwatch-clip-list li")
    recording = page.locator("doorwatch-still").get_by_text("Recording")
    await expect(recording).to_be_visible(timeout=90_000)
    # Wait for the walk to the door; a page that is opened now first shows the door.
    await page.wait_for_timeout(WALKS)
    await page.reload()
    await expect(recording).to_be_visible()
    await expect(page.locator("doorwatch-still img")).to_be_visible()
    # The last one on the screen.
    await expect(clips.nth(5).locator("doorwatch-thumbnail img")).to_be_visible()
    await shown(page)


async def take_share(page: Page, machine: HomeAssistantProcess, home: Home) -> None:
    """Show what would be sent of a clip with a parcel before it is sent."""
    clip = next(one for one in await home.clips() if one["protected"])
    await log_in(page, machine, f"{PANEL}/clip/{clip['clip_id']}")
    await review(page)
    video = page.get_by_role("dialog").locator("video")
    await video.evaluate(
        """(video, at) => new Promise((resolve) => {
            video.controls = false;
            video.addEventListener("seeked", resolve, { once: true });
            video.currentTime = at;
        })""",
        AT_THE_DOOR,
    )


async def take_reports(browser: Browser, folder: Path) -> None:
    """Show the start of an agency's verification reports."""
    with tempfile.TemporaryDirectory() as temporary:
        started = datetime.now(UTC) - timedelta(hours=2)
        reports = await asyncio.to_thread(Reports, Path(temporary), started)
        for kind, name in (("good", "accepted"), ("tampered", "refused")):
            report = await asyncio.to_thread(reports.make, kind)
            page = await browser.new_page(
                viewport={"width": SHEET[0], "height": SHEET[1]}
            )
            await page.goto(report.page.as_uri())
            await shown(page)
            await keep(page, f"report-{name}", folder)
            await page.close()


async def make(folder: Path) -> None:
    """Create all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        agency = DemoAgency(Path(temporary) / "agency")
        machine = HomeAssistantProcess(
            Path(temporary) / "config",
            name="Home",
            time_zone=zone_of_the_afternoon(),
        )
        phone = Phone()
        await phone.server.start_server()
        try:
            with agency.intake:
                async with (
                    home_of_the_day(machine, agency, phone) as home,
                    async_playwright() as playwright,
                ):
                    browser = await playwright.chromium.launch(
                        executable_path=CHROMIUM,
                        args=["--no-sandbox", "--disable-gpu"],
                    )
                    await take_all(browser, machine, home, phone, folder)
                    await take_reports(browser, folder)
                    await browser.close()
        finally:
            machine.stop()
            await phone.server.close()


async def take_all(
    browser: Browser,
    machine: HomeAssistantProcess,
    home: Home,
    phone: Phone,
    folder: Path,
) -> None:
    """Take the pictures one after the other."""

    async def opened(size: tuple[int, int], scale: int) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=scale,
            reduced_motion="reduce",
            locale="en-US",
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        not_now = page.get_by_role("button", name="Not now: ")
        await page.add_locator_handler(
            not_now.first, lambda button: button.dispatch_event("click")
        )
        return page

    page = await opened(PHONE, SCALE)
    await take_phone(page, home, phone)
    await keep(page, "phone", folder)
    page = await opened(WIDE, 1)
    await take_panel(page, machine, home)
    await keep(page, "panel", folder)
    page = await opened(PHONE, SCALE)
    await take_share(page, machine, home)
    await keep(page, "share", folder)


def main() -> int:
    """Write the pictures to docs or to the folder that is passed."""
    parser = argparse.ArgumentParser(prog="scripts/pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    asyncio.run(make(parser.parse_args().folder.resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
