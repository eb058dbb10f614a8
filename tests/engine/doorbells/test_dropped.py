"""Tests of ignored events, which are counted and logged once for each reason."""

from datetime import UTC, datetime

import pytest

from custom_components.doorwatch.engine.doorbells.dropped import (
    DroppedEvents,
    DropReason,
)


def test_each_reason_is_said_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """A source that keeps sending must not fill the log."""
    dropped = DroppedEvents("Front door")
    assert dropped.diagnostics() == {}
    before = datetime.now(UTC).isoformat()

    for why in (
        DropReason.BEFORE,
        DropReason.TOO_MANY,
        DropReason.BEFORE,
        DropReason.BEFORE,
    ):
        dropped.note(why)

    told = dropped.diagnostics()
    assert list(told) == ["before", "too_many"]
    assert isinstance(last := told["before"], dict)
    assert last["count"] == 3
    assert before <= last["last"] <= datetime.now(UTC).isoformat()
    assert [record.getMessage() for record in caplog.records] == [
        "An event from Front door was ignored: by its time, it happened before Doorwatch"
        " listened. More of them are only counted, in its diagnostics",
        "An event from Front door was ignored: too many came at once. More of them are"
        " only counted, in its diagnostics",
    ]


@pytest.mark.parametrize("why", DropReason)
def test_every_reason_has_words(
    why: DropReason, caplog: pytest.LogCaptureFixture
) -> None:
    DroppedEvents("Front door").note(why)

    assert "was ignored: " in caplog.text
