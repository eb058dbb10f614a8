"""Test permissions, full disks and files of the outbox."""

from collections.abc import AsyncIterator
import contextlib
import errno
from pathlib import Path
import shutil
import sqlite3

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import ShareState, StoppedBy
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from tests.disks import fill, mounted
from tests.engine.sharing.answering import DECLARATION, REQUEST
from tests.intake import Intake

from .home import FakeTime, Home
from .parts import confirmed, make_document, make_intent
from .tus_server import Server

DELIVERED = ShareState.DELIVERED


async def test_the_folder_is_private(home: Home, intake: Intake) -> None:
    document = make_document(intake.endpoint)
    await home.add(document, window=100)
    assert home.outbox_folder.stat().st_mode & 0o777 == 0o700
    assert (home.outbox_folder / "outbox.db").stat().st_mode & 0o077 == 0


async def test_a_staged_file_of_another_size_is_not_taken(
    home: Home, server: Server
) -> None:
    intent = make_intent(home.staging, make_document(server.endpoint))
    intent.staged.path.write_bytes(b"longer than shown")
    with pytest.raises(SharingError, match="staged_changed"):
        await home.outbox.add(confirmed(intent), cancel_window=0)
    intent.staged.path.unlink()
    with pytest.raises(SharingError, match="staged_changed"):
        await home.outbox.add(confirmed(intent), cancel_window=0)
    assert await home.outbox.list() == []
    assert await home.kinds() == []


@contextlib.asynccontextmanager
async def _no_room(home: Home, full: str) -> AsyncIterator[None]:
    """Fill the disk, or prevent SQLite from growing its database."""
    if full == "disk":
        filler = fill(home.folder)
        yield
        filler.unlink()
        return
    run, database = home.registry.on_thread, home.registry.store._database

    def stop_growing() -> None:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")

    await run(stop_growing)
    yield
    await run(database.execute, "PRAGMA max_page_count = 1000000")


@pytest.mark.parametrize("full", ["disk", "database"])
async def test_a_full_disk_refuses_the_tap_and_loses_nothing(
    tmp_path: Path, passing: FakeTime, server: Server, full: str
) -> None:
    """The error is "disk_full", although SQLite rolls back on its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    document = make_document(server.endpoint)
    async with contextlib.AsyncExitStack() as stack:
        if full == "disk" and not stack.enter_context(mounted(folder, "2m")):
            full = "database"  # only root can mount one
        home = Home(folder, passing.clock)
        await home.open()
        stack.push_async_callback(home.close)
        waiting = [await home.add(document, window=100)]
        intent = make_intent(home.staging, document, name="refused.mp4")
        # The pages of the database may have space for some more shares.
        spare = [make_intent(home.staging, document, name=f"{n}") for n in range(40)]
        async with _no_room(home, full):
            with pytest.raises(SharingError, match="disk_full"):  # noqa: PT012 - until it is full
                for one in spare:
                    share = await home.outbox.add(confirmed(one), cancel_window=100)
                    waiting.append(share)
        kept = {path.name for path in home.staging.iterdir()}
        assert kept == {"refused.mp4", *(str(n) for n in range(len(waiting) - 1, 40))}
        assert len(home.files()) == len(waiting)
        waiting.append(await home.outbox.add(confirmed(intent), cancel_window=100))
        await home.restart()
        shares = await home.outbox.list(100)
        assert {one.share_id for one in shares} == {one.share_id for one in waiting}
        assert await home.kinds() == ["confirmed"] * len(waiting)


async def test_a_staged_file_on_another_disk_is_copied(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    rename = Path.rename

    def other_disk(path: Path, target: Path) -> Path:
        if path.parent == home.staging or Path(target).parent == home.staging:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "rename", other_disk)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(SharingError, match="disk_full"):
            await home.add(document)
    (left,) = home.staging.iterdir()
    left.unlink()
    share = await home.add(document)
    assert not any(home.staging.iterdir())
    await home.until(share.share_id, DELIVERED)


async def test_what_a_crash_left_lying_about_is_removed(
    home: Home, server: Server
) -> None:
    share = await home.add(make_document(server.endpoint), window=100)
    for name in (
        "orphan.mp4",
        "orphan.tar",
        "orphan.tar.age",
        f".{share.share_id}.tar.age.part",
    ):
        (home.outbox_folder / name).write_bytes(b"left")
    await home.restart()
    assert home.files() == {f"{share.share_id}.mp4"}


@pytest.mark.parametrize("other_disk", [False, True])
async def test_the_feed_of_a_request_comes_and_goes_with_the_staged_file(
    home: Home,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    other_disk: bool,
) -> None:
    """It is kept after a restart, until the share is packed or ends."""
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.parent == home.staging:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    if other_disk:
        monkeypatch.setattr(Path, "rename", refuse)
    document = make_document(server.endpoint)
    share = await home.add(document, window=100, answers=True)
    lying = {f"{share.share_id}.mp4", f"{share.share_id}.jws"}
    assert home.files() == lying
    assert not any(home.staging.iterdir())
    await home.restart()
    assert home.files() == lying
    kept = await home.outbox.get(share.share_id)
    assert kept is not None
    assert kept.request == REQUEST
    assert await home.outbox.paper(share.share_id, "declaration") == DECLARATION
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    await home.emptied()
    ended = await home.outbox.get(share.share_id)
    assert ended is not None
    assert ended.request == REQUEST  # the shown request is kept
    assert await home.outbox.paper(share.share_id, "declaration") == DECLARATION


async def test_a_tap_that_cannot_be_stored_leaves_the_feed_where_it_was(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both files are moved back."""

    def full(*arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(OutboxStore, "save", full)
    with pytest.raises(SharingError):
        await home.add(make_document(server.endpoint), answers=True)
    assert {path.suffix for path in home.staging.iterdir()} == {".mp4", ".jws"}
    assert home.files() == set()
