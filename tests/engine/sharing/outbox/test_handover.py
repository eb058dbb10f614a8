"""Test packages that the person downloads and hands over."""

import asyncio
from dataclasses import replace
import errno
import hashlib
import logging
import sqlite3
from zipfile import ZipFile

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Outcome,
    Share,
    ShareState,
    StoppedBy,
)
from custom_components.doorwatch.engine.sharing.outbox.handover import (
    ADDRESS_LIFETIME,
    Download,
)
from custom_components.doorwatch.engine.sharing.outbox.jobs import HAND_OVER_WITHIN
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore

from .home import FakeTime, Home
from .parts import PAGE, make_document, other_terms
from .tus_server import Server

READY = ShareState.READY
HANDED_OVER = ShareState.HANDED_OVER
EXPIRED = ShareState.EXPIRED
CANCELLED = ShareState.CANCELLED
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
SAM = {"user_name": "Sam"}


async def _ready(home: Home, content: bytes = b"video") -> Share:
    """Share with an agency that has an upload page, and wait until the share is packed."""
    home.set_agency(PAGE)
    share = await home.add(PAGE, content)
    return await home.until(share.share_id, READY)


async def _download(home: Home, share: Share) -> Download:
    """Start a download."""
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    return await home.outbox.handovers.begin(token, "user")


async def _refused(home: Home, token: str, user_id: str = "user") -> None:
    with pytest.raises(SharingError, match="address_unknown"):
        await home.outbox.handovers.begin(token, user_id)


async def test_a_package_is_handed_over_and_gone(home: Home) -> None:
    """The ledger names the file, time, agency and user; all files are deleted."""
    share = await _ready(home, b"the video" * 1000)
    assert share.hand_over_until is not None
    assert share.file == f"doorwatch-{share.share_id}.zip"
    assert share.has_receipt
    assert home.files() == {f"{share.share_id}.zip"}  # the staged file is deleted

    token, name = await home.outbox.handovers.address(share.share_id, "user", SAM)
    assert len(token) == 43  # 256 bits
    assert name == share.file
    download = await home.outbox.handovers.begin(token, "user")
    content = download.path.read_bytes()
    assert len(content) == download.size == share.total
    with ZipFile(download.path) as archive:
        first, second = archive.namelist()[:2]
        assert archive.testzip() is None
    assert first.endswith("data/clip.mp4")
    assert second.endswith("data/cover-sheet.txt")
    assert await home.outbox.handovers.complete(download, SAM)

    share = await home.until(share.share_id, HANDED_OVER)
    assert (share.outcome, share.ended_at is not None) == (None, True)
    await home.emptied()
    lines = await home.lines()
    assert [line.kind for line in lines] == [
        "confirmed",
        "address_given",
        "download_begun",
        "handed_over",
    ]
    assert lines[-1].data == {
        "share_id": share.share_id,
        "clip_id": share.clip_id,
        "agency_id": "agency",
        "agency": PAGE.origin,
        "agency_name": PAGE.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "file": name,
        "user_id": "user",
    }
    assert lines[0].data["agency_name"] == PAGE.name
    assert await home.ledger.personal(lines[-1].seq) == SAM
    assert await home.ledger.delete_personal(lines[-1].seq, "user")
    assert await home.ledger.verify() is None


async def test_nothing_is_packed_before_the_cancel_window_is_over(
    home: Home, passing: FakeTime
) -> None:
    """If the share is canceled in the window, no file remains."""
    home.set_agency(PAGE)
    share = await home.add(PAGE, window=10)
    await home.settle()
    assert home.files() == {f"{share.share_id}.mp4"}
    with pytest.raises(SharingError, match="not_ready"):
        await home.outbox.handovers.address(share.share_id, "user", SAM)
    share = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert (share.state, share.outcome) == (CANCELLED, Outcome.NOTHING)
    await home.emptied()


async def test_an_address_works_once(home: Home) -> None:
    """It only works for its user, and failed attempts do not use it up."""
    share = await _ready(home)
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    await _refused(home, token, "other")
    await _refused(home, token + "x")
    await _refused(home, "\udcff")
    # The attempts above did not use the address up.
    await home.outbox.handovers.begin(token, "user")
    await _refused(home, token)


async def test_of_two_at_once_one_gets_it(home: Home) -> None:
    """One of several simultaneous requests succeeds."""
    share = await _ready(home)
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    answers = await asyncio.gather(
        *(home.outbox.handovers.begin(token, "user") for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Download) for answer in answers) == 1
    assert (await home.kinds()).count("download_begun") == 1


async def test_what_cannot_be_written_down_is_not_downloaded(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise there would be no record of it. It works when there is space again."""
    share = await _ready(home)
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)

    def save(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(OutboxStore, "save", save)
        for attempt in (
            home.outbox.handovers.begin(token, "user"),
            home.outbox.handovers.address(share.share_id, "user", SAM),
        ):
            with pytest.raises(SharingError, match="disk_full"):
                await attempt
    assert await _download(home, share)


async def test_an_address_runs_out(home: Home, passing: FakeTime) -> None:
    """A new address can be requested."""
    share = await _ready(home)
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    passing.advance(ADDRESS_LIFETIME)
    await _refused(home, token)
    assert await _download(home, share)


async def test_a_download_that_broke_off_can_begin_anew(home: Home) -> None:
    """Only the new download can complete the share."""
    share = await _ready(home)
    broken = await _download(home, share)
    again = await _download(home, share)
    assert (broken.goes_on, again.goes_on) == (False, True)
    assert not await home.outbox.handovers.complete(broken, SAM)
    await home.until(share.share_id, READY)
    assert await home.outbox.handovers.complete(again, SAM)
    share = await home.until(share.share_id, HANDED_OVER)
    assert share.downloads == 2
    assert (await home.kinds()).count("download_begun") == 2


async def test_each_download_has_its_line_also_after_a_crash(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger could not be written during the downloads; each gets its own line."""
    share = await _ready(home)

    async def append(*_: object) -> None:
        raise SharingError("disk_full")

    with monkeypatch.context() as full:
        full.setattr(home.ledger, "append", append)
        for _ in range(2):
            await _download(home, share)
    await home.restart()
    assert (await home.kinds()).count("download_begun") == 2


async def test_an_earlier_address_is_void(home: Home) -> None:
    share = await _ready(home)
    first, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    second, _ = await home.outbox.handovers.address(share.share_id, "other", SAM)
    await _refused(home, first)
    assert await home.outbox.handovers.begin(second, "other")


async def test_on_a_full_disk_it_goes_in_time_too(
    home: Home, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end cannot be stored, but the package is deleted."""
    share = await _ready(home)
    await home.settle()

    def full(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full)
        passing.advance(HAND_OVER_WITHIN)
        await home.emptied()
        await home.settle()
    passing.advance(60)
    await home.until(share.share_id, EXPIRED)
    assert await home.kinds() == ["confirmed", "not_handed_over"]


@pytest.mark.parametrize("origin", [PAGE.origin, "https://other.example"])
async def test_one_that_cannot_be_noted_keeps_no_other(
    home: Home, passing: FakeTime, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    """The other package is deleted as well, even if the shares need a new tap."""
    shares = [await _ready(home) for _ in range(2)]
    await home.settle()

    def full(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full)
        home.set_agency(replace(PAGE, origin=origin))
        passing.advance(HAND_OVER_WITHIN)
        await home.emptied()
        await home.settle()  # no attempt is made without a pause
    passing.advance(60)
    for share in shares:
        await home.until(share.share_id, EXPIRED)


async def test_stopped_on_a_full_disk(
    home: Home, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package is deleted first, which frees space; the state is stored later."""
    share = await _ready(home)

    def save(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(OutboxStore, "save", save)
        with pytest.raises(SharingError, match="stop_not_stored"):
            await home.outbox.cancel(share.share_id, StoppedBy("u1"))
        assert home.files() == set()
    passing.advance(60)
    await home.until(share.share_id, CANCELLED)


async def test_stopped_while_it_is_downloaded(home: Home) -> None:
    """The download ends, and the outcome says that a part may have left."""
    share = await _ready(home)
    download = await _download(home, share)
    share = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert not download.goes_on
    assert not await home.outbox.handovers.complete(download, SAM)
    assert (share.state, share.outcome) == (CANCELLED, Outcome.PART_DOWNLOADED)
    await home.emptied()
    with pytest.raises(SharingError, match="not_ready"):
        await _download(home, share)


async def test_after_a_day_it_is_gone(home: Home, passing: FakeTime) -> None:
    share = await _ready(home)
    await home.settle()
    passing.advance(HAND_OVER_WITHIN - 1)
    await home.settle()
    assert home.files()
    passing.advance(1)
    share = await home.until(share.share_id, EXPIRED)
    assert share.outcome is Outcome.NOTHING
    await home.emptied()
    (line,) = await home.lines("not_handed_over")
    assert line.data["downloads"] == 0


async def test_after_a_day_a_download_ends(home: Home, passing: FakeTime) -> None:
    """No more data of the expired share is sent."""
    share = await _ready(home)
    await home.settle()
    download = await _download(home, share)
    passing.advance(HAND_OVER_WITHIN)
    share = await home.until(share.share_id, EXPIRED)
    assert not download.goes_on
    assert share.outcome is Outcome.PART_DOWNLOADED


async def test_a_clock_that_is_set_back_does_not_keep_it(
    home: Home, passing: FakeTime
) -> None:
    """The package is kept for at most a day after each start."""
    share = await _ready(home)
    passing.wall -= 30 * 86400
    await home.restart()
    passing.advance(HAND_OVER_WITHIN)
    await home.until(share.share_id, EXPIRED)
    await home.emptied()


async def test_a_restart_voids_addresses_and_keeps_the_package(
    home: Home, passing: FakeTime
) -> None:
    """The package is kept until its time is over, and other files are deleted."""
    share = await _ready(home)
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    (home.outbox_folder / "left.zip.part").write_bytes(b"plain")
    await home.restart()
    await _refused(home, token)
    assert home.files() == {f"{share.share_id}.zip"}
    assert await _download(home, share)

    await home.close()
    passing.advance(HAND_OVER_WITHIN)
    await home.open()
    await home.until(share.share_id, EXPIRED)
    await home.emptied()


async def test_a_restored_home_offers_nothing(home: Home) -> None:
    """The share needs a new tap, and the file is deleted."""
    share = await _ready(home)
    await home.restart(restored=True)
    found = await home.outbox.get(share.share_id)
    assert found is not None
    assert (found.state, found.problem) == (NEEDS_NEW_TAP, "restored")
    assert home.files() == set()
    with pytest.raises(SharingError, match="not_ready"):
        await _download(home, share)


async def test_another_page_needs_a_new_tap(home: Home) -> None:
    """The person agreed to the page that was shown."""
    share = await _ready(home)
    download = await _download(home, share)
    home.set_agency(replace(PAGE, origin="https://other.example"))
    with pytest.raises(SharingError, match="agency_unavailable"):
        await _download(home, share)
    home.outbox.agency_changed("agency")
    share = await home.until(share.share_id, NEEDS_NEW_TAP)
    assert not download.goes_on
    assert share.problem == "agency_changed"
    await home.emptied()


async def test_another_agency_with_the_same_page_needs_a_new_tap(home: Home) -> None:
    """A vendor's page may serve several agencies, which are told apart by name."""
    share = await _ready(home)
    home.set_agency(replace(PAGE, name="Another"))
    home.outbox.agency_changed("agency")
    share = await home.until(share.share_id, NEEDS_NEW_TAP)
    assert share.problem == "agency_changed"
    await home.emptied()


async def test_no_log_tells_an_address(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The database and the ledger do not contain it either."""
    caplog.set_level(logging.DEBUG)
    share = await _ready(home)
    token, _ = await home.outbox.handovers.address(share.share_id, "user", SAM)
    assert token not in repr(vars(home.outbox.handovers))
    with pytest.raises(SharingError) as refused:
        await home.outbox.handovers.begin(token, "other")
    assert token not in repr(refused.value)
    download = await home.outbox.handovers.begin(token, "user")
    assert token not in repr(download)
    await home.outbox.handovers.complete(download, SAM)
    await home.close()
    assert token not in caplog.text
    for path in home.folder.rglob("*"):
        assert path.is_dir() or token.encode() not in path.read_bytes()
    await home.open()


# Handing over undelivered shares


async def _stuck(home: Home, server: Server, *, early: int = 0) -> Share:
    """Return a share that does not reach its agency."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early = early
    server.status["PATCH"] = 503
    share = await home.add(document)
    return await home.when(share.share_id, lambda one: one.can_hand_over)


async def test_what_does_not_reach_its_agency_is_handed_over(
    home: Home, server: Server
) -> None:
    """The encrypted package is handed over unchanged, and the uploaded part is removed."""
    share = await _stuck(home, server)
    ready = await home.outbox.hand_over(share.share_id, "user", SAM)
    assert ready.state is READY
    assert ready.file == f"doorwatch-{share.share_id}.tar.age"
    assert not ready.can_hand_over
    (chosen,) = await home.lines("hand_over_chosen")
    assert (chosen.data["user_id"], chosen.data["problem"]) == ("user", share.problem)

    server.status.clear()  # the server works again, but gets no more data
    home.outbox.agency_changed("agency")
    await home.settle()
    await home.until(share.share_id, READY)

    download = await _download(home, share)
    assert download.path.read_bytes().startswith(b"age-encryption.org/v1")
    assert await home.outbox.handovers.complete(download, SAM)
    share = await home.until(share.share_id, HANDED_OVER)
    share = await home.when(
        share.share_id, lambda one: one.outcome is Outcome.PART_REMOVED
    )
    assert share.state is HANDED_OVER
    assert server.received == {}
    assert "sent" not in await home.kinds()


async def test_only_what_is_stuck_can_be_handed_over(
    home: Home, server: Server
) -> None:
    """A share that waits, or was handed over already, is refused."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    waiting = await home.add(document, window=300)
    assert not waiting.can_hand_over
    share = await _stuck(home, server)
    await home.outbox.hand_over(share.share_id, "user", SAM)
    for each in (waiting, share):
        with pytest.raises(SharingError, match="cannot_hand_over"):
            await home.outbox.hand_over(each.share_id, "user", SAM)
    with pytest.raises(SharingError, match="share_unknown"):
        await home.outbox.hand_over("nothing", "user", SAM)
    with pytest.raises(SharingError, match="cannot_retry"):
        await home.outbox.retry(share.share_id)


async def test_changed_terms_stop_what_is_handed_over_too(
    home: Home, server: Server
) -> None:
    """The person agreed to other terms."""
    share = await _stuck(home, server)
    await home.outbox.hand_over(share.share_id, "user", SAM)
    home.set_agency(other_terms(make_document(server.endpoint)))
    home.outbox.agency_changed("agency")
    await home.until(share.share_id, NEEDS_NEW_TAP)
    await home.emptied()
