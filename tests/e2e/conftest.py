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

# The timeout of pages in milliseconds, long enough for a busy machine.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

# A public name, as for a home behind a proxy, which resolves to this machine.
HOME_NAME = "home.example.org"
# Pages take half as long as in Debian's full browser.
CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
BROWSER_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *MICROPHONE_ARGUMENTS,
]


@dataclass(frozen=True, kw_only=True)
class DemoHome:
    """The home and the agency that scripts/develop starts."""

    machine: HomeAssistantProcess
    agency: DemoAgency

    async def clip_page(self) -> str:
        """Return the address of a clip's page, which new clips don't change."""
        async with Home(self.machine.url) as home:
            await home.log_in(USER, PASSWORD)
            return f"{PANEL}/clip/{(await a_clip(home))['clip_id']}"


def in_thread[Result](work: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine in a thread with its own event loop."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests on the event loop of the browser."""
    for item in items:
        if RESULTS.parent / "tests" / "e2e" in item.path.parents and is_async_test(
            item
        ):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Disable core's fixture, which fails tests that leave tasks or timers behind."""


# Stop after the last of these tests, to free the machine for later tests.
@pytest.fixture(scope="package")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHome]:
    """Start the home and the agency once, set up through the real flows."""
    # Sockets are disabled again before every test, and this fixture starts within one.
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
    """Start Chromium once; each test opens pages in a separate context."""
    pytest_socket.enable_socket()
    playwright = await async_playwright().start()
    with served() as port:
        leads = f"MAP {HOME_NAME} 127.0.0.1, MAP home.test 127.0.0.1:{port}"
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*BROWSER_ARGUMENTS, f"--host-resolver-rules={leads}"],
        )
        yield chromium
        # In about one of a hundred runs there is no response, although the process has
        # ended.
        for ending in (chromium.close, playwright.stop):
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    await ending()


class Pages:
    """Open pages as people do, and save screenshots of them."""

    def __init__(self, browser: Browser, stack: AsyncExitStack) -> None:
        """Close the pages with `stack`."""
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
        """Open an empty page; `still` prefers reduced motion. Clips don't play on.

        Dialogs of ringing doorbells are dismissed by the button whose name starts with
        `answers`, before they cover an element that the test uses.
        """
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            reduced_motion="reduce" if still else "no-preference",
            locale="en-GB",
            has_touch=size != DESKTOP,
            # A service worker would respond to requests that a test intercepts.
            service_workers="block",
        )
        self._stack.push_async_callback(context.close)
        # Otherwise, the page leaves the clip that a test looks at.
        await context.add_init_script(
            "localStorage.getItem('doorwatch-play-next') ??"
            " localStorage.setItem('doorwatch-play-next', 'false')"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        not_now = page.get_by_role("button", name=answers)
        # Dispatch the event, because an open dialog may cover the button.
        await page.add_locator_handler(
            not_now.first, lambda button: button.dispatch_event("click")
        )
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def pages(socket_enabled: None, browser: Browser) -> AsyncIterator[Pages]:
    """Return the pages and close them at the end."""
    async with AsyncExitStack() as stack:
        yield Pages(browser, stack)


async def picture(page: Page, name: str) -> None:
    """Save a screenshot for `scripts/test --pictures`."""
    if "PICTURES" in os.environ:
        RESULTS.mkdir(exist_ok=True)
        await page.screenshot(path=RESULTS / f"{name}.png")


async def log_in(
    page: Page, machine: HomeAssistantProcess, path: str, *, user: str = USER
) -> None:
    """Open a page of Home Assistant as a logged-in person."""
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
    """Open a page of Home Assistant and log in with the form."""
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
    """Return a Home Assistant with a WebRTC provider for cameras and its own camera."""
    process = home_with_peer(tmp_path / "config", camera=rtsp_server.address("cam1"))
    yield process
    process.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def phone_app(socket_enabled: None) -> AsyncIterator[Phone]:
    """Return a phone that isn't logged in."""
    phone = Phone()
    await phone.server.start_server()
    yield phone
    await phone.server.close()


# The dark theme changes only colors, so it is tested nightly.
THEMES = ("light", pytest.param("dark", marks=nightly))


SIZES = {"desktop": DESKTOP, "tablet": TABLET, "phone": PHONE}


@pytest.fixture(scope="session")
def built_mock() -> None:
    """Build the page once."""
    build()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(pages: Pages, built_mock: None) -> Page:
    """Open a page with a phone's screen size."""
    return await pages.open(PHONE, still=True)
