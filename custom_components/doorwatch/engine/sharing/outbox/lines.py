"""Ledger lines that a share owes: each one written, and written once.

Outbox and ledger are two databases, and a crash can fall between them. So a line is
noted in the same transaction as the change it tells of, then written to the ledger, then
forgotten; after a crash the ledger is asked whether it has the line already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import logging
from typing import Protocol

from ..ledger.ledger import Ledger
from .record import Line
from .store import OutboxStore

_LOGGER = logging.getLogger(__name__)

_PAGE = 200  # lines read at once when looking for one


class OnDatabase(Protocol):
    """Run a function on the thread of the outbox's database."""

    def __call__[*Args, Result](
        self, function: Callable[[*Args], Result], *args: *Args
    ) -> Awaitable[Result]:
        """Return its result."""
        ...


class Lines:
    """The lines that are still to be written, in order."""

    def __init__(
        self, store: OutboxStore, ledger: Ledger, on_database: OnDatabase
    ) -> None:
        """Write to this ledger."""
        self._store = store
        self._ledger = ledger
        self._on_database = on_database
        self._waiting: list[Line] = []
        self._unsure: set[int] = set()  # may be in the ledger already
        self._lock = asyncio.Lock()
        self._failing = False

    async def load(self) -> None:
        """Take up what a crash left."""
        self._waiting = await self._on_database(self._store.lines)
        self._unsure = {line.line_id for line in self._waiting}

    async def make(
        self, kind: str, data: Mapping[str, object], personal: Mapping[str, str]
    ) -> Line:
        """Return a line to be stored with the change that it tells of."""
        after, _ = await self._ledger.head()
        return Line(kind=kind, data=data, personal=personal, after=after)

    def add(self, stored: list[Line]) -> None:
        """Take stored lines up for writing."""
        self._waiting += stored

    async def flush(self) -> None:
        """Write what is waiting. Raises what the ledger raises; nothing is lost."""
        async with self._lock:
            while self._waiting:
                line = self._waiting[0]
                if line.line_id not in self._unsure or not await self._is_written(line):
                    self._unsure.add(line.line_id)
                    await self._ledger.append(line.kind, line.data, line.personal)
                await self._on_database(self._store.line_written, line.line_id)
                self._unsure.discard(line.line_id)
                del self._waiting[0]

    async def try_flush(self) -> None:
        """Write what is waiting, or leave it for later and say so once."""
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - whatever the ledger raises
            if not self._failing:
                _LOGGER.warning("The ledger can't be written now: %r", error)
            self._failing = True
        else:
            self._failing = False

    async def _is_written(self, line: Line) -> bool:
        """Look for the line among those that came after it was noted."""
        after = line.after
        while found := await self._ledger.lines(after, _PAGE):
            for written in found:
                if written.kind == line.kind and _holds(written.data, line.data):
                    return True
            after = found[-1].seq
        return False


def _holds(data: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Whether a line's data is the wanted one; the ledger may have added digests."""
    return all(name in data and data[name] == value for name, value in wanted.items())
