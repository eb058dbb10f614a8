"""A home with a real ledger, keys and outbox that can be restarted."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
import threading
from typing import Self

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument, UploadPage
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger, LedgerLine
from custom_components.doorwatch.engine.sharing.model import (
    RequestAsShown,
    Share,
    ShareState,
)
from custom_components.doorwatch.engine.sharing.outbox.jobs import JobRegistry
from custom_components.doorwatch.engine.sharing.outbox.lookups import (
    AgencyAccess,
    Clock,
    Renewal,
)
from custom_components.doorwatch.engine.sharing.outbox.outbox import Outbox
from custom_components.doorwatch.engine.sharing.signing.keys import HomeKeys
from tests import waiting

from .parts import answering, as_queued_before, confirmed, make_intent

CODE = "printed beside the fingerprint"


class FakeTime:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.passed = 5000.0
        self.wall = 1_800_000_000.0  # the wall clock's time at the start
        self._moved = asyncio.Event()
        self._waiting: list[tuple[asyncio.Event, float]] = []

    @property
    def waiting(self) -> int:
        """Return the number of tasks that wait for time to pass."""
        return sum(
            not event.is_set() and self.passed < until for event, until in self._waiting
        )

    def advance(self, seconds: float) -> None:
        """Advance the time."""
        self.passed += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _wait(self, event: asyncio.Event, seconds: float | None) -> None:
        until = float("inf") if seconds is None else self.passed + seconds
        waiter = (event, until)
        self._waiting.append(waiter)
        try:
            await self._wait_until(event, until)
        finally:
            self._waiting.remove(waiter)

    async def _wait_until(self, event: asyncio.Event, until: float) -> None:
        while not event.is_set() and self.passed < until:
            waits = [asyncio.create_task(one.wait()) for one in (event, self._moved)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()
                await asyncio.gather(*waits, return_exceptions=True)

    @property
    def clock(self) -> Clock:
        """Return the clock for an outbox; its jitter never shortens a pause."""
        return Clock(
            monotonic=lambda: self.passed,
            now=lambda: self.wall + self.passed,
            jitter=lambda: 1.0,
            wait=self._wait,
        )


class _AsAsked:
    """What a home answers to its outbox."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def agency(self, agency_id: str) -> AgencyAccess | None:
        return self._home.agencies.get(agency_id)

    def agency_exists(self, agency_id: str) -> bool:
        return agency_id not in self._home.removed

    async def renew(self, agency_id: str) -> Renewal:
        return await self._home.renew(agency_id)

    async def may_share(self, user_id: str, clip: Clip) -> bool:
        return await self._home._may_share(user_id, clip)

    def request_problem(self, agency_id: str, shown: RequestAsShown) -> str | None:
        return self._home.request_problem

    async def system(self, clip: Clip) -> dict[str, object]:
        return {"versions": {"doorwatch": "test"}}

    async def other_parts(self, clip: Clip) -> tuple[str, ...]:
        return ()

    def on_change(self, share: Share) -> None:
        self._home._on_change(share)


class Home:
    """A home whose folders remain while its outbox is closed and opened."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        """Keep all files in this folder."""
        self.folder = folder
        self.staging = folder / "staging"
        self.outbox_folder = folder / "outbox"
        self.agencies: dict[str, AgencyAccess | None] = {}
        self.removed: set[str] = set()
        self.renewed: list[str] = []  # agencies whose document was fetched again
        self.renewal = Renewal.TRUSTED
        self.publish: Callable[[], None] | None = None  # called at a fetch
        self.may_share = True
        self.request_problem: str | None = None  # the problem of the answered request
        # User and doorbell of each permission check.
        self.asked: list[tuple[str, str]] = []
        self.changes: list[Share] = []
        self._changed = asyncio.Event()
        self.clock = clock
        self._stack = AsyncExitStack()
        self._staged = 0
        self.time: FakeTime | None = None

    async def open(self, *, start: bool = True, restored: bool = False) -> Self:
        """Open the outbox."""
        stack = self._stack = AsyncExitStack()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ledger = await Ledger.open(self.folder / "ledger.db")
        stack.push_async_callback(self.ledger.close)
        self.outside = await stack.enter_async_context(Outside())
        self.outbox = await Outbox.open(
            self.outbox_folder,
            _AsAsked(self),
            ledger=self.ledger,
            keys=HomeKeys(self.folder / "keys"),
            outside=self.outside,
            clock=self.clock,
        )
        stack.push_async_callback(self.outbox.close)
        if start:
            await self.outbox.start(restored=restored)
        return self

    async def close(self) -> None:
        """Close the outbox."""
        await self._stack.aclose()
        # A canceled upload does not wait for the disk, so its thread may still be ending.
        for thread in threading.enumerate():
            if thread.name.startswith("doorwatch-upload"):
                await asyncio.to_thread(thread.join)

    async def restart(self, *, restored: bool = False) -> None:
        """Close and open the outbox."""
        await self.close()
        await self.open(restored=restored)

    async def renew(self, agency_id: str) -> Renewal:
        """Fetch the document of an agency."""
        if self.agencies.get(agency_id) is None:
            return Renewal.NOT_ASKED
        self.renewed.append(agency_id)
        if self.publish is not None:
            self.publish()
        return self.renewal

    async def _may_share(self, user_id: str, clip: Clip) -> bool:
        self.asked.append((user_id, clip.doorbell_id))
        return self.may_share

    def _on_change(self, share: Share) -> None:
        self.changes.append(share)
        self._changed.set()

    def set_agency(
        self, document: AgencyDocument | UploadPage, agency_id: str = "agency"
    ) -> None:
        """Set the agency's document."""
        self.agencies[agency_id] = AgencyAccess(
            document=document, local=True, upload_code=CODE
        )

    async def add(
        self,
        document: AgencyDocument | UploadPage,
        content: bytes = b"video",
        *,
        agency_id: str = "agency",
        window: float = 0,
        before: bool = False,
        answers: bool = False,
    ) -> Share:
        """Confirm a share; `before`: as in a version that bound fewer fields of the agency.

        `answers`: the share answers a request and has a declaration.
        """
        self._staged += 1
        name = f"staged {self._staged}.mp4"
        intent = make_intent(
            self.staging, document, content, agency_id=agency_id, name=name
        )
        if before:
            intent = as_queued_before(intent)
        if answers:
            intent = answering(intent)
        return await self.outbox.add(confirmed(intent), cancel_window=window)

    async def until(
        self, share_id: str, *states: ShareState, problem: str | None = None
    ) -> Share:
        """Wait until the share is in one of these states and has this problem, if given."""

        def reached(share: Share) -> bool:
            return share.state in states and problem in (None, share.problem)

        return await self.when(share_id, reached)

    async def when(self, share_id: str, holds: Callable[[Share], bool]) -> Share:
        """Wait until a condition holds for a share."""
        async with asyncio.timeout(60):
            while True:
                self._changed.clear()
                share = await self.outbox.get(share_id)
                assert share is not None
                if holds(share):
                    return share
                await self._changed.wait()

    async def settle(self) -> None:
        """Wait until the outbox has nothing to do until time passes."""
        assert self.time is not None
        time = self.time

        def idle() -> bool:
            names = [task.get_name() for task in asyncio.all_tasks()]
            workers = sum(name.startswith("doorwatch ") for name in names)
            return not self.uploading and time.waiting >= workers

        await waiting.until(idle)

    @property
    def uploading(self) -> bool:
        return any(job.upload for job in self.registry.jobs.values())

    @property
    def registry(self) -> JobRegistry:
        """Return the shares with the state that is not stored."""
        return self.outbox._registry

    async def lines(self, *kinds: str) -> list[LedgerLine]:
        """Return the ledger's lines of these kinds, or all lines if none is given."""
        # A share's state is stored before its ledger line is written. After this call the outbox
        # knows of the pending line.
        await self.outbox.list(1)
        registry = self.registry

        async def written() -> bool:
            return not await registry.on_thread(registry.store.lines)

        with suppress(TimeoutError):  # the ledger refuses lines in some tests
            await waiting.until(written, seconds=10)
        lines = await self.ledger.lines(0, 1000)
        return [line for line in lines if not kinds or line.kind in kinds]

    async def kinds(self) -> list[str]:
        """Return the kinds of the ledger's lines in order."""
        return [line.kind for line in await self.lines()]

    async def emptied(self) -> None:
        """Wait until no file remains; files are deleted after the share's end is stored."""
        await waiting.until(lambda: not self.files())

    def files(self) -> set[str]:
        """Return the files of the outbox except its database."""
        return {
            path.name
            for path in self.outbox_folder.iterdir()
            if not path.name.startswith("outbox.db")
        }
