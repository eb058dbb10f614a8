"""The books of the outbox: what is under way, and every change of it kept on disk."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
import random
import time
from typing import Final, Protocol

from ..clips.model import Clip
from .ledger import Ledger
from .model import AgencyDocument, Intent, Removal, Share, ShareState
from .outbox_lines import Lines
from .outbox_store import ACTIVE, TO_TAKE_BACK, OutboxStore, Record

PROGRESS_EVERY: Final = 0.25  # seconds; a bar needs no more


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyAccess:
    """What the outbox needs to deliver to an agency, as it is now."""

    document: AgencyDocument
    local: bool
    upload_code: str | None = field(repr=False)


class AgencyLookup(Protocol):
    """How the outbox asks for an agency by its id.

    None when it is gone or cannot be verified now.
    """

    def __call__(self, agency_id: str) -> AgencyAccess | None:
        """Look it up."""
        ...


# The ids of the other clips of a clip's event.
type PartsLookup = Callable[[Clip], Awaitable[tuple[str, ...]]]


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for the event, at most so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Where time comes from; tests bring another."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
    wait: Callable[[asyncio.Event, float | None], Awaitable[None]] = _wait


@dataclass(kw_only=True, slots=True, eq=False)
class Job:
    """A share that is not over, with what need not survive a restart."""

    record: Record
    intent: Intent
    window_end: float  # monotonic; nothing moves it
    not_before: float  # monotonic; never before the end of the window
    wall: float | None  # the same moment for display
    sent: int
    arrived: int = 0  # bytes that the agency said it has
    asked: bool = False  # whether it said so since this home started
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    troubles: int = 0  # in a row, without a byte of progress between them
    told: float = float("-inf")  # when people last heard of it; monotonic
    upload: asyncio.Task[None] | None = None
    ending: bool = False  # somebody is giving it up

    @property
    def active(self) -> bool:
        """Whether the courier has something to do for it."""
        return self.record.state in ACTIVE and not self.ending

    @property
    def pausing(self) -> bool:
        """Whether it waits for its next attempt."""
        return self.active and self.record.problem is not None

    def at_once(self, now: float) -> None:
        """Let the next attempt begin now, or when the cancel window is over."""
        self.not_before = max(now, self.window_end)

    def end_upload(self) -> asyncio.Task[None] | None:
        """End an upload and return it; one that is being made gets its address first.

        Without the address nothing could be taken back, and `on_url` and `on_sending`
        of the courier let no byte follow.
        """
        if self.upload is None or self.record.upload_url is None:
            return None
        self.upload.cancel()
        return self.upload

    @property
    def left(self) -> dict[str, object]:
        """What the ledger says of what left: at most so many bytes, None not known."""
        begun = self.record.begun
        known = self.asked or not begun
        return {"begun": begun, "sent": self.sent if known else None}

    def is_as_shown(self, access: AgencyAccess | None) -> bool:
        """Whether the agency is what the person saw."""
        return access is not None and access.document.as_shown == self.intent.agency

    def share(self) -> Share:
        """Return it as shown to people."""
        waiting = self.record.state is ShareState.WAITING and not self.pausing
        return self.record.share(
            sent=self.sent,
            cancel_until=self.wall if waiting else None,
            next_attempt=self.wall if self.pausing else None,
        )


@dataclass(kw_only=True, slots=True, eq=False)
class Stopped:
    """A share that was stopped and may have left something at the agency."""

    record: Record
    not_before: float  # monotonic
    troubles: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def over(
    record: Record, state: ShareState, now: float, problem: str | None = None
) -> Record:
    """Return the record of a share that is over; what the person gave is dropped.

    What it may have left at the agency is still to be taken back.
    """
    left = state is not ShareState.DELIVERED and record.upload_url is not None
    return replace(
        record,
        state=state,
        problem=problem,
        intent=None,
        ended_at=now,
        removal=Removal.PENDING if left else None,
    )


class Books:
    """Jobs by their share's id, oldest first; a change counts once it is on disk."""

    def __init__(
        self,
        store: OutboxStore,
        thread: ThreadPoolExecutor,
        ledger: Ledger,
        clock: Clock,
        on_change: Callable[[Share], None],
    ) -> None:
        """Keep them in this store, whose calls all run on this one thread."""
        self.store = store
        self.ledger = ledger
        self.clock = clock
        self.jobs: dict[str, Job] = {}
        self.stopped: dict[str, Stopped] = {}
        self.lines = Lines(store, ledger, self.on_thread)
        self._thread = thread
        self._on_change = on_change

    async def on_thread[*Args, Result](
        self, function: Callable[[*Args], Result], *args: *Args
    ) -> Result:
        """Run it on the thread of the database."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, function, *args
        )

    def open_job(self, record: Record, intent: Intent) -> Job:
        """Take a share up; a cancel window begins now, also after a restart."""
        window = 0.0
        if record.state is ShareState.WAITING:
            window = record.cancel_window
            record = replace(record, problem=None)  # of attempts before this window
        window_end = self.clock.monotonic() + window
        job = Job(
            record=record,
            intent=intent,
            window_end=window_end,
            not_before=window_end,
            wall=self.clock.now() + window if window else None,
            sent=record.sent,
        )
        self.jobs[record.share_id] = job
        return job

    def is_open(self, job: Job) -> bool:
        """Whether the share is not over; look again after each wait."""
        return job.record.share_id in self.jobs

    async def save(
        self,
        record: Record,
        kind: str | None = None,
        details: Mapping[str, object] | None = None,
        personal: Mapping[str, str] | None = None,
    ) -> Record:
        """Store a share, and in the same transaction the ledger line it owes."""
        lines = []
        if kind is not None:
            data = {
                "share_id": record.share_id,
                "clip_id": record.clip_id,
                "agency_id": record.agency_id,
                **(details or {}),
            }
            lines.append(await self.lines.make(kind, data, personal or {}))
        self.lines.add(await self.on_thread(self.store.save, [record], lines))
        return record

    def take_up(self, record: Record) -> None:
        """Have taken back what a share that is over may have left at the agency."""
        if record.removal in TO_TAKE_BACK:
            self.stopped[record.share_id] = Stopped(
                record=record, not_before=self.clock.monotonic()
            )

    async def came_late(self, job: Job, url: str) -> None:
        """Note the address of an upload that was made after its share was over."""
        self.take_up(
            await self.save(
                replace(job.record, upload_url=url, removal=Removal.PENDING)
            )
        )

    async def finish(
        self,
        job: Job,
        state: ShareState,
        kind: str,
        details: Mapping[str, object] | None = None,
        problem: str | None = None,
    ) -> None:
        """End a share and remove its files. The job's lock is held."""
        now = self.clock.now()
        record = over(replace(job.record, sent=job.sent), state, now, problem)
        if state is ShareState.DELIVERED:
            record = replace(record, sent=record.total, delivered_at=now)
        await self.save(record, kind, details)
        # Nobody hears of it before the ledger has it (or cannot be written).
        await self.lines.try_flush()
        job.record = record
        job.sent = record.sent
        self.jobs.pop(record.share_id, None)
        self.take_up(record)
        with suppress(OSError):  # the next start cleans up
            await self.on_thread(self.store.remove, record.share_id)
        self.tell(job)

    async def void(self, records: list[Record]) -> None:
        """Ask for a new tap for every share: this home is a copy from a backup.

        Nothing is taken back: the original may have delivered it, rightly, since.
        """
        line = await self.lines.make(
            "restored", {"shares": [record.share_id for record in records]}, {}
        )
        now = self.clock.now()
        voided = [
            replace(
                over(record, ShareState.NEEDS_NEW_TAP, now, "restored"), removal=None
            )
            for record in records
        ]
        self.lines.add(await self.on_thread(self.store.save, voided, [line]))
        for record in voided:
            self._on_change(record.share())

    def tell(self, job: Job) -> None:
        """Tell of a change."""
        job.told = self.clock.monotonic()
        self._on_change(job.share())

    def tell_stopped(self, stopped: Stopped) -> None:
        """Tell what became of what a stopped share left."""
        self._on_change(stopped.record.share())

    def tell_progress(self, job: Job, sent: int) -> None:
        """Tell of progress, not more often than anybody can see."""
        job.sent = sent
        if self.clock.monotonic() - job.told >= PROGRESS_EVERY:
            self.tell(job)
