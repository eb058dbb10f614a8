"""Hand a clip over in a real home to an agency that sends upload links."""

import contextlib
from pathlib import Path
import subprocess

from playwright.async_api import (
    Locator,
    Page,
    Request,
    Route,
    TimeoutError as PlaywrightTimeout,
    expect,
)
import pytest

from tests.e2e.conftest import PANEL, PASSWORD, PHONE, USER, Pages, log_in, picture
from tests.e2e.dialog import show_what_will_be_sent, start_sharing, to_recipient

from .ha import Home, HomeAssistantProcess
from .homes import a_clip

PAGE = "https://harbour.vendor.example"
LINK = f"{PAGE}/upload?token=planted-link-secret"


async def _set_up(machine: HomeAssistantProcess) -> str:
    """Add a doorbell and an agency, and record; return the address of the clip's page."""
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await home.add_demo_doorbell()
        await home.add(
            {"next_step_id": "agency_link"},
            {"name": "Harbour Police", "address": PAGE, "jurisdiction": "The harbour"},
        )
        return f"{PANEL}/clip/{(await a_clip(home, seconds=5))['clip_id']}"


async def _review(page: Page) -> Locator:
    """Open the dialog and paste the link; return the dialog with the notice."""
    dialog = await start_sharing(page)
    await to_recipient(dialog)
    link = dialog.get_by_label("Upload link from the agency")
    await link.fill("https://evil.example/upload")
    await show_what_will_be_sent(dialog)
    await expect(dialog.get_by_role("alert")).to_contain_text(
        f"lead to the agency's upload page ({PAGE})"
    )
    await expect(link).to_be_focused()
    await picture(page, "hand-over-link")
    await link.fill(LINK)
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("Before you share")
    return dialog


def _verify(package: Path, folder: Path) -> None:
    """Verify it with common tools: unzip, sha256sum, openssl, jose."""
    script = r"""
    set -euo pipefail
    unzip -t "$1" >/dev/null
    unzip -q "$1" -d "$2"
    cd "$2"/doorwatch-*
    sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt
    openssl ec -pubin -in home.pem -pubout -outform DER >"$2/key.der" 2>/dev/null
    b64() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
    printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' \
      "$(tail -c 64 "$2/key.der" | head -c 32 | b64)" \
      "$(tail -c 32 "$2/key.der" | b64)" >"$2/home.jwk"
    jose jws ver -i share.jws -k "$2/home.jwk" -O "$2/claims"
    openssl pkey -pubin -in home.pem -noout
    grep -q "HARBOUR\|Harbour Police" data/cover-sheet.txt
    """
    subprocess.run(
        ["bash", "-c", script, "verify", str(package), str(folder)],
        check=True,
        timeout=60,
    )


async def _in_the_android_app(page: Page, folder: Path) -> None:
    """Share again in the app, where the page fetches the package and the app saves it."""
    await page.evaluate("window.externalApp = {}")
    dialog = await _review(page)
    await dialog.get_by_role("button", name="Create package for").click()
    download = dialog.get_by_role("button", name="Download")
    await expect(download).to_be_visible(timeout=60_000)
    async with page.expect_download(timeout=60_000) as waiting:
        await download.click()
    loaded = await waiting.value
    assert loaded.url.startswith("blob:")
    assert loaded.suggested_filename.startswith("doorwatch-")
    saved = folder / "of-the-app.zip"
    await loaded.save_as(saved)
    await expect(dialog).to_contain_text("Given to your browser for Harbour Police")
    _verify(saved, folder / "of-the-app")


@pytest.mark.usefixtures("socket_enabled")
async def test_a_person_downloads_a_clip_once_and_opens_the_page(
    pages: Pages, tmp_path: Path
) -> None:
    """On a phone, with a power failure between the confirmation and the download."""
    with HomeAssistantProcess(tmp_path / "config", forked=True) as machine:
        path = await _set_up(machine)
        page = await pages.open(PHONE)
        opened: list[Request] = []

        async def answer(route: Route) -> None:
            opened.append(route.request)
            await route.fulfill(body="<title>Upload</title>", content_type="text/html")

        await page.context.route(f"{PAGE}/**", answer)
        sent: list[str | bytes] = []

        def note(frame: str | bytes) -> None:
            sent.append(frame)

        page.on("websocket", lambda socket: socket.on("framesent", note))
        await log_in(page, machine, path)
        dialog = await _review(page)
        notice = dialog.locator(".know")
        await expect(notice).to_contain_text("no one can tell from here who is behind")
        await expect(notice).to_contain_text("encrypted")
        await expect(dialog).to_contain_text("Unknown. The agency published nothing")
        await picture(page, "hand-over-review")
        await dialog.get_by_role(
            "button", name="Create package for harbour.vendor.example"
        ).click()
        status = dialog.locator("doorwatch-share-status")
        await expect(status).to_contain_text(
            "Creating the package for Harbour Police in"
        )
        download = status.get_by_role("button", name="Download")
        await expect(download).to_be_visible(timeout=60_000)
        await picture(page, "hand-over-ready")
        assert not any("planted-link-secret" in str(frame) for frame in sent)

        # After the power failure, the package still exists, and the page still has the
        # link, although Home Assistant rebuilds its page.
        outbox = machine.config / ".storage" / "doorwatch" / "outbox"
        assert len(list(outbox.glob("*.zip"))) == 1
        assert not list(outbox.glob("*.mp4"))
        machine.kill()
        machine.start()
        # The page reloads some time after the home is back, possibly during a click.
        status = page.locator("doorwatch-share-status").last
        download = status.get_by_role("button", name="Download")
        for _ in range(3):
            await expect(download).to_be_enabled(timeout=60_000)
            with contextlib.suppress(PlaywrightTimeout):
                async with page.expect_download(timeout=20_000) as waiting:
                    await download.click()
                break
        else:
            pytest.fail("no press began a download")
        saved = tmp_path / "package.zip"
        loaded = await waiting.value
        await loaded.save_as(saved)
        assert loaded.suggested_filename.endswith(".zip")
        await expect(status).to_contain_text("Given to your browser for Harbour Police")
        await expect(status).to_contain_text("Nothing of the package is left here")
        await expect(status.get_by_role("button", name="Review again")).to_be_enabled()
        assert not list(outbox.glob("*.zip"))
        _verify(saved, tmp_path / "opened")
        again = await page.request.get(loaded.url)
        assert again.status == 404

        # The link remains after a reload.
        await page.reload()
        async with page.context.expect_page() as opening:
            await status.get_by_role("link", name="Open upload page").click()
        other = await opening.value
        await other.wait_for_load_state()
        assert other.url == LINK
        assert await other.evaluate("window.opener") is None
        assert opened[0].headers.get("referer") is None
        await picture(page, "hand-over-done")

        async with Home(machine.url) as home:
            await home.log_in(USER, PASSWORD)
            await home.set_household(cancel_window=1)
            await _in_the_android_app(page, tmp_path)
            ledger = (await home.ledger()).decode()
        for kind in ("confirmed", "address_given", "download_begun", "handed_over"):
            assert f'"kind":"{kind}"' in ledger
        token = loaded.url.partition("?")[0].rpartition("/")[2]
        for secret in ("planted-link-secret", token):
            assert secret not in ledger
            assert secret not in machine.output()
            for file in (machine.config / ".storage").rglob("*"):
                assert file.is_dir() or secret.encode() not in file.read_bytes()
