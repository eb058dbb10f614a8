"""Has the name that core's assist_pipeline imports."""


class AudioProcessor:
    """Not used by tests."""
