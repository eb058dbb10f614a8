"""Test that each ledger line of a share is written once."""

import asyncio
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger, LedgerLine
from custom_components.doorwatch.engine.sharing.model import Outcome, ShareState
from custom_components.doorwatch.engine.sharing.signing.canonical import timestamp

from .home import FakeTime, Home
from .parts import PAGE, make_document
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


def set_ledger_aside(home: Home) -> None:
    """Rename the ledger of a closed home, as the repair of a damaged one does."""
    for path in home.folder.glob("ledger.db*"):
        path.rename(path.with_name(f"aside-{path.name}"))


async def test_a_new_ledger_has_the_tap_of_a_package_that_waits(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The share is not taken for one that left without a tap, which is still found."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    share = await home.add(document)
    await home.until(share.share_id, ShareState.UPLOADING, problem="agency_unavailable")
    await home.close()
    set_ledger_aside(home)
    del server.status["POST"]
    await home.open()
    await home.until(share.share_id, DELIVERED)
    await home.restart()

    tap, _ = await home.lines()
    assert await home.kinds() == ["confirmed", "sent"]
    assert tap.data["late"] is True
    assert tap.data["confirmed_at"] == timestamp(share.created_at)
    assert await home.ledger.untapped() is None
    about = {"agency_id": "agency", "share_id": "made-up"}
    sent = await home.ledger.append("sent", about)
    assert await home.ledger.untapped() == sent.seq


@pytest.mark.parametrize(
    ("refused", "state"), [("confirmed", WAITING), ("sent", DELIVERED)]
)
async def test_a_new_ledger_has_the_tap_once_before_the_lines_that_wait(
    home: Home,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
    state: ShareState,
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    append = Ledger.append

    async def full(self: Ledger, kind: str, *arguments: Any) -> LedgerLine:
        if kind == refused:
            raise SharingError("disk_full")
        return await append(self, kind, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", full)
        share = await home.add(document)
        await home.until(share.share_id, state)
        await home.close()
    set_ledger_aside(home)
    await home.open()
    await home.until(share.share_id, DELIVERED)
    assert await home.kinds() == ["confirmed", "sent"]


async def test_a_new_ledger_that_cannot_be_written_only_delays_its_shares(
    home: Home, server: Server, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The taps are written once, also if an attempt was canceled after its write."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=100)
    await home.close()
    set_ledger_aside(home)
    append_all = Ledger.append_all

    async def full(*arguments: object) -> None:
        raise SharingError("disk_full")

    async def canceled(self: Ledger, *arguments: Any) -> None:
        await append_all(self, *arguments)
        raise OSError("canceled")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append_all", full)
        await home.open()
        passing.advance(100)
        await home.until(share.share_id, WAITING, problem="disk_full")
        patch.setattr(Ledger, "append_all", canceled)
        passing.advance(5)
        await home.until(share.share_id, WAITING, problem="storage_failed")
    assert server.requests == []
    passing.advance(10)
    await home.until(share.share_id, DELIVERED)
    assert await home.kinds() == ["confirmed", "sent"]


async def test_a_ledger_with_a_line_that_cannot_be_read_is_not_new(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    await home.add(document, window=1000)
    await home.close()

    async def damaged(*arguments: object, **options: object) -> None:
        raise SharingError("ledger_damaged")

    monkeypatch.setattr(Ledger, "going_out", damaged)
    await home.open()
    assert await home.kinds() == ["confirmed"]


async def use_earlier_ledger(home: Home) -> None:
    """Replace the ledger of a closed home with one from before the taps."""
    set_ledger_aside(home)
    ledger = await Ledger.open(home.folder / "ledger.db")
    await ledger.append("agency_added", {"agency_id": "agency"})
    await ledger.close()


async def test_a_share_whose_tap_an_earlier_copy_of_the_ledger_lacks_is_not_packed(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=100)
    await home.close()
    await use_earlier_ledger(home)
    await home.open()
    passing.advance(100)
    await home.until(share.share_id, ShareState.NEEDS_NEW_TAP, problem="tap_missing")
    assert await home.kinds() == ["agency_added", "stopped"]
    assert server.requests == []


async def test_a_package_whose_tap_an_earlier_copy_of_the_ledger_lacks_is_not_sent(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    share = await home.add(document)
    await home.until(share.share_id, ShareState.UPLOADING, problem="agency_unavailable")
    await home.close()
    await use_earlier_ledger(home)
    del server.status["POST"]
    await home.open()
    share = await home.until(
        share.share_id, ShareState.NEEDS_NEW_TAP, problem="tap_missing"
    )
    assert share.outcome is Outcome.NOTHING
    assert await home.kinds() == ["agency_added", "stopped"]
    assert await home.ledger.untapped() is None


async def test_a_package_whose_tap_an_earlier_copy_of_the_ledger_lacks_is_not_handed_over(
    home: Home,
) -> None:
    home.set_agency(PAGE)
    share = await home.add(PAGE)
    await home.until(share.share_id, ShareState.READY)
    await home.close()
    await use_earlier_ledger(home)
    await home.open()
    with pytest.raises(SharingError, match="tap_missing"):
        await home.outbox.handovers.address(share.share_id, "user", {})
    await home.until(share.share_id, ShareState.NEEDS_NEW_TAP, problem="tap_missing")
    assert await home.kinds() == ["agency_added", "stopped"]
    await home.emptied()


async def test_a_package_waits_while_its_tap_cannot_be_written(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.set_agency(PAGE)
    share = await home.add(PAGE)
    await home.until(share.share_id, ShareState.READY)
    await home.close()
    set_ledger_aside(home)

    async def full(*arguments: object) -> None:
        raise SharingError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append_all", full)
        await home.open()
        with pytest.raises(SharingError, match="disk_full"):
            await home.outbox.handovers.address(share.share_id, "user", {})
    assert await home.outbox.handovers.address(share.share_id, "user", {})
    assert await home.kinds() == ["confirmed", "address_given"]
