"""Messages of `publish` about added and removed online keys."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from .past import Past, Version, time_of

# Homes fetch the document every 12 ± 2 hours.
FETCHED_WITHIN = timedelta(hours=14)
# Homes ask this long for a receipt or an answer to a withdrawal.
ASKED_FOR = timedelta(days=30)


def tell_keys(past: Past, now: Version, files: Mapping[str, Path]) -> Iterator[str]:
    """Yield the keys, and the next steps of a key change."""
    since = {key: past.since(key) for key in now.keys}
    yield "Online keys that it lists:"
    for key, first in since.items():
        when = f"since number {first.seq}, {first.day}" if first else "new"
        yield f"  {key}  {files[key]}, {when}"
    if past.last is None:
        return
    dropped = [key for key in past.last.keys if key not in now.keys]
    known = time_of(now.issued_at) - FETCHED_WITHIN
    # Listed so long that every running home has fetched it.
    old = [one for one in since.values() if one and time_of(one.issued_at) <= known]
    for key in dropped:
        yield f"No longer listed: {key}"
    if dropped:
        yield (
            "A home that has this document refuses what a key that is no longer listed"
            " signed: receipts and answers that it did not fetch yet, and the feed. Use"
            " a listed key at the intake, run `feed publish` with it, and give answers of"
            " the last 30 days again: `answer` signs them in the same words."
        )
        if not old:
            yield (
                "WARNING: no listed key was published 14 hours ago. Until a home fetches"
                " this document (each does within 14 hours), it refuses what these keys"
                " sign. That is right for a stolen key. Otherwise, publish again with"
                " the old key too: --online OLD --online NEW"
            )
    elif any(first is None for first in since.values()):
        after = time_of(now.issued_at) + FETCHED_WITHIN
        until = (after + ASKED_FOR).date()
        yield (
            f"Sign with the old key until {after:%Y-%m-%d %H:%M} UTC, when homes have"
            " fetched this document. Then sign with the new key. Keep listing both"
            f" until {until}, since homes ask for receipts for {ASKED_FOR.days} days."
        )
