"""Test that a share is delivered once."""

import asyncio
from datetime import timedelta
import hashlib
import io
import json
from pathlib import Path
import sqlite3
import tarfile
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import ShareState, StoppedBy
from custom_components.doorwatch.engine.sharing.outbox import packing
from custom_components.doorwatch.engine.sharing.package.package import build_package
from custom_components.doorwatch.engine.sharing.signing.jws import decode
from tests.age_program import desk
from tests.intake import Intake

from .home import CODE, FakeTime, Home
from .parts import confirmed, make_document, make_intent
from .tus_server import Server

WAITING = ShareState.WAITING
DELIVERED = ShareState.DELIVERED
FAILED = ShareState.FAILED
UPLOADING = ShareState.UPLOADING
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
CANCELLED = ShareState.CANCELLED


# Delivery


async def test_a_share_is_packed_sent_and_written_down(
    home: Home, intake: Intake
) -> None:
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document, b"the video" * 10_000)
    assert share.state is WAITING
    assert not any(home.staging.iterdir())  # moved to the outbox
    share = await home.until(share.share_id, DELIVERED)

    (package,) = intake.packages()
    assert package.name == f"{share.share_id}.tar.age"
    assert b"the video" not in package.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(desk().open(package))) as tar:
        clip = tar.extractfile(f"doorwatch-{share.share_id}/data/clip.mp4")
        assert clip is not None
        assert clip.read() == b"the video" * 10_000
    assert share.sent == share.total == package.stat().st_size
    assert share.delivered_at is not None
    assert share.problem is None
    await home.emptied()

    confirmed, sent = await home.lines()
    assert (confirmed.kind, sent.kind) == ("confirmed", "sent")
    assert "Sam" not in str(confirmed.data)
    assert dict(sent.data) == {
        "share_id": share.share_id,
        "clip_id": "0193-clip",
        "agency_id": "agency",
        "agency": "https://agency.example",
        "sha256": hashlib.sha256(package.read_bytes()).hexdigest(),
        "size": package.stat().st_size,
    }
    states = [change.state for change in home.changes]
    order = [WAITING, ShareState.PACKAGING, UPLOADING, DELIVERED]
    assert sorted(set(states), key=states.index) == order


async def test_only_what_a_tap_confirmed_is_shared_and_once(
    home: Home, intake: Intake
) -> None:
    """Another file in the place of the first one does not help."""
    document = make_document(intake.endpoint)
    home.set_agency(document)
    intent = make_intent(home.staging, document, b"video", name="one.mp4")
    once, add = confirmed(intent), home.outbox.add
    await add(once, cancel_window=10)
    intent.staged.path.write_bytes(b"video")
    for other in (once, SimpleNamespace(intent=intent, use=lambda: intent)):
        with pytest.raises(TypeError):
            await add(other, cancel_window=10)  # type: ignore[arg-type] # what mypy refuses
    assert len(await home.outbox.list()) == 1


async def test_two_agencies_cannot_tell_that_they_hear_from_the_same_home(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    """The ledger does not reveal it: each package names the line of its own confirmation."""
    document = make_document(intake.endpoint)
    home.set_agency(document, "one")
    home.set_agency(document, "two")
    shares = [
        await home.add(document, agency_id=agency_id, window=10)
        for agency_id in ("one", "two")
    ]
    passing.advance(10)
    for share in shares:
        await home.until(share.share_id, DELIVERED)
    heads = {}
    for package in intake.packages():
        share_id = package.name.partition(".")[0]
        with tarfile.open(fileobj=io.BytesIO(desk().open(package))) as tar:
            file = tar.extractfile(f"doorwatch-{share_id}/data/share.json")
            assert file is not None
            stated = json.load(file)
        heads[share_id] = stated["ledger"]["digest"]
    lines = {str(line.data["share_id"]): line for line in await home.lines("confirmed")}
    assert heads == {share_id: line.digest for share_id, line in lines.items()}
    assert len(set(heads.values())) == 2


async def test_what_the_person_gave_is_forgotten_after_delivery(
    home: Home, intake: Intake
) -> None:
    """Only the person's receipt keeps it."""
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document)
    await home.until(share.share_id, DELIVERED)
    await home.close()
    stored = (home.outbox_folder / "outbox.db").read_bytes()
    await home.open()
    assert share.share_id.encode() in stored
    assert b"Sam Jansen" not in stored
    assert b"parcel" not in stored
    receipt = await home.outbox.paper(share.share_id, "receipt")
    assert receipt is not None
    assert json.loads(decode(receipt.split(".")[1]))["jti"] == share.share_id


# The cancel window


async def test_nothing_leaves_in_the_cancel_window(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    assert share.cancel_until is not None
    passing.advance(9.9)
    await home.settle()
    waiting = await home.outbox.get(share.share_id)
    assert waiting is not None
    assert (waiting.state, waiting.sent) == (WAITING, 0)
    assert server.requests == []
    cancelled = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert cancelled.state is CANCELLED
    passing.advance(100)
    await home.settle()
    assert server.requests == []
    await home.emptied()
    assert await home.kinds() == ["confirmed", "cancelled"]
    with pytest.raises(SharingError, match="too_late"):
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))


async def test_it_leaves_when_the_window_is_over(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    passing.advance(10)
    await home.until(share.share_id, DELIVERED)


async def test_a_restart_begins_the_window_anew(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    passing.advance(9)
    await home.restart()
    passing.advance(9)
    await home.settle()
    again = await home.outbox.get(share.share_id)
    assert again is not None and again.state is WAITING
    assert share.cancel_until is not None and again.cancel_until is not None
    assert again.cancel_until == share.cancel_until + timedelta(seconds=9)
    assert server.requests == []
    passing.advance(1)
    await home.until(share.share_id, DELIVERED)


@pytest.mark.parametrize(("window", "kept"), [(-5, 0), (301, 300)])
async def test_a_window_stays_in_its_bounds(
    home: Home, server: Server, window: float, kept: float
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["POST"] = asyncio.Event()
    share = await home.add(document, window=window)
    if kept:
        assert share.cancel_until == share.created_at + timedelta(seconds=kept)
    else:
        await server.reached["POST"].wait()


async def test_undo_before_the_first_byte_ends_the_upload(
    home: Home, server: Server
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["HEAD"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["HEAD"].wait()
    assert (
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    ).state is CANCELLED
    server.hold["HEAD"].set()
    await home.emptied()
    await home.settle()
    assert "PATCH" not in server.requests


async def test_undo_while_the_package_is_made(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    loop = asyncio.get_running_loop()
    begun, go_on = asyncio.Event(), asyncio.Event()
    build = build_package

    def build_slowly(*arguments: Any) -> Any:
        package = build(*arguments)
        content = package.path.read_bytes()
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(30)
        # The file appears only after the share was canceled.
        package.path.write_bytes(content)
        return package

    monkeypatch.setattr(packing, "build_package", build_slowly)
    share = await home.add(document)
    await begun.wait()
    assert (
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    ).state is CANCELLED
    go_on.set()
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert len(server.received) == 1
    await home.emptied()


async def test_a_failed_share_that_nobody_wants_is_given_up(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 403
    share = await home.add(document)
    await home.until(share.share_id, FAILED)
    passing.advance(31 * 86400)
    await home.restart()
    await home.until(share.share_id, NEEDS_NEW_TAP)
    await home.emptied()


async def test_only_what_failed_or_waits_can_be_retried(
    home: Home, server: Server
) -> None:
    share = await home.add(make_document(server.endpoint), window=100)
    with pytest.raises(SharingError, match="cannot_retry"):
        await home.outbox.retry(share.share_id)
    with pytest.raises(SharingError, match="share_unknown"):
        await home.outbox.retry("nothing")
    with pytest.raises(SharingError, match="share_unknown"):
        await home.outbox.cancel("nothing", StoppedBy("u1"))
    assert await home.outbox.get("nothing") is None


# Restarts


async def test_a_restored_backup_needs_a_new_tap_for_everything_unfinished(
    home: Home, server: Server
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    delivered = await home.add(document)
    await home.until(delivered.share_id, DELIVERED)
    server.status["POST"] = 401
    failed = await home.add(document)
    await home.until(failed.share_id, FAILED)
    waiting = await home.add(document, window=100)
    requests = len(server.requests)
    await home.restart(restored=True)
    for share in (failed, waiting):
        again = await home.until(share.share_id, NEEDS_NEW_TAP)
        assert again.problem == "restored"
    await home.until(delivered.share_id, DELIVERED)
    (line,) = await home.lines("restored")
    assert line.data["shares"] == [failed.share_id, waiting.share_id]
    await home.emptied()
    assert len(server.requests) == requests


async def test_nothing_is_sent_before_the_start(
    tmp_path: Path, server: Server, passing: FakeTime
) -> None:
    home = await Home(tmp_path / "other", passing.clock).open(start=False)
    home.time = passing
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document)
    await home.settle()
    assert server.requests == []
    await home.outbox.start()
    await home.until(share.share_id, DELIVERED)
    await home.close()
    await home.outbox.close()  # closing twice is allowed


async def test_a_share_that_cannot_be_read_does_not_hold_the_start(
    home: Home, server: Server
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    broken = await home.add(document, window=100)
    whole = await home.add(document, window=0)
    await home.close()
    with sqlite3.connect(home.outbox_folder / "outbox.db") as database:
        database.execute(
            "UPDATE shares SET intent = '{}' WHERE share_id = ?", (broken.share_id,)
        )
    database.close()
    await home.open()
    await home.until(broken.share_id, NEEDS_NEW_TAP)
    await home.until(whole.share_id, DELIVERED)


async def test_secrets_stay_out_of_representations(home: Home, server: Server) -> None:
    home.set_agency(make_document(server.endpoint))
    assert CODE not in repr(home.agencies)
