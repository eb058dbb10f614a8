"""A home that shares one clip repeatedly and is killed meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import sqlite3
from typing import Any, Final, Self

import aiohttp

from tests.e2e.agency import DemoAgency
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.e2e.person import Person
from tests.waiting import until

from .points import Point

HOOK: Final = Path(__file__).parent / "hook"
LOGIN: Final = ("Ada", "ada", "a-long-password")
# The minimum for sharing a clip, because the home is started for each point.
CONFIGURATION: Final = """\
homeassistant:
config:
logger:
  default: warning
  logs:
    custom_components.doorwatch: info
"""
WINDOW: Final = 1  # seconds; the shortest window that a restart could affect


@dataclass(frozen=True, kw_only=True)
class Noted:
    """One side of a step, as noted by the killed process."""

    point: Point
    at: float  # monotonic, the same clock in all processes
    pid: int
    armed: bool

    @classmethod
    def read(cls, line: str) -> Self:
        """Parse a line written by the hook."""
        said = json.loads(line)
        return cls(
            point=Point(said["what"], said["nth"], said["side"]),
            at=said["at"],
            pid=said["pid"],
            armed=said["armed"],
        )


class CrashHome:
    """A real Home Assistant with the hook, and the actions of a person in it."""

    def __init__(self, folder: Path, agency: DemoAgency) -> None:
        """Prepare the folders; `start` starts the processes."""
        self.agency = agency
        self.config = folder / "config"
        self.temporary = folder / "tmp"
        self._orders = folder / "crash"
        for made in (self.temporary, self._orders):
            made.mkdir(parents=True)
        self.private = self.config / ".storage" / "doorwatch"
        self.library = self.config / "doorwatch"
        roots = (self.private, self.library, self.temporary)
        self.machine = HomeAssistantProcess(
            self.config,
            environment={
                "TMPDIR": str(self.temporary),
                "PYTHONPATH": str(HOOK),
                "DOORWATCH_CRASH_FOLDER": str(self._orders),
                "DOORWATCH_CRASH_ROOTS": os.pathsep.join(map(str, roots)),
                "DOORWATCH_CRASH_PORT": str(agency.intake.port),
            },
            forked=True,
        )
        (self.config / "configuration.yaml").write_text(CONFIGURATION)
        self._read = 0  # the number of bytes read
        self.home: Home | None = None
        self.clip_id = ""
        self.agency_id = ""

    async def start(self) -> Home:
        """Start Home Assistant and log in."""
        await asyncio.to_thread(self.machine.start)
        self.home = Home(self.machine.url)
        await self.home.enter(*LOGIN)
        return self.home

    async def died(self) -> None:
        """Wait until the process has killed itself."""
        await asyncio.to_thread(self.machine.wait_until_killed)
        await self._leave()

    async def end(self) -> None:
        """Stop all processes."""
        await asyncio.to_thread(self.machine.kill)
        await self._leave()

    async def lose_key(self) -> None:
        """Restart without the key for the agency, so that the agency sees a new home."""
        await self.end()
        shutil.rmtree(self.private / "keys")
        await self.start()

    async def _leave(self) -> None:
        home, self.home = self.home, None
        if home is not None:
            await home.__aexit__(None, None, None)

    def arm(self, point: Point | None = None) -> None:
        """Start counting, and die at the point."""
        order = {"point": point and [point.what, point.nth, point.side]}
        written = self._orders / "armed.new"
        written.write_text(json.dumps(order))
        written.rename(self._orders / "armed")

    def disarm(self) -> None:
        """Stop counting and don't die."""
        (self._orders / "armed").unlink(missing_ok=True)

    def steps(self) -> list[Noted]:
        """Return the steps noted since the last call."""
        try:
            with (self._orders / "steps").open() as steps:
                steps.seek(self._read)
                lines = steps.readlines()
                self._read = steps.tell()
        except FileNotFoundError:
            return []
        return [Noted.read(line) for line in lines]

    async def share(self, before_tap: Callable[[], None] = lambda: None) -> str | None:
        """Share the clip without its audio; return the share's ID if it was received."""
        assert self.home is not None
        async with Person.at(self.machine.url, self.home.token) as person:
            what = (self.clip_id, self.agency_id)
            confirmation = await person.prepare(*what, audio=False)
            before_tap()
            with suppress(aiohttp.ClientError, OSError, TypeError):  # the process died
                return await person.tap(*what, confirmation)
        return None

    async def shares(self) -> Mapping[str, dict[str, Any]]:
        """Return all shares by ID."""
        assert self.home is not None
        async with Person.at(self.machine.url, self.home.token) as person:
            return {share["share_id"]: share for share in await person.shares()}

    async def lines(self, share_id: str) -> list[dict[str, Any]]:
        """Return the ledger's lines about a share."""
        assert self.home is not None
        lines = map(json.loads, (await self.home.ledger()).splitlines())
        return [line for line in lines if line["data"].get("share_id") == share_id]

    async def over(self, share_id: str, last: str) -> None:
        """Wait until the share's last line is in the ledger and its files are deleted."""

        async def is_over() -> bool | None:
            kinds = [line["kind"] for line in await self.lines(share_id)]
            done = last in kinds and not self.left() and not self._owed()
            return True if done else None

        await until(is_over, f"{last} of {share_id}")

    def _owed(self) -> bool:
        """Return whether the outbox has lines not yet confirmed to be in the ledger."""
        path = self.private / "outbox" / "outbox.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return bool(database.execute("SELECT 1 FROM lines").fetchone())

    def left(self) -> list[Path]:
        """Return the files of the outbox, except its database, and those of dialogs."""
        outbox = (self.private / "outbox").glob("*")
        return [
            *(path for path in outbox if not path.name.startswith("outbox.db")),
            *(path for path in self.staging().rglob("*") if path.is_file()),
        ]

    def staging(self) -> Path:
        """Return the folder with the copies of open dialogs."""
        return self.library / ".staging"
