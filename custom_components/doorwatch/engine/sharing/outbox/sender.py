"""Deliver the shares of one agency, large ones in parallel to small ones."""

import asyncio
from contextlib import suppress
from dataclasses import replace
import logging
import sqlite3
from typing import Final

from ...backoff import backoff
from ...outside.door import Outside
from ..errors import DeliveryError, SharingError
from ..model import ReceiptState, ShareState
from .clearance import NOT_CLEARED, AgencyIsNotAsShown, Clearance
from .follow_ups import FollowUp, end
from .handover import expire
from .jobs import Job, JobRegistry, StoppedBySystem
from .lookups import AgencyAccess, Renewal
from .packing import Packed, Packer
from .receipts import Openings, Receipts
from .removal import TakingBack
from .share_upload import LookAgain, ShareUpload
from .store import disk_problem
from .withdrawals import Withdrawing

_LOGGER = logging.getLogger(__name__)

FIRST_PAUSE: Final = 5.0  # seconds after the first failure; doubled each time
LONGEST_PAUSE: Final = 3600.0

# Minimum seconds between fetches because of an unknown key, in case an agency signs
# each answer with another key.
RENEW_EVERY: Final = 600.0

# Shares of clips larger than this (bytes) have a separate queue, so that a small share
# does not wait for hours.
LARGE: Final = 32 * 1024 * 1024

# Problems that need a new tap; retries cannot fix them.
_STOPS: Final = (
    frozenset({"staged_changed", "package_lost", "tap_missing"}) | NOT_CLEARED
)


class Sender:
    """Pack and upload the shares of one agency, small and large ones each in order.

    A share with a problem does not block later shares.
    """

    def __init__(
        self,
        agency_id: str,
        registry: JobRegistry,
        packer: Packer,
        clearance: Clearance,
        outside: Outside,
    ) -> None:
        """Start the tasks."""
        self._agency_id = agency_id
        self._registry = registry
        self._packer = packer
        self._clearance = clearance
        self._outside = outside
        self._renewed_at = float("-inf")
        self._follow_ups: list[FollowUp] = [
            follow_up(agency_id, registry, outside, self._renewed, self._look_again)
            for follow_up in (TakingBack, Receipts, Openings, Withdrawing)
        ]
        self._wakes = (asyncio.Event(), asyncio.Event())
        self._tasks = [
            asyncio.create_task(
                self._work(wake, large=bool(lane)),
                name=f"doorwatch sender {agency_id} {lane}",
            )
            for lane, wake in enumerate(self._wakes)
        ]

    async def close(self) -> None:
        """Stop the tasks; the stored state is kept."""
        await end(*self._tasks)
        for follow_up in self._follow_ups:
            await follow_up.close()

    def wake(self) -> None:
        """Check the shares: one is new, or was cancelled, retried or withdrawn."""
        for wake in self._wakes:
            wake.set()

    async def _renewed(self) -> bool:
        """Fetch the agency's document for an answer signed by an unknown key.

        Returns whether it was fetched and is trusted.
        """
        now = self._registry.clock.monotonic()
        if now < self._renewed_at + RENEW_EVERY:
            return False
        self._renewed_at = now
        return await self._registry.home.renew(self._agency_id) is Renewal.TRUSTED

    def _look_again(self) -> None:
        """Let the follow-ups check for new shares to ask about."""
        for follow_up in self._follow_ups:
            follow_up.wake()

    def agency_changed(self) -> None:
        """Check the agency again; uploads end if it is not what the person saw.

        After an attempt that asked the agency, the pause continues even without an
        answer, so that reloading an agency does not make this home call it.
        """
        access = self._registry.home.agency(self._agency_id)
        for job in self._jobs():
            if job.pausing and not job.connected:
                job.at_once(self._registry.clock.monotonic())
            if not job.is_as_shown(access):
                job.end_upload()
        for follow_up in self._follow_ups:
            follow_up.agency_changed()
        self.wake()

    def _jobs(self) -> list[Job]:
        """Return the shares of this agency, oldest first."""
        return [
            job
            for job in self._registry.jobs.values()
            if job.record.agency_id == self._agency_id
        ]

    def _waiting(self, *, large: bool) -> list[Job]:
        """Return the shares to deliver: due shares in order, then the others."""
        now = self._registry.clock.monotonic()
        waiting = [
            job
            for job in self._jobs()
            if job.active and (job.intent.staged.size > LARGE) is large
        ]
        return sorted(waiting, key=lambda job: max(now, job.not_before))

    async def _work(self, wake: asyncio.Event, *, large: bool) -> None:
        """Deliver shares until cancelled."""
        clock = self._registry.clock
        while True:
            wake.clear()
            job: Job | None = None
            try:
                # First, even if the disk fails: unencrypted packages must be removed in
                # time.
                await expire(self._registry, self._jobs())
                await self._stop_changed()
                await self._write_off()
                self._look_again()  # shares that ended may need follow-ups
                job = next(iter(self._waiting(large=large)), None)
                if job is not None and job.not_before <= clock.monotonic():
                    await self._advance(job)
                    continue
                due = [one.not_before for one in self._jobs() if one.unstored]
                due += [one.gone_by for one in self._jobs() if one.gone_by is not None]
                due += [] if job is None else [job.not_before]
                pause = min(due) - clock.monotonic() if due else None
                await clock.wait(wake, pause)
            except LookAgain, AgencyIsNotAsShown:
                continue
            except Exception as error:  # noqa: BLE001 - a bug must not end the task
                if job is not None:
                    await self._trouble(job, *_judge(error))
                else:
                    _judge(error)
                    await clock.wait(wake, FIRST_PAUSE)

    # One share

    async def _advance(self, job: Job) -> None:
        """Process a share as far as possible."""
        registry, clearance = self._registry, self._clearance
        job.wall, job.connected = None, False
        await registry.lines.flush()
        await registry.lines.tap(job.record.share_id)  # nothing leaves without it
        await clearance.person(job)  # nothing is packed without permission
        clearance.request(job)
        if job.record.state is not ShareState.UPLOADING:
            access = await clearance.known_agency(job)
            await self._enter(job, ShareState.PACKAGING)
            await self._package(job, access)
        elif not await self._packer.is_whole(job):
            # The package was lost or changed since the last attempt.
            raise SharingError("package_lost")
        if job.intent.by_hand:
            return
        await clearance.renew_agency(job)
        await clearance.person(job)
        access = clearance.agency(job)
        if not registry.goes_on(job):
            raise LookAgain
        await ShareUpload(job, access, registry, clearance).run(self._outside)
        promised = access.published.receipts_uri is not None
        async with job.lock:
            await registry.finish(
                job,
                ShareState.DELIVERED,
                "sent",
                {
                    "agency": job.intent.agency.issuer,
                    "sha256": job.record.package_sha256,
                    "size": job.record.package_size,
                },
                receipt=ReceiptState.AWAITED if promised else ReceiptState.NONE,
            )

    async def _enter(
        self, job: Job, state: ShareState, packed: Packed | None = None
    ) -> None:
        """Change the state, unless the person stopped the share meanwhile."""
        async with job.lock:
            if not self._registry.goes_on(job):
                raise LookAgain
            record = replace(job.record, state=state, problem=None)
            if packed is not None:
                record = replace(
                    record,
                    total=packed.package.size,
                    package_sha256=packed.package.sha256,
                    package_size=packed.package.size,
                    receipt=packed.receipt,
                    issuer=job.intent.agency.issuer,
                    home=packed.home,
                    ledger=packed.ledger,
                )
            job.record = await self._registry.save(record)
        self._registry.tell(job)

    async def _package(self, job: Job, access: AgencyAccess) -> None:
        """Create the package and remove the staged file.

        After that, this home cannot decrypt the package. So a package for changed
        recipients can only be built before this step is complete.
        """
        store, share_id = self._registry.store, job.record.share_id
        recipients = access.recipients
        packed = await self._packer.pack(job, recipients)
        now = self._registry.home.agency(self._agency_id)
        if now is not None and now.recipients != recipients:
            raise LookAgain
        by_hand = job.intent.by_hand
        state = ShareState.READY if by_hand else ShareState.UPLOADING
        try:
            await self._enter(job, state, packed)
        except LookAgain:
            # The share was stopped while the package was built.
            await self._registry.on_thread(store.remove, share_id)
            raise
        await self._registry.on_thread(store.remove_staged, share_id)

    # Errors

    async def _write_off(self) -> None:
        """Try again to store that shares were given up."""
        for job in self._jobs():
            if job.stopped is None or not job.unstored:
                continue
            if job.not_before > self._registry.clock.monotonic():
                continue
            async with job.lock:
                if self._registry.is_open(job):
                    # Reported when it was stopped; the share stays stopped.
                    with suppress(OSError, sqlite3.Error, SharingError):
                        await self._registry.give_up(job, job.stopped)

    async def _stop_changed(self) -> None:
        """Stop shares whose agency is no longer what the person saw."""
        home = self._registry.home
        access = home.agency(self._agency_id)
        if access is None:
            if not home.agency_exists(self._agency_id):
                # Agency IDs are never used again, so remove these copies of clips.
                for job in self._jobs():
                    await self._stop(job, StoppedBySystem("agency_unknown"))
            return
        for job in self._jobs():
            if not job.is_as_shown(access):
                await self._stop(job, StoppedBySystem("agency_changed"))

    async def _stop(self, job: Job, stop: StoppedBySystem) -> None:
        """End a share that needs a new tap."""
        async with job.lock:
            if self._registry.is_open(job):
                await self._registry.stop(job, stop)

    async def _trouble(self, job: Job, problem: str, permanent: bool) -> None:
        """Handle an error: retry later, or fail until a person retries."""
        clock = self._registry.clock
        if not self._registry.goes_on(job):
            return
        if job.record.problem != problem:
            _LOGGER.warning("Share %s: %s", job.record.share_id, problem)
        pause = backoff(job.troubles, FIRST_PAUSE, LONGEST_PAUSE, clock.jitter)
        job.troubles += 1
        job.not_before = clock.monotonic() + pause
        job.wall = clock.now() + pause
        try:
            if problem in _STOPS:
                await self._stop(job, StoppedBySystem(problem))
                return
            await self._note(job, problem, permanent)
        except (OSError, sqlite3.Error, SharingError) as error:
            # The share is retried even if this cannot be stored.
            _LOGGER.warning("The outbox can't be written: %s", _judge(error)[0])
        if self._registry.is_open(job):
            self._registry.tell(job)

    async def _note(self, job: Job, problem: str, permanent: bool) -> None:
        """Store an error."""
        registry = self._registry
        async with job.lock:
            if not registry.goes_on(job):
                return
            record = replace(
                job.record,
                problem=problem,
                attempts=job.record.attempts + 1,
                sent=job.sent,
            )
            if permanent:
                job.wall = None
                record = replace(record, state=ShareState.FAILED)
                details = {"problem": problem, "attempts": record.attempts}
                await registry.save(record, "failed", details)
                await registry.lines.try_flush()  # before anyone is notified
            else:
                await registry.save(record)
            job.record = record


def _judge(error: Exception) -> tuple[str, bool]:
    """Return the problem of an error, and whether a retry cannot fix it."""
    if isinstance(error, DeliveryError):
        return error.problem, error.permanent
    if isinstance(error, SharingError):
        # These problems are in this home, so the share waits.
        passes = error.problem == "disk_full" or error.problem.startswith("ledger_")
        return error.problem, not passes
    if isinstance(error, OSError | sqlite3.Error):
        return disk_problem(error), False
    _LOGGER.error("Unexpected error while sharing", exc_info=error)
    return "unexpected", False
