"""The job registry: what is under way, and every change of it kept on disk."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
import sqlite3
from typing import Final

from ..errors import SharingError
from ..ledger.ledger import Ledger
from ..model import Intent, ReceiptState, Removal, Share, ShareState, StoppedBy
from .lines import Lines
from .lookups import AgencyAccess, Clock
from .record import ACTIVE, Record
from .store import OutboxStore

STORE_AGAIN: Final = 30.0  # seconds until what could not be written is tried again
PROGRESS_EVERY: Final = 0.25  # seconds; a bar needs no more
# How long a person has to download what they hand over; then the package goes.
HAND_OVER_WITHIN: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class StoppedBySystem:
    """The outbox stopped a share; the reason is the problem that people are told."""

    reason: str


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
    most: int | None = None  # bytes that may have left; None: perhaps all
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    troubles: int = 0  # in a row, without a byte of progress between them
    connected: bool = False  # the last attempt got as far as asking the agency
    told: float = float("-inf")  # when people last heard of it; monotonic
    upload: asyncio.Task[None] | None = None
    stopped: StoppedBy | None = None  # then nothing more leaves
    unstored: bool = False  # that could not be written yet
    gone_by: float | None = None  # monotonic; when it was not handed over by then
    download: object = None  # the one that is under way

    @property
    def ending(self) -> bool:
        """Whether a person stopped it."""
        return self.stopped is not None

    @property
    def active(self) -> bool:
        """Whether the sender has something to do for it."""
        return self.record.state in ACTIVE and not self.ending

    @property
    def pausing(self) -> bool:
        """Whether it waits for its next attempt."""
        return self.active and self.record.problem is not None

    @property
    def can_hand_over(self) -> bool:
        """Whether the person can take its package out of the home themselves."""
        stuck = self.pausing or self.record.state is ShareState.FAILED
        return stuck and not self.ending and self.record.package_sha256 is not None

    def at_once(self, now: float) -> None:
        """Let the next attempt begin now, or when the cancel window is over."""
        self.not_before = max(now, self.window_end)

    def end_upload(self) -> asyncio.Task[None] | None:
        """End an upload and return it; one that is being made gets its address first.

        Without the address nothing could be taken back, and `on_url` and `on_sending`
        of the upload let no byte follow.
        """
        if self.upload is None or self.record.upload_url is None:
            return None
        self.upload.cancel()
        return self.upload

    @property
    def left(self) -> dict[str, object]:
        """What the ledger says of what left; None: not known, or it was sent anew."""
        begun = self.record.begun
        known = (self.asked and not self.record.begun_anew) or not begun
        return {"begun": begun, "sent": self.sent if known else None}

    def is_as_shown(self, access: AgencyAccess | None) -> bool:
        """Whether the agency is what the person saw."""
        shown = self.intent.agency
        return access is not None and shown.is_still(access.document.as_shown)

    def share(self) -> Share:
        """Return it as shown to people."""
        if self.unstored:
            return replace(self.record, problem="stop_not_stored").share(sent=self.sent)
        waiting = self.record.state is ShareState.WAITING and not self.pausing
        share = self.record.share(
            sent=self.sent,
            cancel_until=self.wall if waiting else None,
            next_attempt=self.wall if self.pausing else None,
        )
        ready = self.record.state is ShareState.READY
        return replace(
            share,
            can_hand_over=self.can_hand_over,
            file=self.file_name if ready else None,
        )

    @property
    def file_name(self) -> str:
        """How the package is called where the person keeps it."""
        return f"doorwatch-{self.record.share_id}{'.zip' if self.intent.by_hand else '.tar.age'}"


@dataclass(kw_only=True, slots=True, eq=False)
class Ended:
    """A share that is over, of which the agency is yet to say something."""

    record: Record
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


class JobRegistry:
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
        self.ended: dict[str, Ended] = {}
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
            most=None if record.begun else 0,
        )
        self.set_deadline(job)
        self.jobs[record.share_id] = job
        return job

    def set_deadline(self, job: Job) -> None:
        """Let a package that a person hands over go in time, if the clock goes back too."""
        if (until := job.record.hand_over_until) is not None:
            left = min(until - self.clock.now(), HAND_OVER_WITHIN)
            job.gone_by = self.clock.monotonic() + left

    def is_open(self, job: Job) -> bool:
        """Whether the share is not over; look again after each wait."""
        return job.record.share_id in self.jobs

    def goes_on(self, job: Job) -> bool:
        """Whether a share may take its next step: it is not over, nor given up.

        One that is ready takes none by itself: a person hands it over.
        """
        ready = job.record.state is ShareState.READY
        return self.is_open(job) and not job.ending and not ready

    async def give_up(self, job: Job, stop: StoppedBy) -> None:
        """End a share that a person stopped. The job's lock is held.

        When that cannot be written the share stays stopped as long as this home runs,
        and is written off later.
        """
        clock = self.clock
        try:
            if job.intent.by_hand:
                await self.remove(job)  # it is readable; and it makes room for the note
            await self.finish(
                job,
                ShareState.CANCELLED,
                "cancelled",
                {"user_id": stop.person, **job.left},
            )
        except OSError, sqlite3.Error, SharingError:
            job.unstored = True
            job.not_before = clock.monotonic() + STORE_AGAIN
            self.tell(job)
            raise
        job.unstored = False

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
        """Have the agency asked about a share that is over, if there is something."""
        if record.is_asked_about:
            self.ended[record.share_id] = Ended(record=record)

    def let_go(self, ended: Ended) -> None:
        """Forget a share about which there is nothing to ask any more."""
        share_id = ended.record.share_id
        if not ended.record.is_asked_about and self.ended.get(share_id) is ended:
            del self.ended[share_id]

    async def find(self, share_id: str) -> Ended:
        """Return a share that is over, to be let go of.

        Whoever changes it holds its lock. `SharingError("share_unknown")`.
        """
        record = await self.on_thread(self.store.get, share_id)
        if record is None:
            raise SharingError("share_unknown")
        # One object for each share: it may have been taken up while it was looked for.
        return self.ended.setdefault(share_id, Ended(record=record))

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
        *,
        receipt: ReceiptState | None = None,
        personal: Mapping[str, str] | None = None,
    ) -> None:
        """End a share and remove its files. The job's lock is held."""
        now = self.clock.now()
        record = over(replace(job.record, sent=job.sent), state, now, problem)
        if state is ShareState.DELIVERED:
            record = replace(
                record, sent=record.total, delivered_at=now, receipt_state=receipt
            )
        await self.save(record, kind, details, personal)
        # Nobody hears of it before the ledger has it (or cannot be written).
        await self.lines.try_flush()
        job.record = record
        job.sent = record.sent
        self.jobs.pop(record.share_id, None)
        self.take_up(record)
        await self.remove(job)
        self.tell(job)

    async def stop(self, job: Job, stop: StoppedBySystem) -> None:
        """End a share that needs a new tap. The job's lock is held."""
        await self.finish(
            job,
            ShareState.NEEDS_NEW_TAP,
            "stopped",
            {"problem": stop.reason, **job.left},
            stop.reason,
        )

    async def remove(self, job: Job) -> None:
        """Remove the files of a share."""
        with suppress(OSError):  # the next start cleans up
            await self.on_thread(self.store.remove, job.record.share_id)

    async def void(self, records: list[Record]) -> None:
        """Ask for a new tap for every share: this home is a copy from a backup.

        Nothing is taken back: the original may have delivered it, rightly, since.
        """
        line = await self.lines.make(
            "restored", {"shares": [record.share_id for record in records]}, {}
        )
        now = self.clock.now()
        stop = StoppedBySystem("restored")
        voided = [
            replace(
                over(record, ShareState.NEEDS_NEW_TAP, now, stop.reason), removal=None
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

    def tell_ended(self, ended: Ended) -> None:
        """Tell what the agency said of a share that is over."""
        self._on_change(ended.record.share())

    def tell_progress(self, job: Job, sent: int) -> None:
        """Tell of progress, not more often than anybody can see."""
        job.sent = sent
        if self.clock.monotonic() - job.told >= PROGRESS_EVERY:
            self.tell(job)
