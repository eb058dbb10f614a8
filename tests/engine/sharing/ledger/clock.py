"""A clock and a disk that tests set."""

import asyncio

from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger


class Clock:
    """Wall time that a test sets."""

    def __init__(self, now: float = 1_793_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now


async def limit(ledger: Ledger, pages: int) -> None:
    """Let SQLite refuse to grow the ledger beyond this many pages."""

    def change() -> None:
        # The cursor must not leave the thread: where it ends, it could hide the error
        # of the statement that runs.
        ledger._store._db.execute(f"PRAGMA max_page_count={pages}")

    await asyncio.get_running_loop().run_in_executor(ledger._thread, change)
