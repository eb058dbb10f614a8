"""Test opening outboxes of earlier and later versions."""

from pathlib import Path
import sqlite3
import time

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Outcome, ShareState
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore

from .home import Home
from .old_outbox import make_outbox


async def test_an_outbox_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    """The outcome of its stopped share is not reported as removed."""
    make_outbox(tmp_path, 1, state="needs_new_tap", begun=1, problem="x")
    for _ in range(2):
        store = OutboxStore.open(tmp_path)
        record = store.get("a")
        assert not store.note_end("a", "failed", 0)
        store.close()
        assert record is not None
        assert record.share().outcome is Outcome.PART_UNCONFIRMED


async def test_an_outbox_of_the_second_version_is_taken_over(tmp_path: Path) -> None:
    """Nothing is known about receipts of its delivered share."""
    make_outbox(tmp_path, 2, delivered_at=1_800_000_100, receipt="consent")
    for _ in range(2):
        store = OutboxStore.open(tmp_path)
        record = store.get("a")
        assert not store.note_end("a", "uploaded", 0)
        store.close()
        assert record is not None
        share = record.share()
        assert share.state is ShareState.DELIVERED
        assert share.has_receipt
        assert (share.receipt, share.withdrawal) == (None, None)
        assert not share.can_withdraw


async def test_an_outbox_of_the_fourth_version_is_taken_over(tmp_path: Path) -> None:
    """Nothing is known about the acknowledged bytes of its unfinished share."""
    make_outbox(
        tmp_path,
        4,
        state="uploading",
        begun=1,
        sent=70,
        upload_url="https://agency.example/uploads/a",
        hand_over_until=None,
    )
    for is_new in (True, False):
        store = OutboxStore.open(tmp_path)
        record = store.get("a")
        assert store.note_end("a", "delivered", 0) is is_new
        store.close()
        assert record is not None
        assert (record.acknowledged, record.begun_anew) == (0, 0)
        assert record.left_behind is False
        assert record.upload_url == "https://agency.example/uploads/a"


async def test_an_outbox_of_a_later_version_is_left_alone(home: Home) -> None:
    await home.close()
    with sqlite3.connect(home.outbox_folder / "outbox.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(SharingError, match="outbox_newer"):
        OutboxStore.open(home.outbox_folder)
    with pytest.raises(SharingError, match="outbox_newer"):
        await home.open()
    await home.close()


async def test_a_share_of_before_answers_no_request(tmp_path: Path) -> None:
    """It has no declaration either."""
    make_outbox(tmp_path, 4, hand_over_until=None)
    store = OutboxStore.open(tmp_path)
    record = store.get("a")
    store.close()
    assert record is not None
    assert record.share().request is None
    assert record.declaration is None


async def test_what_was_delivered_lately_is_asked_about_again(tmp_path: Path) -> None:
    """Shares older than a month, or with a wrong receipt or none expected, are left out."""
    day, now = 86_400.0, time.time()
    folders = {}
    for name, state, age in (
        ("a", "received", 3),
        ("b", "missing", 20),
        ("c", "received", 31),
        ("d", "wrong", 3),
        ("e", "none", 3),
    ):
        folders[name] = (folder := tmp_path / name)
        make_outbox(folder, 4, receipt_state=state, delivered_at=now - age * day)
    asked = set()
    for name, folder in folders.items():
        for _ in range(2):
            store = OutboxStore.open(folder)
            found = store.to_ask_about()
            store.close()
        asked |= {name for record in found if record.awaits_opening}
    assert asked == {"a", "b"}
