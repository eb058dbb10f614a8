"""Test that labels are assigned to the clip of their time, even if they are reported late."""

import asyncio
from dataclasses import replace

from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellEvent,
    EventKind,
    kinds_of,
)
from custom_components.doorwatch.engine.recording.sightings import (
    AFTER,
    BEFORE,
    RecentSightings,
    Sightings,
)
from tests.engine.recording.conftest import OPTIONS, OpenBench, event
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

ONVIF = "onvif"


async def test_clip_bears_what_was_seen_before_it_within_it_and_just_after(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Labels do not begin, end or extend a clip; each is listed once, with its first source."""
    bench = open_bench(rtsp_server.address("cam1"))
    await bench.recorder.start()
    await bench.filled(4)
    bench.see(animal=ONVIF)
    assert bench.recorder.ongoing is None
    bench.recorder.trigger(event(EventKind.MOTION, person=ONVIF))
    bench.see(person="reolink", vehicle="reolink")
    bench.recorder.trigger(event(EventKind.MOTION_ENDED))
    [clip] = await bench.clips()
    assert clip.labels == {"animal": ONVIF, "person": ONVIF, "vehicle": "reolink"}
    assert list(clip.labels) == sorted(clip.labels)
    assert [one.kind for one in clip.events] == [
        EventKind.MOTION,
        EventKind.MOTION_ENDED,
    ]
    [begun] = bench.sink.begun
    assert {"animal", "person"} <= {*begun.labels}
    await until(lambda: not bench.recorder.recording and not bench.recorder.ongoing)
    bench.see(ago=OPTIONS.post_roll, package=ONVIF)
    await until(lambda: bench.late == [(clip.clip_id, {"package": ONVIF})])
    assert len(bench.sink.begun) == 1
    assert bench.recorder.diagnostics()["events"] == 2


async def test_what_is_told_while_a_clip_is_recorded_is_noted_before_its_end(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Each label is written once, and before the clip ends, because the process may be killed."""
    bench = open_bench(rtsp_server.address("cam1"))
    await bench.recorder.start()
    await bench.filled(2)
    bench.recorder.trigger(event(EventKind.MOTION))
    await until(lambda: bench.recorder.recording)
    assert bench.sink.noted == []
    bench.see(person=ONVIF)
    await until(lambda: bench.sink.noted)
    bench.see(person=ONVIF)
    bench.recorder.trigger(event(EventKind.MOTION))
    bench.recorder.trigger(event(EventKind.RING))
    await until(lambda: len(bench.sink.noted) == 2)
    bench.recorder.trigger(event(EventKind.MOTION_ENDED))
    [clip] = await bench.clips()
    assert [dict(one.labels) for one in bench.sink.noted] == [{"person": ONVIF}] * 2
    assert [kinds_of(one.events) for one in bench.sink.noted] == [
        ("motion",),
        ("ring", "motion"),
    ]
    assert {one.clip_id for one in bench.sink.noted} == {clip.clip_id}
    assert clip.labels == {"person": ONVIF}


async def test_what_is_seen_between_two_clips_belongs_to_one_of_them(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The next clip gets the label if it begins soon enough for its pre-roll to show it."""
    bench = open_bench(
        rtsp_server.address("cam1"), replace(OPTIONS, pre_roll=1, post_roll=1)
    )
    await bench.recorder.start()
    await bench.filled(2)
    bench.trigger()
    [first] = await bench.clips()
    await until(lambda: not bench.recorder.ongoing)
    bench.see(vehicle=ONVIF)
    bench.trigger()
    [_, second] = await bench.clips(2)
    assert (first.labels, second.labels) == ({}, {"vehicle": ONVIF})
    await until(lambda: not bench.recorder.ongoing)
    bench.see(person=ONVIF)
    await until(lambda: bench.late == [(second.clip_id, {"person": ONVIF})])


def seen(at: float, *labels: str, said_by: str = ONVIF) -> DoorbellEvent:
    """Return the labels of a moment."""
    return replace(
        event(EventKind.SEEN), monotonic=at, labels=dict.fromkeys(labels, said_by)
    )


def test_each_part_bears_what_was_seen_in_it() -> None:
    """Labels belong to the part of their time, or between two parts to the later one."""
    late: list[tuple[str, dict[str, str]]] = []
    sightings = Sightings(
        10, lambda clip_id, labels: late.append((clip_id, {**labels}))
    )
    assert not sightings.add(seen(9.9, "animal"))
    assert sightings.add(seen(10, "person"))
    assert sightings.add(seen(21, "vehicle"))
    assert sightings.add(seen(20, "person", said_by="reolink"))
    assert sightings.known() == {"person": ONVIF, "vehicle": ONVIF}
    assert sightings.close("first", 20) == {"person": ONVIF}
    assert sightings.add(seen(25, "person"))
    assert sightings.add(seen(19, "package"))
    assert late == [("first", {"package": ONVIF})]
    assert sightings.known() == {"person": ONVIF, "vehicle": ONVIF}
    assert sightings.close("second", 30) == {"person": ONVIF, "vehicle": ONVIF}

    # A third part may follow until the time for late labels is over.
    assert sightings.add(seen(31, "animal"))
    assert sightings.add(seen(31 + AFTER, "vehicle"))
    assert not sightings.add_after(seen(32, "package"))
    sightings.end()
    assert late[1:] == [("second", {"animal": ONVIF})]
    assert not sightings.add(seen(32, "package"))
    assert sightings.add_after(seen(32, "package"))
    assert late[2:] == [("second", {"package": ONVIF})]
    assert not sightings.add_after(seen(30 + AFTER + 0.1, "package"))
    assert not sightings.add_after(seen(29, "package"))


def test_camera_that_says_the_same_all_the_time_drowns_nothing() -> None:
    """Thousands of reports of a parked car do not displace the single report of a person."""
    late: list[tuple[str, dict[str, str]]] = []
    sightings = Sightings(0, lambda clip_id, labels: late.append((clip_id, {**labels})))
    sightings.add(seen(1, "person"))
    for number in range(20_000):
        sightings.add(seen(2 + number / 100, "vehicle"))
    sightings.add(seen(150, "animal"))
    assert sightings.close("first", 100) == {"person": ONVIF, "vehicle": ONVIF}
    assert sightings.close("second", 200) == {"animal": ONVIF, "vehicle": ONVIF}

    # Each label is reported once per clip, so that it is written once.
    for number in range(500):
        sightings.add(seen(101 + number / 100, "vehicle", "package"))
    assert late == [("second", {"package": ONVIF})]
    for number in range(500):
        sightings.add(seen(201 + number / 100, "person"))
    sightings.end()
    for number in range(500):
        sightings.add_after(seen(201 + number / 100, "person"))
    assert late[1:] == [("second", {"person": ONVIF})]


def test_clip_that_never_had_a_picture_takes_nothing_late() -> None:
    """The doorbell did not wake up."""
    sightings = Sightings(0, lambda clip_id, labels: None)
    sightings.add(seen(1, "person"))
    sightings.end()
    assert not sightings.add_after(seen(2, "person"))


async def test_what_belongs_to_no_clip_is_forgotten() -> None:
    """Labels without a clip do not appear in later clips."""
    late: list[str] = []
    recent = RecentSightings(
        0, lambda clip_id, labels: late.append(clip_id), asyncio.get_running_loop()
    )
    recent.add(seen(10, "animal"))
    assert recent.begin(seen(10 + BEFORE + 0.1)).known() == {}
    clip = recent.begin(seen(20, "person"))
    assert clip.known() == {"person": ONVIF}
    # A label of an earlier time that is reported late is not added to this clip.
    recent.add(seen(12, "vehicle"))
    assert clip.known() == {"person": ONVIF}
    assert late == []
    recent.stop()
