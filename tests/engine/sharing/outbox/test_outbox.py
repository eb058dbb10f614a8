"""A share goes to the agency once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import errno
from functools import partial
import hashlib
import io
import json
from pathlib import Path
import shutil
import sqlite3
import tarfile
import time
from typing import Any

import async_timeout
import pytest
from yarl import URL

from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from custom_components.doorwatch.engine.sharing.model import (
    Share,
    ShareState,
    SharingError,
)
from custom_components.doorwatch.engine.sharing.outbox import (
    follow_ups,
    jobs,
    packing,
    sender,
)
from custom_components.doorwatch.engine.sharing.outbox.intents import (
    intent_from_json,
    intent_to_json,
)
from custom_components.doorwatch.engine.sharing.outbox.record import Record
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from custom_components.doorwatch.engine.sharing.package.package import build_package
from custom_components.doorwatch.engine.sharing.signing.jws import decode
from tests.age_program import desk
from tests.disks import fill, mounted
from tests.intake import Intake
from tests.tcp import Gate

from .home import CODE, FakeTime, Home
from .parts import make_document, make_intent, other_terms
from .tus_server import Server

WAITING = ShareState.WAITING
DELIVERED = ShareState.DELIVERED
FAILED = ShareState.FAILED
UPLOADING = ShareState.UPLOADING
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
CANCELLED = ShareState.CANCELLED

DAY = 86_400.0


# The way


async def test_a_share_is_packed_sent_and_written_down(
    home: Home, intake: Intake
) -> None:
    """A share is packed sent and written down."""
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document, b"the video" * 10_000)
    assert share.state is WAITING
    assert not any(home.staging.iterdir())  # taken over
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


async def test_two_agencies_cannot_tell_that_they_hear_from_the_same_home(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    """Not by the ledger: each package names the line of its own confirmation."""
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
    """What the person gave is forgotten; they alone have a copy, their receipt."""
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
    receipt = await home.outbox.receipt(share.share_id)
    assert receipt is not None
    assert json.loads(decode(receipt.split(".")[1]))["jti"] == share.share_id


async def test_the_folder_is_private(home: Home, intake: Intake) -> None:
    """The folder is private."""
    document = make_document(intake.endpoint)
    await home.add(document, window=100)
    assert home.outbox_folder.stat().st_mode & 0o777 == 0o700
    assert (home.outbox_folder / "outbox.db").stat().st_mode & 0o077 == 0


async def test_shares_to_one_agency_go_in_order(home: Home, server: Server) -> None:
    """Shares to one agency go in order."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    shares = [await home.add(document, bytes([n])) for n in range(4)]
    for share in shares:
        await home.until(share.share_id, DELIVERED)
    done = [change.share_id for change in home.changes if change.state is DELIVERED]
    assert done == [share.share_id for share in shares]
    assert [share.share_id for share in await home.outbox.list()] == done[::-1]
    assert len(await home.outbox.list(2)) == 2


async def test_a_large_share_does_not_hold_a_small_one(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take hours; of two large ones the second waits for the first."""
    monkeypatch.setattr(sender, "LARGE", 100)
    document = make_document(server.endpoint)
    home.set_agency(document)
    held = server.hold["PATCH"] = asyncio.Event()
    large = await home.add(document, bytes(200))
    await asyncio.wait_for(server.reached["PATCH"].wait(), 60)
    del server.hold["PATCH"]
    after = await home.add(document, bytes(200))
    small = await home.add(document, b"small")
    await home.until(small.share_id, DELIVERED)
    assert (await home.until(large.share_id, UPLOADING)).delivered_at is None
    await home.until(after.share_id, WAITING)
    held.set()
    for share in (large, after):
        await home.until(share.share_id, DELIVERED)


async def test_a_share_that_has_trouble_does_not_hold_the_next(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """Its pause is its own."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    troubled = await home.add(document)
    await home.until(troubled.share_id, UPLOADING, problem="agency_unavailable")
    await home.settle()
    del server.status["POST"]
    following = await home.add(document)
    await home.until(following.share_id, DELIVERED)
    await home.until(troubled.share_id, UPLOADING, problem="agency_unavailable")
    passing.advance(3600)
    await home.until(troubled.share_id, DELIVERED)


async def test_a_slow_agency_does_not_hold_the_others(
    home: Home, server: Server, intake: Intake
) -> None:
    """A slow agency does not hold the others."""
    server.hold["PATCH"] = asyncio.Event()
    slow, quick = make_document(server.endpoint), make_document(intake.endpoint)
    home.set_agency(slow, "slow")
    home.set_agency(quick, "quick")
    held = await home.add(slow, agency_id="slow")
    await server.reached["PATCH"].wait()
    share = await home.add(quick, agency_id="quick")
    await home.until(share.share_id, DELIVERED)
    server.hold["PATCH"].set()
    await home.until(held.share_id, DELIVERED)


async def test_progress_is_told_but_not_more_often_than_can_be_seen(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    """Progress is told but not more often than can be seen."""
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document, bytes(20_000_000))
    share = await home.until(share.share_id, DELIVERED)
    assert len(home.changes) < 8  # no time passed: only changes of state
    job_told = [change for change in home.changes if change.state is UPLOADING]
    assert [change.total for change in job_told][-1] == share.total


def test_progress_is_told_four_times_a_second(passing: FakeTime) -> None:
    """Progress is told four times a second."""
    told: list[Share] = []
    registry = jobs.JobRegistry.__new__(jobs.JobRegistry)
    registry.clock = passing.clock
    registry.jobs = {}
    registry._on_change = told.append
    record = Record(
        share_id="a",
        clip_id="b",
        agency_id="c",
        agency_name="d",
        user_id="e",
        state=UPLOADING,
        intent=None,
        created_at=0,
        cancel_window=0,
    )
    job: Any = registry.open_job(record, None)  # type: ignore[arg-type]  # not looked at
    for sent in range(100):
        registry.tell_progress(job, sent)
        passing.passed += 0.05
    assert len(told) == 20
    assert told[-1].sent == 95


# The cancel window


async def test_nothing_leaves_in_the_cancel_window(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """Nothing leaves in the cancel window."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    assert share.cancel_until is not None
    passing.advance(9.9)
    await asyncio.sleep(0.1)
    assert (await home.until(share.share_id, WAITING)).sent == 0
    cancelled = await home.outbox.cancel(share.share_id)
    assert cancelled.state is CANCELLED
    passing.advance(100)
    await asyncio.sleep(0.1)
    assert server.requests == []
    await home.emptied()
    assert await home.kinds() == ["confirmed", "cancelled"]
    with pytest.raises(SharingError, match="too_late"):
        await home.outbox.cancel(share.share_id)


async def test_it_leaves_when_the_window_is_over(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """It leaves when the window is over."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    passing.advance(10)
    await home.until(share.share_id, DELIVERED)


async def test_a_restart_begins_the_window_anew(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """A restart begins the window anew."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    passing.advance(9)
    await home.restart()
    passing.advance(9)
    await asyncio.sleep(0.1)
    again = await home.until(share.share_id, WAITING)
    assert share.cancel_until is not None and again.cancel_until is not None
    assert again.cancel_until == share.cancel_until + timedelta(seconds=9)
    assert server.requests == []
    passing.advance(1)
    await home.until(share.share_id, DELIVERED)


@pytest.mark.parametrize(("window", "kept"), [(-5, 0), (301, 300)])
async def test_a_window_stays_in_its_bounds(
    home: Home, server: Server, window: float, kept: float
) -> None:
    """A window stays in its bounds."""
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
    """Undo before the first byte ends the upload."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["HEAD"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["HEAD"].wait()
    assert (await home.outbox.cancel(share.share_id)).state is CANCELLED
    server.hold["HEAD"].set()
    await asyncio.sleep(0.1)
    assert "PATCH" not in server.requests
    await home.emptied()


async def test_undo_while_the_package_is_made(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Undo while the package is made."""
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
        package.path.write_bytes(content)  # not on disk before the undoing was over
        return package

    monkeypatch.setattr(packing, "build_package", build_slowly)
    share = await home.add(document)
    await begun.wait()
    assert (await home.outbox.cancel(share.share_id)).state is CANCELLED
    go_on.set()
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert len(server.received) == 1
    await home.emptied()


# The agency changes


async def test_new_terms_stop_a_waiting_share_at_once(
    home: Home, server: Server
) -> None:
    """New terms stop a waiting share at once."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=300)
    home.set_agency(other_terms(document))
    home.outbox.agency_changed("agency")
    stopped = await home.until(share.share_id, NEEDS_NEW_TAP)
    assert stopped.problem == "agency_changed"
    assert server.requests == []
    assert await home.kinds() == ["confirmed", "stopped"]
    await home.emptied()


@pytest.mark.parametrize(
    "changed",
    [
        {"root_thumbprint": "other"},
        {"issuer": "https://other.example"},
        {"terms_digest": "other"},
        {"upload_endpoint": "https://other.example/uploads"},
        {"name": "Metropolitan Police"},
        {"jurisdiction": "UK"},
        {"contact": "another@agency.example"},
        {"age_recipients": ("age1another",)},
    ],
)
async def test_whatever_was_shown_and_changed_stops_it_before_packing(
    home: Home, server: Server, passing: FakeTime, changed: dict[str, Any]
) -> None:
    """Whatever was shown and changed stops it before packing."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    home.set_agency(replace(document, **changed))  # nobody tells the outbox
    passing.advance(10)
    await home.until(share.share_id, NEEDS_NEW_TAP)
    assert server.requests == []


async def test_new_terms_stop_an_upload_and_take_it_back(
    home: Home, server: Server
) -> None:
    """New terms stop an upload and take it back."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["PATCH"] = asyncio.Event()
    share = await home.add(document, bytes(5_000_000))
    await server.reached["PATCH"].wait()
    home.set_agency(other_terms(document))
    home.outbox.agency_changed("agency")
    await home.until(share.share_id, NEEDS_NEW_TAP)
    await asyncio.wait_for(server.reached["DELETE"].wait(), 30)
    (line,) = await home.lines("stopped")
    assert line.data["problem"] == "agency_changed"
    assert isinstance(line.data["sent"], int)
    await home.emptied()


async def test_new_terms_while_packing_stop_it_before_the_first_byte(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New terms while packing stop it before the first byte."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    build = build_package

    def build_and_change(*arguments: Any) -> Any:
        home.set_agency(other_terms(document))
        return build(*arguments)

    monkeypatch.setattr(packing, "build_package", build_and_change)
    share = await home.add(document)
    await home.until(share.share_id, NEEDS_NEW_TAP)
    assert server.requests == []
    await home.emptied()


async def test_new_terms_while_the_upload_is_made_stop_it_before_the_first_byte(
    home: Home, server: Server
) -> None:
    """New terms while the upload is made stop it before the first byte."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["HEAD"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["HEAD"].wait()
    home.set_agency(other_terms(document))  # nobody tells the outbox
    server.hold["HEAD"].set()
    await home.until(share.share_id, NEEDS_NEW_TAP)
    assert "PATCH" not in server.requests


async def test_an_upload_that_goes_on_after_a_restart_looks_at_the_terms_again(
    home: Home, server: Server
) -> None:
    """An upload that goes on after a restart looks at the terms again."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["PATCH"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["PATCH"].wait()
    await home.close()
    patches = server.requests.count("PATCH")
    home.set_agency(other_terms(document))
    await home.open()
    await home.until(share.share_id, NEEDS_NEW_TAP)
    assert server.requests.count("PATCH") == patches


async def test_new_online_keys_do_not_stop_it(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """New online keys do not stop it."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    home.set_agency(replace(document, seq=2, keys=({"kid": "new"},)))
    home.outbox.agency_changed("agency")
    passing.advance(10)
    await home.until(share.share_id, DELIVERED)


async def test_an_agency_that_cannot_be_verified_is_waited_for(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """An agency that cannot be verified is waited for."""
    document = make_document(server.endpoint)
    share = await home.add(document)
    waiting = await home.until(share.share_id, WAITING, problem="agency_unavailable")
    assert waiting.next_attempt is not None
    assert server.requests == []
    home.set_agency(document)
    home.outbox.agency_changed("agency")
    home.outbox.agency_changed("nobody")
    await home.until(share.share_id, DELIVERED)


@pytest.mark.parametrize(
    ("issued", "expires"),
    [(timedelta(days=1), timedelta(days=9)), (-timedelta(9), -timedelta(1))],
)
async def test_a_document_is_not_used_before_or_after_its_time(
    home: Home, server: Server, passing: FakeTime, issued: timedelta, expires: timedelta
) -> None:
    """A clock that was set back does not bring an old one to life."""
    now = datetime.fromtimestamp(passing.clock.now(), UTC)
    document = replace(
        make_document(server.endpoint),
        issued_at=now + issued,
        expires_at=now + expires,
    )
    home.set_agency(document)
    share = await home.add(document)
    await home.until(share.share_id, WAITING, problem="agency_unavailable")
    assert server.requests == []


async def test_an_agency_that_is_gone_ends_the_upload(
    home: Home, server: Server
) -> None:
    """An agency that is gone ends the upload."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["PATCH"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["PATCH"].wait()
    home.agencies["agency"] = None
    home.outbox.agency_changed("agency")
    await home.until(share.share_id, UPLOADING, problem="agency_unavailable")
    server.hold.pop("PATCH").set()
    home.set_agency(document)
    home.outbox.agency_changed("agency")
    await home.until(share.share_id, DELIVERED)


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_agency_that_was_removed_leaves_no_copy_behind(
    home: Home, server: Server, restarted: bool
) -> None:
    """Its shares end, failed ones too; added again it is another one."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 401
    failed = await home.add(document)
    await home.until(failed.share_id, FAILED)
    waiting = await home.add(document, window=300)
    if restarted:
        await home.close()
    home.removed.add("agency")
    home.agencies["agency"] = None
    if restarted:
        await home.open()
    else:
        home.outbox.agency_changed("agency")
    for share in (failed, waiting):
        await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_unknown")
    await home.emptied()
    home.set_agency(document, "again")
    with pytest.raises(SharingError, match="cannot_retry"):
        await home.outbox.retry(failed.share_id)
    assert await home.kinds() == ["confirmed", "failed", "confirmed", *["stopped"] * 2]


# Trouble


def _tried(attempts: int, share: Share) -> bool:
    """Whether the share was tried so often."""
    return share.attempts == attempts


async def test_trouble_that_passes_is_tried_again_ever_later(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """Trouble that passes is tried again ever later."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    share = await home.add(document)
    pauses = []
    for attempt in range(1, 14):
        trouble = await home.when(share.share_id, partial(_tried, attempt))
        assert trouble.problem == "agency_unavailable"
        assert trouble.state is UPLOADING
        assert trouble.next_attempt is not None
        now = passing.clock.now()
        pauses.append(trouble.next_attempt.timestamp() - now)
        passing.advance(pauses[-1])
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == 3600
    assert await home.kinds() == ["confirmed"]
    server.status.clear()
    await home.outbox.retry(share.share_id)
    delivered = await home.until(share.share_id, DELIVERED)
    assert delivered.problem is None


async def test_a_week_without_network_ends_in_one_delivery(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    """A week without network, restarts and a clock that goes back and ahead."""
    gate = Gate(URL(intake.endpoint).port or 0)
    await gate.wake()
    document = make_document(f"http://127.0.0.1:{gate.port}/uploads")
    await gate.sleep()
    home.set_agency(document)
    share = await home.add(document)
    turns = {20: 0.0, 70: -40 * DAY, 100: 60 * DAY, 130: -20 * DAY}
    for hour in range(7 * 24):
        await home.when(
            share.share_id, lambda share: share.problem == "agency_unavailable"
        )
        await home.settle()
        passing.advance(3600)
        if hour in turns:
            passing.wall += turns[hour]
            await home.restart()
    await gate.wake()
    passing.advance(3600)
    await home.until(share.share_id, DELIVERED)
    await gate.close()
    (line,) = await home.lines("sent")
    (package,) = intake.packages()
    assert hashlib.sha256(package.read_bytes()).hexdigest() == line.data["sha256"]
    assert await home.kinds() == ["confirmed", "sent"]
    await home.emptied()


async def test_a_refusal_waits_for_a_person(home: Home, server: Server) -> None:
    """A refusal waits for a person."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 401
    share = await home.add(document)
    failed = await home.until(share.share_id, FAILED)
    assert failed.problem == "agency_unauthorized"
    assert failed.next_attempt is None
    await home.restart()
    assert (await home.until(share.share_id, FAILED)).attempts == 1
    server.status.clear()
    retried = await home.outbox.retry(share.share_id)
    assert retried.problem is None
    await home.until(share.share_id, DELIVERED)
    assert await home.kinds() == ["confirmed", "failed", "sent"]
    with pytest.raises(SharingError, match="cannot_retry"):
        await home.outbox.retry(share.share_id)


async def test_a_failed_share_does_not_hold_the_next(
    home: Home, server: Server
) -> None:
    """A failed share does not hold the next."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 413
    share = await home.add(document)
    await home.until(share.share_id, FAILED, problem="agency_too_large")
    server.status.clear()
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert (await home.outbox.cancel(share.share_id)).state is CANCELLED
    await home.emptied()


async def test_a_failed_share_that_nobody_wants_is_given_up(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """A failed share that nobody wants is given up."""
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
    """Only what failed or waits can be retried."""
    share = await home.add(make_document(server.endpoint), window=100)
    with pytest.raises(SharingError, match="cannot_retry"):
        await home.outbox.retry(share.share_id)
    for act in (home.outbox.retry, home.outbox.cancel):
        with pytest.raises(SharingError, match="share_unknown"):
            await act("nothing")
    assert await home.outbox.get("nothing") is None


async def test_a_changed_staged_file_is_never_sent(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """A changed staged file is never sent."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, b"video", window=10)
    (home.outbox_folder / f"{share.share_id}.mp4").write_bytes(b"other")
    passing.advance(10)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="staged_changed")
    assert server.requests == []
    assert await home.kinds() == ["confirmed", "stopped"]
    await home.emptied()


async def test_a_staged_file_of_another_size_is_not_taken(
    home: Home, server: Server
) -> None:
    """A staged file of another size is not taken."""
    intent = make_intent(home.staging, make_document(server.endpoint))
    intent.staged.path.write_bytes(b"longer than shown")
    with pytest.raises(SharingError, match="staged_changed"):
        await home.outbox.add(intent, cancel_window=0)
    intent.staged.path.unlink()
    with pytest.raises(SharingError, match="staged_changed"):
        await home.outbox.add(intent, cancel_window=0)
    assert await home.outbox.list() == []
    assert await home.kinds() == []


async def test_a_lost_package_needs_a_new_tap(home: Home, server: Server) -> None:
    """A lost package needs a new tap."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 401
    share = await home.add(document)
    await home.until(share.share_id, FAILED)
    (home.outbox_folder / f"{share.share_id}.tar.age").unlink()
    await home.outbox.retry(share.share_id)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="package_lost")


@pytest.mark.parametrize("link", [False, True])
async def test_a_package_that_somebody_changed_is_never_sent(
    home: Home, server: Server, tmp_path: Path, link: bool
) -> None:
    """Another file of the same size, or a link to one, in its place."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 401
    share = await home.add(document)
    await home.until(share.share_id, FAILED)
    await home.close()
    package = home.outbox_folder / f"{share.share_id}.tar.age"
    other = tmp_path / "other"
    content = package.read_bytes()
    other.write_bytes(content if link else bytes(len(content)))
    package.unlink()
    if link:
        package.symlink_to(other)
    else:
        other.rename(package)
    del server.status["POST"]
    await home.open()
    await home.outbox.retry(share.share_id)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="package_lost")
    assert server.requests == ["POST"]


async def test_a_full_disk_while_packing_is_waited_out(
    home: Home, server: Server, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk while packing is waited out."""
    document = make_document(server.endpoint)
    home.set_agency(document)

    def full(*arguments: object) -> None:
        raise SharingError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(packing, "build_package", full)
        share = await home.add(document)
        await home.until(share.share_id, ShareState.PACKAGING, problem="disk_full")
    passing.advance(5)
    await home.until(share.share_id, DELIVERED)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(errno.EIO, "broken"), "storage_failed"),
        (OSError(errno.ENOSPC, "full"), "disk_full"),
        (RuntimeError("a bug"), "unexpected"),
    ],
)
async def test_no_error_ends_the_work(
    home: Home,
    server: Server,
    passing: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    problem: str,
) -> None:
    """No error ends the work."""
    document = make_document(server.endpoint)
    home.set_agency(document)

    def fail(*arguments: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(packing, "build_package", fail)
        share = await home.add(document)
        await home.until(share.share_id, ShareState.PACKAGING, problem=problem)
    passing.advance(5)
    await home.until(share.share_id, DELIVERED)


@contextlib.asynccontextmanager
async def _no_room(home: Home, full: str) -> AsyncIterator[None]:
    """Leave no room on the disk, or let SQLite take no more of it."""
    if full == "disk":
        filler = fill(home.folder)
        yield
        filler.unlink()
        return
    run, database = home.outbox._registry.on_thread, home.outbox._store._database

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
    """As a full disk, not as a broken one: SQLite itself rolls back before we could."""
    folder = tmp_path / "small"
    folder.mkdir()
    document = make_document(server.endpoint)
    async with contextlib.AsyncExitStack() as stack:
        if full == "disk" and not stack.enter_context(mounted(folder, "2m")):
            full = "database"  # only root may mount one
        home = Home(folder, passing.clock)
        await home.open()
        stack.push_async_callback(home.close)
        waiting = [await home.add(document, window=100)]
        intent = make_intent(home.staging, document, name="refused.mp4")
        # A page of the database may have room for some more.
        spare = [make_intent(home.staging, document, name=f"{n}") for n in range(40)]
        async with _no_room(home, full):
            with pytest.raises(SharingError, match="disk_full"):  # noqa: PT012 - until it is full
                for one in spare:
                    share = await home.outbox.add(one, cancel_window=100)
                    waiting.append(share)
        kept = {path.name for path in home.staging.iterdir()}
        assert kept == {"refused.mp4", *(str(n) for n in range(len(waiting) - 1, 40))}
        assert len(home.files()) == len(waiting)
        waiting.append(await home.outbox.add(intent, cancel_window=100))
        await home.restart()
        shares = await home.outbox.list(100)
        assert {one.share_id for one in shares} == {one.share_id for one in waiting}
        assert await home.kinds() == ["confirmed"] * len(waiting)


async def test_a_staged_file_on_another_disk_is_copied(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A staged file on another disk is copied."""
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


async def test_while_nothing_can_be_stored_nothing_is_lost(
    home: Home, server: Server, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing can be stored nothing is lost."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)

    def broken(*arguments: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(home.outbox._store, "save", broken)
        passing.advance(10)
        count = len(home.changes)
        async with asyncio.timeout(30):
            while len(home.changes) == count:
                await asyncio.sleep(0.01)
        home.set_agency(other_terms(document))
        home.outbox.agency_changed("agency")
        await asyncio.sleep(0.05)
        home.set_agency(document)
    passing.advance(10)
    await home.until(share.share_id, DELIVERED)


# The ledger


async def test_a_line_the_ledger_refused_is_written_later_and_before_anything_leaves(
    home: Home, server: Server, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line the ledger refused is written later and before anything leaves."""
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
    """A crash between the two databases gives one line."""
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


# Starts


async def test_a_restored_backup_needs_a_new_tap_for_everything_unfinished(
    home: Home, server: Server
) -> None:
    """A restored backup needs a new tap for everything unfinished."""
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
    """Nothing is sent before the start."""
    home = await Home(tmp_path / "other", passing.clock).open(start=False)
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document)
    await asyncio.sleep(0.1)
    assert server.requests == []
    await home.outbox.start()
    await home.until(share.share_id, DELIVERED)
    await home.close()
    await home.outbox.close()  # twice does no harm


async def test_what_a_crash_left_lying_about_is_removed(
    home: Home, server: Server
) -> None:
    """What a crash left lying about is removed."""
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


async def test_a_share_that_cannot_be_read_does_not_hold_the_start(
    home: Home, server: Server
) -> None:
    """A share that cannot be read does not hold the start."""
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


async def test_ending_is_heeded_in_the_very_moment_a_deadline_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant could not stop otherwise."""
    monkeypatch.setattr(follow_ups, "_ASK_AGAIN", 0.1)
    waited = 0

    async def work() -> None:
        nonlocal waited
        while True:
            with contextlib.suppress(TimeoutError):
                async with async_timeout.timeout(0.1 if not waited else None):
                    await asyncio.get_running_loop().create_future()
            waited += 1

    loop = asyncio.get_running_loop()
    ending: list[asyncio.Task[None]] = []

    def end() -> None:
        ending.append(asyncio.eager_task_factory(loop, follow_ups.end(task)))

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    # Both are due after a busy moment, one right behind the other.
    loop.call_later(0.15, end)
    loop.call_soon(time.sleep, 0.2)
    async with async_timeout.timeout(30):
        await asyncio.wait([task])
    assert task.cancelled()
    assert waited == 1
    await ending[0]


async def test_an_outbox_of_a_later_version_is_left_alone(home: Home) -> None:
    """An outbox of a later version is left alone."""
    await home.close()
    with sqlite3.connect(home.outbox_folder / "outbox.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(SharingError, match="outbox_newer"):
        OutboxStore.open(home.outbox_folder)
    with pytest.raises(SharingError, match="outbox_newer"):
        await home.open()
    await home.close()


def test_an_intent_survives_being_written_down(tmp_path: Path) -> None:
    """An intent survives being written down."""
    intent = make_intent(tmp_path, make_document("https://agency.example/uploads"))
    assert intent_from_json(intent_to_json(intent)) == intent
    with pytest.raises((KeyError, TypeError, ValueError)):
        intent_from_json("{}")


async def test_secrets_stay_out_of_representations(home: Home, server: Server) -> None:
    """Secrets stay out of representations."""
    home.set_agency(make_document(server.endpoint))
    assert CODE not in repr(home.agencies)
