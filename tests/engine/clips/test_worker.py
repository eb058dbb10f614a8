"""Tests of the thread that runs jobs in order."""

import weakref

from custom_components.doorwatch.engine.clips.worker import Worker
from tests import waiting


class Answer:
    """A result that nothing else refers to."""


def test_what_was_returned_goes_with_who_asked() -> None:
    """A result such as a list of all clips must not stay in memory until the next job."""
    worker = Worker("test")
    asked = worker.submit(Answer)
    answer = weakref.ref(asked.result(10))
    del asked

    waiting.block_until(lambda: answer() is None, "the answer to go")
    assert worker.shutdown(10)
