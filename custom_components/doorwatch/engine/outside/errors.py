"""What goes wrong outside."""


class OutsideError(Exception):
    """Something outside could not be reached, or must not be.

    `problem` is a translation key: `invalid_address`, `address_refused` (private,
    loopback ...), `redirected`, `too_large`, `timeout`, `cannot_connect` (also an answer
    that breaks off or is no HTTP), `tls_failed`, `bad_status` (with `status`),
    `proxy_failed` (there is a proxy, and it does not do its part). Never carries a URL.
    """

    def __init__(self, problem: str, status: int | None = None) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem
        self.status = status
