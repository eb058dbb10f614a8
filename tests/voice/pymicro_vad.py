"""A stub of the library that core's assist_pipeline imports."""


class MicroVad:
    """A stub that no test uses."""
