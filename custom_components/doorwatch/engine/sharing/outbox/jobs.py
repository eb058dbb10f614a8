"""Track the shares in progress, and store every change."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import sqlite3
from typing import Final

from ..errors import SharingError
from ..ledger.ledger import Ledger
from ..model import Intent, ReceiptState, Removal, Share, ShareState, StoppedBy
from .lines import Lines
from .lookups import AgencyAccess, Clock, Home
from .record import ACTIVE, Record, moment
from .store import OutboxStore

STORE_AGAIN: Final = 30.0  # seconds until a failed write is retried
PROGRESS_EVERY: Final = 0.25  # seconds between progress updates
# Seconds that a person has to download a package to hand over.
HAND_OVER_WITHIN: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class StoppedBySystem:
    """The outbox stopped a share; the reason is the problem that people are told."""

    reason: str


@dataclass(kw_only=True, slots=True, eq=False)
class Job:
    """A share that is not over, with the state that is not stored."""

    record: Record
    intent: Intent
    window_end: float  # monotonic; never changes
    not_before: float  # monotonic; never before the end of the window
    wall: float | None  # the same time for display
    sent: int
    arrived: int = 0  # bytes confirmed by the agency
    asked: bool = False  # whether the agency confirmed that since the start
    most: int | None = None  # maximum bytes that left; None: perhaps all
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    troubles: int = 0  # failures in a row without progress
    # Whether the last attempt asked the agency, even if it did not answer.
    connected: bool = False
    told: float = float("-inf")  # last update to people; monotonic
    upload: asyncio.Task[None] | None = None
    stopped: StoppedBy | None = None  # then nothing more leaves
    unstored: bool = False  # the stop could not be written yet
    gone_by: float | None = None  # monotonic; end of the time to hand it over
    download: object = None  # the download in progress

    @property
    def ending(self) -> bool:
        """Return whether a person stopped the share."""
        return self.stopped is not None

    @property
    def active(self) -> bool:
        """Return whether the sender has to process the share."""
        return self.record.state in ACTIVE and not self.ending

    @property
    def pausing(self) -> bool:
        """Return whether the share waits for its next attempt."""
        return self.active and self.record.problem is not None

    @property
    def can_hand_over(self) -> bool:
        """Return whether the person can choose to hand over the package."""
        stuck = self.pausing or self.record.state is ShareState.FAILED
        return stuck and not self.ending and self.record.package_sha256 is not None

    def at_once(self, now: float) -> None:
        """Make the next attempt now, or right after the cancel window."""
        self.not_before = max(now, self.window_end)

    def end_upload(self) -> asyncio.Task[None] | None:
        """Cancel the upload and return it, unless its address is not stored yet.

        Without the address, the upload could not be removed from the server. Its
        `on_url` and `on_sending` then prevent any byte from leaving.
        """
        if self.upload is None or self.record.upload_url is None:
            return None
        self.upload.cancel()
        return self.upload

    @property
    def left(self) -> dict[str, object]:
        """Return the ledger data on what left.

        `sent` is None if unknown, or if the upload was started again.
        """
        begun = self.record.begun
        known = (self.asked and not self.record.begun_anew) or not begun
        return {"begun": begun, "sent": self.sent if known else None}

    def is_as_shown(self, access: AgencyAccess | None) -> bool:
        """Return whether the agency is what the person saw."""
        shown = self.intent.agency
        return access is not None and shown.is_still(access.document.as_shown)

    def share(self) -> Share:
        """Return the share as shown to people."""
        share = replace(self.record.share(), sent=self.sent)
        if self.unstored:
            return replace(share, problem="stop_not_stored")
        waiting = share.state is ShareState.WAITING and not self.pausing
        ready = share.state is ShareState.READY
        return replace(
            share,
            cancel_until=moment(self.wall) if waiting else None,
            next_attempt=moment(self.wall) if self.pausing else None,
            can_hand_over=self.can_hand_over,
            file=self.file_name if ready else None,
        )

    @property
    def file_name(self) -> str:
        """Return the file name for the download."""
        return f"doorwatch-{self.record.share_id}{'.zip' if self.intent.by_hand else '.tar.age'}"


@dataclass(kw_only=True, slots=True, eq=False)
class Ended:
    """A share that is over, about which the agency is still asked."""

    record: Record
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def over(
    record: Record, state: ShareState, now: float, problem: str | None = None
) -> Record:
    """Return the record of a share that is over, without personal details.

    An incomplete upload is marked for removal.
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


@dataclass(eq=False, repr=False)
class JobRegistry:
    """Jobs by share ID, oldest first; changes take effect after they are stored."""

    store: OutboxStore  # only used on `thread`
    thread: ThreadPoolExecutor
    ledger: Ledger
    clock: Clock
    home: Home
    jobs: dict[str, Job] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        """Collect the lines for the ledger."""
        self.lines = Lines(self.store, self.thread, self.ledger)

    async def on_thread[*Args, Result](
        self, function: Callable[[*Args], Result], *args: *Args
    ) -> Result:
        """Run a function on the thread of the database."""
        return await asyncio.get_running_loop().run_in_executor(
            self.thread, function, *args
        )

    def valid_agency(self, agency_id: str) -> AgencyAccess | None:
        """Return an agency if its stored document is valid now."""
        access = self.home.agency(agency_id)
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return access if access and access.document.holds_at(now) else None

    def open_job(self, record: Record, intent: Intent) -> Job:
        """Add a share; its cancel window starts now, also after a restart."""
        window = 0.0
        if record.state is ShareState.WAITING:
            window = record.cancel_window
            record = replace(record, problem=None)  # from attempts before this window
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
        """Set when a package to hand over expires, even if the clock is set back."""
        if (until := job.record.hand_over_until) is not None:
            left = min(until - self.clock.now(), HAND_OVER_WITHIN)
            job.gone_by = self.clock.monotonic() + left

    def is_open(self, job: Job) -> bool:
        """Return whether the share is not over; check again after each await."""
        return job.record.share_id in self.jobs

    def goes_on(self, job: Job) -> bool:
        """Return whether the sender may process a share: neither over nor stopped.

        A share that is ready waits for a person to hand it over.
        """
        ready = job.record.state is ShareState.READY
        return self.is_open(job) and not job.ending and not ready

    async def give_up(self, job: Job, stop: StoppedBy) -> None:
        """End a share that a person stopped. The job's lock is held.

        If this cannot be stored, the share stays stopped while this home runs, and the
        write is retried later.
        """
        clock = self.clock
        try:
            if job.intent.by_hand:
                await self.remove(job)  # unencrypted; also frees space for the write
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
        """Store a share and its ledger line in one transaction."""
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
        """Track a share that is over, if there is something to ask about it."""
        if record.is_asked_about:
            self.ended[record.share_id] = Ended(record=record)

    def let_go(self, ended: Ended) -> None:
        """Forget a share about which there is nothing left to ask."""
        share_id = ended.record.share_id
        if not ended.record.is_asked_about and self.ended.get(share_id) is ended:
            del self.ended[share_id]

    async def find(self, share_id: str) -> Ended:
        """Return a share that is over; call `let_go` afterwards.

        Hold its lock to change it. Raises `SharingError("share_unknown")`.
        """
        record = await self.on_thread(self.store.get, share_id)
        if record is None:
            raise SharingError("share_unknown")
        # Only one object for each share: it may have been added during the lookup.
        return self.ended.setdefault(share_id, Ended(record=record))

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
        # Write the ledger (or fail to) before anyone is notified.
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
        """Require a new tap for every share: this home was restored from a backup.

        Nothing is removed at the agency, because the original may have delivered it
        since.
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
            self.home.on_change(record.share())

    def tell(self, job: Job) -> None:
        """Notify people of a change."""
        job.told = self.clock.monotonic()
        self.home.on_change(job.share())

    def tell_ended(self, ended: Ended) -> None:
        """Notify people of a change of a share that is over."""
        self.home.on_change(ended.record.share())

    def tell_progress(self, job: Job, sent: int) -> None:
        """Notify people of progress, at most every `PROGRESS_EVERY` seconds."""
        job.sent = sent
        if self.clock.monotonic() - job.told >= PROGRESS_EVERY:
            self.tell(job)
