"""Times in documents: ISO 8601 UTC with milliseconds."""

from datetime import UTC, datetime


def time_text(at: datetime) -> str:
    """Format a time."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def now_text() -> str:
    """Return the current time, formatted."""
    return time_text(datetime.now(UTC))
