"""Tests of converting clips to rows of the index and back."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.doorwatch.engine.clips.index.rows import (
    from_micros,
    labels_from,
    labels_text,
    to_micros,
)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_a_time_is_kept_to_the_microsecond(moment: datetime) -> None:
    """Times are not converted to floats."""
    assert from_micros(to_micros(moment)) == moment


@pytest.mark.parametrize("hours", [-9, 0, 5.75])
def test_a_time_is_kept_as_utc(hours: float) -> None:
    """The time zone of the input doesn't matter."""
    there = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=hours)))

    kept = from_micros(to_micros(there))

    assert kept == there
    assert kept.tzinfo is UTC


def test_labels_are_kept_with_who_said_each() -> None:
    """The order is fixed, whatever the order of the input."""
    text = labels_text({"vehicle": "person", "animal": "unifiprotect"})
    assert text == "animal=unifiprotect vehicle=person"
    assert labels_from(text) == {"animal": "unifiprotect", "vehicle": "person"}
    assert labels_from(labels_text({})) == {}
