"""The courier of one agency: takes its shares there, one after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
import logging
import sqlite3
from typing import Final

from ..clips.model import Clip
from ..outside import Outside
from .consent import consent_receipt
from .delivery import DeliveryError, upload
from .errors import SharingError
from .keys import HomeKeys
from .model import ShareState
from .outbox_books import AgencyAccess, AgencyLookup, Books, Job, PartsLookup
from .outbox_removal import TakingBack
from .outbox_store import disk_problem
from .package import Package, PackageContext, build_package

_LOGGER = logging.getLogger(__name__)

FIRST_PAUSE: Final = 5.0  # seconds after the first trouble; doubled each time
LONGEST_PAUSE: Final = 3600.0

# What the person saw is gone; no retry brings it back.
_LOST: Final = frozenset({"staged_changed", "package_lost"})


class _LookAgain(Exception):
    """The share was cancelled, or the agency is not what was shown."""


class Courier:
    """Packs and uploads the shares of one agency in their order."""

    def __init__(
        self,
        agency_id: str,
        *,
        books: Books,
        pool: ThreadPoolExecutor,
        keys: HomeKeys,
        outside: Outside,
        agencies: AgencyLookup,
        system: Callable[[Clip], Awaitable[dict[str, object]]],
        other_parts: PartsLookup | None = None,
        agency_exists: Callable[[str], bool] | None = None,
    ) -> None:
        """Prepare; `start` begins."""
        self._agency_id = agency_id
        self._books = books
        self._pool = pool
        self._keys = keys
        self._outside = outside
        self._agencies = agencies
        self._system = system
        self._other_parts = other_parts
        self._agency_exists = agency_exists
        self._taking_back = TakingBack(
            agency_id,
            books=books,
            outside=outside,
            agencies=agencies,
            agency_exists=agency_exists,
            pause=self._pause,
        )
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(
            self._work(), name=f"doorwatch courier {agency_id}"
        )

    async def close(self) -> None:
        """Stop where it is; nothing is lost."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look again: there is a new share, or one was cancelled or retried."""
        self._wake.set()

    def agency_changed(self) -> None:
        """Look at the agency again; an upload to what it no longer is ends at once."""
        access = self._agencies(self._agency_id)
        for job in self._jobs():
            if job.pausing:
                job.at_once(self._books.clock.monotonic())
            if not job.is_as_shown(access):
                job.end_upload()
        self._taking_back.agency_changed()
        self._wake.set()

    def _jobs(self) -> list[Job]:
        """Return the shares of this agency, oldest first."""
        return [
            job
            for job in self._books.jobs.values()
            if job.record.agency_id == self._agency_id
        ]

    async def _work(self) -> None:
        """Deliver for ever."""
        clock = self._books.clock
        while True:
            self._wake.clear()
            job: Job | None = None
            try:
                await self._stop_changed()
                await self._taking_back.try_due()
                job = next((job for job in self._jobs() if job.active), None)
                if job is not None and job.not_before <= clock.monotonic():
                    await self._advance(job)
                    continue
                due = [None if job is None else job.not_before]
                due.append(self._taking_back.due_at)
                until = min((one for one in due if one is not None), default=None)
                pause = None if until is None else until - clock.monotonic()
                await clock.wait(self._wake, pause)
            except _LookAgain:
                continue
            except Exception as error:  # noqa: BLE001 - a bug must not end the work
                if job is not None:
                    await self._trouble(job, *_judge(error))
                else:
                    _judge(error)
                    await clock.wait(self._wake, FIRST_PAUSE)

    # One share

    async def _advance(self, job: Job) -> None:
        """Take a share as far as it goes."""
        books = self._books
        job.wall = None
        await books.lines.flush()  # its own `confirmed` before anything else
        if job.record.state is not ShareState.UPLOADING:
            self._access(job)
            await self._enter(job, ShareState.PACKAGING)
            await self._package(job)
        elif not await asyncio.get_running_loop().run_in_executor(
            self._pool, books.store.package_is_whole, job.record
        ):
            # It lay there since the last attempt; nothing else may go in its name.
            raise SharingError("package_lost")
        await self._upload(job, self._access(job))
        async with job.lock:
            await books.finish(
                job,
                ShareState.DELIVERED,
                "sent",
                {
                    "agency": job.intent.agency.issuer,
                    "sha256": job.record.package_sha256,
                    "size": job.record.package_size,
                },
            )

    def _access(self, job: Job) -> AgencyAccess:
        """Return the agency as it is now, if it is still what the person saw."""
        access = self._agencies(self._agency_id)
        now = datetime.fromtimestamp(self._books.clock.now(), UTC)
        if access is None or not access.document.holds_at(now):
            raise DeliveryError("agency_unavailable", permanent=False)
        if not job.is_as_shown(access):
            raise _LookAgain
        return access

    async def _enter(
        self,
        job: Job,
        state: ShareState,
        package: Package | None = None,
        receipt: str | None = None,
    ) -> None:
        """Go to the next state, unless the person undid it meanwhile."""
        async with job.lock:
            if not self._books.is_open(job):
                raise _LookAgain
            record = replace(job.record, state=state, problem=None)
            if package is not None:
                record = replace(
                    record,
                    total=package.size,
                    package_sha256=package.sha256,
                    package_size=package.size,
                    receipt=receipt,
                )
            job.record = await self._books.save(record)
        self._books.tell(job)

    async def _package(self, job: Job) -> None:
        """Make the package; afterwards the staged file is gone."""
        books = self._books
        share_id = job.record.share_id
        context = PackageContext(
            share_id=share_id,
            confirmed_at=job.record.created_at,
            ledger_head=await self._ledger_head(job),
            system=await self._system(job.intent.clip),
            other_parts=(
                None
                if self._other_parts is None
                else await self._other_parts(job.intent.clip)
            ),
        )

        def build() -> tuple[Package, str]:
            key = self._keys.for_agency(self._agency_id)
            package = build_package(
                job.intent, context, key, books.store.package(share_id)
            )
            return package, consent_receipt(
                job.intent,
                share_id=share_id,
                confirmed_at=context.confirmed_at,
                key=key,
            )

        loop = asyncio.get_running_loop()
        package, receipt = await loop.run_in_executor(self._pool, build)
        try:
            await self._enter(job, ShareState.UPLOADING, package, receipt)
        except _LookAgain:
            # Undone while it was built: cancelling could not remove it yet.
            await books.on_thread(books.store.remove, share_id)
            raise
        await books.on_thread(books.store.remove_staged, share_id)

    async def _ledger_head(self, job: Job) -> str:
        """Return the digest of the line of the share's own confirmation.

        It was the head then, and is named in no other package: one that two agencies
        get would tell them that they hear from the same home.
        """
        ledger, record = self._books.ledger, job.record
        line = await ledger.of_share("confirmed", record.share_id)
        if line is None:  # another ledger has begun since
            told = {
                "share_id": record.share_id,
                "clip_id": record.clip_id,
                "agency_id": record.agency_id,
            }
            line = await ledger.append("confirmed", told)
        return line.digest

    async def _upload(self, job: Job, access: AgencyAccess) -> None:
        """Upload the package in a task of its own, so that it can be ended."""
        books = self._books

        async def on_url(url: str) -> None:
            async with job.lock:
                if not books.is_open(job):
                    await books.came_late(job, url)
                    raise _LookAgain
                job.record = await books.save(replace(job.record, upload_url=url))

        async def on_sending(offset: int) -> None:
            self._access(job)
            async with job.lock:
                if not books.is_open(job):
                    raise _LookAgain
                if not job.record.begun or job.record.problem is not None:
                    job.record = await books.save(
                        replace(job.record, begun=True, problem=None)
                    )
            if offset > job.arrived:
                job.troubles = 0
            job.sent = job.arrived = offset
            job.asked = True
            books.tell(job)

        task = job.upload = asyncio.create_task(
            upload(
                self._outside,
                endpoint=access.document.upload_endpoint,
                local=access.local,
                path=books.store.package(job.record.share_id),
                share_id=job.record.share_id,
                upload_code=access.upload_code,
                upload_url=job.record.upload_url,
                on_url=on_url,
                on_progress=lambda sent: books.tell_progress(job, sent),
                on_sending=on_sending,
            )
        )
        try:
            await asyncio.wait({task})
        finally:
            job.upload = None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            raise _LookAgain
        task.result()

    # Trouble

    async def _stop_changed(self) -> None:
        """Stop every share whose agency is no longer what the person saw."""
        access = self._agencies(self._agency_id)
        if access is None:
            if self._agency_exists and not self._agency_exists(self._agency_id):
                # It never comes back under this id; what lies here is a copy of a clip.
                for job in self._jobs():
                    await self._stop(job, "agency_unknown")
            return
        for job in self._jobs():
            if not job.is_as_shown(access):
                await self._stop(job, "agency_changed")

    async def _stop(self, job: Job, problem: str) -> None:
        """End a share that needs a new tap."""
        async with job.lock:
            if self._books.is_open(job):
                await self._books.finish(
                    job,
                    ShareState.NEEDS_NEW_TAP,
                    "stopped",
                    {"problem": problem, **job.left},
                    problem,
                )

    async def _trouble(self, job: Job, problem: str, permanent: bool) -> None:
        """Note a trouble: later again, or failed until a person tries again."""
        clock = self._books.clock
        if not self._books.is_open(job):
            return
        if job.record.problem != problem:
            _LOGGER.warning("Share %s: %s", job.record.share_id, problem)
        pause = self._pause(job.troubles)
        job.troubles += 1
        job.not_before = clock.monotonic() + pause
        job.wall = clock.now() + pause
        try:
            if problem in _LOST:
                await self._stop(job, problem)
                return
            await self._note(job, problem, permanent)
        except (OSError, sqlite3.Error, SharingError) as error:
            # Nothing can be stored, but it is tried again all the same.
            _LOGGER.warning("The outbox cannot be written: %s", _judge(error)[0])
        if self._books.is_open(job):
            self._books.tell(job)

    def _pause(self, troubles: int) -> float:
        """How long to wait after so many troubles in a row and one more."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(troubles, 20))
        return pause * (0.5 + self._books.clock.jitter() / 2)

    async def _note(self, job: Job, problem: str, permanent: bool) -> None:
        """Store a trouble."""
        books = self._books
        async with job.lock:
            if not books.is_open(job):
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
                await books.save(record, "failed", details)
                await books.lines.try_flush()  # nobody hears of it before
            else:
                await books.save(record)
            job.record = record


def _passes(problem: str) -> bool:
    """Whether it is this home's own trouble: people mend it, the share waits."""
    return problem == "disk_full" or problem.startswith("ledger_")


def _judge(error: Exception) -> tuple[str, bool]:
    """Return which problem an error is, and whether trying again cannot mend it."""
    if isinstance(error, DeliveryError):
        return error.problem, error.permanent
    if isinstance(error, SharingError):
        return error.problem, not _passes(error.problem)
    if isinstance(error, OSError | sqlite3.Error):
        return disk_problem(error), False
    _LOGGER.error("Something unexpected while sharing", exc_info=error)
    return "unexpected", False
