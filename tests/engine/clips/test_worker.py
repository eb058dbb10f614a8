"""The thread that does one thing after another."""

import time
import weakref

from custom_components.doorwatch.engine.clips.worker import Worker


class Answer:
    """Something to return; nothing else refers to it."""


def test_what_was_returned_goes_with_who_asked() -> None:
    """Not only when something else is asked for: that may be a list of all clips."""
    worker = Worker("test")
    asked = worker.submit(Answer)
    answer = weakref.ref(asked.result(10))
    del asked

    deadline = time.monotonic() + 10
    while answer() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert answer() is None
    assert worker.shutdown(10)
