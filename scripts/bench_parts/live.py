"""Measure live view and talk in the browser, beside core's picture-entity card.

    python -m scripts.bench_parts.live [SECONDS]

A real Home Assistant with eight RTSP doorbells, shown to both by the WebRTC peer of
tests/e2e. All doorbells record meanwhile: CPU is the difference that watching makes.
The panel plays four of them at most; a dashboard of core's cards plays all.
"""

import asyncio
from pathlib import Path
import statistics
import tempfile
import time
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from scripts.bench_parts._opened import FIND, opened
from scripts.bench_parts._row import SMOKE, arguments, at_most
from scripts.bench_parts.recording import cpu_of
from tests import videos as media
from tests.e2e.conftest import BROWSER_ARGUMENTS, CHROMIUM, PASSWORD, USER
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.e2e.homes import LENGTHS, connected, has_seen_clips
from tests.e2e.live_page import picture_of
from tests.e2e.peer import heard, home_with_peer
from tests.e2e.webrtc_peer import DOMAIN
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

DOORS: Final = {
    f"Door {number}": f"cam{number}" for number in ((1,) if SMOKE else range(1, 8))
} | {"Door 0": "talk0"}
LIVE: Final = min(4, len(DOORS))  # of ours, at most
TIMES: Final = 1 if SMOKE else 5
SECONDS: Final = 0.5 if SMOKE else 20.0
# CPU of live views varies by more than a fifth from run to run, so take a median.
ROUNDS: Final = 1 if SMOKE else 3
WIDE: Final = (2560, 1080)  # fits all, because videos outside the screen don't play
SETTLED: Final = 0.5 if SMOKE else 5.0  # seconds after the first images
# Whether the clip of the page shows a picture.
CLIP_SHOWN: Final = """(find) => {
  const video = find("doorwatch-clip-player")?.shadowRoot?.querySelector("video");
  return (video?.readyState ?? 0) >= 2;
}"""
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
    dashboards = {"core-tap": cards[:1], "core-live": live[:LIVE], "core-all": live}
    for path, shown in dashboards.items():
        await home.add_dashboard("Core", path, {"views": [{"cards": shown}]})
    await until(lambda: connected(home), "the streams")
    await has_seen_clips(home)
    doorbells = (await home.command(type="doorwatch/doorbells"))["doorbells"]
    await home.command(
        type="doorwatch/record", doorbell_id=doorbells[0]["doorbell_id"], duration=5
    )
    await until(home.clips, "a clip")


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
        for path, count in (
            ("/doorwatch", LIVE),
            ("/core-live", LIVE),
            ("/core-all", len(DOORS)),
        ):
            async with opened(browser, machine, path, WIDE) as page:
                if path == "/doorwatch":
                    await page.get_by_role("button", name="Show all live").click()
                await shows(page, count)
                await asyncio.sleep(SETTLED)
                costs.append(await used() - costs[0])
        runs.append(costs)
    alone, ours, core, all_core = map(statistics.median, zip(*runs, strict=True))
    print(
        f"CPU of Home Assistant with {LIVE} live views, seconds a minute beyond"
        f" {alone:.2f}: ours {ours:.2f}, core {core:.2f}, ratio {ours / core:.2f}"
    )
    print(
        f"With {len(DOORS)} doorbells on the page, {LIVE} of ours live and all of core's:"
        f" ours {ours:.2f}, core {all_core:.2f}, ratio {ours / all_core:.2f}"
    )


async def clip_beside_live(browser: Browser, machine: HomeAssistantProcess) -> None:
    """Open clips while doorbells play by HLS, which takes connections of the browser.

    Core plays HLS without the peer.
    """
    machine.stop()
    configuration = machine.config / "configuration.yaml"
    configuration.write_text(configuration.read_text().replace(f"{DOMAIN}:\n", ""))
    machine.start()
    took = []
    async with opened(browser, machine, "/doorwatch", WIDE) as page:
        for _ in range(TIMES):
            await page.get_by_role("button", name="Show all live").click()
            await shows(page, LIVE)
            await asyncio.sleep(SETTLED)
            clip = page.locator("doorwatch-clip-list li a").first
            begun = time.monotonic()
            await clip.click()
            await page.wait_for_function(f"({CLIP_SHOWN})({FIND})", timeout=60_000)
            took.append((time.monotonic() - begun) * 1_000)
            await page.go_back()
    print(
        f"A clip opened beside {len(DOORS)} doorbells by HLS, ms:"
        f" median {statistics.median(took):.0f}, most {max(took):.0f}"
    )
    at_most("a clip opened beside HLS, ms", max(took), 1_000)


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
                await clip_beside_live(browser, machine)
        finally:
            machine.kill()
            server.kill()


if __name__ == "__main__":
    asyncio.run(main(float(next(iter(arguments()), SECONDS))))
