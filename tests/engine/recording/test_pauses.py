"""How long a reader waits before it knocks again."""

import pytest

from custom_components.doorwatch.engine.recording.reader import Patience, Reader
from custom_components.doorwatch.engine.recording.ring import Ring

from .conftest import source_of


@pytest.fixture
def reader() -> Reader:
    """Make a reader that is as patient as at home; it does not run."""
    return Reader(
        "porch",
        lambda: source_of("rtsp://127.0.0.1/"),
        Ring(5),
        lambda: None,
        lambda _: None,
        Patience(),
    )


def test_knocks_are_seconds_apart_however_long_a_doorbell_is_away(
    reader: Reader,
) -> None:
    """Whoever is back after a night without power is recorded within seconds."""
    assert 0.5 <= reader._pause(1, "cannot_connect") <= 1
    assert 2.5 <= reader._pause(10_000, "timeout") <= 5


@pytest.mark.parametrize("problem", ["unsupported_codec", "invalid_address"])
def test_answer_that_may_be_garbled_is_asked_for_again_at_once(
    reader: Reader, problem: str
) -> None:
    """A damaged packet must not cost half a minute."""
    assert reader._pause(1, problem) <= 1
    assert reader._pause(2, problem) >= 15


def test_refused_login_is_not_tried_again_soon(reader: Reader) -> None:
    """Some doorbells lock out who asks too often."""
    assert reader._pause(1, "invalid_auth") >= 15
