"""A stub of the library that core's assist_pipeline imports."""


class AudioProcessor:
    """A stub that no test uses."""
