"""The append-only, hash-chained account of what was recorded, shared, withdrawn and deleted."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLine:
    """One line. `digest` is SHA-256 over the line as exported (canonical JSON), which holds `previous`."""

    seq: int
    at: datetime
    kind: str
    data: Mapping[str, object]
    previous: str
    digest: str


class Ledger:
    """SQLite, synchronous=FULL, one thread.

    Kinds: recorded, recovered, deleted, expired, proposed, refused, confirmed, cancelled, sent, failed, stopped,
    restored, clip_changed, settings_changed, agency_added, agency_changed, agency_removed, exported.
    """

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or make it (mode 0600); checks that the last line follows from the one before."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close after what is queued."""
        raise NotImplementedError

    async def append(
        self, kind: str, data: Mapping[str, object], personal: Mapping[str, str] | None = None
    ) -> LedgerLine:
        """Add a line, on disk when this returns. `personal` is stored outside the chain; the line holds salted digests."""
        raise NotImplementedError

    async def refused(self, caller: str, reason: str) -> None:
        """Count a refused attempt to share: equal ones within an hour become one line with a count."""
        raise NotImplementedError

    async def head(self) -> tuple[int, str]:
        """Sequence number and digest of the last line ((0, 64 zeros) when empty)."""
        raise NotImplementedError

    async def lines(self, after: int = 0, limit: int = 100) -> list[LedgerLine]:
        """Lines with seq > after, in order."""
        raise NotImplementedError

    async def counts(self) -> dict[str, int]:
        """How many lines of each kind (for refused: how many attempts)."""
        raise NotImplementedError

    def export(self) -> AsyncIterator[bytes]:
        """The chain as JSONL, verifiable by a shell loop with sha256sum."""
        raise NotImplementedError

    async def verify(self) -> int | None:
        """The seq of the first line that does not follow, None when the chain is whole."""
        raise NotImplementedError
