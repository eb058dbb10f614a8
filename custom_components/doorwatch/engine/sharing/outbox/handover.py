"""Packages that a person takes out of the home themselves: addresses, and downloads."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
import secrets
import sqlite3
from typing import Final

from ..errors import SharingError
from ..model import ShareState
from .intents import agency_of
from .jobs import HAND_OVER_WITHIN, STORE_AGAIN, Job, JobRegistry, StoppedBySystem
from .lookups import AgencyLookup
from .record import Record
from .store import disk_problem

ADDRESS_LIFETIME: Final = 300.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class _Address:
    """One address that nobody used yet."""

    token: str = field(repr=False)
    share_id: str
    user_id: str
    expires: float  # monotonic


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Download:
    """One download, from its first byte to its last."""

    job: Job = field(repr=False)
    user_id: str
    path: Path
    name: str
    size: int
    sha256: str

    @property
    def goes_on(self) -> bool:
        """Whether it may send more: no other one began, and the share is not over."""
        ready = self.job.record.state is ShareState.READY
        return ready and self.job.download is self and not self.job.ending


class Handovers:
    """Gives out single-use addresses, in memory only: a restart voids them."""

    def __init__(
        self, registry: JobRegistry, agencies: AgencyLookup, wake: Callable[[str], None]
    ) -> None:
        """Begin without any; `wake` lets the sender of an agency look again."""
        self._registry = registry
        self._wake = wake
        self._agencies = agencies
        self._open: dict[str, _Address] = {}

    async def choose(self, job: Job, user_id: str, personal: Mapping[str, str]) -> None:
        """Have the person hand over what does not reach its agency.

        Nothing more is sent; what the agency has of it is taken back when that is over.
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
        """Return a token for one download by this user, and the name of the file.

        256 random bits; an earlier one of the share is void, and its download ends.
        Raises `SharingError`: `not_ready`, `agency_unavailable` when the agency is not
        what the person saw, `disk_full` or `storage_failed`.
        """
        registry = self._registry
        job = self._ready(share_id)
        if job.intent.by_hand and not job.is_as_shown(
            self._agencies(job.record.agency_id)
        ):
            raise SharingError("agency_unavailable")
        async with job.lock:
            self._ready(share_id)
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
        """Return the id of the share that an address is for; uses nothing up.

        Raises `SharingError("address_unknown")`.
        """
        if (address := self._find(token)) is None:
            raise SharingError("address_unknown")
        return address.share_id

    async def begin(self, token: str, user_id: str) -> Download:
        """Use an address up; noted on disk before a byte leaves.

        Raises `SharingError("address_unknown")`, and uses nothing up, for one that is
        not this user's, was used, or is too old. `disk_full` or `storage_failed`.
        """
        registry = self._registry
        address = self._find(token)
        if (
            address is None
            or address.user_id != user_id
            or address.expires <= registry.clock.monotonic()
        ):
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
        """End the share: all bytes left. False when it was over, or another one began.

        Raises `SharingError` `disk_full` or `storage_failed`: it can be had again.
        """
        registry, job = self._registry, download.job
        with _stored():
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

    async def _note(
        self,
        job: Job,
        record: Record,
        kind: str,
        user_id: str,
        personal: Mapping[str, str],
    ) -> None:
        """Store what somebody did. Raises `SharingError` of the disk."""
        # The number tells lines of one person apart after a crash.
        details = {"user_id": user_id, "downloads": record.downloads}
        with _stored():
            job.record = await self._registry.save(record, kind, details, personal)

    async def lost(self, download: Download) -> None:
        """End the share: what lies there is not the package that was made."""
        registry, job = self._registry, download.job
        with _stored():
            async with job.lock:
                if registry.is_open(job) and download.goes_on:
                    await registry.stop(job, StoppedBySystem("package_lost"))

    def _ready(self, share_id: str) -> Job:
        """Return a share that can be downloaded now."""
        job = self._registry.jobs.get(share_id)
        if job is None or job.ending or job.record.state is not ShareState.READY:
            raise SharingError("not_ready")
        return job

    def _find(self, token: str) -> _Address | None:
        """Return the address, compared so that time tells nothing about it."""
        given = token.encode(errors="surrogatepass")
        found = None
        for address in self._open.values():
            if secrets.compare_digest(address.token.encode(), given):
                found = address
        return found


@contextmanager
def _stored() -> Iterator[None]:
    """Raise `SharingError` for a disk that does not take what is to be stored."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise SharingError(disk_problem(error)) from None


async def expire(registry: JobRegistry, jobs: list[Job]) -> None:
    """Let go of what nobody downloaded in time."""
    for job in jobs:
        if job.gone_by is None or job.gone_by > registry.clock.monotonic():
            continue
        async with job.lock:
            if not registry.is_open(job):
                continue
            # First: on a full disk nothing can be noted, but it must not lie here.
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
