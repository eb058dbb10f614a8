"""Upload a share, and store each step before the next."""

import asyncio
from dataclasses import dataclass, replace
import logging
from typing import Final

from ...outside.door import Outside
from ..errors import DeliveryError
from ..model import Removal
from .clearance import Clearance
from .delivery import Dropped, Upload
from .jobs import Job, JobRegistry
from .lookups import AgencyAccess
from .record import Record

_LOGGER = logging.getLogger(__name__)

# How often to send a share again to a server that loses or duplicates data.
MOST_ANEW: Final = 5
# Seconds between checks of person and agency during an upload, which can take hours on
# a slow line.
LOOK_EVERY: Final = 600.0


# Reasons that count as lost or duplicated data.
_LOST: Final = (Dropped.REMOVED, Dropped.LEFT)


class LookAgain(Exception):
    """The share was stopped, or the recipients of the package changed."""


@dataclass(eq=False, repr=False)
class ShareUpload:
    """Upload the package of one share, and store the progress."""

    _job: Job
    _access: AgencyAccess
    _registry: JobRegistry
    _clearance: Clearance

    async def run(self, outside: Outside) -> None:
        """Upload in a separate task, so that it can be cancelled.

        Raises `LookAgain` if it was cancelled, `DeliveryError`, and storage errors.
        """
        job, access = self._job, self._access
        upload = Upload(
            client=access.client(outside),
            path=self._registry.store.package(job.record.share_id),
            metadata=job.record.upload_metadata(),
            url=job.record.upload_url,
            acknowledged=job.record.acknowledged,
            sent=job.most,
            on_url=self._on_url,
            on_progress=self._on_progress,
            on_sending=self._on_sending,
            on_acknowledged=self._on_acknowledged,
            on_dropped=self._on_dropped,
        )
        task = job.upload = asyncio.create_task(upload.run())
        look = asyncio.create_task(self._look_again())
        try:
            await asyncio.wait({task})
        finally:
            job.upload = None
            for each in (look, task):
                each.cancel()
            await asyncio.gather(look, task, return_exceptions=True)
        if task.cancelled():
            raise LookAgain
        task.result()

    async def _look_again(self) -> None:
        """End the upload if the person lost access or the agency has changed.

        The person is checked first, because an agency that does not answer skips the
        rest.
        """
        clock = self._registry.clock
        while True:
            await clock.wait(asyncio.Event(), LOOK_EVERY)
            try:
                await self._clearance.person(self._job)
                await self._clearance.renew_agency(self._job)
                self._clearance.agency(self._job)
            except DeliveryError:
                continue
            except Exception:  # noqa: BLE001 - the next attempt reports it
                self._job.end_upload()

    async def _on_url(self, url: str) -> None:
        job, registry = self._job, self._registry
        async with job.lock:
            if not registry.is_open(job):
                # It was created after the share was over.
                late = replace(job.record, upload_url=url, removal=Removal.PENDING)
                registry.take_up(await registry.save(late))
                raise LookAgain
            record = replace(job.record, upload_url=url)
            if url != job.record.upload_url:
                record = replace(record, acknowledged=0)
            job.record = await registry.save(record)
            if not registry.goes_on(job):
                raise LookAgain

    async def _on_sending(self, offset: int) -> None:
        job, registry = self._job, self._registry
        await self._clearance.person(job)
        self._clearance.agency(job)
        self._clearance.request(job)
        async with job.lock:
            if not registry.goes_on(job):
                raise LookAgain
            record = replace(job.record, begun=True, problem=None, acknowledged=offset)
            if record != job.record:
                job.record = await registry.save(record)
        if offset > job.arrived:
            job.troubles = 0
        job.sent = job.arrived = offset
        job.asked = True
        registry.tell(job)

    def _on_progress(self, sent: int) -> None:
        job = self._job
        if job.most is not None:
            job.most = max(job.most, sent)
        self._registry.tell_progress(job, sent)

    async def _on_acknowledged(self, offset: int) -> None:
        job, registry = self._job, self._registry
        async with job.lock:
            if registry.goes_on(job):
                job.record = await registry.save(
                    replace(job.record, acknowledged=offset)
                )

    async def _on_dropped(self, dropped: Dropped) -> None:
        job, registry = self._job, self._registry
        async with job.lock:
            if not registry.goes_on(job):
                raise LookAgain
            job.record = await registry.save(_dropped(job.record, dropped))
        if dropped in _LOST:
            _LOGGER.warning(
                "Share %s: the agency's server has a different part than it said, so"
                " it is sent again",
                job.record.share_id,
            )
            if job.record.begun_anew > MOST_ANEW:
                raise DeliveryError("agency_lost_bytes", permanent=True)


def _dropped(record: Record, dropped: Dropped) -> Record:
    """Return the record after its upload was dropped.

    If the server no longer knows the upload, it may have arrived and been moved since.
    """
    stays = dropped in (Dropped.LEFT, Dropped.EMPTY_LEFT) or (
        dropped is Dropped.GONE and record.begun
    )
    return replace(
        record,
        upload_url=None,
        acknowledged=0,
        begun_anew=record.begun_anew + (dropped in _LOST),
        left_behind=record.left_behind or stays,
    )
