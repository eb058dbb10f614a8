"""Measure live view and talk in the browser, beside core's picture-entity card.

    python -m scripts.bench_parts.live [SECONDS]

A real Home Assistant with four RTSP doorbells, shown to both by the WebRTC peer of
tests/e2e. All doorbells record meanwhile: CPU is the difference that watching makes.
"""

import asyncio
from pathlib import Path
import statistics
import tempfile
import time
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from scripts.bench_parts._opened import opened
from scripts.bench_parts._row import SMOKE, arguments, at_most
from scripts.bench_parts.recording import cpu_of
from tests import videos as media
from tests.e2e.conftest import BROWSER_ARGUMENTS, CHROMIUM, PASSWORD, USER
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.e2e.homes import LENGTHS, connected, has_seen_clips
from tests.e2e.live_page import picture_of
from tests.e2e.peer import heard, home_with_peer
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

DOORS: Final = {
    f"Door {number}": f"cam{number}" for number in ((1,) if SMOKE else (1, 2, 3))
} | {"Door 0": "talk0"}
TIMES: Final = 1 if SMOKE else 5
SECONDS: Final = 0.5 if SMOKE else 20.0
# CPU of live views varies by more than a fifth from run to run, so take a median.
ROUNDS: Final = 1 if SMOKE else 3
WIDE: Final = (2560, 1080)  # fits all, because videos outside the screen don't play
SETTLED: Final = 0.5 if SMOKE else 5.0  # seconds after the first images
# Count visible videos with an image through all shadow roots; ours are hidden until
# they play.
PLAYING: Final = """(count) => {
  const playing = (root) => [...root.querySelectorAll("*")].reduce((sum, each) =>
    sum + (each.shadowRoot ? playing(each.shadowRoot) : 0) + Number(each.localName === "video"
      && each.videoWidth > 0 && each.currentTime > 0
      && each.checkVisibility({ opacityProperty: true })), 0);
  return playing(document) >= count;
}"""


async def set_up(home: Home, server: RtspServer) -> None:
    """Add the doorbells, and dashboards that show them with core's card."""
    await home.enter("Robin", USER, PASSWORD)
    for name, path in sorted(DOORS.items()):
        await home.add(
            {"next_step_id": "rtsp"},
            {"stream": server.address(path)},
            {"name": name, "webhook": True, "lengths": LENGTHS},
        )
    cameras = [f"camera.{name.lower().replace(' ', '_')}" for name in sorted(DOORS)]
    cards = [{"type": "picture-entity", "entity": camera} for camera in cameras]
    live = [{**card, "camera_view": "live"} for card in cards]
    for path, shown in (("core-tap", cards[:1]), ("core-live", live)):
        await home.add_dashboard("Core", path, {"views": [{"cards": shown}]})
    await until(lambda: connected(home), "the streams")
    await has_seen_clips(home)


async def shows(page: Page, count: int = 1) -> None:
    """Wait until this many videos play."""
    await page.wait_for_function(PLAYING, arg=count, timeout=60_000)


async def first_picture(browser: Browser, machine: HomeAssistantProcess) -> None:
    """Open the live dialog of ours and of core's card in turn, and time the first image.

    The first of both warms up the home for the other, so one round is not counted.
    """
    took: dict[str, list[float]] = {"/doorwatch": [], "/core-tap": []}
    paths = list(took)
    for number in range(1 if SMOKE else 1 + 2 * TIMES):
        paths.reverse()
        for path in paths:
            async with opened(browser, machine, path) as page:
                card = page.locator("hui-picture-entity-card .image-container")
                still = picture_of(page, "Door 0") if path == "/doorwatch" else card
                await still.wait_for()
                await page.wait_for_load_state("networkidle")
                begun = time.monotonic()
                await still.click()
                await shows(page)
                if SMOKE or number > 0:
                    took[path].append((time.monotonic() - begun) * 1_000)
    ours, core = (statistics.median(times) for times in took.values())
    print(
        f"First live picture after the tap, ms: ours {ours:.0f}, core {core:.0f},"
        f" ratio {ours / core:.2f} (most {max(took['/doorwatch']):.0f},"
        f" {max(took['/core-tap']):.0f})"
    )
    at_most("first live picture beside core", ours / core, 1.0)


async def first_sound(browser: Browser, machine: HomeAssistantProcess) -> None:
    """Press Talk; the peer logs its first packet."""
    took = []
    async with opened(browser, machine, "/doorwatch") as page:
        await picture_of(page, "Door 0").click()
        await shows(page)
        talk = page.get_by_role("button", name="(Door 0)")
        for _ in range(TIMES):
            await talk.hover()
            begun = time.time()
            # A short press latches Talk until the next press.
            await page.mouse.down()
            await page.mouse.up()

            async def packet(begun: float = begun) -> float | None:
                for line in heard(machine.config):
                    if line["what"] == "packet" and line["at"] > begun:
                        return float(line["at"])
                return None

            took.append((await until(packet, "sound") - begun) * 1_000)
            # Earlier presses are ignored as accidental double taps.
            await asyncio.sleep(0.5)
            await talk.click()
            await page.get_by_role("button", name="Hold to talk (Door 0)").wait_for()
    print(
        f"From the press to the first packet of sound, ms:"
        f" median {statistics.median(took):.0f}, most {max(took):.0f}"
    )
    at_most("press to the first sound, ms", statistics.median(took), 100)


async def watching(
    browser: Browser, machine: HomeAssistantProcess, seconds: float
) -> None:
    """Measure the CPU that watching all doorbells adds."""

    async def used() -> float:
        before = cpu_of(machine.pid or 0)
        await asyncio.sleep(seconds)
        return (cpu_of(machine.pid or 0) - before) * 60 / seconds

    runs: list[list[float]] = []
    for _ in range(ROUNDS):
        costs = [await used()]
        for path in ("/doorwatch", "/core-live"):
            async with opened(browser, machine, path, WIDE) as page:
                if path == "/doorwatch":
                    await page.get_by_role("button", name="Show all live").click()
                await shows(page, len(DOORS))
                await asyncio.sleep(SETTLED)
                costs.append(await used() - costs[0])
        runs.append(costs)
    alone, ours, core = map(statistics.median, zip(*runs, strict=True))
    print(
        f"CPU of Home Assistant with {len(DOORS)} live views, seconds a minute beyond"
        f" {alone:.2f}: ours {ours:.2f}, core {core:.2f}, ratio {ours / core:.2f}"
    )


async def main(seconds: float) -> None:
    """Make the home, then measure."""
    server = RtspServer(media.make(media.SMALL), None, None, len(DOORS))
    server.start()
    with tempfile.TemporaryDirectory() as name:
        machine = home_with_peer(Path(name) / "config")
        try:
            machine.start()
            async with Home(machine.url) as home, async_playwright() as playwright:
                await set_up(home, server)
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=BROWSER_ARGUMENTS
                )
                await first_picture(browser, machine)
                await first_sound(browser, machine)
                await watching(browser, machine, seconds)
        finally:
            machine.kill()
            server.kill()


if __name__ == "__main__":
    asyncio.run(main(float(next(iter(arguments()), SECONDS))))
