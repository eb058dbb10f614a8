"""Errors of connections to other hosts."""


class OutsideError(Exception):
    """Raised if another host can't be reached or may not be connected to.

    `problem` is a translation key: `invalid_address`, `address_refused` (private,
    loopback ...), `redirected`, `too_large`, `timeout`, `cannot_connect` (also for an
    incomplete or invalid response), `tls_failed`, `bad_status`, or `proxy_failed` (the
    proxy is invalid or doesn't work). Never contains a URL.
    """

    def __init__(self, problem: str) -> None:
        """Initialize the error with its problem."""
        super().__init__(problem)
        self.problem = problem
