"""Times as they stand in documents: ISO 8601 UTC with milliseconds."""

from datetime import UTC, datetime


def time_text(at: datetime) -> str:
    """Write a time."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def now_text() -> str:
    """Write the time now."""
    return time_text(datetime.now(UTC))
