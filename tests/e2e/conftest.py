"""A real browser, and a home with the demo doorbell and the demo agency."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import time
from typing import Any, Final, Literal

from playwright.async_api import Browser, Page, async_playwright, expect
import pytest
import pytest_asyncio
from pytest_asyncio import is_async_test
import pytest_socket

from tests.e2e.mock_page import build, served
from tests.rtsp.fixtures import RtspServer
from tests.series import nightly

from .agency import DemoAgency
from .configuration import REPOSITORY, write_groups
from .ha import Home, HomeAssistantProcess, dashboard_config
from .homes import a_clip
from .peer import MICROPHONE_ARGUMENTS, home_with_peer
from .phone import Phone

RESULTS = REPOSITORY / "test-results"
USER = "robin"
PASSWORD = "a-long-password"
PANEL = "/doorwatch"
DASHBOARD = "/door-watch/clips"
DESKTOP = (1280, 900)
TABLET = (820, 1180)
PHONE = (390, 844)
SMALL_PHONE = (360, 740)

# Milliseconds that a page may take on a busy machine.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

# A name of the internet, as a home behind a proxy has one; it leads to this machine.
HOME_NAME = "home.example.org"
# Pages need half of the time that it takes in Debian's whole browser.
CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
BROWSER_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *MICROPHONE_ARGUMENTS,
]


@dataclass(frozen=True, kw_only=True)
class DemoHome:
    """What scripts/develop starts, for tests."""

    machine: HomeAssistantProcess
    agency: DemoAgency

    async def clip_page(self) -> str:
        """Return the address of the page of a clip; it stays while others come."""
        async with Home(self.machine.url) as home:
            await home.log_in(USER, PASSWORD)
            return f"{PANEL}/clip/{(await a_clip(home))['clip_id']}"


def in_thread[Result](work: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine to its end, apart from the event loops of the tests."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests on one event loop, which the browser is bound to."""
    for item in items:
        if RESULTS.parent / "tests" / "e2e" in item.path.parents and is_async_test(
            item
        ):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Leave the event loop as it is: core looks for what a test forgot on its own."""


# Until the last of these tests: what comes after has the machine to itself.
@pytest.fixture(scope="package")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHome]:
    """Start the home and the agency once, set up through the real flows."""
    # Forbidden anew before every test; a session begins within one.
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("demo")
    agency = DemoAgency(folder / "agency")

    async def set_up(url: str) -> None:
        async with Home(url) as home:
            await home.enter("Robin", USER, PASSWORD)
            await home.add_demo_doorbell()
            await home.add_agency(
                agency.origin,
                last_group=agency.last_group,
                upload_code=agency.upload_code,
            )
            await home.add_dashboard("Doors", "door-watch", dashboard_config())

    machine = HomeAssistantProcess(folder / "config", forked=True)
    write_groups(machine.config)
    with agency.intake, machine:
        in_thread(set_up(machine.url))
        yield DemoHome(machine=machine, agency=agency)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "home-assistant.log").write_text(machine.output())


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium once; each test opens pages in a context of its own."""
    pytest_socket.enable_socket()
    playwright = await async_playwright().start()
    with served() as port:
        leads = f"MAP {HOME_NAME} 127.0.0.1, MAP home.test 127.0.0.1:{port}"
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*BROWSER_ARGUMENTS, f"--host-resolver-rules={leads}"],
        )
        yield chromium
        # Seen in one of some hundred: no answer, though its process had ended.
        for ending in (chromium.close, playwright.stop):
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    await ending()


class Pages:
    """Opens pages as people have them, and takes pictures of them."""

    def __init__(self, browser: Browser, stack: AsyncExitStack) -> None:
        """Close what was opened with `stack`."""
        self._browser = browser
        self._stack = stack

    async def open(
        self,
        size: tuple[int, int] = DESKTOP,
        theme: Literal["light", "dark"] = "light",
        *,
        still: bool = False,
        answers: str = "Not now: ",
    ) -> Page:
        """Open an empty page; `still` for a person who wants no motion.

        What rings is put away before it lies over anything that a test presses, if the
        name of its button begins so.
        """
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            reduced_motion="reduce" if still else "no-preference",
            locale="en-GB",
            has_touch=size != DESKTOP,
            # It would answer in place of what a test holds back.
            service_workers="block",
        )
        self._stack.push_async_callback(context.close)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        not_now = page.get_by_role("button", name=answers)
        # Also below an open dialog, where nobody could press it.
        await page.add_locator_handler(
            not_now.first, lambda button: button.dispatch_event("click")
        )
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def pages(socket_enabled: None, browser: Browser) -> AsyncIterator[Pages]:
    """Give out pages and close them in the end."""
    async with AsyncExitStack() as stack:
        yield Pages(browser, stack)


async def picture(page: Page, name: str) -> None:
    """Keep what the page shows, for people who ask for it with `scripts/test --pictures`."""
    if "PICTURES" in os.environ:
        RESULTS.mkdir(exist_ok=True)
        await page.screenshot(path=RESULTS / f"{name}.png")


async def log_in(
    page: Page, machine: HomeAssistantProcess, path: str, *, user: str = USER
) -> None:
    """Open a page of Home Assistant as a person who is logged in there."""
    async with Home(machine.url) as home:
        await home.log_in(user, PASSWORD)
    expires = (time.time() + home.login["expires_in"]) * 1000
    await page.goto(f"{machine.url}/manifest.json")
    await page.evaluate(
        "login => localStorage.setItem('hassTokens', JSON.stringify(login))",
        {**home.login, "hassUrl": machine.url, "expires": expires},
    )
    await page.goto(machine.url + path)
    await page.wait_for_url(f"**{path}*")
    await page.locator("#ha-launch-screen").wait_for(state="detached")


async def type_login(
    page: Page, machine: HomeAssistantProcess, path: str, *, at: str | None = None
) -> None:
    """Open a page of Home Assistant and type name and password into its form."""
    await page.goto((at or machine.url) + path)
    await page.locator("input[name=username]").fill(USER)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{path}*")
    await page.locator("#ha-launch-screen").wait_for(state="detached")


@pytest.fixture
def machine(tmp_path: Path, socket_enabled: None) -> Any:
    """Return a Home Assistant that the test starts and kills."""
    process = HomeAssistantProcess(tmp_path / "config", forked=True)
    yield process
    process.kill()


@pytest.fixture
def peer_machine(
    tmp_path: Path, socket_enabled: None, rtsp_server: RtspServer
) -> Iterator[HomeAssistantProcess]:
    """Return one in which something speaks WebRTC with cameras, and has one itself."""
    process = home_with_peer(tmp_path / "config", camera=rtsp_server.address("cam1"))
    yield process
    process.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def phone_app(socket_enabled: None) -> AsyncIterator[Phone]:
    """Give a phone that nobody has logged in on yet."""
    phone = Phone()
    await phone.server.start_server()
    yield phone
    await phone.server.close()


# In the dark, things have other colours and the same place.
THEMES = ("light", pytest.param("dark", marks=nightly))


SIZES = {"desktop": DESKTOP, "tablet": TABLET, "phone": PHONE}


@pytest.fixture(scope="session")
def built_mock() -> None:
    """Build the page once."""
    build()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(pages: Pages, built_mock: None) -> Page:
    """Open a phone."""
    return await pages.open(PHONE, still=True)
