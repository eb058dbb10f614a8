"""A home as a process that tests kill; it sends all stored shares and then ends.

python -m tests.engine.sharing.outbox.home_process FOLDER ENDPOINT RECIPIENT [SIZE_TO_SHARE [stop]]

With `stop` it cancels the stored shares and waits for their outcome.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
import sys
import time
from typing import BinaryIO, cast

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Outcome, Share, StoppedBy
from custom_components.doorwatch.engine.sharing.outbox import delivery, sender
from tests import waiting

from .home import Home
from .parts import make_document


class _Slow:
    """A slow file, so that the process is killed during the upload."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.close = file.close

    def read(self, count: int) -> bytes:
        """Read with a delay."""
        time.sleep(0.002)
        return self._file.read(count)


@dataclass(eq=False, repr=False)
class _SlowSending(delivery._Sending):
    """A sending task that reads from a slow file."""

    def __post_init__(self) -> None:
        self._file = cast(BinaryIO, _Slow(self._file))


def _goes_on(share: Share) -> bool:
    """Return whether the share is still to be sent or removed."""
    return share.outcome not in (None, Outcome.PART_REMOVED, Outcome.PART_UNCONFIRMED)


async def main(
    folder: Path, endpoint: str, recipient: str, size: int, *, stop: bool
) -> None:
    """Run the home until all shares are finished."""
    document = make_document(endpoint, recipient=recipient)
    home = Home(folder)
    home.set_agency(document)
    await home.open()
    if size:
        await home.add(document, bytes(range(256)) * (size // 256))
    if stop:
        for share in await home.outbox.list():
            with suppress(SharingError):  # the share was canceled before the kill
                await home.outbox.cancel(share.share_id, StoppedBy("u1"))

    async def over() -> bool:
        return not any(map(_goes_on, await home.outbox.list()))

    await waiting.until(over)
    await home.emptied()
    await home.lines()  # the last change is stored before its ledger line
    await home.close()


if __name__ == "__main__":
    delivery._BLOCK = 64 * 1024  # type: ignore[misc]  # smaller steps
    sender.FIRST_PAUSE = 0.1  # type: ignore[misc]  # retry sooner
    delivery._Sending = _SlowSending  # type: ignore[misc]  # send slowly
    where, endpoint, recipient, to_share = (*sys.argv[1:], "0")[:4]
    asyncio.run(
        main(
            Path(where),
            endpoint,
            recipient,
            int(to_share),
            stop="stop" in sys.argv[5:],
        )
    )
