"""Network faults must have next to no effect that a homeowner notices.

A failure names the seed and the number of each fault. The same seed applies the same
faults to the same doorbells in the same order.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
import contextlib
import logging
import random
import statistics
import threading

import av
import pytest

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.media import is_whole
from tests import videos as media
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.series import SEED, drawn_from, series, times
from tests.waiting import until

from .doors import Door, Held, held
from .plan import GENTLE, KINDS, plan
from .proxy import Line, Proxy
from .scene import Scene, untold

DOORS = 8
FAULTS = 128
WARM_UP = 32  # faults
# MB by which memory may grow: the heap fragments as clips come and go. A leaked
# connection keeps at least 200 kB, which is about 100 MB after all faults.
MAY_GROW = 40
# Connection attempts after a fault. The first one succeeds unless this machine was too
# busy to respond in time.
MOST_ATTEMPTS = 5


@pytest.fixture
def thread_errors() -> Iterator[list[str]]:
    """Return the exceptions that unexpectedly ended threads."""
    errors: list[str] = []
    before = threading.excepthook
    threading.excepthook = lambda args: errors.append(
        f"{args.thread}: {args.exc_value!r}"
    )
    yield errors
    threading.excepthook = before


async def play(
    lines: Sequence[Line], library: Library, seed: int, first: int, count: int
) -> list[Door]:
    """Apply faults to all doors at once, with events in between, then stop."""
    doors = [Door(number, line, library) for number, line in enumerate(lines)]
    faults = plan(seed, first + count)[first:]
    try:
        await asyncio.gather(*(door.recorder.start() for door in doors))
        async with asyncio.TaskGroup() as group:
            visits = [
                group.create_task(door.visits(random.Random(f"{seed} {door.number}")))
                for door in doors
            ]
            async with asyncio.TaskGroup() as suffering:
                for door in doors:
                    mine = [f for f in faults if f.number % DOORS == door.number]
                    suffering.create_task(door.suffer(mine))
            for visit in visits:
                visit.cancel()
        await asyncio.gather(*(door.last_ring() for door in doors))
    finally:
        await asyncio.gather(*(door.recorder.stop() for door in doors))
    return doors


def test_a_short_series_has_each_kind() -> None:
    """The faults of a run of all tests include each kind."""
    assert {fault.kind for fault in plan(SEED, FAULTS)} == KINDS.keys()


@series
@pytest.mark.timeout(900)
@pytest.mark.lesson(1)
async def test_faults_cost_what_was_not_sent_and_no_more(
    start_rtsp_server: StartRtspServer,
    proxy: Proxy,
    library: Library,
    thread_errors: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    seed, count = drawn_from(), times(FAULTS)
    print(f"\n{count} faults")
    caplog.set_level(logging.INFO, "tests.faults.proxy")
    server: RtspServer = start_rtsp_server(cams=DOORS)
    lines = [await proxy.line(server.port) for _ in range(DOORS)]
    loop_errors: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: loop_errors.append(str(context))
    )

    # Allocate everything that is created only once.
    doors = await play(lines, library, seed, 0, WARM_UP)
    before = await settled(lines, None)
    doors += await play(lines, library, seed, WARM_UP, count - WARM_UP)
    after = await settled(lines, before)

    tell(doors, before, after)
    assert after.threads == before.threads
    assert after.sockets <= before.sockets
    assert after.files <= before.files
    assert after.memory - before.memory < MAY_GROW
    assert not thread_errors
    assert not loop_errors
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR
        or (record.levelno >= logging.WARNING and "doorwatch" in record.name)
    ]
    recovered = [each for door in doors for each in door.recovered]
    assert len(recovered) == count
    again = [each for each in recovered if each.attempts > 1]
    assert len(again) <= count / 10, again
    assert all(each.attempts <= MOST_ATTEMPTS for each in again), again
    for door in doors:
        assert not door.errors
        assert not door.sink.abandoned
        told = {id(event) for event in door.told}
        # Each clip belongs to events that were triggered.
        assert {id(e) for clip in door.sink.finished for e in clip.events} <= told
    await check_clips(library, doors)


async def settled(lines: list[Line], before: Held | None) -> Held:
    """Return the resources held after threads and connections have ended."""
    if before is not None:
        with contextlib.suppress(TimeoutError):
            await until(
                lambda: (
                    (now := held()).sockets <= before.sockets
                    and now.threads == before.threads
                ),
                "sockets and threads",
                20,
            )
    else:
        await until(
            lambda: not any(line.connections for line in lines),
            "the server to let go of the last clients",
        )
    return held()


def tell(doors: list[Door], before: Held, after: Held) -> None:
    """Print the measurements."""
    times = [each for door in doors for each in door.recovered]
    harsh = sorted(each.seconds for each in times if each.fault.kind not in GENTLE)
    print(
        f"pictures again after a fault that ends connections: median"
        f" {statistics.median(harsh):.2f} s, 95 % {harsh[int(len(harsh) * 0.95)]:.2f} s,"
        f" longest {harsh[-1]:.2f} s ({len(harsh)} of {len(times)})"
    )
    kinds = defaultdict(list)
    for each in times:
        kinds[each.fault.kind].append(each.seconds)
    for kind, took in sorted(kinds.items()):
        print(
            f"  {kind:20} {len(took):4}  median {statistics.median(took):5.2f} s"
            f"  longest {max(took):5.2f} s"
        )
    attempts = Counter(each.attempts for each in times)
    print(f"attempts to connect: {dict(sorted(attempts.items()))}")
    print(f"threads {len(before.threads)} -> {len(after.threads)}", end=", ")
    print(f"sockets {before.sockets} -> {after.sockets}", end=", ")
    print(f"files {before.files} -> {after.files}", end=", ")
    print(f"memory {before.memory:.1f} -> {after.memory:.1f} MB", end=", ")
    print(f"{after.at - before.at:.0f} s")


async def check_clips(library: Library, doors: list[Door]) -> None:
    """Check that every recording is listed, can be played and records its gaps."""
    scene = Scene(media.make(media.SMALL))
    clips: list[Clip] = []
    for number in range(DOORS):
        listed = await library.list([f"door-{number}"], limit=10_000)
        noted = [d.sink.finished for d in doors if d.number == number]
        assert {clip.clip_id for clip in listed} == {
            clip.clip_id for finished in noted for clip in finished
        }
        clips += listed
    for clip in clips:
        await asyncio.to_thread(check_file, clip)
    events: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        assert await library.verify(clip.clip_id)
        events[clip.event_id].append(clip)
    gaps = sum(len(clip.gaps) for clip in clips)
    print(f"{len(clips)} clips of {len(events)} events, {gaps} gaps told")
    missed = await asyncio.to_thread(
        lambda: [
            (parts[0].doorbell_id, hole)
            for parts in events.values()
            for hole in untold(scene, parts)
        ]
    )
    assert not missed


def samples(clip: Clip) -> list[tuple[int | None, int | None, int]]:
    """Return the DTS, PTS and size of all pictures in a file, including hidden ones."""
    with av.open(clip.path, options={"ignore_editlist": "1"}) as container:
        packets = container.demux(container.streams.video[0])
        return [(packet.dts, packet.pts, packet.size) for packet in packets]


def check_file(clip: Clip) -> None:
    """Check that a clip is a valid MP4 with all its playable frames."""
    assert is_whole(clip.path), clip
    pictures = 0
    last = -1
    with av.open(clip.path) as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        for packet in container.demux():
            if packet.stream_index == video.index and packet.size:
                assert packet.is_keyframe or pictures, clip
                assert packet.dts is not None and packet.dts > last, clip
                last = packet.dts
                pictures += 1
            # Pictures damaged in transit may fail to decode.
            with contextlib.suppress(av.FFmpegError):
                packet.decode()
    assert pictures == clip.frames, (clip, samples(clip))
    with av.open(clip.thumbnail) as container:
        assert next(container.decode(video=0)).width
