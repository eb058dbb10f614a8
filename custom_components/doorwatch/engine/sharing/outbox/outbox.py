"""The outbox: stores shares until they are delivered, over restarts and power cuts."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import logging
from pathlib import Path
import secrets
import sqlite3
from typing import Final, Self

from ...outside.door import Outside
from ..errors import SharingError
from ..ledger.ledger import Ledger
from ..model import Share, ShareState, StoppedBy
from ..signing.keys import HomeKeys
from ..tap.confirmations import Confirmed
from .clearance import Clearance
from .handover import Handovers
from .intents import confirmed, intent_to_json, personal, request_to_json
from .jobs import HAND_OVER_WITHIN, Job, JobRegistry, StoppedBySystem, over
from .lookups import Clock, Home
from .packing import Packer
from .record import Paper, Record
from .sender import Sender
from .store import OutboxStore, storing
from .withdrawals import request_withdrawal

_LOGGER = logging.getLogger(__name__)

LONGEST_WINDOW: Final = 300.0  # seconds
# A failed share that is not retried within 30 days is stopped, and its file removed.
KEEP_FAILED: Final = 30 * 86400.0
# Seconds to wait for an upload to end, which a failing disk may hold up.
_ENDING: Final = 5.0


class Outbox:
    """Stores shares in SQLite (synchronous=FULL) beside their staged files.

    Each agency has its own sender, so a slow agency does not delay the others.
    """

    def __init__(self, registry: JobRegistry, keys: HomeKeys, outside: Outside) -> None:
        """Use `open`."""
        self.handovers = Handovers(registry, self._wake)
        self._registry = registry
        self._store = registry.store
        self._package_threads = ThreadPoolExecutor(
            2, thread_name_prefix="doorwatch-package"
        )
        self._keys = keys
        self._packer = Packer(registry, self._package_threads, keys)
        self._clearance = Clearance(registry)
        self._outside = outside
        self._senders: dict[str, Sender] = {}
        self._started = False
        self._closed = False

    @classmethod
    async def open(
        cls,
        folder: Path,
        home: Home,
        *,
        ledger: Ledger,
        keys: HomeKeys,
        outside: Outside,
        clock: Clock | None = None,
    ) -> Self:
        """Open or create the outbox; nothing is sent before `start`.

        The home is asked for the agency's document and the person's permission before
        the first byte of each attempt, and again during a long one.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="doorwatch-outbox")
        loop = asyncio.get_running_loop()
        try:
            store = await loop.run_in_executor(thread, OutboxStore.open, folder)
        except BaseException as err:
            # After a cancel, do not wait for the disk.
            thread.shutdown(wait=isinstance(err, Exception))
            raise
        registry = JobRegistry(store, thread, ledger, clock or Clock(), home)
        return cls(registry, keys, outside)

    async def start(self, *, restored: bool = False) -> None:
        """Resume unfinished shares.

        After a restore from a backup, every unfinished share needs a new tap.
        """
        registry = self._registry
        await registry.lines.load()
        records = await registry.on_thread(self._store.unfinished)
        if restored:
            await registry.void(records)
            records = []
        for record in records:
            await self._resume(record)
        if removed := await registry.on_thread(self._store.clean):
            _LOGGER.info("Removed %d files that a crash left in the outbox", removed)
        await registry.lines.try_flush()
        for record in await registry.on_thread(self._store.to_ask_about):
            registry.take_up(record)
        self._started = True
        waiting = {job.record.agency_id for job in registry.jobs.values()}
        waiting |= {one.record.agency_id for one in registry.ended.values()}
        for agency_id in waiting:
            self._wake(agency_id)

    async def _resume(self, record: Record) -> None:
        """Resume a share, or stop it if it is too old, not encrypted or unreadable."""
        failed = record.state is ShareState.FAILED
        stop = StoppedBySystem(record.problem or "unexpected")
        if failed and record.created_at < self._registry.clock.now() - KEEP_FAILED:
            _LOGGER.info("Share %s failed long ago and was stopped", record.share_id)
        elif record.package_sha256 is not None and record.home is None:
            # Packed by a version that did not encrypt: remove the readable copy.
            stop = StoppedBySystem("not_encrypted")
        else:
            try:
                self._registry.open_job(record, self._store.intent(record))
            except ValueError, KeyError, TypeError:
                _LOGGER.error("Share %s can't be read", record.share_id)
                stop = StoppedBySystem("unexpected")
            else:
                return
        now = self._registry.clock.now()
        await self._registry.save(
            over(record, ShareState.NEEDS_NEW_TAP, now, stop.reason),
            "stopped",
            {
                "problem": stop.reason,
                "begun": record.begun,
                "sent": None if record.begun else 0,
            },
        )

    async def close(self) -> None:
        """Stop the senders; the next start resumes their shares."""
        if self._closed:
            return
        self._closed = True
        self._started = False
        for sender in self._senders.values():
            await sender.close()
        # A package that is not finished here is built again at the next start.
        await asyncio.to_thread(self._package_threads.shutdown, cancel_futures=True)
        await self._registry.on_thread(self._store.close)
        self._registry.thread.shutdown()

    async def add(
        self,
        confirmation: Confirmed,
        *,
        cancel_window: float,
        login: Mapping[str, str | None] | None = None,
    ) -> Share:
        """Store a share that a person confirmed, and move its staged file into the outbox.

        `cancel_window` is in seconds, 0 to 300. `login` is added to the ledger line
        `confirmed`: `client_id` and `token_id`. The share is on the disk when this returns.
        Raises `SharingError` `staged_changed`, `disk_full` or `storage_failed`, and then
        leaves the staged file in its place.
        """
        if type(confirmation) is not Confirmed:
            raise TypeError("Only what a person confirmed can be shared")
        registry, intent = self._registry, confirmation.use()
        share_id = secrets.token_hex(16)
        now = registry.clock.now()
        record = Record(
            share_id=share_id,
            clip_id=intent.clip.clip_id,
            agency_id=intent.agency_id,
            agency_name=intent.agency_name,
            user_id=intent.user_id,
            state=ShareState.WAITING,
            intent=intent_to_json(intent),
            created_at=now,
            cancel_window=min(max(0.0, cancel_window), LONGEST_WINDOW),
            total=intent.staged.size,
            hand_over_until=now + HAND_OVER_WITHIN if intent.by_hand else None,
            request=request_to_json(intent.request),
            declaration=intent.declaration,
        )
        with storing():
            await registry.on_thread(self._store.take_over, intent.staged, share_id)
            try:
                await registry.save(
                    record,
                    "confirmed",
                    {**confirmed(intent), **(login or {})},
                    personal(intent),
                )
            except BaseException:
                await registry.on_thread(self._store.give_back, share_id, intent.staged)
                raise
        await registry.on_thread(self._store.taken_over, intent.staged)
        await registry.lines.try_flush()
        job = registry.open_job(record, self._store.intent(record))
        registry.tell(job)
        self._wake(record.agency_id)
        return job.share()

    async def cancel(self, share_id: str, stop: StoppedBy) -> Share:
        """Stop a share that has not arrived; the ledger names the person who did.

        The stop is on the disk when this returns. Afterwards, the agency is asked to
        remove what it has, until it answers; `Share.outcome` has the result. A share that
        needs a new tap is cancelled. Raises `SharingError`: `share_unknown`, `too_late` if
        it has ended, and `stop_not_stored` if the stop cannot be written: nothing more is
        sent, but after a restart sending resumes unless it could be written until then.
        """
        if (job := self._registry.jobs.get(share_id)) is not None:
            await self._give_up(job, stop)
            return job.share()
        with storing():
            return await self._put_away(share_id, stop)

    async def _give_up(self, job: Job, stop: StoppedBy) -> None:
        """Stop a share after its upload has ended, so that all sent bytes are counted."""
        async with job.lock:
            if not self._registry.is_open(job):
                raise SharingError("too_late")
            job.stopped = stop
            try:
                if (upload := job.end_upload()) is not None:
                    await asyncio.wait({upload}, timeout=_ENDING)
                await self._registry.give_up(job, stop)
            except (OSError, sqlite3.Error, SharingError) as error:
                _LOGGER.warning(
                    "The stop of share %s couldn't be written: %r",
                    job.record.share_id,
                    error,
                )
                raise SharingError("stop_not_stored") from None
            finally:
                self._wake(job.record.agency_id)

    async def _put_away(self, share_id: str, stop: StoppedBy) -> Share:
        """Cancel a share that needs a new tap."""
        registry = self._registry
        ended = await registry.find(share_id)
        try:
            async with ended.lock:
                if ended.record.state is not ShareState.NEEDS_NEW_TAP:
                    raise SharingError("too_late")
                ended.record = await registry.save(
                    replace(ended.record, state=ShareState.CANCELLED),
                    "cancelled",
                    {
                        "user_id": stop.person,
                        "begun": ended.record.begun,
                        "sent": None if ended.record.begun else 0,
                    },
                )
        finally:
            registry.let_go(ended)
        await registry.lines.try_flush()
        registry.tell_ended(ended)
        return ended.record.share()

    async def withdraw(self, share_id: str, *, user_id: str) -> Share:
        """Ask the agency to delete a delivered share; stop one that has not arrived.

        The withdrawal is on the disk when this returns, with a ledger line that names
        `user_id`. Afterwards, the agency is asked until it decides; `Share.withdrawal` has
        the state. A second call changes nothing. Raises `SharingError`: `share_unknown`,
        `too_late` if nothing was delivered, `no_withdrawals` if the agency accepts none,
        `cannot_withdraw` without the key of the package, and the errors of `cancel`.
        """
        if share_id in self._registry.jobs:
            return await self.cancel(share_id, StoppedBy(user_id))
        with storing():
            ended = await self._registry.find(share_id)
            try:
                share = await request_withdrawal(
                    self._registry, self._keys, ended, user_id
                )
            finally:
                self._registry.let_go(ended)
        self._wake(share.agency_id)
        return share

    async def retry(self, share_id: str) -> Share:
        """Retry a failed or waiting share now.

        Raises `SharingError`: `cannot_retry`, `share_unknown`.
        """
        job = await self._job(share_id, otherwise="cannot_retry")
        async with job.lock:
            record = job.record
            if job.ending:
                raise SharingError("cannot_retry")
            if record.state is ShareState.FAILED:
                packaged = record.package_sha256 is not None
                state = ShareState.UPLOADING if packaged else ShareState.PACKAGING
                job.record = await self._registry.save(
                    replace(record, state=state, problem=None, begun_anew=0)
                )
            elif not job.pausing:
                raise SharingError("cannot_retry")
            job.troubles = 0
            job.at_once(self._registry.clock.monotonic())
            job.wall = None
        self._registry.tell(job)
        self._wake(job.record.agency_id)
        return job.share()

    async def hand_over(
        self, share_id: str, user_id: str, details: Mapping[str, str]
    ) -> Share:
        """Let the person hand over a share that does not reach its agency.

        Durable when this returns. Raises `SharingError`: `cannot_hand_over`,
        `share_unknown`.
        """
        job = await self._job(share_id, otherwise="cannot_hand_over")
        with storing():
            await self.handovers.choose(job, user_id, details)
        return job.share()

    def agency_changed(self, agency_id: str) -> None:
        """Check the shares of this agency again, because its document or state changed."""
        if (sender := self._senders.get(agency_id)) is not None:
            sender.agency_changed()

    async def list(self, limit: int = 50) -> list[Share]:
        """Return the newest shares, newest first."""
        records = await self._registry.on_thread(self._store.recent, limit)
        return [self._share(record) for record in records]

    async def get(self, share_id: str) -> Share | None:
        """Return one share."""
        record = await self._registry.on_thread(self._store.get, share_id)
        return None if record is None else self._share(record)

    async def note_end(self, share: Share, told: str) -> bool:
        """Store the result that automations get for a share.

        Returns False if it was stored before for the same attempt. Raises `SharingError`.
        """
        with storing():
            return await self._registry.on_thread(
                self._store.note_end, share.share_id, told, share.attempts
            )

    async def ended(self) -> Sequence[str]:
        """Return the IDs of the shares that ended, oldest first."""
        return await self._registry.on_thread(self._store.ended)

    async def paper(self, share_id: str, which: Paper) -> str | None:
        """Return one of the documents of a share, or None if it does not have it."""
        record = await self._registry.on_thread(self._store.get, share_id)
        if record is None:
            return None
        papers: dict[Paper, str | None] = {
            "receipt": record.receipt,
            "delivery_receipt": record.delivery_receipt,
            "declaration": record.declaration,
        }
        return papers[which]

    def _share(self, record: Record) -> Share:
        """Return a share, with the state of its job if it has one."""
        job = self._registry.jobs.get(record.share_id)
        return record.share() if job is None else job.share()

    async def _job(self, share_id: str, *, otherwise: str) -> Job:
        """Return the job of a share that has not ended."""
        if (job := self._registry.jobs.get(share_id)) is not None:
            return job
        known = await self.get(share_id) is not None
        raise SharingError(otherwise if known else "share_unknown")

    def _wake(self, agency_id: str) -> None:
        """Wake the sender of the agency."""
        if not self._started:
            return
        if agency_id not in self._senders:
            self._senders[agency_id] = Sender(
                agency_id,
                self._registry,
                self._packer,
                self._clearance,
                self._outside,
            )
        self._senders[agency_id].wake()
