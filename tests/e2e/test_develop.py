"""The first thing that a newcomer types: scripts/develop, as it stands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
import contextlib
import os
from pathlib import Path
import re
import signal
import subprocess
import time

import aiohttp
import pytest

from tests.e2e.configuration import REPOSITORY
from tests.e2e.ha import Home
from tests.ports import own_port

# A machine that sets up packages and builds the card first takes its time.
DEADLINE = 300
STOPPED = 120


class Develop:
    """The script in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        """Choose where everything lies, and ports that nobody uses."""
        self.folder = folder / "home"
        self.ports = (own_port(), own_port())
        self._output = folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Type the command."""
        home, agency = map(str, self.ports)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *("scripts/develop", "--folder", str(self.folder)),
                    *("--port", home, "--agency-port", agency),
                ],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """Return what the terminal shows."""
        return self._output.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def press_ctrl_c(self) -> int:
        """Interrupt all that belongs to the terminal, and wait for the prompt."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(STOPPED)

    def processes(self) -> list[str]:
        """Return what still runs in its folder."""
        found = []
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = (
                    each.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
            except OSError:
                continue  # just ended
            if str(self.folder) in command:
                found.append(f"{each.parent.name}: {command}")
        return found

    def end(self) -> None:
        """Leave nothing, also after a test that failed."""
        if self._process is None:
            return
        if self.running:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPPED)
        for each in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(each.partition(":")[0]), signal.SIGKILL)
        self._process.kill()
        self._process.wait(10)


@pytest.fixture
def develop(tmp_path: Path, socket_enabled: None) -> Iterator[Develop]:
    """Have the script ready, and ended afterwards."""
    script = Develop(tmp_path)
    yield script
    script.end()


async def until[Found](
    look: Callable[[], Awaitable[Found | None]], what: str, develop: Develop
) -> Found:
    """Look again and again while the script runs."""
    end = time.monotonic() + DEADLINE
    while (found := await look()) is None:
        assert develop.running, f"it ended before {what}:\n{develop.said()[-4000:]}"
        assert time.monotonic() < end, f"no {what}:\n{develop.said()[-4000:]}"
        await asyncio.sleep(0.2)
    return found


@pytest.mark.timeout(2 * DEADLINE + STOPPED)
async def test_a_newcomer_gets_a_home_and_leaves_nothing_running(
    develop: Develop,
) -> None:
    usual = (REPOSITORY / ".develop").exists()
    develop.start()

    async def told() -> re.Match[str] | None:
        return re.search(
            r"Home Assistant +(\S+)/door-watch\n +log in as (\w+), password (\w+)\n"
            r"(?s:.)+Ctrl-C stops everything",
            develop.said(),
        )

    url, user, password = (await until(told, "word where to log in", develop)).groups()
    assert url == f"http://127.0.0.1:{develop.ports[0]}"

    async with Home(url) as home:
        await home.log_in(user, password)
        entries = await home.command(type="config_entries/get", domain="doorwatch")
        assert {entry["title"]: entry["state"] for entry in entries} == {
            "Demo Agency": "loaded",
            "Front door": "loaded",
            "Household": "loaded",
        }

        async def connected() -> str | None:
            states = await home.command(type="get_states")
            shown = {each["entity_id"]: each["state"] for each in states}
            camera = shown.get("camera.front_door")
            return camera if camera in ("idle", "recording") else None

        await until(connected, "doorbell", develop)
        [agency] = (await home.command(type="doorwatch/agencies"))["agencies"]
        assert agency["name"] == "Demo Agency"
        dashboards = await home.command(type="lovelace/dashboards/list")
        assert "door-watch" in [each["url_path"] for each in dashboards]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/door-watch") as page,
    ):
        assert page.status == 200

    assert len(develop.processes()) > 1
    assert await asyncio.to_thread(develop.press_ctrl_c) == 0
    assert develop.processes() == []
    for port in develop.ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    assert (REPOSITORY / ".develop").exists() == usual
