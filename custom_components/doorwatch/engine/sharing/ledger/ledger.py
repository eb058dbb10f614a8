"""The append-only, hash-chained account of what was recorded, shared, withdrawn, deleted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
import logging
from pathlib import Path
import sqlite3
import time
from typing import NamedTuple, Self

from ...clips.errors import is_disk_full
from ..errors import SharingError
from .store import GENESIS, REFUSED_WINDOW, LedgerStore, StoredLine

__all__ = ["GENESIS", "AgencyCount", "Ledger", "LedgerLine"]

_LOGGER = logging.getLogger(__name__)

_PAGE = 500  # lines read at once for an export or a check
FLUSH_AGAIN = 60.0  # seconds after pending refusals could not be written


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLine:
    """One line.

    `digest` is SHA-256 over the line as exported (canonical JSON), which holds
    `previous`. `personal` holds the salted digests of what stands outside the chain.
    """

    seq: int
    at: datetime
    kind: str
    data: Mapping[str, object]
    previous: str
    digest: str
    personal: Mapping[str, str] = field(default_factory=dict)


class AgencyCount(NamedTuple):
    """How many lines of a kind there are about an agency; `newest` is a `seq`."""

    agency_id: str
    kind: str
    lines: int
    newest: int


class Ledger:
    """SQLite, synchronous=FULL, one thread.

    The kinds of lines are listed in docs/protocol.md.

    An append-only chain cannot count a line up, so refusals are merged like this: the
    first of a kind is a line at once; equal ones within the hour are counted beside the
    chain, and become one line when the hour is over, at close, or at the next open.
    """

    def __init__(
        self,
        store: LedgerStore,
        thread: ThreadPoolExecutor,
        clock: Callable[[], float],
    ) -> None:
        """Use `open`."""
        self._store = store
        self._thread = thread
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: set[asyncio.Task[None]] = set()
        self._failing = False

    @classmethod
    async def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """Open or make it (mode 0600); checks that the last line follows from the one before.

        Raises `SharingError`: `ledger_damaged`, `ledger_newer` (written by a later
        version), `ledger_unusable` (folder or file), `disk_full`.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="doorwatch-ledger")
        try:
            store = await _run(thread, lambda: LedgerStore(path, clock()))
        except BaseException:
            thread.shutdown()
            raise
        return cls(store, thread, clock)

    async def close(self) -> None:
        """Close after what is queued."""
        await asyncio.gather(*self._flushing)  # which may set the timer
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            await _run(self._thread, lambda: self._store.close(self._clock()))
        finally:
            self._thread.shutdown()

    async def append(
        self,
        kind: str,
        data: Mapping[str, object],
        personal: Mapping[str, str] | None = None,
    ) -> LedgerLine:
        """Add a line, on disk when this returns.

        `personal` is stored outside the chain; the line holds salted digests.
        """
        return _line(
            await _run(
                self._thread,
                lambda: self._store.append(self._clock(), kind, data, personal or {}),
            )
        )

    async def append_all(self, kind: str, lines: list[Mapping[str, object]]) -> None:
        """Add lines of one kind, all on disk when this returns, or none."""
        await _run(
            self._thread, lambda: self._store.append_all(self._clock(), kind, lines)
        )

    async def clips(self, kinds: Collection[str]) -> set[str]:
        """Ids of all clips that lines of these kinds are about."""
        return await _run(self._thread, lambda: self._store.clips(kinds))

    async def clip_lines(self, kinds: Collection[str]) -> list[dict[str, object]]:
        """Return what lines of these kinds say of clips, oldest first."""
        return await _run(self._thread, lambda: self._store.clip_lines(kinds))

    async def of_share(self, kind: str, share_id: str) -> LedgerLine | None:
        """Find the newest line of this kind about a share."""
        found = await _run(self._thread, lambda: self._store.of_share(kind, share_id))
        return None if found is None else _line(found)

    async def of_clip(self, kind: str, clip_id: str) -> LedgerLine | None:
        """Find the newest line of this kind about a clip."""
        found = await _run(self._thread, lambda: self._store.of_clip(kind, clip_id))
        return None if found is None else _line(found)

    async def refused(self, caller: str, reason: str) -> None:
        """Count a refused attempt to share; equal ones within an hour become one line."""
        due = await _run(
            self._thread, lambda: self._store.refused(self._clock(), caller, reason)
        )
        if due is not None:
            self._schedule(due)

    async def personal(self, seq: int) -> dict[str, str]:
        """Read what stands outside the chain for this line; empty once deleted."""
        return await _run(self._thread, lambda: self._store.personal(seq))

    async def delete_personal(self, seq: int, user_id: str) -> bool:
        """Delete it and its salt, so that the digests in the chain tell nothing more.

        The deletion is a line of its own, which says whose it is. False when there was
        nothing.
        """
        return await _run(
            self._thread,
            lambda: self._store.delete_personal(self._clock(), seq, user_id),
        )

    async def head(self) -> tuple[int, str]:
        """Sequence number and digest of the last line ((0, 64 zeros) when empty)."""
        return await _run(self._thread, self._store.head)

    async def lines(self, after: int = 0, limit: int = 100) -> list[LedgerLine]:
        """Lines with seq > after, in order."""
        stored = await _run(self._thread, lambda: self._store.lines(after, limit))
        return [_line(line) for line in stored]

    async def counts(self) -> dict[str, int]:
        """How many lines of each kind; for refused: how many attempts, pending ones too."""
        return await _run(self._thread, self._store.counts)

    async def agency_counts(self) -> list[AgencyCount]:
        """Count the lines about each agency, of each kind."""
        found = await _run(self._thread, self._store.agency_counts)
        return [AgencyCount(*each) for each in found]

    async def about_agencies(
        self,
        agency_id: str | None = None,
        *,
        before: int | None = None,
        limit: int = 50,
    ) -> list[LedgerLine]:
        """Lines about one agency, or any, newest first, with seq < before."""
        upper = 2**62 if before is None else before
        stored = await _run(
            self._thread, lambda: self._store.about_agencies(agency_id, upper, limit)
        )
        return [_line(line) for line in stored]

    async def export(self) -> AsyncIterator[bytes]:
        """Write the chain as JSONL, verifiable by a shell loop with sha256sum.

        What is appended while it runs is left out.
        """
        last, _ = await self.head()
        after = 0
        while after < last:
            limit = min(_PAGE, last - after)
            page = await _run(self._thread, partial(self._store.lines, after, limit))
            if not page:
                return
            after = page[-1].seq
            yield b"".join(line.text.encode() + b"\n" for line in page)

    async def verify(self) -> int | None:
        """Find the first line that does not follow, by its seq; None when the chain is whole."""
        seq, digest = 0, GENESIS
        while True:
            page = await _run(self._thread, partial(self._store.lines, seq, _PAGE))
            if not page:
                return None
            for line in page:
                seq += 1
                if line.seq != seq or not line.follows(digest):
                    return seq
                digest = line.digest

    def _schedule(self, due: float) -> None:
        """Write pending refusals when their hour is over, if nothing does so before."""
        if self._timer is None:
            delay = min(max(due - self._clock(), 0), REFUSED_WINDOW)
            self._timer = asyncio.get_running_loop().call_later(delay, self._flush_soon)

    def _flush_soon(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self._flush())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _flush(self) -> None:
        """Write what is due; what cannot be written is kept, and tried again."""
        due: float | None
        try:
            due = await _run(self._thread, lambda: self._store.flush_due(self._clock()))
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


async def _run[T](thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run on the ledger's thread, turning what SQLite says into what people can act on."""
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
    except (sqlite3.Error, OSError) as err:
        if is_disk_full(err):
            raise SharingError("disk_full") from err
        code = getattr(err, "sqlite_errorcode", None)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise SharingError("ledger_damaged") from err
        raise SharingError("ledger_unusable") from err


def _line(stored: StoredLine) -> LedgerLine:
    parsed = stored.parsed()
    return LedgerLine(
        seq=stored.seq,
        at=parsed.at,
        kind=parsed.kind,
        data=parsed.data,
        previous=parsed.previous,
        digest=stored.digest,
        personal=parsed.personal,
    )
