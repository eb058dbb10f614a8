"""An upload of a small package that records its callbacks."""

from collections.abc import AsyncIterator
import hashlib
from pathlib import Path
from typing import Any

import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.outbox.delivery import Upload
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient

CODE = "printed beside the fingerprint"


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Return an open `Outside`."""
    async with Outside() as door:
        yield door


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a file of slightly more than 3 MB."""
    path = tmp_path / "package.tar.age"
    path.write_bytes(
        b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(98_765))
    )
    return path


class Sent:
    """Records the callbacks of an upload."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.offsets: list[int] = []
        self.progress: list[int] = []

    async def on_url(self, url: str) -> None:
        """Record an address."""
        assert not self.progress, "a byte left before the address was stored"
        self.urls.append(url)

    async def on_sending(self, offset: int) -> None:
        """Record the offset at which sending starts."""
        self.offsets.append(offset)


SHARE = "5eed" * 8


async def send(
    outside: Outside,
    endpoint: str,
    path: Path,
    sent: Sent,
    *,
    upload_code: str | None = CODE,
    **changes: Any,
) -> None:
    arguments: dict[str, Any] = {
        "client": TusClient(outside, endpoint, True, upload_code),
        "path": path,
        "metadata": {
            "filename": f"{SHARE}.tar.age",
            "filetype": "application/octet-stream",
            "share_id": SHARE,
            "home": "h" * 42 + "A",
        },
        "url": None,
        "on_url": sent.on_url,
        "on_progress": sent.progress.append,
        "on_sending": sent.on_sending,
    }
    await Upload(**(arguments | changes)).run()
