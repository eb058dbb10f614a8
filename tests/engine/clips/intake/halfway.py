"""Helpers for clips that are half recorded."""

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import replace
from datetime import timedelta
import errno
from pathlib import Path

import av
from av.stream import Stream

from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import ClipSink, FinishedClip
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    FPS,
    SECONDS,
    Home,
    event,
    finished,
    pictures,
    record,
    start,
)


@contextlib.contextmanager
def recording(source: Path, part: Path) -> Iterator[Callable[[], None]]:
    """Write the first half of a clip; yield a function that writes the rest once."""
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


def is_whole(clip: Clip) -> bool:
    """Return whether a clip is complete."""
    return (
        clip.frames == pictures(clip.path) == SECONDS * FPS
        and clip.sha256 == digest(clip.path)
        and not clip.recovered
    )


def at_home(home: Home) -> tuple[ClipSink, dict[str, Clip | None]]:
    """Return the sink for a recorder, and the clips that it reports as closed."""
    closed: dict[str, Clip | None] = {}
    sink = LibrarySink(home.library, DOORBELL, lambda _: None, closed.__setitem__)
    return sink, closed


def eventful(home: Home, sink: ClipSink) -> FinishedClip:
    """Record a clip of motion with a ring and a gap in the stream."""
    begun = replace(start(), event_id="the event", part=2)
    part = sink.begin(begun)
    record(home.source, part)
    gap = (BEGIN + timedelta(seconds=2), BEGIN + timedelta(seconds=3.5))
    rang = event(EventKind.RING, BEGIN + timedelta(seconds=1))
    return replace(finished(begun, part, *begun.events, rang), gaps=(gap,))


def assert_same(clip: Clip | None, told: FinishedClip) -> None:
    """Check that a clip matches the data of its recorder."""
    assert clip is not None
    assert clip.event == "ring"
    assert (clip.event_id, clip.part, clip.gaps) == ("the event", 2, told.gaps)
    assert (clip.started_at, clip.ended_at) == (told.started_at, told.ended_at)
    assert clip.frames == pictures(clip.path) == told.frames


FULL = OSError(errno.ENOSPC, "full")
