"""Debian's Firefox and WebKit, driven by WebDriver.

Firefox speaks WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) without another
program, WebKitGTK classic WebDriver (https://www.w3.org/TR/webdriver2/). Elements are
found by the page's own script, through shadow roots, and tapped where they are shown.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
import json
import os
from pathlib import Path
import subprocess
from typing import Any, Final, override

import aiohttp

from tests.ports import own_port
from tests.waiting import until

SIZE: Final = (1280, 900)
MINI_BROWSER: Final = (
    f"/usr/lib/{os.uname().machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser"
)
# Find visible elements by a selector and their accessible name or text.
_FIND: Final = """
const all = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
  one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one]);
const name = (one) => (one.getAttribute("aria-label") ?? one.innerText ?? "").trim();
const find = (selector, words) => all(document).filter((one) => one.matches(selector)
  && one.checkVisibility() && one.getClientRects().length > 0
  && (words === null || new RegExp(words, "s").test(name(one)))).at(-1);
"""
_AT: Final = """(selector, words) => {
  // A ring of the demo doorbell may cover it.
  find("button", "^Not now: ")?.click();
  const one = find(selector, words);
  if (!one || one.disabled) return null;
  one.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, width, height } = one.getBoundingClientRect();
  return [Math.round(left + width / 2), Math.round(top + height / 2)];
}"""
_IS: Final = "(selector, words) => find(selector, words) !== undefined"


class WebDriver(ABC):
    """One window of a browser."""

    @abstractmethod
    async def go(self, url: str) -> None:
        """Open a page."""

    @abstractmethod
    async def run(self, function: str, *arguments: Any) -> Any:
        """Run a function in the page; return its JSON result, also of a promise."""

    @abstractmethod
    async def _act(self, *sources: dict[str, Any]) -> None:
        """Perform actions of a pointer or a keyboard."""

    async def see(
        self, selector: str, words: str | None = None, *, timeout: float = 60
    ) -> None:
        """Wait until an element is visible; `words`: a pattern of its name or text."""
        await until(
            lambda: self.shows(selector, words),
            f"{selector} {words or ''}",
            seconds=timeout,
        )

    async def shows(self, selector: str, words: str | None = None) -> bool:
        """Return whether an element is visible."""
        return bool(await self.run(_IS, selector, words))

    async def tap(self, selector: str, words: str | None = None) -> None:
        """Tap an element as soon as it is visible and enabled."""
        before: Any = None

        async def still() -> Any:
            nonlocal before
            last, before = before, await self.run(_AT, selector, words)
            return before if before == last else None

        x, y = await until(still, f"{selector} {words or ''}")
        await self._act(
            {
                "type": "pointer",
                "id": "mouse",
                "actions": [
                    {"type": "pointerMove", "x": x, "y": y, "duration": 0},
                    {"type": "pointerDown", "button": 0},
                    {"type": "pointerUp", "button": 0},
                ],
            }
        )

    async def fill(self, selector: str, text: str) -> None:
        """Type into a field, again if the page replaced it meanwhile."""

        async def filled() -> bool:
            await self.tap(selector)
            await self.type(text)
            value = "(selector) => find(selector, null).value"
            return bool(await self.run(value, selector) == text)

        await until(filled, selector)

    async def type(self, text: str) -> None:
        """Type into the element that has the focus."""
        keys = [
            {"type": kind, "value": key}
            for key in text
            for kind in ("keyDown", "keyUp")
        ]
        await self._act({"type": "key", "id": "keys", "actions": keys})


class Firefox(WebDriver):
    """Firefox, over WebDriver BiDi."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Use an open connection."""
        self._socket = socket
        self._numbers = count(1)
        self._window = ""

    async def begin(self) -> None:
        """Start a session with one window."""
        await self._ask("session.new", capabilities={})
        tree = await self._ask("browsingContext.getTree")
        self._window = tree["contexts"][0]["context"]
        width, height = SIZE
        await self._ask(
            "browsingContext.setViewport",
            context=self._window,
            viewport={"width": width, "height": height},
        )

    async def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=90)
            if message.get("id") == number:
                break
        assert message["type"] == "success", message
        return message["result"]

    @override
    async def go(self, url: str) -> None:
        await self._ask(
            "browsingContext.navigate", context=self._window, url=url, wait="complete"
        )

    @override
    async def run(self, function: str, *arguments: Any) -> Any:
        values = json.dumps(arguments)
        answer = await self._ask(
            "script.callFunction",
            functionDeclaration=f"async () => {{ {_FIND}"
            f"return JSON.stringify(await ({function})(...{values})) ?? 'null'; }}",
            target={"context": self._window},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    @override
    async def _act(self, *sources: dict[str, Any]) -> None:
        await self._ask(
            "input.performActions", context=self._window, actions=list(sources)
        )


class WebKit(WebDriver):
    """WebKitGTK's MiniBrowser, over classic WebDriver."""

    def __init__(self, session: aiohttp.ClientSession, driver: str) -> None:
        """Use a driver at this URL."""
        self._session = session
        self._url = driver

    async def begin(self) -> None:
        """Start a session with one window."""
        options = {"binary": MINI_BROWSER, "args": ["--automation"]}
        answer = await self._ask(
            "/session",
            {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}},
        )
        self._url += f"/session/{answer['sessionId']}"
        width, height = SIZE
        await self._ask("/window/rect", {"width": width, "height": height})

    async def _ask(self, path: str, body: dict[str, Any]) -> Any:
        async with self._session.post(self._url + path, json=body) as answer:
            result = (await answer.json())["value"]
            assert answer.ok, result
            return result

    @override
    async def go(self, url: str) -> None:
        await self._ask("/url", {"url": url})

    @override
    async def run(self, function: str, *arguments: Any) -> Any:
        script = (
            f"{_FIND} const done = arguments[arguments.length - 1];"
            f"Promise.resolve().then(() => ({function})(...arguments[0]))"
            ".then((value) => done({ value: value ?? null }),"
            " (error) => done({ error: String(error) }));"
        )
        answer = await self._ask(
            "/execute/async", {"script": script, "args": [list(arguments)]}
        )
        assert "error" not in answer, answer
        return answer["value"]

    @override
    async def _act(self, *sources: dict[str, Any]) -> None:
        await self._ask("/actions", {"actions": list(sources)})


@contextmanager
def _program(*command: str, folder: Path, **environment: str) -> Iterator[None]:
    """Run a program with its own home folder, and end it with its children."""
    variables = {
        **os.environ,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        **environment,
    }
    with (
        (folder / "output.log").open("wb") as output,
        subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        ) as process,
    ):
        try:
            yield
        finally:
            os.killpg(process.pid, 9)


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[WebDriver]:
    """Run Firefox."""
    port = own_port()
    with _program(
        *("firefox-esr", "--headless", "--no-remote", "--profile", str(folder)),
        *("--remote-debugging-port", str(port)),
        folder=folder,
    ):
        async with aiohttp.ClientSession() as session:

            async def connect() -> aiohttp.ClientWebSocketResponse | None:
                try:
                    return await session.ws_connect(
                        f"ws://127.0.0.1:{port}/session", max_msg_size=0
                    )
                except aiohttp.ClientError:
                    return None

            window = Firefox(await until(connect, "Firefox"))
            await window.begin()
            yield window


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator[WebDriver]:
    """Run WebKit on a virtual screen."""
    port, screen = own_port(), own_port()
    with (
        _program(
            *("Xvfb", f":{screen}", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"),
            folder=folder,
        ),
        _program(
            *("WebKitWebDriver", f"--port={port}", "--host=127.0.0.1"),
            folder=folder,
            DISPLAY=f":{screen}",
            XDG_RUNTIME_DIR=str(folder),
        ),
    ):
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{port}"

            async def answers() -> bool:
                try:
                    async with session.get(f"{url}/status") as answer:
                        return answer.ok
                except aiohttp.ClientError:
                    return False

            await until(answers, "WebKitWebDriver")
            window = WebKit(session, url)
            await window.begin()
            yield window
