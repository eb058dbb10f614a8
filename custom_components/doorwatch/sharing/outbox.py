"""The durable outbox: a share survives restart, power cut and a week without network."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
import logging
from pathlib import Path
import secrets
import sqlite3
from typing import Final, Self

from ..clips.model import Clip
from ..outside import Outside
from .errors import SharingError
from .intents import intent_to_json
from .keys import HomeKeys
from .ledger import Ledger
from .model import Intent, Share, ShareState
from .outbox_books import (
    AgencyAccess,
    AgencyLookup,
    Books,
    Clock,
    Job,
    PartsLookup,
    Stopped,
    over,
)
from .outbox_courier import Courier
from .outbox_store import OutboxStore, Record, disk_problem

__all__ = ["AgencyAccess", "AgencyLookup", "Clock", "Outbox"]

_LOGGER = logging.getLogger(__name__)

LONGEST_WINDOW: Final = 300.0  # seconds
# A failed share that nobody tried again in 30 days is not wanted; its file goes.
KEEP_FAILED: Final = 30 * 86400.0
# Seconds for an upload to end; a dead disk may hold it for ever.
_ENDING: Final = 5.0


class Outbox:
    """SQLite (synchronous=FULL) and the staged files it took over.

    One courier for each agency, so that a slow one does not hold the others.
    """

    def __init__(
        self,
        books: Books,
        threads: tuple[ThreadPoolExecutor, ThreadPoolExecutor],
        agencies: AgencyLookup,
        courier: Callable[[str], Courier],
    ) -> None:
        """Use `open`."""
        self._books = books
        self._store = books.store
        self._database_thread, self._package_threads = threads
        self._agencies = agencies
        self._make_courier = courier
        self._couriers: dict[str, Courier] = {}
        self._started = False
        self._closed = False

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        ledger: Ledger,
        keys: HomeKeys,
        outside: Outside,
        agencies: AgencyLookup,
        system: Callable[[Clip], Awaitable[dict[str, object]]],
        on_change: Callable[[Share], None],
        clock: Clock | None = None,
        other_parts: PartsLookup | None = None,
        agency_exists: Callable[[str], bool] | None = None,
    ) -> Self:
        """Open or make it; nothing is sent before `start`.

        `on_change` is called in the event loop. Without `other_parts` a package says
        that nobody looked for other parts of the event. `agency_exists` tells whether an
        agency that cannot be had now may come back; without it, it always may.
        """
        database_thread = ThreadPoolExecutor(1, thread_name_prefix="doorwatch-outbox")
        loop = asyncio.get_running_loop()
        try:
            store = await loop.run_in_executor(
                database_thread, OutboxStore.open, folder
            )
        except BaseException:
            database_thread.shutdown(wait=False)
            raise
        books = Books(store, database_thread, ledger, clock or Clock(), on_change)
        pool = ThreadPoolExecutor(2, thread_name_prefix="doorwatch-package")
        courier = partial(
            Courier,
            books=books,
            pool=pool,
            keys=keys,
            outside=outside,
            agencies=agencies,
            system=system,
            other_parts=other_parts,
            agency_exists=agency_exists,
        )
        return cls(books, (database_thread, pool), agencies, courier)

    async def start(self, *, restored: bool = False) -> None:
        """Go on with what is unfinished.

        After a restore from backup every unfinished share needs a new tap.
        """
        books = self._books
        await books.lines.load()
        records = await books.on_thread(self._store.unfinished)
        if restored:
            await books.void(records)
            records = []
        for record in records:
            await self._resume(record)
        if removed := await books.on_thread(self._store.clean):
            _LOGGER.info("Removed %d files that a crash left in the outbox", removed)
        await books.lines.try_flush()
        for record in await books.on_thread(self._store.to_take_back):
            books.take_up(record)
        self._started = True
        waiting = {job.record.agency_id for job in books.jobs.values()}
        waiting |= {one.record.agency_id for one in books.stopped.values()}
        for agency_id in waiting:
            self._wake(agency_id)

    async def _resume(self, record: Record) -> None:
        """Take a share up again, unless nobody wants it or it cannot be read."""
        failed = record.state is ShareState.FAILED
        problem = record.problem
        if failed and record.created_at < self._books.clock.now() - KEEP_FAILED:
            _LOGGER.info("Share %s failed long ago and is given up", record.share_id)
        else:
            try:
                self._books.open_job(record, self._store.intent(record))
            except ValueError, KeyError, TypeError:
                _LOGGER.error("Share %s cannot be read", record.share_id)
                problem = "unexpected"
            else:
                return
        now = self._books.clock.now()
        await self._books.save(
            over(record, ShareState.NEEDS_NEW_TAP, now, problem),
            "stopped",
            {
                "problem": problem,
                "begun": record.begun,
                "sent": None if record.begun else 0,
            },
        )

    async def close(self) -> None:
        """Stop the couriers where they are; nothing is lost."""
        if self._closed:
            return
        self._closed = True
        self._started = False
        for courier in self._couriers.values():
            await courier.close()
        # A package that is being built is finished, or made anew at the next start.
        await asyncio.to_thread(self._package_threads.shutdown, cancel_futures=True)
        await self._books.on_thread(self._store.close)
        self._database_thread.shutdown()

    async def add(self, intent: Intent, *, cancel_window: float) -> Share:
        """Take over the staged file (moved into the outbox) and the intent.

        `cancel_window` is in seconds, 0 to 300. Durable when this returns; ledger line
        `confirmed`. Raises `SharingError` `staged_changed`, `disk_full` or
        `storage_failed`, and then the staged file stays where it was.
        """
        books = self._books
        share_id = secrets.token_hex(16)
        record = Record(
            share_id=share_id,
            clip_id=intent.clip.clip_id,
            agency_id=intent.agency_id,
            agency_name=intent.agency_name,
            user_id=intent.user_id,
            state=ShareState.WAITING,
            intent=intent_to_json(intent),
            created_at=books.clock.now(),
            cancel_window=min(max(0.0, cancel_window), LONGEST_WINDOW),
            total=intent.staged.size,
        )
        try:
            await books.on_thread(self._store.take_over, intent.staged, share_id)
            try:
                await books.save(
                    record, "confirmed", _confirmed(intent), _personal(intent)
                )
            except BaseException:
                await books.on_thread(
                    self._store.give_back, share_id, intent.staged.path
                )
                raise
        except (OSError, sqlite3.Error) as error:
            raise SharingError(disk_problem(error)) from None
        await books.on_thread(self._store.taken_over, intent.staged.path)
        await books.lines.try_flush()
        job = books.open_job(record, self._store.intent(record))
        books.tell(job)
        self._wake(record.agency_id)
        return job.share()

    async def cancel(self, share_id: str) -> Share:
        """End a share that has not arrived; what left already is taken back.

        Durable when this returns. The agency is asked afterwards, again until it
        answers; `Share.outcome` tells what is known. A share that needs a new tap is put
        away. Raises `SharingError`: `too_late` when it is over, `share_unknown`,
        `disk_full`, `storage_failed`, and then it goes on as before.
        """
        try:
            if (job := self._books.jobs.get(share_id)) is None:
                return await self._put_away(share_id)
            await self._give_up(job)
        except (OSError, sqlite3.Error) as error:
            raise SharingError(disk_problem(error)) from None
        return job.share()

    async def _give_up(self, job: Job) -> None:
        """End a share; its upload first, so that no byte leaves uncounted."""
        async with job.lock:
            if not self._books.is_open(job):
                raise SharingError("too_late")
            job.ending = True
            try:
                if (upload := job.end_upload()) is not None:
                    await asyncio.wait({upload}, timeout=_ENDING)
                await self._books.finish(
                    job, ShareState.CANCELLED, "cancelled", job.left
                )
            finally:
                job.ending = False
                self._wake(job.record.agency_id)

    async def _put_away(self, share_id: str) -> Share:
        """End the wait for a new tap."""
        books = self._books
        if (stopped := books.stopped.get(share_id)) is None:
            record = await books.on_thread(self._store.get, share_id)
            if record is None:
                raise SharingError("share_unknown")
            # Nobody else changes it: there is nothing to take back (any more).
            stopped = Stopped(record=record, not_before=0.0)
        async with stopped.lock:
            if stopped.record.state is not ShareState.NEEDS_NEW_TAP:
                raise SharingError("too_late")
            stopped.record = await books.save(
                replace(stopped.record, state=ShareState.CANCELLED)
            )
        books.tell_stopped(stopped)
        return stopped.record.share()

    async def retry(self, share_id: str) -> Share:
        """Try a failed share, or one that waits for its next attempt, again now.

        Raises `SharingError`: `cannot_retry`, `share_unknown`.
        """
        job = await self._job(share_id, otherwise="cannot_retry")
        async with job.lock:
            record = job.record
            if record.state is ShareState.FAILED:
                packaged = record.package_sha256 is not None
                state = ShareState.UPLOADING if packaged else ShareState.PACKAGING
                job.record = await self._books.save(
                    replace(record, state=state, problem=None)
                )
            elif not job.pausing:
                raise SharingError("cannot_retry")
            job.troubles = 0
            job.at_once(self._books.clock.monotonic())
            job.wall = None
        self._books.tell(job)
        self._wake(job.record.agency_id)
        return job.share()

    def agency_changed(self, agency_id: str) -> None:
        """Look at this agency again: terms may have changed, or it is back."""
        if (courier := self._couriers.get(agency_id)) is not None:
            courier.agency_changed()

    async def list(self, limit: int = 50) -> list[Share]:
        """Newest first."""
        records = await self._books.on_thread(self._store.recent, limit)
        return [self._share(record) for record in records]

    async def get(self, share_id: str) -> Share | None:
        """One share."""
        record = await self._books.on_thread(self._store.get, share_id)
        return None if record is None else self._share(record)

    async def receipt(self, share_id: str) -> str | None:
        """Return the signed copy of what the person agreed to, once it was made."""
        record = await self._books.on_thread(self._store.get, share_id)
        return None if record is None else record.receipt

    def _share(self, record: Record) -> Share:
        """Return a share as shown, with what only the running job knows."""
        job = self._books.jobs.get(record.share_id)
        return record.share() if job is None else job.share()

    async def _job(self, share_id: str, *, otherwise: str) -> Job:
        """Return the job of a share that is not over."""
        if (job := self._books.jobs.get(share_id)) is not None:
            return job
        known = await self.get(share_id) is not None
        raise SharingError(otherwise if known else "share_unknown")

    def _wake(self, agency_id: str) -> None:
        """Let the agency's courier look again."""
        if not self._started:
            return
        if agency_id not in self._couriers:
            self._couriers[agency_id] = self._make_courier(agency_id)
        self._couriers[agency_id].wake()


def _confirmed(intent: Intent) -> dict[str, object]:
    """Return what the ledger says of a confirmation."""
    return {
        "user_id": intent.user_id,
        "agency": intent.agency.issuer,
        "root_thumbprint": intent.agency.root_thumbprint,
        "terms_digest": intent.agency.terms_digest,
        "upload_origin": intent.agency.upload_origin,
        "compared": intent.agency_compared,
        "notice_digest": intent.notice_digest,
        "file_sha256": intent.staged.sha256,
        "file_size": intent.staged.size,
    }


def _personal(intent: Intent) -> dict[str, str]:
    """Return what of a confirmation is about the person; kept outside the chain."""
    details = {
        "user_name": intent.user_name,
        "name": intent.personal.name,
        "contact": intent.personal.contact,
        "note": intent.note,
        "case_reference": intent.case_reference,
    }
    return {name: value for name, value in details.items() if value}
