"""Test battery doorbells, which are connected only while an event lasts."""

from collections.abc import AsyncIterator
from datetime import timedelta
import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import RecorderOptions
from tests.engine.recording.conftest import OpenBench, threads
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.tcp import Gate, gate
from tests.waiting import until

from .conftest import Bench, event

ON_EVENT = RecorderOptions(pre_roll=5, post_roll=3, longest=60, on_event=True)


@pytest.fixture
async def battery(socket_enabled: None, rtsp_server: RtspServer) -> AsyncIterator[Gate]:
    """Return a doorbell that counts its connections."""
    async with gate(rtsp_server.port) as one:
        yield one


async def asleep(bench: Bench, battery: Gate) -> None:
    """Wait until the recorder is disconnected and reports no problem."""
    await until(lambda: bench.recorder.health.asleep and not battery.now)


@pytest.mark.lesson(8)
async def test_event_wakes_the_doorbell_and_the_end_lets_it_sleep(
    battery: Gate, open_bench: OpenBench
) -> None:
    """There is no connection while idle; the clip lasts from connecting to the post-roll."""
    bench = open_bench(battery.address(), ON_EVENT)
    await bench.recorder.start()
    await until(lambda: bench.healths)
    assert bench.recorder.health.asleep
    assert (bench.recorder.health.problem, battery.total) == (None, 0)

    bench.trigger()
    [clip] = await bench.clips()
    facts = check_clip(clip.path)
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert facts.starts_on_keyframe
    # The length counts from the first picture, not from the ring.
    assert len(facts.frames) / 15 >= 2.5
    await asleep(bench, battery)
    assert battery.total == 1
    told = [(health.connected, health.asleep) for health in bench.healths]
    assert told == [(False, True), (True, False), (False, True)]
    assert await bench.recorder.still()

    bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.recording)
    bench.trigger(EventKind.MOTION_ENDED)
    await bench.clips(2)
    await asleep(bench, battery)
    assert battery.total == 2
    assert bench.recorder.diagnostics()["wakes"] == 2


async def test_doorbell_that_takes_its_time_is_waited_for(
    battery: Gate, open_bench: OpenBench
) -> None:
    """It takes longer than the post-roll, and the clip still has its full length."""
    await battery.sleep()
    bench = open_bench(battery.address(), ON_EVENT)
    await bench.recorder.start()
    bench.trigger()
    over = time.monotonic() + ON_EVENT.post_roll + 1
    await until(lambda: time.monotonic() > over)
    assert threads("clip")
    assert bench.recorder.health.asleep
    await battery.wake()
    [clip] = await bench.clips()
    facts = check_clip(clip.path)
    assert facts.missing == 0
    assert len(facts.frames) / 15 >= 2.5
    assert clip.events[0].kind is EventKind.RING
    await asleep(bench, battery)


@pytest.mark.lesson(7)
async def test_ring_during_motion_extends_the_clip(
    battery: Gate, open_bench: OpenBench
) -> None:
    """There is one connection and one clip with both events."""
    bench = open_bench(battery.address(), ON_EVENT)
    await bench.recorder.start()
    bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.recording)
    bench.trigger(EventKind.RING)
    bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()
    assert {e.kind for e in clip.events} >= {EventKind.RING}
    await asleep(bench, battery)
    assert (battery.total, battery.most) == (1, 1)


async def test_a_wish_is_shown_and_can_be_ended_while_the_doorbell_wakes_up(
    battery: Gate, open_bench: OpenBench
) -> None:
    await battery.sleep()
    bench = open_bench(battery.address(), ON_EVENT)
    await bench.recorder.start()
    wish = event(EventKind.MANUAL, lasts=600)
    bench.recorder.trigger(wish)
    ongoing = bench.recorder.ongoing
    assert ongoing is not None
    assert (ongoing.since, ongoing.kinds) == (wish.at, ("manual",))
    bench.recorder.let_go()
    await until(lambda: bench.ongoing[-1] is None)
    assert not bench.sink.begun

    # The length counts from the first picture, and the recording can still be ended.
    bench.recorder.trigger(event(EventKind.MANUAL, lasts=600))
    await battery.wake()
    await until(lambda: bench.recorder.recording)
    ongoing = bench.recorder.ongoing
    assert ongoing is not None
    assert ongoing.by_hand_until is not None
    assert ongoing.by_hand_until > ongoing.since + timedelta(seconds=590)
    bench.recorder.let_go()
    [clip] = await bench.clips()
    assert clip.ended_at < ongoing.by_hand_until
    await asleep(bench, battery)


async def test_doorbell_that_cannot_be_woken_is_a_problem_after_a_while(
    battery: Gate, open_bench: OpenBench
) -> None:
    """A single failure is not reported, because the doorbell may be briefly out of reach."""
    await battery.sleep()
    options = RecorderOptions(post_roll=1, longest=60, on_event=True, wake=1.0)
    bench = open_bench(battery.address(), options)
    await bench.recorder.start()
    failed: list[object] = []
    while len(failed) < 3:
        bench.trigger()
        await until(
            lambda: bench.recorder.diagnostics()["failed_wakes"] == len(failed) + 1
        )
        failed.append(bench.recorder.health.asleep)
    assert failed == [True, True, False]
    # On a busy machine no attempt may have finished yet.
    assert bench.recorder.health.problem in {"cannot_connect", "timeout"}
    assert not bench.sink.begun
    await until(lambda: not threads("reader"))

    bench.recorder._options = ON_EVENT  # allow the usual time to wake up
    await battery.wake()
    bench.trigger()
    await until(lambda: bench.recorder.health.connected)
    await bench.clips()
    await asleep(bench, battery)
    assert bench.recorder.health.problem is None


async def test_refused_login_is_told_at_once_and_not_tried_again_and_again(
    socket_enabled: None, start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Some doorbells lock out clients that retry too often."""
    server = start_rtsp_server(login="porch:right", cams=1)
    async with gate(server.port) as battery:
        bench = open_bench(battery.address(login="porch:wrong"), ON_EVENT)
        await bench.recorder.start()
        bench.trigger()
        await until(lambda: bench.recorder.health.problem == "invalid_auth")
        assert not bench.recorder.health.asleep
        await until(lambda: not threads("reader"))
        # The second connection, without a login, asks for the authentication method.
        assert battery.total == 2
        bench.address = battery.address(login="porch:right")
        bench.trigger()
        await bench.clips()
        await asleep(bench, battery)


async def test_stop_while_waking_leaves_nothing(
    battery: Gate, open_bench: OpenBench
) -> None:
    """No clip, thread or connection remains."""
    battery.mute = True
    bench = open_bench(battery.address(), ON_EVENT)
    await bench.recorder.start()
    bench.trigger()
    await until(lambda: battery.now)
    await bench.recorder.stop()
    await until(lambda: not battery.now)
    assert not bench.sink.begun
