"""Takes back what stopped shares of one agency left there, and notes what came of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
import logging
import sqlite3
from typing import Final

from ..outside import Outside
from .delivery import DeliveryError, TakenBack, take_back
from .errors import SharingError
from .model import Removal, ShareState
from .outbox_books import AgencyAccess, AgencyLookup, Books, Stopped
from .outbox_store import Record

_LOGGER = logging.getLogger(__name__)

# An agency that does not answer for a week is not asked any more.
KEEP_ASKING: Final = 7 * 86400.0
# What a share is called that had arrived before it could be stopped.
ARRIVED_ANYWAY: Final = "arrived_anyway"


class TakingBack:
    """Asks one agency for what it has of stopped shares, again until it answers."""

    def __init__(
        self,
        agency_id: str,
        *,
        books: Books,
        outside: Outside,
        agencies: AgencyLookup,
        agency_exists: Callable[[str], bool] | None,
        pause: Callable[[int], float],
    ) -> None:
        """Wait for `pause(troubles)` seconds between two tries."""
        self._agency_id = agency_id
        self._books = books
        self._outside = outside
        self._agencies = agencies
        self._agency_exists = agency_exists
        self._pause = pause

    @property
    def due_at(self) -> float | None:
        """When the next try is due, on the monotonic clock; None when there is none."""
        return min((one.not_before for one in self._stopped()), default=None)

    def agency_changed(self) -> None:
        """Try at once: it may be back."""
        for one in self._stopped():
            one.not_before = self._books.clock.monotonic()

    def _stopped(self) -> list[Stopped]:
        return [
            one
            for one in self._books.stopped.values()
            if one.record.agency_id == self._agency_id
        ]

    async def try_due(self) -> None:
        """Try what is due, each once; trouble is noted and never raised."""
        for one in self._stopped():
            if one.not_before > self._books.clock.monotonic():
                continue
            try:
                await self._try(one)
            except DeliveryError as error:
                if error.permanent:
                    await self._settle(one, Removal.UNCONFIRMED)
                else:
                    self._later(one)
            except (OSError, sqlite3.Error, SharingError) as error:
                _LOGGER.warning("The outbox cannot be written: %r", error)
                self._later(one)

    async def _try(self, one: Stopped) -> None:
        record = one.record
        now = self._books.clock.now()
        gone = self._agency_exists and not self._agency_exists(self._agency_id)
        if gone or now > (record.ended_at or 0.0) + KEEP_ASKING:
            await self._settle(one, Removal.UNCONFIRMED)
            return
        access = self._agencies(self._agency_id)
        if (
            access is None
            or record.upload_url is None
            or not access.document.holds_at(datetime.fromtimestamp(now, UTC))
        ):
            raise DeliveryError("agency_unavailable", permanent=False)

        async def on_part(arrived: int) -> None:
            await self._change(one, removal=Removal.ASKED, sent=arrived)

        taken = await take_back(
            self._outside,
            endpoint=access.document.upload_endpoint,
            local=access.local,
            upload_code=access.upload_code,
            upload_url=record.upload_url,
            size=record.total,
            on_part=on_part,
        )
        if taken is TakenBack.ARRIVED:
            await self._arrived(one, access)
        elif taken is TakenBack.REMOVED or _was_a_part(one.record):
            await self._settle(one, Removal.CONFIRMED)
        else:
            # It may have had all of it, and taken it out of its intake since.
            await self._settle(one, Removal.UNCONFIRMED)

    def _later(self, one: Stopped) -> None:
        one.not_before = self._books.clock.monotonic() + self._pause(one.troubles)
        one.troubles += 1

    async def _settle(self, one: Stopped, removal: Removal) -> None:
        """Note what the agency said, or that it said nothing."""
        known = one.record.removal is Removal.ASKED
        try:
            await self._change(
                one,
                "taken_back",
                {
                    "removal": removal.value,
                    "begun": one.record.begun,
                    "arrived": one.record.sent if known else None,
                },
                removal=removal,
                ended_at=self._books.clock.now(),
            )
        except (OSError, sqlite3.Error, SharingError) as error:
            _LOGGER.warning("The outbox cannot be written: %r", error)
            self._later(one)

    async def _arrived(self, one: Stopped, access: AgencyAccess) -> None:
        """Say that the share was delivered after all: it was stopped too late."""
        record = one.record
        now = self._books.clock.now()
        await self._change(
            one,
            "sent",
            {
                "agency": access.document.issuer,
                "sha256": record.package_sha256,
                "size": record.package_size,
                "stopped_too_late": True,
            },
            state=ShareState.DELIVERED,
            problem=ARRIVED_ANYWAY,
            removal=None,
            sent=record.total,
            ended_at=now,
            delivered_at=now,
        )

    async def _change(
        self,
        one: Stopped,
        kind: str | None = None,
        details: dict[str, object] | None = None,
        **changes: object,
    ) -> None:
        """Store a change, and tell of it once the ledger has its line."""
        books = self._books
        async with one.lock:
            record: Record = replace(one.record, **changes)  # type: ignore[arg-type]  # checked by tests
            one.record = await books.save(record, kind, details)
        if kind is not None:
            await books.lines.try_flush()
            books.stopped.pop(record.share_id, None)
        books.tell_stopped(one)


def _was_a_part(record: Record) -> bool:
    """Whether no more than a part can have been there before it was gone."""
    return record.removal is Removal.ASKED or not record.begun
