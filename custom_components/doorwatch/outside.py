"""The one door to the outside: everything that is fetched from or sent to another host goes through here."""

from types import TracebackType
from typing import Self

import aiohttp


class OutsideError(Exception):
    """`problem` is a translation key: `invalid_address`, `address_refused` (private, loopback ...), `redirected`,
    `too_large`, `timeout`, `cannot_connect`, `tls_failed`, `bad_status` (with `status`). Never carries a URL."""

    def __init__(self, problem: str, status: int | None = None) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem
        self.status = status


class Outside:
    """Two sessions (public, and for agencies marked "on my network"), each with a resolver that refuses at connect time.

    https only, no redirects, plain http only on loopback and only when `local`; no cookies; an unremarkable user agent;
    caps on bytes, time and decompressed size.
    """

    async def __aenter__(self) -> Self:
        """Make the sessions."""
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        raise NotImplementedError

    async def fetch(self, url: str, *, local: bool = False, limit: int = 1_000_000, timeout: float = 30) -> bytes:
        """GET, whole body, at most `limit` bytes after decompression. Raises `OutsideError`."""
        raise NotImplementedError

    def session(self, url: str, *, local: bool = False) -> aiohttp.ClientSession:
        """The session to use for `url` after checking the address; callers pass `allow_redirects=False`."""
        raise NotImplementedError
