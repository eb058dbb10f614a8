"""The card on a page of its own, with a make-believe Home Assistant behind it."""

import mimetypes
import subprocess
from urllib.parse import urlencode, urlsplit

from playwright.async_api import Page, Route

from .configuration import REPOSITORY

ADDRESS = "http://card.test/"
BUILT = REPOSITORY / ".cache" / "card-mock"
VIDEO = REPOSITORY / ".cache" / "card-mock.mp4"


def build() -> None:
    """Build the page, and a short video to play on it."""
    subprocess.run(
        ["npm", "run", "--silent", "mock:build"],
        cwd=REPOSITORY / "frontend",
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


async def open_card(page: Page, **options: str) -> None:
    """Show the card in a state; see frontend/mock/main.ts. Nothing goes out."""

    async def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path.removeprefix("/") or "index.html"
        file = VIDEO if path.endswith(".mp4") else BUILT / path
        if not file.is_file():
            await route.fulfill(status=404)
            return
        await route.fulfill(
            body=file.read_bytes(), content_type=mimetypes.guess_type(file)[0] or ""
        )

    await page.route("**/*", answer)
    await page.goto(f"{ADDRESS}?{urlencode(options)}")
    await page.locator("doorwatch-card ha-card").wait_for()
