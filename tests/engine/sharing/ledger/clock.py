"""A clock that tests set."""


class Clock:
    """Wall time that a test sets."""

    def __init__(self, now: float = 1_793_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now
