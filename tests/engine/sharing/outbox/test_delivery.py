"""Test uploads to the real intake and to misbehaving servers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.errors import DeliveryError
from custom_components.doorwatch.engine.sharing.outbox import delivery
from custom_components.doorwatch.engine.sharing.outbox.delivery import (
    TakenBack,
    take_back,
)
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from tests import waiting
from tests.engine.sharing.outbox.uploads import (
    CODE,
    SHARE,
    Sent,
    outside,
    package,
    send,
)
from tests.intake import Intake

__all__ = ["outside", "package"]


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Return a running intake."""
    with Intake(tmp_path / "agency", upload_code=CODE, max_bytes=10_000_000) as running:
        yield running


# The real intake


async def test_arrives_whole(outside: Outside, intake: Intake, package: Path) -> None:
    sent = Sent()
    await send(outside, intake.endpoint, package, sent)
    (arrived,) = intake.packages()
    assert arrived.name == f"{SHARE}.tar.age"
    assert arrived.read_bytes() == package.read_bytes()
    assert sent.urls == [f"{intake.endpoint}/{SHARE}"]
    assert sent.offsets == [0]
    assert sent.progress == sorted(sent.progress)
    assert sent.progress[-1] == package.stat().st_size


@pytest.mark.parametrize("known", [True, False])
async def test_is_not_sent_twice(
    outside: Outside, intake: Intake, package: Path, known: bool
) -> None:
    first, second = Sent(), Sent()
    await send(outside, intake.endpoint, package, first)
    arrived = intake.packages()[0].stat()
    url = first.urls[0] if known else None
    await send(outside, intake.endpoint, package, second, url=url)
    assert second.offsets == []
    assert second.progress == [package.stat().st_size]
    assert intake.packages()[0].stat().st_mtime_ns == arrived.st_mtime_ns


async def test_is_not_sent_again_when_the_agency_took_it_from_the_inbox(
    outside: Outside, intake: Intake, package: Path
) -> None:
    await send(outside, intake.endpoint, package, Sent())
    intake.packages()[0].unlink()
    intake.kill()
    intake.start()
    sent = Sent()
    await send(outside, intake.endpoint, package, sent)
    assert sent.offsets == []
    assert intake.packages() == []


async def test_goes_on_where_a_killed_intake_stopped(
    outside: Outside, intake: Intake, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_BLOCK", 16 * 1024)
    sent = Sent()

    def kill_in_the_middle(count: int) -> None:
        if count > 1_500_000:
            waiting.block_until(lambda: intake.arrived(SHARE), seconds=30)
            intake.kill()

    with pytest.raises(DeliveryError) as caught:
        await send(
            outside, intake.endpoint, package, sent, on_progress=kill_in_the_middle
        )
    assert (caught.value.problem, caught.value.permanent) == (
        "agency_unavailable",
        False,
    )
    arrived = intake.arrived(SHARE)
    assert 0 < arrived < package.stat().st_size
    intake.start()
    again = Sent()
    await send(outside, intake.endpoint, package, again, url=sent.urls[0])
    assert again.urls == []
    assert again.offsets == [arrived]
    assert intake.packages()[0].read_bytes() == package.read_bytes()


async def test_goes_on_after_an_end_before_the_address_was_stored(
    outside: Outside, intake: Intake, package: Path
) -> None:
    async def end(url: str) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await send(outside, intake.endpoint, package, Sent(), on_url=end)
    sent = Sent()
    await send(outside, intake.endpoint, package, sent)
    assert sent.offsets == [0]
    assert intake.packages()[0].read_bytes() == package.read_bytes()


async def test_begins_anew_when_the_upload_is_gone(
    outside: Outside, intake: Intake, package: Path
) -> None:
    sent = Sent()
    gone = f"{intake.endpoint}/{'0' * 32}"
    await send(outside, intake.endpoint, package, sent, url=gone)
    assert sent.urls == [f"{intake.endpoint}/{SHARE}"]
    assert len(intake.packages()) == 1


async def test_what_stops_before_the_first_byte_sends_none(
    outside: Outside, intake: Intake, package: Path
) -> None:
    async def stop(offset: int) -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        await send(outside, intake.endpoint, package, Sent(), on_sending=stop)
    assert intake.arrived(SHARE) == 0
    assert intake.packages() == []


@pytest.mark.parametrize("code", [None, "", "wrong"])
async def test_without_the_upload_code_nothing_is_taken(
    outside: Outside, intake: Intake, package: Path, code: str | None
) -> None:
    with pytest.raises(DeliveryError) as caught:
        await send(outside, intake.endpoint, package, Sent(), upload_code=code)
    assert caught.value.problem == "agency_unauthorized"
    assert caught.value.permanent
    assert not any(intake.inbox.glob("*.tar.age"))


async def test_what_is_larger_than_the_intake_takes_is_refused_at_once(
    outside: Outside, intake: Intake, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(10_000_001)
    sent = Sent()
    with pytest.raises(DeliveryError) as caught:
        await send(outside, intake.endpoint, large, sent)
    assert (caught.value.problem, caught.value.permanent) == ("agency_too_large", True)
    assert sent.progress == []


async def test_the_same_share_with_another_size_is_refused(
    outside: Outside, intake: Intake, package: Path, tmp_path: Path
) -> None:
    await send(outside, intake.endpoint, package, Sent())
    other = tmp_path / "other"
    other.write_bytes(b"other")
    for url in (None, f"{intake.endpoint}/{SHARE}"):
        with pytest.raises(DeliveryError) as caught:
            await send(outside, intake.endpoint, other, Sent(), url=url)
        assert caught.value.problem == "agency_refused"
    assert intake.packages()[0].read_bytes() == package.read_bytes()


async def test_an_unfinished_upload_can_be_taken_back(
    outside: Outside, intake: Intake, package: Path
) -> None:
    async def stop(offset: int) -> None:
        raise RuntimeError

    sent = Sent()
    with pytest.raises(RuntimeError):
        await send(outside, intake.endpoint, package, sent, on_sending=stop)
    upload_file = intake.inbox / ".incoming" / SHARE
    assert upload_file.exists()
    size = package.stat().st_size
    had: list[int] = []
    for taken in (TakenBack.REMOVED, TakenBack.GONE):
        arrived = upload_file.stat().st_size if upload_file.exists() else None
        assert await _take_back(outside, intake, sent, size, had) is taken
        assert not upload_file.exists()
        assert had == [arrived] or arrived is None
    assert had == [0]  # an empty part


async def test_a_whole_upload_is_not_taken_back(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """The server reports that it has the whole upload."""
    sent = Sent()
    await send(outside, intake.endpoint, package, sent)
    had: list[int] = []
    size = package.stat().st_size
    taken = await _take_back(outside, intake, sent, size, had)
    assert taken is TakenBack.ARRIVED
    assert had == []
    assert len(intake.packages()) == 1


async def test_another_place_is_not_asked_to_remove_anything(
    outside: Outside, intake: Intake
) -> None:
    """Only the server that received the upload is asked."""
    sent = Sent()
    sent.urls.append("https://other.example/uploads/1")
    with pytest.raises(DeliveryError, match="agency_moved") as refused:
        await _take_back(outside, intake, sent, 10, [])
    assert refused.value.permanent


async def _take_back(
    outside: Outside, intake: Intake, sent: Sent, size: int, had: list[int]
) -> TakenBack:
    """Take an upload back; append the number of bytes that the server had."""

    async def on_part(arrived: int) -> None:
        had.append(arrived)

    client = TusClient(outside, intake.endpoint, True, CODE)
    return await take_back(client, sent.urls[0], size, on_part)


async def test_a_package_that_cannot_be_read_is_no_trouble_of_the_agency(
    outside: Outside, intake: Intake, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError):
        await send(outside, intake.endpoint, package.with_name("no"), Sent())

    opened = Path.open

    def open_broken(path: Path, mode: str = "r") -> Any:
        file = opened(path, mode)
        if path == package:
            file.close()
            return _Broken()
        return file

    class _Broken:
        def seek(self, offset: int) -> None:
            if offset:
                raise OSError(5, "Input/output error")

        def read(self, count: int) -> bytes:
            return bytes(count)

        def close(self) -> None:
            pass

    monkeypatch.setattr(Path, "open", open_broken)
    with pytest.raises(OSError, match="Input/output") as caught:
        await send(outside, intake.endpoint, package, Sent())
    assert not isinstance(caught.value, DeliveryError)


async def test_a_file_that_is_gone_leaves_no_thread(
    outside: Outside, intake: Intake, package: Path
) -> None:
    package.unlink()

    with pytest.raises(FileNotFoundError):
        await send(outside, intake.endpoint, package, Sent())

    threads = threading.enumerate()
    assert not [one for one in threads if one.name.startswith("doorwatch-upload")]


async def test_the_loop_stays_free_while_sending(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """A thread of the upload, recognizable by its name, reads the file."""
    names = set()
    read = Path.open

    def spy(path: Path, mode: str = "r") -> Any:
        names.add(threading.current_thread().name)
        return read(path, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", spy)
        await send(outside, intake.endpoint, package, Sent())
    assert all(name.startswith("doorwatch-upload") for name in names)
    assert names
