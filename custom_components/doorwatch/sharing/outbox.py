"""The durable outbox: a share survives restart, power cut and a week without network."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from ..outside import Outside
from .keys import HomeKeys
from .ledger import Ledger
from .model import AgencyDocument, Intent, Share


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyAccess:
    """What the outbox needs to deliver to an agency, as it is now."""

    document: AgencyDocument
    local: bool
    upload_code: str | None


class AgencyLookup(Protocol):
    """How the outbox asks for an agency by its id; None when it is gone or cannot be verified now."""

    def __call__(self, agency_id: str) -> AgencyAccess | None: ...


class Outbox:
    """SQLite (synchronous=FULL) and the staged files it took over; one background worker per agency."""

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        ledger: Ledger,
        keys: HomeKeys,
        outside: Outside,
        agencies: AgencyLookup,
        system: Callable[[], Awaitable[dict[str, object]]],
        on_change: Callable[[Share], None],
    ) -> Self:
        """Open or make it; nothing is sent before `start`. `on_change` is called in the event loop."""
        raise NotImplementedError

    async def start(self, *, restored: bool = False) -> None:
        """Go on with what is unfinished; after a restore from backup every unfinished share needs a new tap."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop the workers where they are; nothing is lost."""
        raise NotImplementedError

    async def add(self, intent: Intent, *, cancel_window: float) -> Share:
        """Take over the staged file (moved into the outbox) and the intent, durable when this returns; ledger line
        `confirmed`."""
        raise NotImplementedError

    async def cancel(self, share_id: str) -> Share:
        """Undo while nothing has left. `SharingError("too_late")` once the first byte has."""
        raise NotImplementedError

    async def retry(self, share_id: str) -> Share:
        """Try a failed share again now."""
        raise NotImplementedError

    def agency_changed(self, agency_id: str) -> None:
        """Look at this agency again: terms may have changed, or it is back."""
        raise NotImplementedError

    async def list(self, limit: int = 50) -> list[Share]:
        """Newest first."""
        raise NotImplementedError

    async def get(self, share_id: str) -> Share | None:
        """One share."""
        raise NotImplementedError
