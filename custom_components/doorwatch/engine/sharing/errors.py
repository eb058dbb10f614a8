"""The one error of this room."""


class SharingError(Exception):
    """Something in sharing failed.

    `problem` is a translation key, never an address with a secret or a token.
    """

    def __init__(self, problem: str, **placeholders: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem
        self.placeholders = placeholders
