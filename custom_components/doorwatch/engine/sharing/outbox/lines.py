"""Write the ledger lines of shares exactly once.

Outbox and ledger are two databases, and a crash can come between their writes. So a
line is stored in the outbox in the transaction of its change, then written to the
ledger, then deleted; after a crash, the ledger is searched for the line first.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
import logging

from ..errors import SharingError
from ..ledger.ledger import Ledger, LedgerLine
from ..signing.canonical import timestamp
from .record import Line, Record
from .store import OutboxStore

_LOGGER = logging.getLogger(__name__)

_PAGE = 200  # lines per read when searching


@dataclass(eq=False, repr=False)
class Lines:
    """The lines that are not written yet, in order."""

    _store: OutboxStore
    _thread: ThreadPoolExecutor  # of the store
    _ledger: Ledger
    _waiting: list[Line] = field(default_factory=list)
    _unsure: set[int] = field(default_factory=set)  # may be in the ledger already
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # The taps of open shares that a new ledger lacks; written before the other lines.
    _earlier_taps: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _failing: bool = False

    async def load(self) -> None:
        """Load the lines that a crash left."""
        loop = asyncio.get_running_loop()
        self._waiting = await loop.run_in_executor(self._thread, self._store.lines)
        self._unsure = {line.line_id for line in self._waiting}
        # Every tap adds a line about an agency. If shares are open without such a line,
        # the ledger is new, and their taps are in the one that was set aside.
        if await self._ledger_is_new():
            records = await loop.run_in_executor(self._thread, self._store.open_shares)
            self._earlier_taps = self._late(records)

    async def _ledger_is_new(self) -> bool:
        try:
            return not await self._ledger.going_out(limit=1)
        except SharingError:
            return False  # it has a line that can't be read

    def _late(self, records: list[Record]) -> dict[str, Mapping[str, object]]:
        """Return the late lines about the taps of these shares, by share ID."""
        waiting = {
            line.data["share_id"] for line in self._waiting if line.kind == "confirmed"
        }
        return {
            record.share_id: {
                "share_id": record.share_id,
                "clip_id": record.clip_id,
                "agency_id": record.agency_id,
                "user_id": record.user_id,
                "confirmed_at": timestamp(record.created_at),
                "late": True,
            }
            for record in records
            if record.share_id not in waiting
        }

    async def make(
        self, kind: str, data: Mapping[str, object], personal: Mapping[str, str]
    ) -> Line:
        """Return a line to store with its change."""
        after, _ = await self._ledger.head()
        return Line(kind=kind, data=data, personal=personal, after=after)

    def add(self, stored: list[Line]) -> None:
        """Add stored lines to write."""
        self._waiting += stored

    async def flush(self) -> None:
        """Write all lines; raises the ledger's errors and keeps the remaining lines."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            await self._write_earlier_taps()
            while self._waiting:
                line = self._waiting[0]
                if line.line_id not in self._unsure or not await self._is_written(line):
                    self._unsure.add(line.line_id)
                    await self._ledger.append(line.kind, line.data, line.personal)
                await loop.run_in_executor(
                    self._thread, self._store.line_written, line.line_id
                )
                self._unsure.discard(line.line_id)
                del self._waiting[0]

    async def tap(self, share_id: str) -> LedgerLine:
        """Return the `confirmed` line of a share, which may have to be written first.

        Raises the ledger's errors, and `SharingError("tap_missing")` if the ledger is a
        copy from before the tap.
        """
        line = await self._ledger.of_share("confirmed", share_id)
        if line is None:
            await self.flush()
            line = await self._ledger.of_share("confirmed", share_id)
        if line is None:
            raise SharingError("tap_missing")
        return line

    async def _write_earlier_taps(self) -> None:
        lines = [
            line
            for share_id, line in self._earlier_taps.items()
            # An earlier call may have been canceled while it wrote them.
            if await self._ledger.of_share("confirmed", share_id) is None
        ]
        if lines:
            await self._ledger.append_all("confirmed", lines)
        self._earlier_taps = {}

    async def try_flush(self) -> None:
        """Write all lines, or log the first failure and keep the remaining lines."""
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - whatever the ledger raises
            if not self._failing:
                _LOGGER.warning("The ledger can't be written now: %r", error)
            self._failing = True
        else:
            self._failing = False

    async def _is_written(self, line: Line) -> bool:
        """Search for the line among those after it was stored."""
        after = line.after
        while found := await self._ledger.lines(after, _PAGE):
            for written in found:
                # The ledger may have added digests.
                same = line.data.items() <= written.data.items()
                if same and written.kind == line.kind:
                    return True
            after = found[-1].seq
        return False
