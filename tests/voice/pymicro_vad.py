"""Has the name that core's assist_pipeline imports."""


class MicroVad:
    """Not used by tests."""
