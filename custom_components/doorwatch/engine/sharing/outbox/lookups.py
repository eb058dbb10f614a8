"""What the outbox asks of whoever runs it: agencies, people, clips and the time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
import random
import time
from typing import Protocol

from ...clips.model import Clip
from ..model import AgencyDocument, RequestAsShown, UploadPage


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyAccess:
    """What the outbox needs to deliver to an agency, as it is now."""

    document: AgencyDocument | UploadPage
    local: bool = False
    upload_code: str | None = field(default=None, repr=False)

    @property
    def published(self) -> AgencyDocument:
        """The document of an agency that is sent something."""
        assert isinstance(self.document, AgencyDocument)
        return self.document

    @property
    def recipients(self) -> tuple[str, ...]:
        """To whom a package is encrypted: to nobody, when nothing was published."""
        document = self.document
        return () if isinstance(document, UploadPage) else document.age_recipients


class AgencyLookup(Protocol):
    """How the outbox asks for an agency by its id.

    None when it is gone or cannot be verified now.
    """

    def __call__(self, agency_id: str) -> AgencyAccess | None:
        """Look it up."""
        ...


class Renewal(StrEnum):
    """What came of asking an agency for its document anew."""

    NOT_ASKED = "not_asked"  # it is not set up now
    TRUSTED = "trusted"
    LATER = "later"  # nobody answered, or it does not hold at this time
    REFUSED = "refused"  # what it publishes is not trusted


# Has the document of an agency fetched anew. Raises `SharingError` when what changed
# cannot be written to the ledger.
type Renew = Callable[[str], Awaitable[Renewal]]

# Whether a user (by id) is still there, active, and may share a clip.
type MayShare = Callable[[str, Clip], Awaitable[bool]]

# Why a request cannot be answered any more as it was shown, None when it can, or when
# nothing is known to the contrary: `request_changed`, `request_closed`. Nobody is asked.
type RequestProblem = Callable[[str, RequestAsShown], str | None]

# The ids of the other clips of a clip's event.
type PartsLookup = Callable[[Clip], Awaitable[tuple[str, ...]]]


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for the event, at most so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Where time comes from; tests bring another."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
    wait: Callable[[asyncio.Event, float | None], Awaitable[None]] = _wait
