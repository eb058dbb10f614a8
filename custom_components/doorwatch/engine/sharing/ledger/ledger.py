"""Record what is recorded, shared, withdrawn and deleted in a hash chain."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import logging
from pathlib import Path
import sqlite3
import time
from typing import NamedTuple, Self

from ...clips.errors import is_disk_full
from ..errors import SharingError
from .store import GENESIS, REFUSED_WINDOW, LedgerStore, StoredLine

_LOGGER = logging.getLogger(__name__)

_PAGE = 500  # lines per read for an export or a check
# Lines of a share of which something has left the home.
_LEFT = frozenset({"sent", "taken_back", "download_begun", "handed_over"})
FLUSH_AGAIN = 60.0  # seconds until a failed write of refusals is retried


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLine:
    """A line of the ledger.

    `digest` is SHA-256 over the line as exported (canonical JSON), which contains
    `previous`. `personal` has the salted digests of values outside the chain.
    """

    seq: int
    at: datetime
    kind: str
    data: Mapping[str, object]
    previous: str
    digest: str
    personal: Mapping[str, str] = field(default_factory=dict)


class AgencyCount(NamedTuple):
    """The number of lines of a kind about an agency; `newest` is a `seq`."""

    agency_id: str
    kind: str
    lines: int
    newest: int


@dataclass(eq=False, repr=False)
class Ledger:
    """Append lines to SQLite, with synchronous=FULL, on one thread.

    The kinds of lines are listed in docs/protocol.md. Lines never change, so refusals
    are merged in advance: the first is written at once, equal refusals within an hour
    are counted outside the chain and become one line after the hour, at close, or at
    the next open.
    """

    _store: LedgerStore
    _thread: ThreadPoolExecutor
    _clock: Callable[[], float]
    _timer: asyncio.TimerHandle | None = None
    _flushing: set[asyncio.Task[None]] = field(default_factory=set)
    _failing: bool = False

    @classmethod
    async def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """Open or create the file (mode 0600), and check its last line.

        Raises `SharingError`: `ledger_damaged`, `ledger_newer` (written by a later
        version), `ledger_unusable` (folder or file), `disk_full`.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="doorwatch-ledger")
        try:
            store = await _run(thread, LedgerStore, path, clock)
        except BaseException:
            thread.shutdown()
            raise
        return cls(store, thread, clock)

    async def close(self) -> None:
        """Finish queued work and close."""
        await asyncio.gather(*self._flushing)  # may set the timer
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            await _run(self._thread, self._store.close)
        finally:
            self._thread.shutdown()

    async def append(
        self,
        kind: str,
        data: Mapping[str, object],
        personal: Mapping[str, str] | None = None,
    ) -> LedgerLine:
        """Add a line; it is on disk on return.

        `personal` is stored outside the chain; the line has salted digests.
        """
        stored = await _run(self._thread, self._store.append, kind, data, personal)
        return _line(stored)

    async def append_all(self, kind: str, lines: list[Mapping[str, object]]) -> None:
        """Add lines of one kind; all are on disk on return, or none."""
        await _run(self._thread, self._store.append_all, kind, lines)

    async def clips(self, kinds: Collection[str]) -> set[str]:
        """Return the IDs of all clips with lines of these kinds."""
        return await _run(self._thread, self._store.clips, kinds)

    async def clip_lines(self, kinds: Collection[str]) -> list[dict[str, object]]:
        """Return the data of lines of these kinds about clips, oldest first."""
        return await _run(self._thread, self._store.clip_lines, kinds)

    async def of_share(self, kind: str, share_id: str) -> LedgerLine | None:
        """Find the newest line of this kind about a share."""
        return await self._newest(kind, "share_id", share_id)

    async def of_clip(self, kind: str, clip_id: str) -> LedgerLine | None:
        """Find the newest line of this kind about a clip."""
        return await self._newest(kind, "clip_id", clip_id)

    async def _newest(self, kind: str, member: str, value: str) -> LedgerLine | None:
        found = await _run(self._thread, self._store.newest, kind, member, value)
        return None if found is None else _line(found)

    async def refused(self, caller: str, reason: str) -> None:
        """Count a refused attempt to share; equal ones within an hour are merged."""
        due = await _run(self._thread, self._store.refused, caller, reason)
        if due is not None:
            self._schedule(due)

    async def personal(self, seq: int) -> dict[str, str]:
        """Return the personal details of a line; empty once deleted."""
        return await _run(self._thread, self._store.personal, seq)

    async def delete_personal(self, seq: int, user_id: str) -> bool:
        """Delete personal details and salts, which makes their digests useless.

        The deletion is recorded as a line with the ID of the user. Returns False if
        there was nothing to delete.
        """
        return await _run(self._thread, self._store.delete_personal, seq, user_id)

    async def head(self) -> tuple[int, str]:
        """Return seq and digest of the last line ((0, 64 zeros) if empty)."""
        return await _run(self._thread, self._store.head)

    async def lines(self, after: int = 0, limit: int = 100) -> list[LedgerLine]:
        """Return lines with seq > after, in order."""
        stored = await _run(self._thread, self._store.lines, after, limit)
        return [_line(line) for line in stored]

    async def counts(self) -> dict[str, int]:
        """Count lines by kind, and refusals by attempt, including pending ones."""
        return await _run(self._thread, self._store.counts)

    async def agency_counts(self) -> list[AgencyCount]:
        """Count the lines by agency and kind."""
        found = await _run(self._thread, self._store.agency_counts)
        return [AgencyCount(*each) for each in found]

    async def going_out(
        self,
        agency_id: str | None = None,
        *,
        before: int | None = None,
        limit: int = 50,
    ) -> list[LedgerLine]:
        """Return lines about an agency, or about all that goes out, newest first.

        All that goes out is lines about any agency, and about copies to send. Only lines
        with seq < before.
        """
        upper = 2**62 if before is None else before
        stored = await _run(
            self._thread, self._store.going_out, agency_id, upper, limit
        )
        return [_line(line) for line in stored]

    async def export(self) -> AsyncIterator[bytes]:
        """Export the chain as JSONL, verifiable by a shell loop with sha256sum.

        Leaves out lines that are appended meanwhile.
        """
        last, _ = await self.head()
        after = 0
        while after < last:
            limit = min(_PAGE, last - after)
            page = await _run(self._thread, self._store.lines, after, limit)
            if not page:
                return
            after = page[-1].seq
            yield b"".join(line.text.encode() + b"\n" for line in page)

    async def verify(self) -> int | None:
        """Return the seq of the first line that breaks the chain, or None if intact."""
        seq, digest = 0, GENESIS
        while True:
            page = await _run(self._thread, self._store.lines, seq, _PAGE)
            if not page:
                return None
            for line in page:
                seq += 1
                if line.seq != seq or not line.follows(digest):
                    return seq
                digest = line.digest

    async def untapped(self) -> int | None:
        """Return the seq of the first line of a share that left before a tap, or None.

        Only meaningful for an intact chain.
        """
        left: dict[object, int] = {}
        before = None
        while page := await self.going_out(before=before, limit=_PAGE):
            for line in page:  # newest first
                if line.kind in _LEFT:
                    left[line.data.get("share_id")] = line.seq
                elif line.kind == "confirmed":
                    left.pop(line.data.get("share_id"), None)
            before = page[-1].seq
        return min(left.values(), default=None)

    def _schedule(self, due: float) -> None:
        """Schedule the write of pending refusals after their hour."""
        if self._timer is None:
            delay = min(max(due - self._clock(), 0), REFUSED_WINDOW)
            self._timer = asyncio.get_running_loop().call_later(delay, self._flush_soon)

    def _flush_soon(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self._flush())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _flush(self) -> None:
        """Write the refusals that are due; retry later on errors."""
        due: float | None
        try:
            due = await _run(self._thread, self._store.flush_due)
        except SharingError as err:
            if not self._failing:
                _LOGGER.warning(
                    "Refusals can't be written to the ledger now: %s", err.problem
                )
            self._failing = True
            due = self._clock() + FLUSH_AGAIN
        else:
            if self._failing:
                _LOGGER.info("Refusals can be written to the ledger again")
            self._failing = False
        if due is not None:
            self._schedule(due)


async def _run[*Args, Result](
    thread: ThreadPoolExecutor, work: Callable[[*Args], Result], *args: *Args
) -> Result:
    """Run on the ledger's thread, and convert SQLite errors to `SharingError`."""
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work, *args)
    except (sqlite3.Error, OSError) as err:
        if is_disk_full(err):
            raise SharingError("disk_full") from err
        code = getattr(err, "sqlite_errorcode", None)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise SharingError("ledger_damaged") from err
        raise SharingError("ledger_unusable") from err


def _line(stored: StoredLine) -> LedgerLine:
    """Parse a line; raises `SharingError("ledger_damaged")` if it is invalid."""
    try:
        found = json.loads(stored.text)
        return LedgerLine(
            seq=stored.seq,
            at=datetime.fromisoformat(found["at"]).astimezone(UTC),
            kind=found["kind"],
            data=found["data"],
            previous=found["previous"],
            digest=stored.digest,
            personal=found.get("personal", {}),
        )
    except (ValueError, TypeError, KeyError) as err:
        raise SharingError("ledger_damaged") from err
