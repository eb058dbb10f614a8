"""A clock for a home whose time can be advanced while the intakes run in real time."""

import asyncio
import time

from tests.engine.sharing.outbox.home import FakeTime, Home


class Passing(FakeTime):
    """A fake clock that skips waiting; wall time stays real, like the intakes' time."""

    def to_the_next(self) -> None:
        """Advance the time to the next due timer."""
        due = [until for _, until in self._waiting if until < float("inf")]
        if due:
            self.advance(max(0.0, min(due) - self.passed))
        self.wall = time.time() - self.passed

    async def pass_for(self, home: Home) -> None:
        """Advance the time for a home whenever it does not upload."""
        while True:
            await asyncio.sleep(0.2)
            if not home.uploading:
                self.to_the_next()
