"""Define what the outbox needs from its owner: agencies, people, clips, time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
import random
import time
from typing import Protocol

from ...clips.model import Clip
from ..agency import AgencyDocument, UploadPage
from ..model import RequestAsShown


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


class AgencyLookup(Protocol):
    """Look up an agency by its ID.

    Returns None if it is removed or cannot be verified now.
    """

    def __call__(self, agency_id: str) -> AgencyAccess | None:
        """Return the agency."""
        ...


class Renewal(StrEnum):
    """The result of fetching an agency's document."""

    NOT_ASKED = "not_asked"  # the agency is not set up now
    TRUSTED = "trusted"
    LATER = "later"  # no answer, or not valid now
    REFUSED = "refused"  # the document is not trusted


# Fetches the document of an agency. Raises `SharingError` if changes cannot be written
# to the ledger.
type Renew = Callable[[str], Awaitable[Renewal]]

# Whether a user (by ID) exists, is active, and may share a clip.
type MayShare = Callable[[str, Clip], Awaitable[bool]]

# Why a request as shown can no longer be answered: `request_changed` or
# `request_closed`, or None if it can, or if unknown. Does not use the network.
type RequestProblem = Callable[[str, RequestAsShown], str | None]

# The IDs of the other clips of a clip's event.
type PartsLookup = Callable[[Clip], Awaitable[tuple[str, ...]]]


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
