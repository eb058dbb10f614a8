"""Tests of the reports about a clip that is being recorded."""

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from tests.engine.clips.homemade import DOORBELL, Home, finished, record, start


async def test_sink_tells_what_began_and_what_became_of_it(home: Home) -> None:
    opened: list[str] = []
    closed: list[tuple[str, Clip | None]] = []
    sink = LibrarySink(
        home.library, DOORBELL, opened.append, lambda *what: closed.append(what)
    )
    begun, other = start(), start()
    part = sink.begin(begun)
    record(home.source, part)
    assert (opened, closed) == ([begun.clip_id], [])
    sink.finish(finished(begun, part))
    (saved,) = await home.library.list([DOORBELL])
    sink.begin(other)
    sink.abandon(other.clip_id, "disk_full")
    assert opened == [begun.clip_id, other.clip_id]
    assert closed == [(begun.clip_id, saved), (other.clip_id, None)]
