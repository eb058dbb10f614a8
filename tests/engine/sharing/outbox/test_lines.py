"""Test that each ledger line of a share is written once."""

import asyncio
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from custom_components.doorwatch.engine.sharing.model import ShareState

from .home import FakeTime, Home
from .parts import make_document
from .tus_server import Server

WAITING = ShareState.WAITING
DELIVERED = ShareState.DELIVERED


async def test_a_line_the_ledger_refused_is_written_later_and_before_anything_leaves(
    home: Home, server: Server, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)

    async def full(*arguments: object) -> None:
        raise SharingError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(home.ledger, "append", full)
        share = await home.add(document)
        await home.until(share.share_id, WAITING, problem="disk_full")
        assert server.requests == []
        assert await home.kinds() == []
    passing.advance(5)
    await home.until(share.share_id, DELIVERED)
    assert await home.kinds() == ["confirmed", "sent"]


@pytest.mark.parametrize("written", [True, False])
async def test_a_crash_between_the_two_databases_gives_one_line(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    append = Ledger.append

    async def crash(self: Ledger, *arguments: Any) -> None:
        if written:
            await append(self, *arguments)
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", crash)
        with pytest.raises(asyncio.CancelledError):
            await home.add(document, window=1000)
        await home.close()
    await home.open()
    assert await home.kinds() == ["confirmed"]
    assert [share.state for share in await home.outbox.list()] == [WAITING]
