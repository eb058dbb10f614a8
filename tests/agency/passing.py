"""Time that passes for a home while the agency's intakes live in real time."""

import asyncio
import time

from tests.engine.sharing.outbox.home import FakeTime, Home


class Passing(FakeTime):
    """What waits has waited; the clock on the wall is the real one, as the intakes'."""

    def to_the_next(self) -> None:
        """Let time pass until something is due."""
        due = [until for _, until in self._waiting if until < float("inf")]
        if due:
            self.advance(max(0.0, min(due) - self.passed))
        self.wall = time.time() - self.passed

    async def pass_for(self, home: Home) -> None:
        """Let time pass for a home, a little slower than it asks."""
        while True:
            await asyncio.sleep(0.2)
            if not home._uploading:
                self.to_the_next()
