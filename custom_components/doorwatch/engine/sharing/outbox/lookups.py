"""Define what the outbox needs from its home: agencies, people, clips, time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
import random
import time
from typing import Protocol

from ...clips.model import Clip
from ...outside.door import Outside
from ..agency import AgencyDocument, UploadPage
from ..model import RequestAsShown, Share
from .tus import TusClient


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyAccess:
    """The agency's current data that a delivery needs."""

    document: AgencyDocument | UploadPage
    local: bool = False
    upload_code: str | None = field(default=None, repr=False)

    @property
    def published(self) -> AgencyDocument:
        """Return the document; the agency must not be an upload page."""
        assert isinstance(self.document, AgencyDocument)
        return self.document

    @property
    def recipients(self) -> tuple[str, ...]:
        """Return the recipients of a package; none for an upload page."""
        document = self.document
        return () if isinstance(document, UploadPage) else document.age_recipients

    def client(self, outside: Outside) -> TusClient:
        """Return a client for uploads; the agency must not be an upload page."""
        endpoint = self.published.upload_endpoint
        return TusClient(outside, endpoint, self.local, self.upload_code)


class Renewal(StrEnum):
    """The result of fetching an agency's document."""

    NOT_ASKED = "not_asked"  # the agency is not set up now
    TRUSTED = "trusted"
    LATER = "later"  # no answer, or not valid now
    REFUSED = "refused"  # the document is not trusted


class Home(Protocol):
    """The home whose clips are shared."""

    def agency(self, agency_id: str) -> AgencyAccess | None:
        """Return an agency, or None if it is removed or cannot be verified now."""

    def agency_exists(self, agency_id: str) -> bool:
        """Return whether an agency may become available again."""

    async def renew(self, agency_id: str) -> Renewal:
        """Fetch the document of an agency.

        Raises `SharingError` if changes cannot be written to the ledger.
        """

    async def may_share(self, user_id: str, clip: Clip) -> bool:
        """Return whether a user exists, is active, and may share a clip."""

    def request_problem(self, agency_id: str, shown: RequestAsShown) -> str | None:
        """Return why a request can no longer be answered as shown, or None.

        `request_changed` or `request_closed`. Does not use the network.
        """

    async def system(self, clip: Clip) -> dict[str, object]:
        """Return the recording system for the package of a clip."""

    async def other_parts(self, clip: Clip) -> tuple[str, ...]:
        """Return the IDs of the other clips of a clip's event."""

    def on_change(self, share: Share) -> None:
        """Receive a changed share, in the event loop."""


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for the event, with a timeout in seconds."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Time functions, which tests replace."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
    wait: Callable[[asyncio.Event, float | None], Awaitable[None]] = _wait
