"""The thread that does one thing after another."""

import weakref

from custom_components.doorwatch.engine.clips.worker import Worker
from tests import waiting


class Answer:
    """Something to return; nothing else refers to it."""


def test_what_was_returned_goes_with_who_asked() -> None:
    """Not only when something else is asked for: that may be a list of all clips."""
    worker = Worker("test")
    asked = worker.submit(Answer)
    answer = weakref.ref(asked.result(10))
    del asked

    waiting.block_until(lambda: answer() is None, "the answer to go")
    assert worker.shutdown(10)
