"""Measure what people wait for in the browser, beside core's media browser.

    python -m scripts.bench_parts.frontend [CLIPS]

A real Home Assistant with two years of clips (hard links to one recorded clip), opened
with Chromium. Bytes are those of the built files as they are sent.
"""

import asyncio
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
import json
import os
from pathlib import Path
import random
import re
import shutil
import sqlite3
import statistics
import tempfile
import time
from typing import Final
from urllib.parse import quote
from uuid import uuid7

import aiohttp
from playwright.async_api import Browser, Page, async_playwright

from custom_components.doorwatch.engine.clips.files.names import relative_path
from custom_components.doorwatch.engine.clips.index.rows import to_micros
from scripts.bench_parts._opened import FIND, opened, scrubbing, shifting
from scripts.bench_parts._row import SMOKE, arguments, at_most
from tests.e2e.configuration import REPOSITORY
from tests.e2e.conftest import (
    BROWSER_ARGUMENTS,
    CHROMIUM,
    DESKTOP,
    PASSWORD,
    PHONE,
    USER,
)
from tests.e2e.ha import Home, HomeAssistantProcess, dashboard_config
from tests.e2e.homes import has_seen_clips, recorded
from tests.waiting import until

FRONTEND: Final = REPOSITORY / "custom_components/doorwatch/frontend"
ZONE: Final = "Europe/Berlin"
SPAN: Final = timedelta(days=730)
CLIPS: Final = 6_000 if SMOKE else 100_000
DAYS: Final = 2 if SMOKE else 30
BUSY_CLIPS: Final = 200 if SMOKE else 2_000  # of one day
# Pictures that the panel shows without scrolling.
PICTURES: Final = 3
SCROLLED: Final = 200 if SMOKE else 5_000  # clips
SIZES: Final = (PHONE,) if SMOKE else (DESKTOP, PHONE)
TIMES: Final = 1 if SMOKE else 5
# Hard links to one file; ext4 supports 65,000.
MOST_LINKS: Final = 50_000
# One in this many clips is a ring.
RING: Final = 11

# Count all nodes below an element, including shadow roots.
COUNT_NODES: Final = """() => {
  const count = (root) => {
    let nodes = 0;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ALL);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      nodes += 1;
      if (node.shadowRoot) nodes += count(node.shadowRoot);
    }
    return nodes;
  };
  return count(%s);
}"""
# Navigate as Home Assistant does; wait until the pictures are loaded and painted.
GO: Final = """async ({ path, pictures }) => {
  performance.clearResourceTimings();
  performance.setResourceTimingBufferSize(5000);
  history.pushState(null, "", path);
  dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
  const came = () => performance.getEntriesByType("resource").filter(({ name, responseEnd }) =>
    name.includes("/api/doorwatch/thumbnail/") && responseEnd > 0).length;
  const end = performance.now() + 30000;
  while (came() < pictures) {
    if (performance.now() > end) throw new Error(`${came()} pictures came`);
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
}"""
# Select a day as the calendar does; wait until the timeline shows it.
SHOW_DAY: Final = """async (day) => {
  const find = FIND;
  history.replaceState(null, "", `/doorwatch?day=${day}`);
  dispatchEvent(new CustomEvent("location-changed", { detail: { replace: true } }));
  const end = performance.now() + 30000;
  for (;;) {
    const timeline = find("doorwatch-timeline");
    if (timeline?.day?.day === day) {
      await timeline.updateComplete;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return;
    }
    if (performance.now() > end) throw new Error(`no timeline of ${day}`);
    await new Promise(requestAnimationFrame);
  }
}""".replace("FIND", FIND)
# Scroll a fifth of the screen per frame; return the frame times.
SCROLL: Final = """async (clips) => {
  const find = FIND;
  history.replaceState(null, "", "/doorwatch");
  dispatchEvent(new CustomEvent("location-changed", { detail: { replace: true } }));
  await new Promise((done) => setTimeout(done, 1000));
  const list = find("doorwatch-clip-list");
  const frames = [];
  const end = performance.now() + 240000;
  let before = await new Promise(requestAnimationFrame);
  while (list.clips.length < clips && performance.now() < end) {
    list.scroller.scrollTop += list.scroller.clientHeight / 5;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return { clips: list.clips.length, frames };
}""".replace("FIND", FIND)


def busy_day() -> date:
    """Return the day with the most clips."""
    return datetime.now(UTC).date() - timedelta(days=40)


async def make(machine: HomeAssistantProcess) -> tuple[str, Path]:
    """Set up a home with a doorbell; return its ID and the path of its first clip."""
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add_demo_doorbell()
        await home.set_household(keep_days=0, keep_gb=0)
        await home.add_dashboard("Doorwatch", "door-watch", dashboard_config())
        clip = await recorded(home)
        await has_seen_clips(home)
    (path,) = machine.config.rglob(f"*{clip['clip_id']}.mp4")
    return clip["doorbell_id"], path


def fill(
    folder: Path,
    clip: Path,
    doorbell_id: str,
    count: int,
    *,
    end: datetime,
    span: timedelta = SPAN,
) -> None:
    """Create links to one clip, with a row each, spread over the time before `end`."""
    with closing(sqlite3.connect(folder / "index.db")) as connection, connection:
        connection.row_factory = sqlite3.Row
        (row,) = connection.execute(
            "SELECT * FROM clips WHERE clip_id = ?", (clip.stem[-36:],)
        )
        columns = list(row.keys())
        linked: dict[str, Path] = {}
        for number in range(count):
            at = end - span * (number / count) - timedelta(seconds=number % 7)
            clip_id = str(uuid7())
            path = relative_path(doorbell_id, clip_id, at, ZONE)
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".mp4", ".jpg"):
                target = target.with_suffix(suffix)
                if number % MOST_LINKS == 0:
                    shutil.copy(clip.with_suffix(suffix), target)
                    linked[suffix] = target
                else:
                    os.link(linked[suffix], target)
            kind = "motion" if number % RING else "ring"
            values = dict(row) | {
                "clip_id": clip_id,
                "event_id": clip_id,
                "event": kind,
                "also": "",
                "started_at": to_micros(at),
                "ended_at": to_micros(at + timedelta(seconds=15)),
                "path": str(path),
            }
            connection.execute(
                f"INSERT INTO clips ({', '.join(columns)})"  # noqa: S608 - our own column names
                f" VALUES ({', '.join('?' * len(columns))})",
                [values[column] for column in columns],
            )


def shipped() -> None:
    """Print the size of the built files, and of those loaded first."""
    entries = json.loads((FRONTEND / "entries.json").read_text())

    def reach(name: str, found: set[str]) -> set[str]:
        if name not in found:
            found.add(name)
            text = (FRONTEND / name).read_text()
            # Dynamic imports are calls, static ones use `from`.
            for other in re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text):
                reach(other, found)
        return found

    def size(names: set[str]) -> float:
        return sum((FRONTEND / f"{name}.br").stat().st_size for name in names) / 1000

    print("Brotli, kB")
    for what, most in (("loader", 4), ("card", 45), ("panel", 110)):
        kilobytes = size(reach(entries[what], set()))
        at_most(f"{what:7}", kilobytes, most)
    (player,) = FRONTEND.glob("doorwatch-player-*.js")
    more = reach(player.name, set()) - reach(entries["panel"], set())
    at_most("player ", size(more), 25)


async def timed(page: Page, expression: str, argument: object = None) -> float:
    """Return the milliseconds that a promise in the page takes."""
    return float(
        await page.evaluate(
            f"async (argument) => {{ const begun = performance.now();"
            f" await ({expression})(argument); return performance.now() - begun; }}",
            argument,
        )
    )


async def main(count: int) -> None:
    """Make the home, then measure."""
    shipped()
    with tempfile.TemporaryDirectory() as name:
        machine = HomeAssistantProcess(Path(name))
        machine.start()
        try:
            doorbell_id, clip = await make(machine)
            machine.stop()
            begun = time.monotonic()
            now = datetime.now(UTC) - timedelta(hours=1)
            fill(clip.parents[2], clip, doorbell_id, count, end=now)
            fill(
                *(clip.parents[2], clip, doorbell_id, BUSY_CLIPS),
                end=datetime.combine(busy_day(), datetime.max.time(), UTC),
                span=timedelta(hours=20),
            )
            print(f"{count:,} clips linked in {time.monotonic() - begun:.0f} s")
            machine.start()
            # On a busy machine, Home Assistant answers before its panels exist.
            await until(lambda: has_panel(machine), "the panel")
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=BROWSER_ARGUMENTS
                )
                await measure(browser, machine, doorbell_id, clip.stem[-36:])
        finally:
            machine.kill()


async def has_panel(machine: HomeAssistantProcess) -> bool:
    """Return whether the panel can be opened."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{machine.url}/doorwatch") as answer,
    ):
        return answer.status == HTTPStatus.OK


async def measure(
    browser: Browser, machine: HomeAssistantProcess, doorbell_id: str, clip_id: str
) -> None:
    """Print every row."""
    day = datetime.now(UTC).date() - timedelta(days=3)
    await first_pictures(browser, machine, doorbell_id, day)
    async with opened(browser, machine, "/doorwatch") as page:
        await page.locator("doorwatch-clip-list li").first.wait_for()
        await any_day(page)
        took = await timed(page, SHOW_DAY, str(busy_day()))
        print(f"A day with {BUSY_CLIPS:,} clips on the timeline: {took:.0f} ms")
        at_most("the busiest day on the timeline, ms", took, 150)
        await scrolling(page)
    clip = f"/doorwatch/clip/{clip_id}"
    paths = ["/doorwatch", f"/doorwatch?day={day}", clip]
    paths += ["/doorwatch/settings", "/doorwatch/notifications"]
    for size in SIZES:
        for path in [clip] if SMOKE else paths:
            await shifting(browser, machine, path, size)
    async with opened(browser, machine, clip) as page:
        await scrubbing(page)


async def first_pictures(
    browser: Browser, machine: HomeAssistantProcess, doorbell_id: str, day: date
) -> None:
    """Time the panel, and the same day in the media browser."""
    parts = (
        "app,media-source://doorwatch",
        f"video,media-source://doorwatch/doorbell/{doorbell_id}",
        f"video,media-source://doorwatch/day/{doorbell_id}/{day}",
    )
    peer = "/media-browser/browser/" + "/".join(quote(part, safe="") for part in parts)
    print(f"First {PICTURES} pictures, ms")
    for what, path in (("panel", f"/doorwatch?day={day}"), ("media browser", peer)):
        cold, again = [], []
        for _ in range(TIMES):
            async with opened(browser, machine, "/profile") as page:
                await page.wait_for_load_state("networkidle")
                asked = {"path": path, "pictures": PICTURES}
                cold.append(await timed(page, GO, asked))
                await page.evaluate(
                    "history.pushState(null, '', '/profile');"
                    "dispatchEvent(new CustomEvent('location-changed', {detail: {}}))"
                )
                await page.locator("ha-panel-profile").wait_for()
                again.append(await timed(page, GO, asked))
        print(
            f"  {what:14} cold {statistics.median(cold):6.0f} (most {max(cold):.0f})"
            f"  again {statistics.median(again):6.0f} (most {max(again):.0f})"
        )
        if what == "panel":
            at_most("first pictures, cold, ms", statistics.median(cold), 800)
            at_most("first pictures, again, ms", statistics.median(again), 300)


async def any_day(page: Page) -> None:
    """Time the selection of days in the two years."""
    chosen = random.Random(7)
    took = []
    for _ in range(DAYS):
        day = datetime.now(UTC).date() - timedelta(days=chosen.randrange(1, 729))
        took.append(await timed(page, SHOW_DAY, str(day)))
    took.sort()
    print(
        f"A day on the timeline, {DAYS} of two years, ms:"
        f" median {statistics.median(took):.0f}, most {took[-1]:.0f}"
    )
    at_most("the slowest day on the timeline, ms", took[-1], 150)


async def scrolling(page: Page) -> None:
    """Scroll through the clips without waiting."""
    found = await page.evaluate(SCROLL, SCROLLED)
    nodes = await page.evaluate(COUNT_NODES % f'{FIND}("doorwatch-panel")')
    late = [each for each in found["frames"] if each > 34]
    print(
        f"Scrolled through {found['clips']:,} clips: {nodes:,} nodes,"
        f" {len(late)} of {len(found['frames'])} frames over 34 ms,"
        f" the longest {max(found['frames']):.0f} ms"
    )
    at_most("nodes after scrolling", nodes, 6_000)
    at_most("frames over 34 ms, %", 100 * len(late) / len(found["frames"]), 1)
    at_most("the longest frame, ms", max(found["frames"]), 50)


if __name__ == "__main__":
    asyncio.run(main(int(next(iter(arguments()), CLIPS))))
