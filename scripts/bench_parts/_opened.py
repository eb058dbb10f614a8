"""Open pages of a home, and measure what moves on them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Page

from scripts.bench_parts._row import SMOKE, at_most
from tests.e2e.conftest import DESKTOP, log_in
from tests.e2e.ha import HomeAssistantProcess

SETTLED: Final = 1_500 if SMOKE else 5_000  # milliseconds after a page is opened
# Sum up layout shifts that no one caused by a tap.
SHIFTS: Final = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries())
    if (!hadRecentInput) window.shifted += value;
}).observe({ type: "layout-shift", buffered: true });
"""
# Find an element through all shadow roots.
FIND: Final = """((name) => {
  const find = (root) => {
    const here = root.querySelector(name);
    if (here) return here;
    for (const each of root.querySelectorAll("*")) {
      const found = each.shadowRoot && find(each.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  return find(document);
})"""
# Record frame times from now on.
FRAMES: Final = """() => {
  window.frames_ = [];
  let before;
  const next = (now) => {
    if (before !== undefined) window.frames_.push(now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""


@asynccontextmanager
async def opened(
    browser: Browser,
    machine: HomeAssistantProcess,
    path: str,
    size: tuple[int, int] = DESKTOP,
) -> AsyncIterator[Page]:
    """Open a page as a user who is logged in."""
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height})
    try:
        page = await context.new_page()
        await log_in(page, machine, path)
        yield page
    finally:
        await context.close()


async def shifting(
    browser: Browser, machine: HomeAssistantProcess, path: str, size: tuple[int, int]
) -> None:
    """Open a page and print how far its content moves while it loads."""
    async with opened(browser, machine, "/profile", size) as page:
        await page.add_init_script(SHIFTS)
        await page.goto(machine.url + path)
        await page.locator("doorwatch-panel").wait_for()
        await page.wait_for_function(f"performance.now() > {SETTLED}")
        shift = await page.evaluate("window.shifted")
    width, height = size
    at_most(f"layout shift of {path[:24]}, {width}x{height}", shift, 0.05)


async def scrubbing(page: Page) -> None:
    """Drag through a clip, a hundredth of it per move, and print the frame times."""
    slider = page.locator("doorwatch-clip-player").get_by_role("slider").first
    await slider.wait_for()
    box = await slider.bounding_box()
    assert box is not None
    await page.evaluate(FRAMES)
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"], middle)
    await page.mouse.down()
    for part in range(101):
        await page.mouse.move(box["x"] + box["width"] * part / 100, middle)
    await page.mouse.up()
    frames = await page.evaluate("window.frames_")
    late = [each for each in frames if each > 34]
    print(
        f"Scrubbed through a clip: {len(late)} of {len(frames)} frames over 34 ms,"
        f" the longest {max(frames):.0f} ms"
    )
    at_most("frames over 34 ms while scrubbing, %", 100 * len(late) / len(frames), 1)
