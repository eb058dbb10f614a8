"""What is being recorded outlives its index, its disk and its recorder's bad luck."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
import contextlib
from dataclasses import replace
from datetime import timedelta
import errno
from pathlib import Path
import sqlite3
from unittest.mock import patch

import av
from av.stream import Stream
import pytest

from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.intake import saving
from custom_components.doorwatch.engine.clips.library import LibraryError
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.sink import sink_for
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import ClipSink, FinishedClip
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    FPS,
    SECONDS,
    THUMBNAIL,
    Home,
    event,
    finished,
    pictures,
    record,
    start,
)
from tests.engine.clips.test_disk import vanish
from tests.engine.clips.upkeep.test_reconcile import lose, nothing


@contextlib.contextmanager
def recording(source: Path, part: Path) -> Iterator[Callable[[], None]]:
    """Write the first half of a clip; what is given writes the other, once."""
    with (
        av.open(source) as container,
        av.open(
            part,
            "w",
            format="mp4",
            container_options={
                "movflags": "hybrid_fragmented+delay_moov",
                "frag_duration": "250000",
                "flush_packets": "1",
            },
        ) as output,
    ):
        streams = {
            stream.index: output.add_stream_from_template(stream, opaque=True)
            for stream in container.streams
        }
        packets = [packet for packet in container.demux() if packet.dts is not None]

        def write(some: list[av.Packet[Stream]]) -> None:
            for packet in some:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)

        half = len(packets) // 2
        write(packets[:half])

        def rest() -> None:
            write(packets[half:])
            output.close()

        yield rest


def damage(home: Home, folder: Path) -> None:
    """Overwrite the index while it is open, all but its first page."""
    index = home.library._index
    index._reader.execute("PRAGMA cache_size = 0")
    index._writer.execute("PRAGMA cache_size = 0")
    index._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "index.db").open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def is_whole(clip: Clip) -> bool:
    """Whether nothing of a clip is missing."""
    return (
        clip.frames == pictures(clip.path) == SECONDS * FPS
        and clip.sha256 == digest(clip.path)
        and not clip.recovered
    )


@pytest.mark.parametrize("how", ["removed", "damaged"])
@pytest.mark.parametrize("noticed", ["by a look", "at the end"])
async def test_index_that_is_lost_while_recording_leaves_the_clip_whole(
    home: Home, folder: Path, how: str, noticed: str
) -> None:
    before = [
        home.clip(BEGIN - timedelta(minutes=n + 1), content=b"v") for n in range(60)
    ]
    begun = start(BEGIN, event(EventKind.RING))
    part = home.library.begin(DOORBELL, begun)
    with recording(home.source, part) as rest:
        if how == "removed":
            lose(folder)
        else:
            damage(home, folder)
        if noticed == "by a look":
            with contextlib.suppress(LibraryError):
                await home.library.list([DOORBELL])
            assert await home.library.check() is None
            assert home.library.reopened == 1
        rest()
    clip = home.library.finish(DOORBELL, finished(begun, part))
    assert await home.library.check() is None
    assert home.library.reopened == 1
    assert await home.library.recover() == []
    await home.library.reconcile(nothing)
    assert is_whole(clip)
    assert not part.exists()
    listed = await home.library.list([DOORBELL], limit=999)
    assert listed[0] == clip
    assert len(listed) == len(before) + 1
    home.clip(BEGIN + timedelta(hours=1))


async def test_clip_can_begin_while_the_index_is_damaged(
    home: Home, folder: Path
) -> None:
    for number in range(60):
        home.clip(BEGIN - timedelta(minutes=number + 1), content=b"v")
    damage(home, folder)
    clip = home.clip(BEGIN)
    assert is_whole(clip)
    assert await home.library.get(clip.clip_id) == clip
    assert list(folder.glob("index.db.broken-*"))


async def test_recovery_leaves_alone_what_is_being_recorded(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    with recording(home.source, part) as rest:
        inode = part.stat().st_ino
        assert await home.library.recover() == []
        assert part.stat().st_ino == inode
        rest()
    assert is_whole(home.library.finish(DOORBELL, finished(begun, part)))


def at_home(home: Home) -> tuple[ClipSink, dict[str, Clip | None]]:
    """Return what a recorder gets of the library, and what is told of its clips."""
    closed: dict[str, Clip | None] = {}
    sink = sink_for(home.library, DOORBELL, lambda _: None, closed.__setitem__)
    return sink, closed


def eventful(home: Home, sink: ClipSink) -> FinishedClip:
    """Record a clip of motion, during which somebody rings and the stream has a gap."""
    begun = replace(start(), event_id="the event", part=2)
    part = sink.begin(begun)
    record(home.source, part)
    gap = (BEGIN + timedelta(seconds=2), BEGIN + timedelta(seconds=3.5))
    rang = event(EventKind.RING, BEGIN + timedelta(seconds=1))
    return replace(finished(begun, part, *begun.events, rang), gaps=(gap,))


def assert_same(clip: Clip | None, told: FinishedClip) -> None:
    """Compare a clip with what its recorder told of it."""
    assert clip is not None
    assert clip.event == "ring"
    assert (clip.event_id, clip.part, clip.gaps) == ("the event", 2, told.gaps)
    assert (clip.started_at, clip.ended_at) == (told.started_at, told.ended_at)
    assert clip.frames == pictures(clip.path) == told.frames


async def test_clip_that_ends_while_the_folder_is_away_is_listed_when_it_is_back(
    home: Home, folder: Path
) -> None:
    sink, closed = at_home(home)
    told = eventful(home, sink)
    away = vanish(folder)
    with pytest.raises(OSError):
        sink.finish(told)
    assert closed == {told.clip_id: None}
    assert list(folder.iterdir()) == []
    assert await home.library.check() == "library_missing"
    with pytest.raises(LibraryError):
        await home.library.recover()
    assert home.library.unfinished
    folder.rmdir()
    away.rename(folder)
    assert await home.library.check() is None
    (found,) = await home.library.recover()
    assert_same(found.clip, told)
    assert found.clip is not None
    assert is_whole(found.clip)
    assert found.own
    assert found.clip.thumbnail.read_bytes() == THUMBNAIL
    assert await home.library.list([DOORBELL]) == [found.clip]
    assert await home.library.recover() == []
    assert list((folder / ".recording" / DOORBELL).iterdir()) == []
    home.clip(BEGIN + timedelta(hours=1))


FULL = OSError(errno.ENOSPC, "full")


@pytest.mark.parametrize("step", ["sync", "thumbnail", "facts", "rename", "row"])
@pytest.mark.parametrize("restart", [False, True])
async def test_full_disk_at_the_end_forgets_nothing_that_was_told(
    home: Home, folder: Path, step: str, restart: bool
) -> None:
    """Not even when Home Assistant is started anew before there is room again."""
    sink, closed = at_home(home)
    told = eventful(home, sink)
    real, calls = sidecar.write, 0

    def write(clip: Clip, video: Path) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise FULL
        real(clip, video)

    refusals: dict[str, contextlib.AbstractContextManager[object]] = {
        "sync": patch.object(saving, "sync_file", side_effect=FULL),
        "thumbnail": patch.object(files.Files, "write", side_effect=FULL),
        "facts": patch.object(sidecar, "write", write),
        "rename": patch.object(files.Files, "move", side_effect=FULL),
        "row": patch.object(Index, "save", side_effect=FULL),
    }
    with refusals[step], pytest.raises(OSError) as caught:
        sink.finish(told)
    assert caught.value.errno == errno.ENOSPC
    assert closed == {told.clip_id: None}
    assert await home.library.list([DOORBELL]) == []
    (found,) = await (home.crash() if restart else home.library.recover())
    assert_same(found.clip, told)
    assert found.own is not restart
    assert await home.library.list([DOORBELL]) == [found.clip]
    assert list((folder / ".recording" / DOORBELL).iterdir()) == []
    assert await home.library.recover() == []


async def test_clip_that_is_given_up_keeps_what_can_be_played(home: Home) -> None:
    sink, closed = at_home(home)
    begun = start(BEGIN, event(EventKind.RING))
    part = sink.begin(begun)
    frames = record(home.source, part, frames=40)
    sink.abandon(begun.clip_id, "not_writable")
    (clip,) = await home.library.list([DOORBELL])
    assert closed == {begun.clip_id: clip}
    assert clip.frames == pictures(clip.path) == frames
    assert (clip.event, clip.recovered) == ("ring", True)
    assert await home.library.recover() == []


async def test_clip_that_is_given_up_while_the_folder_is_away_is_kept(
    home: Home, folder: Path
) -> None:
    sink, closed = at_home(home)
    begun = start(BEGIN, event(EventKind.RING))
    part = sink.begin(begun)
    frames = record(home.source, part, frames=40)
    away = vanish(folder)
    with pytest.raises(OSError):
        sink.abandon(begun.clip_id, "not_writable")
    assert closed == {begun.clip_id: None}
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert found.clip.frames == pictures(found.clip.path) == frames
    assert found.clip.event == "ring"


async def test_clip_that_cannot_be_finished_yet_is_named_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    sink, _ = at_home(home)
    told = eventful(home, sink)
    with patch.object(files.Files, "write", side_effect=FULL):
        with pytest.raises(OSError):
            sink.finish(told)
        for _ in range(3):
            assert await home.library.recover() == []
            assert home.library.unfinished
    assert caplog.text.count("cannot be finished yet") == 1
    (found,) = await home.library.recover()
    assert_same(found.clip, told)


async def test_recorder_learns_of_an_index_that_fails_as_of_a_disk_that_does(
    home: Home,
) -> None:
    """Whatever step meets it; the next look tries the folder."""
    failing: Future[None] = Future()
    failing.set_exception(sqlite3.OperationalError("disk I/O error"))

    def take(step: str) -> None:
        sink, _ = at_home(home)
        begun = start()
        part = sink.begin(begun)
        if step == "save":
            record(home.source, part)
            sink.finish(finished(begun, part))
        sink.abandon(begun.clip_id, "no_frames")

    for step in ("begin", "save", "forget"):
        home.library._troubled = False
        with (
            patch.object(Index, step, return_value=failing),
            pytest.raises(OSError) as caught,
        ):
            take(step)
        assert caught.value.errno == errno.EACCES
        assert home.library._troubled
        assert await home.library.check() is None
    await home.library.recover()
    assert not home.library.unfinished
    assert len(await home.library.list([DOORBELL])) == 1
