"""A real browser fetches enough to prove that the clip was shown, even on a slow line."""

from contextlib import suppress
from typing import Literal

from playwright.async_api import Error, Page, Request, expect
import pytest

from tests.e2e.conftest import PHONE, DemoHome, Pages, log_in, picture
from tests.e2e.dialog import show_what_will_be_sent, start_sharing, to_recipient
from tests.series import each

# Bytes per second in each direction.
SLOW = 40_000

type Part = Literal["all of it", "a part"]


async def _slow_down(page: Page) -> None:
    """Limit the speed of the page's connection."""
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 50,
            "downloadThroughput": SLOW,
            "uploadThroughput": SLOW,
        },
    )


@pytest.mark.parametrize(
    ("part", "line"),
    each(
        2,
        [
            ("a part", "far"),
            ("all of it", "far"),
            ("all of it", "near"),
            ("a part", "near"),
        ],
    ),
)
async def test_who_taps_as_soon_as_the_picture_is_there_is_believed(
    demo_home: DemoHome, pages: Pages, part: Part, line: str
) -> None:
    """The recording has its index at the end; a copy of a part is tried too."""
    page = await pages.open(PHONE)
    await log_in(page, demo_home.machine, await demo_home.clip_page())
    dialog = await start_sharing(page)
    if part == "all of it":
        await dialog.get_by_label("Include audio").check()
    else:
        await dialog.get_by_label("End (seconds)").fill("6")
    await to_recipient(dialog)
    if line == "far":
        await _slow_down(page)
    asked: list[str] = []

    async def note(request: Request) -> None:
        if "/api/doorwatch/preview/" in request.url:
            # At the end of the test, the page may be closed before it answers.
            with suppress(Error):
                asked.append((await request.all_headers()).get("range", "all"))

    page.on("request", note)
    await show_what_will_be_sent(dialog)
    # Playwright clicks as soon as the button is enabled.
    await dialog.get_by_role("button", name="Share this clip with 127.0.0.1").click()
    undo = dialog.get_by_role("button", name="Undo")
    await expect(undo).to_be_visible()
    await picture(page, f"look-{line}")
    await undo.press("Enter")
    await expect(dialog).to_contain_text("Undone. Nothing was sent.")
    # On a slow line, the browser cancels its first request for the whole recording, to
    # fetch the index at the end.
    assert asked[0] == "bytes=0-"
    assert len(asked) > 1 or line == "near" or part == "a part"
