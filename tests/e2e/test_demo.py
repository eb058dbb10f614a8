"""A new user's first visitor: the clip appears and is shared."""

import asyncio
import json
from pathlib import Path
import re
import subprocess
import tarfile

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION
from playwright.async_api import Locator, Page, Route, expect

from tests.agency.tarballs import PARTS, change, read_parts
from tests.e2e.conftest import (
    DASHBOARD,
    DESKTOP,
    PANEL,
    DemoHome,
    Pages,
    log_in,
    picture,
    type_login,
)
from tests.e2e.dialog import review
from tests.e2e.panel_page import first_clip
from tests.waiting import until

from .configuration import REPOSITORY


def taps(page: Page) -> list[str]:
    """Record from now on which shares the page requests."""
    sent: list[str] = []

    def on_frame(frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode()
        if "share_clip" in text:
            sent.append(text)

    page.on("websocket", lambda socket: socket.on("framesent", on_frame))
    return sent


def digest_in(package: Path) -> str:
    """Read the digest of the clip from a package's manifest."""
    with tarfile.open(package) as tar:
        name = next(n for n in tar.getnames() if n.endswith("/manifest-sha256.txt"))
        file = tar.extractfile(name)
        assert file is not None
        lines = file.read().decode().splitlines()
    return next(line.split()[0] for line in lines if line.endswith("data/clip.mp4"))


def verify_ledger(ledger: Path, known: str) -> subprocess.CompletedProcess[str]:
    """Verify an exported ledger with a shell and sha256sum."""
    return subprocess.run(
        [REPOSITORY / "docs" / "verify-ledger.sh", ledger, known],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def saved(page: Page, button: Locator, folder: Path) -> Path:
    """Click a download button and return the file with its suggested name."""
    async with page.expect_download() as downloading:
        await button.click()
    download = await downloading.value
    target = folder / download.suggested_filename
    await download.save_as(target)
    return target


async def test_clip_is_recorded_played_and_shared_by_a_tap_alone(
    demo_home: DemoHome, pages: Pages, tmp_path: Path
) -> None:
    machine, agency = demo_home.machine, demo_home.agency
    page = await pages.open()
    sent = taps(page)
    await type_login(page, machine, PANEL)

    # A visitor comes ten seconds after the start, and the clip is closed after ten
    # more.
    first = await first_clip(page)
    image = first.locator("img")
    await expect(image).to_have_js_property("complete", True)
    assert await image.evaluate("image => image.naturalWidth") > 100
    await picture(page, "home-today")

    # Play
    await first.get_by_role("link").click()
    video = page.locator("doorwatch-clip-player video")
    await expect(video).to_be_visible()
    await page.wait_for_function(
        "video => video.currentTime > 0.5", arg=await video.element_handle()
    )
    # The durations of video and audio match the list.
    shown = await page.evaluate(
        "clip_id => document.querySelector('home-assistant').hass"
        ".callWS({type: 'doorwatch/clips/get', clip_id})",
        page.url.rpartition("/")[2].partition("?")[0],
    )
    length = await video.evaluate("video => video.duration")
    assert abs(length - shown["clip"]["duration"]) < 1
    await picture(page, "home-playing")

    # Review the share
    button = await review(page)
    dialog = page.get_by_role("dialog")
    words = await dialog.inner_text()
    assert words.index("127.0.0.1") < words.index("Demo Agency"), "the host comes first"
    for must in (
        agency.fingerprint,
        "Compared with a printed one",
        "They are not passed on without a court order.",
        "30 days",
        "ND-2026/7",
        "No name and no contact details.",
        "The agency will see your internet address.",
        "Audio is off",
        "Other people might be visible",
        "Copies can't be recalled",
        "Every administrator of this home can see",
    ):
        assert must in words, must
    await page.wait_for_function(
        "video => video.readyState >= 2 && video.duration > 1",
        arg=await dialog.locator("video").element_handle(),
    )
    await dialog.get_by_text("Show full digest").click()
    digest = await dialog.locator("details code").inner_text()
    await dialog.locator(".body").evaluate("body => body.scrollTo(0, 0)")
    await picture(page, "home-review")

    # Simulate a click by a script
    await button.evaluate("button => button.click()")
    await button.evaluate(
        "button => button.dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    await page.evaluate(
        "document.querySelector('home-assistant').hass.callWS({type: 'doorwatch/doorbells'})"
    )
    await expect(button).to_be_enabled()
    assert sent == []

    # Confirm, then Undo
    await button.click()
    undo = dialog.get_by_role("button", name="Undo")
    await expect(undo).to_be_visible()
    await picture(page, "home-undo")
    await undo.click()
    await expect(dialog).to_contain_text("Nothing was sent")
    assert len(sent) == 1
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_have_count(0)
    assert agency.intake.packages() == []

    # Share again, to the end
    button = await review(page)
    await button.click()
    await expect(dialog).to_contain_text("Delivered to Demo Agency", timeout=90_000)
    await picture(page, "home-delivered")
    assert len(sent) == 2
    assert json.loads(sent[1])["type"] == "call_service"
    await until(lambda: len(agency.intake.packages()) == 1, "the package")
    (received,) = agency.intake.packages()
    verified = agency.verify(received)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    package = agency.decrypt(received, tmp_path / "package.tar")
    assert digest_in(package) == digest, "what was shown is what was sent"

    # Change one byte in each part of the package that the agency received
    for name in PARTS:
        _, parts = read_parts(package)
        middle = len(parts[name]) // 2
        changed = change(package, tmp_path / "changed.tar", name, middle)
        refused = agency.verify(changed)
        assert refused.returncode == 1, f"{name}: {refused.stdout}"
        assert "REFUSED" in refused.stderr

    # The owner reads the fingerprint out and downloads receipt and ledger
    await dialog.get_by_role("button", name="Close").last.click()
    await page.get_by_role("link", name="This clip was shared").click()
    delivered = page.get_by_text(re.compile("^Delivered to"))
    row = page.get_by_role("listitem").filter(has=delivered).first
    await row.get_by_role("button", name="Show fingerprint").click()
    fingerprint = await row.locator("code").inner_text()
    await picture(page, "home-shared-clips")
    proved = agency.verify(received, fingerprint)
    assert proved.returncode == 0, proved.stderr
    assert "the one whose fingerprint the owner read out" in proved.stdout

    receipt = await saved(
        page, row.get_by_role("button", name="Download receipt"), tmp_path
    )
    assert (
        receipt.name
        == f"doorwatch-receipt-{received.name.removesuffix('.tar.age')}.jws"
    )
    assert receipt.read_text().count(".") == 2
    await page.get_by_role("link", name=re.compile("^Proof")).click()
    await expect(page.get_by_text("2 clips were sent.")).to_have_count(0)
    await expect(page.get_by_text("1 clip was sent.")).to_be_visible()
    await picture(page, "home-proof")
    ledger = await saved(
        page, page.get_by_role("button", name="Download ledger"), tmp_path
    )
    _, parts = read_parts(package)
    known = json.loads(parts["data/share.json"])["ledger"]["digest"]
    checked = verify_ledger(ledger, known)
    assert checked.returncode == 0, checked.stderr
    assert "the digest matches line" in checked.stdout


async def test_leaving_the_dialog_drops_what_was_prepared(
    demo_home: DemoHome, pages: Pages
) -> None:
    page = await pages.open()
    await log_in(page, demo_home.machine, await demo_home.clip_page())
    staging = demo_home.machine.config / "doorwatch" / ".staging"
    await review(page)
    assert any(staging.iterdir())
    await page.keyboard.press("Escape")
    await until(lambda: not any(staging.iterdir()), "the staged file to go")
    await review(page)
    await page.get_by_role("dialog").get_by_role("button", name="Back").click()
    await until(lambda: not any(staging.iterdir()), "the staged file to go")
    await page.get_by_role("button", name="Review").click()
    await until(lambda: any(staging.iterdir()), "a new file")
    await page.reload()
    await until(lambda: not any(staging.iterdir()), "the staged file to go")


async def test_card_waits_for_a_frontend_that_loads_after_it(
    demo_home: DemoHome, pages: Pages
) -> None:
    page = await pages.open()
    await log_in(page, demo_home.machine, DASHBOARD)

    page = await page.context.new_page()

    async def late(route: Route) -> None:
        await page.wait_for_function("window.customCards?.length")
        await route.continue_()

    # Since 2026.11, the app loads the card before its own other files.
    delayed = "(?!(app|core))" if (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11) else ""
    await page.route(re.compile(rf"/frontend_latest/{delayed}[^/]+\.js$"), late)
    loaded = page.wait_for_event("requestfinished", lambda r: "doorwatch-card" in r.url)
    await asyncio.gather(
        loaded, page.goto(demo_home.machine.url + DASHBOARD, wait_until="commit")
    )
    await expect(page.locator("doorwatch-card ha-card")).to_be_visible(timeout=60_000)
    await page.unroute_all(behavior="wait")


async def test_card_is_offered_in_the_card_picker(
    demo_home: DemoHome, pages: Pages
) -> None:
    page = await pages.open(DESKTOP)
    await log_in(page, demo_home.machine, f"{DASHBOARD}?edit=1")
    await expect(page.locator("doorwatch-card")).to_be_attached()
    cards = await page.evaluate("window.customCards")
    (card,) = [each for each in cards if each["type"] == "doorwatch-card"]
    assert card["name"] == "Doorwatch clips"
    assert card["preview"] is True
    form = await page.evaluate(
        """customElements.get('doorwatch-card').getConfigForm()
            .then(({schema}) => schema.map(({name}) => name))"""
    )
    assert form == ["title", "entity", "limit", "layout"]
