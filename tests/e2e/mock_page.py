"""Card and panel on a page with a mock Home Assistant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import fcntl
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import subprocess
from threading import Thread
from typing import Any, override
from urllib.parse import urlencode, urlsplit

from playwright.async_api import FloatRect, Locator, Page, expect

from tests.e2e import dialog as dialogs
from tests.e2e.dialog import show_what_will_be_sent, to_cover, to_recipient
from tests.ports import own_port

from .configuration import REPOSITORY

ADDRESS = "http://home.test/"
FRONTEND = REPOSITORY / "frontend"
BUILT = REPOSITORY / ".cache" / "card-mock"
VIDEO = REPOSITORY / ".cache" / "card-mock.mp4"


def build() -> None:
    """Build the page and a short video to play on it if they are outdated."""
    BUILT.parent.mkdir(exist_ok=True)
    with BUILT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other test processes may build too
        _build()


def _build() -> None:
    built = BUILT / "index.html"
    if not built.exists() or built.stat().st_mtime < _changed():
        subprocess.run(
            ["npm", "run", "--silent", "mock:build"],
            cwd=FRONTEND,
            check=True,
            capture_output=True,
            timeout=120,
        )
    if not VIDEO.exists():
        part = VIDEO.with_suffix(".part.mp4")
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-y", "-f", "lavfi"),
                *("-i", "testsrc2=size=640x360:rate=15:duration=4"),
                *("-pix_fmt", "yuv420p", "-movflags", "+faststart", str(part)),
            ],
            check=True,
            timeout=120,
        )
        part.rename(VIDEO)


def _changed() -> float:
    """Return the time of the last change of the page's sources."""
    parts = [FRONTEND / part for part in ("mock", "src")]
    return max(path.stat().st_mtime for part in parts for path in part.rglob("*"))


async def open_card(page: Page, **options: str) -> None:
    """Show the card in a state (see frontend/mock/main.ts) without network access."""
    await _open(page, "", options)
    await page.locator("doorwatch-card ha-card").wait_for()


async def open_panel(page: Page, path: str = "", **options: str) -> None:
    """Show a page of the panel in a state."""
    await _open(page, f"doorwatch{path}", options)
    await page.locator("doorwatch-panel main").wait_for()


async def _open(page: Page, path: str, options: Mapping[str, str]) -> None:
    await page.goto(f"{ADDRESS}{path}?{urlencode(options)}")


class _Files(SimpleHTTPRequestHandler):
    """Serve the page's files, which the browser caches between pages."""

    protocol_version = "HTTP/1.1"

    @override
    def translate_path(self, path: str) -> str:
        asked = urlsplit(path).path.removeprefix("/")
        if asked.endswith(".mp4"):
            return str(VIDEO)
        return str(BUILT / (asked if Path(asked).suffix else "index.html"))

    @override
    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    @override
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def served() -> Iterator[int]:
    """Serve the page; return the port to which the browser must map `ADDRESS`."""
    with ThreadingHTTPServer(("127.0.0.1", own_port()), _Files) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()


async def sent(page: Page, kind: str) -> list[dict[str, Any]]:
    """Return the messages of this type sent by the page."""
    messages: list[dict[str, Any]] = await page.evaluate("window.sent")
    return [message for message in messages if message["type"] == kind]


async def open_clip(page: Page, **options: str) -> None:
    """Show the page of the newest clip."""
    await open_panel(page, "/clip/clip-0", **options)


async def start_sharing(page: Page) -> Locator:
    """Open the dialog on the page of a clip."""
    dialog = await dialogs.start_sharing(page)
    await expect(dialog.get_by_text("Step 1 of 4")).to_be_visible()
    return dialog


async def choose(dialog: Locator, agency: str = "police.sample-town") -> None:
    """Continue to the agencies and choose one."""
    await to_recipient(dialog)
    await dialog.get_by_text(agency).click()


async def back(dialog: Locator, steps: int = 1) -> None:
    """Go back."""
    for _ in range(steps):
        await dialog.get_by_role("button", name="Back").click()


async def prepare(dialog: Locator, agency: str = "police.sample-town") -> Locator:
    """Continue to the review and return the share button."""
    await choose(dialog, agency)
    await show_what_will_be_sent(dialog)
    button = dialog.get_by_role("button", name="Share this clip with")
    await expect(button).to_be_visible()
    return button


async def box_of(locator: Locator) -> FloatRect:
    """Scroll to an element and return its box on the screen."""
    await locator.scroll_into_view_if_needed()
    box = await locator.bounding_box()
    assert box is not None
    return box


async def drag(
    page: Page, area: Locator, begin: tuple[float, float], end: tuple[float, float]
) -> None:
    """Drag over an area given in fractions of its width and height."""
    box = await box_of(area)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return (
            box["x"] + point[0] * box["width"],
            box["y"] + point[1] * box["height"],
        )

    await page.mouse.move(*at(begin))
    await page.mouse.down()
    await page.mouse.move(*at(((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)))
    await page.mouse.move(*at(end))
    await page.mouse.up()


async def open_editor(dialog: Locator) -> Locator:
    """Continue to the step of covered areas and return the picture."""
    if await dialog.get_by_text("Step 1 of 4").count():
        await to_cover(dialog)
    stage = dialog.locator("doorwatch-cover-editor .stage")
    await expect(stage.locator("img")).to_be_visible()
    return stage
