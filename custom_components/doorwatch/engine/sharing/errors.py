"""Define the errors of sharing."""


class SharingError(Exception):
    """Sharing failed; `problem` is a translation key.

    It never contains an address with a secret or a token.
    """

    def __init__(self, problem: str, **placeholders: str) -> None:
        """Initialize with the translation key and its placeholders."""
        super().__init__(problem)
        self.problem = problem
        self.placeholders = placeholders


class DeliveryError(SharingError):
    """An upload failed; `permanent` if a retry cannot succeed."""

    def __init__(self, problem: str, *, permanent: bool) -> None:
        """Initialize with the translation key of the problem."""
        super().__init__(problem)
        self.permanent = permanent
