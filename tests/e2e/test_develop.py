"""scripts/develop, run like a new contributor runs it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
import contextlib
import os
from pathlib import Path
import re
import signal
import subprocess

import aiohttp
from homeassistant.config import SAFE_MODE_FILENAME
import pytest

from tests import waiting
from tests.ports import own_port
from tests.series import nightly

from .configuration import REPOSITORY
from .ha import Home

# Setting up packages and building the card takes long on the first run.
DEADLINE = 300
STOPPED = 120


class Develop:
    """The script in its own terminal."""

    def __init__(self, folder: Path) -> None:
        """Choose the folders and unused ports."""
        self.folder = folder / "home"
        self.ports = (own_port(), own_port())
        self._output = folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run the command."""
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
        """Return the output in the terminal."""
        return self._output.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Return whether the script is running."""
        return self._process is not None and self._process.poll() is None

    def press_ctrl_c(self) -> int:
        """Send Ctrl-C to the terminal's processes and wait until the script ends."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(STOPPED)

    def processes(self) -> list[str]:
        """Return the processes that still run in the script's folder."""
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
        """Kill all remaining processes, also after a failed test."""
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
    """Return the script, and stop it afterwards."""
    script = Develop(tmp_path)
    yield script
    script.end()


async def until[Found](
    look: Callable[[], Awaitable[Found | None]], what: str, develop: Develop
) -> Found:
    """Poll until a condition is true while the script runs."""

    async def seen() -> Found | None:
        assert develop.running, f"it ended before {what}:\n{develop.said()[-4000:]}"
        return await look()

    try:
        return await waiting.until(seen, what, DEADLINE)
    except TimeoutError:
        raise AssertionError(f"no {what}:\n{develop.said()[-4000:]}") from None


async def entries_of(home: Home) -> dict[str, str]:
    """Return the entries of Doorwatch and their states."""
    entries = await home.command(type="config_entries/get", domain="doorwatch")
    return {entry["title"]: entry["state"] for entry in entries}


LOADED = {"Demo Agency": "loaded", "Front door": "loaded", "Household": "loaded"}


@nightly
@pytest.mark.timeout(4 * DEADLINE + STOPPED)
async def test_a_home_of_ours_outlives_a_backup_and_safe_mode(develop: Develop) -> None:
    """Core deletes the folder before it restores a backup, so links in it are harmful.

    The folder is in the state of earlier versions, with a link to the code.
    """
    config = develop.folder / "config"
    config.mkdir(parents=True)
    (config / "custom_components").symlink_to(REPOSITORY / "custom_components")
    code = sorted((REPOSITORY / "custom_components/doorwatch").rglob("*.py"))

    def has_said(what: str, times: int = 1) -> Callable[[], Awaitable[bool | None]]:
        async def look() -> bool | None:
            return develop.said().count(what) >= times or None

        return look

    develop.start()
    await until(has_said("Ctrl-C stops everything"), "word that it is ready", develop)
    url = f"http://127.0.0.1:{develop.ports[0]}"
    async with Home(url) as home:
        await home.log_in("demo", "demo")
        assert await entries_of(home) == LOADED

        async def stored() -> bool | None:
            # Core writes entries some seconds after they were created.
            file = config / ".storage" / "core.config_entries"
            return (file.exists() and "Demo Agency" in file.read_text()) or None

        await until(stored, "entries on disk", develop)
        await home.command(type="backup/generate", agent_ids=["backup.local"])

        async def backup() -> str | None:
            info = await home.command(type="backup/info")
            done = info["state"] == "idle" and info["backups"]
            return str(info["backups"][0]["backup_id"]) if done else None

        backup_id = await until(backup, "backup", develop)
        (config / "made-after-the-backup").touch()
        with contextlib.suppress(TypeError):  # closed without a response
            await home.command(
                type="backup/restore", backup_id=backup_id, agent_id="backup.local"
            )
    await until(has_said("is there again"), "home after the restore", develop)
    assert not (config / "made-after-the-backup").exists()
    assert not (config / "custom_components" / "doorwatch").exists()
    assert sorted((REPOSITORY / "custom_components/doorwatch").rglob("*.py")) == code

    async with Home(url) as home:
        await home.enter("Demo", "demo", "demo")
        assert await entries_of(home) == LOADED
        with contextlib.suppress(TypeError):
            await home.command(
                type="call_service",
                domain="homeassistant",
                service="restart",
                service_data={"safe_mode": True},
            )
    await until(has_said("is there again", 2), "home in safe mode", develop)
    async with Home(url) as home:
        await home.enter("Demo", "demo", "demo")
        assert not await home.has_integrations()
    assert await asyncio.to_thread(develop.press_ctrl_c) == 0

    # A home that starts in safe mode leaves it with a restart.
    (config / SAFE_MODE_FILENAME).touch()
    develop.start()
    await until(has_said("is in safe mode"), "word of safe mode", develop)
    async with Home(url) as home:
        await home.enter("Demo", "demo", "demo")
        with contextlib.suppress(TypeError):
            await home.command(
                type="call_service", domain="homeassistant", service="restart"
            )
    await until(has_said("Ctrl-C stops everything"), "word that it is ready", develop)
    async with Home(url) as home:
        await home.log_in("demo", "demo")
        assert await entries_of(home) == LOADED
    assert await asyncio.to_thread(develop.press_ctrl_c) == 0
    assert develop.processes() == []


@pytest.mark.timeout(2 * DEADLINE + STOPPED)
async def test_a_newcomer_gets_a_home_and_leaves_nothing_running(
    develop: Develop,
) -> None:
    usual = (REPOSITORY / ".develop").exists()
    develop.start()

    async def told() -> re.Match[str] | None:
        return re.search(
            r"Home Assistant +(\S+)/doorwatch\n +log in as (\w+), password (\w+)\n"
            r"(?s:.)+Ctrl-C stops everything",
            develop.said(),
        )

    url, user, password = (await until(told, "word where to log in", develop)).groups()
    assert url == f"http://127.0.0.1:{develop.ports[0]}"

    async with Home(url) as home:
        await home.log_in(user, password)
        assert await entries_of(home) == LOADED

        async def connected() -> str | None:
            states = await home.command(type="get_states")
            shown = {each["entity_id"]: each["state"] for each in states}
            camera = shown.get("camera.front_door")
            return camera if camera in ("idle", "recording") else None

        await until(connected, "doorbell", develop)
        [agency] = (await home.command(type="doorwatch/agencies"))["agencies"]
        assert agency["name"] == "Demo Agency"
        panels = await home.command(type="get_panels")
        assert panels["doorwatch"]["title"] == "Doorwatch"
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/doorwatch") as page,
    ):
        assert page.status == 200

    assert len(develop.processes()) > 1
    assert await asyncio.to_thread(develop.press_ctrl_c) == 0
    assert develop.processes() == []
    for port in develop.ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    assert (REPOSITORY / ".develop").exists() == usual
