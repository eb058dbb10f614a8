"""Manage the packages that a person downloads and hands over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
import secrets
import sqlite3
from typing import Final

from ..errors import SharingError
from ..model import ShareState
from .intents import agency_of
from .jobs import HAND_OVER_WITHIN, STORE_AGAIN, Job, JobRegistry, StoppedBySystem
from .record import Record
from .store import storing

ADDRESS_LIFETIME: Final = 300.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class _Address:
    """An unused download address."""

    token: str = field(repr=False)
    share_id: str
    user_id: str
    expires: float  # monotonic


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Download:
    """A download in progress."""

    job: Job = field(repr=False)
    user_id: str
    path: Path
    name: str
    size: int
    sha256: str

    @property
    def goes_on(self) -> bool:
        """Return whether the download may continue.

        It ends when another download begins or the share is over.
        """
        ready = self.job.record.state is ShareState.READY
        return ready and self.job.download is self and not self.job.ending


@dataclass(eq=False, repr=False)
class Handovers:
    """Issue single-use addresses, in memory only: a restart voids them."""

    _registry: JobRegistry
    _wake: Callable[[str], None]  # notifies the sender of an agency
    _open: dict[str, _Address] = field(default_factory=dict)

    async def choose(self, job: Job, user_id: str, personal: Mapping[str, str]) -> None:
        """Let the person hand over a share that does not reach its agency.

        The upload stops; the agency is asked to remove its part once the share is over.
        Raises `SharingError("cannot_hand_over")`.
        """
        registry = self._registry
        async with job.lock:
            if not registry.is_open(job) or not job.can_hand_over:
                raise SharingError("cannot_hand_over")
            job.end_upload()
            record = replace(
                job.record,
                state=ShareState.READY,
                problem=None,
                sent=job.sent,
                hand_over_until=registry.clock.now() + HAND_OVER_WITHIN,
            )
            job.record = await registry.save(
                record,
                "hand_over_chosen",
                {"user_id": user_id, "problem": job.record.problem, **job.left},
                personal,
            )
            registry.set_deadline(job)
        await registry.lines.try_flush()
        registry.tell(job)
        self._wake(job.record.agency_id)

    async def address(
        self, share_id: str, user_id: str, personal: Mapping[str, str]
    ) -> tuple[str, str]:
        """Return a token for one download by this user, and the file name.

        The token has 256 random bits. An earlier token of the share becomes void and
        its download ends. Raises `SharingError`: `not_ready`, `agency_unavailable` if
        the agency is not what the person saw, `tap_missing`, which ends the share,
        `disk_full`, `storage_failed`, and the ledger's errors.
        """
        registry = self._registry
        job = self._ready(share_id)
        if job.intent.by_hand and not job.is_as_shown(
            registry.home.agency(job.record.agency_id)
        ):
            raise SharingError("agency_unavailable")
        async with job.lock:
            self._ready(share_id)
            await self._require_tap(job)
            await self._note(job, job.record, "address_given", user_id, personal)
            job.download = None
            address = _Address(
                token=secrets.token_urlsafe(32),
                share_id=share_id,
                user_id=user_id,
                expires=registry.clock.monotonic() + ADDRESS_LIFETIME,
            )
            self._open[share_id] = address
        await registry.lines.try_flush()
        return address.token, job.file_name

    def share_of(self, token: str) -> str:
        """Return the share ID of an address, without using it up.

        Raises `SharingError("address_unknown")`.
        """
        return self._find(token).share_id

    async def begin(self, token: str, user_id: str) -> Download:
        """Use up an address, and store that before any byte leaves.

        Raises `SharingError("address_unknown")`, without using it up, if it is not this
        user's, was used, or has expired; `disk_full` or `storage_failed`.
        """
        registry = self._registry
        address = self._find(token)
        expired = address.expires <= registry.clock.monotonic()
        if address.user_id != user_id or expired:
            raise SharingError("address_unknown")
        del self._open[address.share_id]
        job = self._ready(address.share_id)
        async with job.lock:
            self._ready(address.share_id)
            record = replace(job.record, downloads=job.record.downloads + 1)
            await self._note(job, record, "download_begun", user_id, {})
            path = registry.store.package(record.share_id, by_hand=job.intent.by_hand)
            download = Download(
                job=job,
                user_id=user_id,
                path=path,
                name=job.file_name,
                size=record.package_size or 0,
                sha256=record.package_sha256 or "",
            )
            job.download = download
        await registry.lines.try_flush()
        registry.tell(job)
        return download

    async def complete(self, download: Download, personal: Mapping[str, str]) -> bool:
        """End the share after all bytes left.

        Returns False if the share was over or another download began. Raises
        `SharingError` `disk_full` or `storage_failed`; the download can then be
        repeated.
        """
        registry, job = self._registry, download.job
        with storing():
            async with job.lock:
                if not registry.is_open(job) or not download.goes_on:
                    return False
                await registry.finish(
                    job,
                    ShareState.HANDED_OVER,
                    "handed_over",
                    {
                        **agency_of(job.intent),
                        "sha256": job.record.package_sha256,
                        "size": job.record.package_size,
                        "file": download.name,
                        "user_id": download.user_id,
                    },
                    personal=personal,
                )
        self._wake(job.record.agency_id)
        return True

    async def _require_tap(self, job: Job) -> None:
        """End the share if the ledger doesn't have its tap. The job's lock is held."""
        with storing():
            try:
                await self._registry.lines.tap(job.record.share_id)
            except SharingError as error:
                if error.problem == "tap_missing":
                    await self._registry.stop(job, StoppedBySystem(error.problem))
                    self._wake(job.record.agency_id)
                raise

    async def _note(
        self,
        job: Job,
        record: Record,
        kind: str,
        user_id: str,
        personal: Mapping[str, str],
    ) -> None:
        """Store a person's action. Raises `SharingError` for disk errors."""
        # The number distinguishes lines of one person after a crash.
        details = {"user_id": user_id, "downloads": record.downloads}
        with storing():
            job.record = await self._registry.save(record, kind, details, personal)

    async def lost(self, download: Download) -> None:
        """End the share because its package is missing or has changed."""
        registry, job = self._registry, download.job
        with storing():
            async with job.lock:
                if registry.is_open(job) and download.goes_on:
                    await registry.stop(job, StoppedBySystem("package_lost"))

    def _ready(self, share_id: str) -> Job:
        """Return a share that can be downloaded now."""
        job = self._registry.jobs.get(share_id)
        if job is None or job.ending or job.record.state is not ShareState.READY:
            raise SharingError("not_ready")
        return job

    def _find(self, token: str) -> _Address:
        """Return the address, compared in constant time."""
        given = token.encode(errors="surrogatepass")
        found = None
        for address in self._open.values():
            if secrets.compare_digest(address.token.encode(), given):
                found = address
        if found is None:
            raise SharingError("address_unknown")
        return found


async def expire(registry: JobRegistry, jobs: list[Job]) -> None:
    """Remove packages that were not downloaded in time."""
    for job in jobs:
        if job.gone_by is None or job.gone_by > registry.clock.monotonic():
            continue
        async with job.lock:
            if not registry.is_open(job):
                continue
            # Remove the package first, even if a full disk prevents the note.
            await registry.remove(job)
            try:
                await registry.finish(
                    job,
                    ShareState.EXPIRED,
                    "not_handed_over",
                    {"downloads": job.record.downloads, **job.left},
                )
            except OSError, sqlite3.Error, SharingError:
                job.gone_by = registry.clock.monotonic() + STORE_AGAIN
