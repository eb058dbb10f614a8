"""The errors of this room."""


class SharingError(Exception):
    """Something in sharing failed.

    `problem` is a translation key, never an address with a secret or a token.
    """

    def __init__(self, problem: str, **placeholders: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem
        self.placeholders = placeholders


class DeliveryError(SharingError):
    """An upload ended early; `permanent` when trying again cannot mend it."""

    def __init__(self, problem: str, *, permanent: bool) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.permanent = permanent
