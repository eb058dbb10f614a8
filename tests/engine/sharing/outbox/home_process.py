"""A home as a process that tests kill; it sends all stored shares and then ends.

python -m tests.engine.sharing.outbox.home_process FOLDER ENDPOINT RECIPIENT [SIZE_TO_SHARE [stop]]

With `stop` it cancels the stored shares and waits for their outcome.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
import sys
import time

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Outcome, Share, StoppedBy
from custom_components.doorwatch.engine.sharing.outbox import (
    delivery,
    sender,
    share_upload,
)
from tests import waiting

from .home import Home
from .parts import make_document


class _SlowUpload(delivery.Upload):
    """An upload of a slow file, so that the process is killed during it."""

    def _read(self, start: int) -> bytes:
        time.sleep(0.002)
        return super()._read(start)


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
    share_upload.Upload = _SlowUpload  # type: ignore[attr-defined]  # send slowly
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
