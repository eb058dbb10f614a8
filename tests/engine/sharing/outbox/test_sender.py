"""Test the order of an agency's shares, and pausing or stopping them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import errno
from functools import partial
import hashlib
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Share,
    ShareState,
    StoppedBy,
)
from custom_components.doorwatch.engine.sharing.outbox import packing, sender
from custom_components.doorwatch.engine.sharing.package.package import build_package
from tests.intake import Intake
from tests.tcp import Gate

from .home import FakeTime, Home
from .parts import make_document, other_terms
from .tus_server import Server

WAITING = ShareState.WAITING
DELIVERED = ShareState.DELIVERED
FAILED = ShareState.FAILED
UPLOADING = ShareState.UPLOADING
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
CANCELLED = ShareState.CANCELLED

DAY = 86_400.0


async def test_shares_to_one_agency_go_in_order(home: Home, server: Server) -> None:
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
    """A large share may take hours; a second large share waits for the first."""
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
    """Each share has its own pause."""
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


# The agency changes


async def test_new_terms_stop_a_waiting_share_at_once(
    home: Home, server: Server
) -> None:
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
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    home.set_agency(replace(document, **changed))  # the outbox is not notified
    passing.advance(10)
    await home.until(share.share_id, NEEDS_NEW_TAP)
    assert server.requests == []


async def test_new_terms_stop_an_upload_and_take_it_back(
    home: Home, server: Server
) -> None:
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
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["HEAD"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["HEAD"].wait()
    home.set_agency(other_terms(document))  # the outbox is not notified
    server.hold["HEAD"].set()
    await home.until(share.share_id, NEEDS_NEW_TAP)
    assert "PATCH" not in server.requests


async def test_an_upload_that_goes_on_after_a_restart_looks_at_the_terms_again(
    home: Home, server: Server
) -> None:
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
    """Setting the clock back does not make an expired document valid."""
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
    """All its shares end, even failed ones; if it is added again, it is a new agency."""
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
    """Return whether the share was tried this many times."""
    return share.attempts == attempts


async def test_trouble_that_passes_is_tried_again_ever_later(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    share = await home.add(document)
    pauses: list[float] = []
    for attempt in range(1, 14):
        if pauses:
            passing.advance(pauses[-1])
        trouble = await home.when(share.share_id, partial(_tried, attempt))
        assert trouble.problem == "agency_unavailable"
        assert trouble.state is UPLOADING
        assert trouble.next_attempt is not None
        now = passing.clock.now()
        pauses.append(trouble.next_attempt.timestamp() - now)
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
    """The home restarts, and its clock is set back and forward."""
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
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 413
    share = await home.add(document)
    await home.until(share.share_id, FAILED, problem="agency_too_large")
    server.status.clear()
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert (
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    ).state is CANCELLED
    await home.emptied()


async def test_a_changed_staged_file_is_never_sent(
    home: Home, server: Server, passing: FakeTime
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, b"video", window=10)
    (home.outbox_folder / f"{share.share_id}.mp4").write_bytes(b"other")
    passing.advance(10)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="staged_changed")
    assert server.requests == []
    assert await home.kinds() == ["confirmed", "stopped"]
    await home.emptied()


async def test_a_lost_package_needs_a_new_tap(home: Home, server: Server) -> None:
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
    """The package is replaced by another file of the same size, or by a link."""
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
