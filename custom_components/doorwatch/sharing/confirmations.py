"""The single-use proof that a person saw what will be sent and tapped Share."""

from collections.abc import Callable

from .model import AgencyAsShown, Intent, SharingError

LIFETIME = 600.0  # seconds from ready; long enough to watch a clip twice, too short to be collected


class ConfirmationRefused(SharingError):
    """`problem` is always `confirmation_required`; `reason` is for the ledger only.

    Reasons: missing, unknown, expired, other_connection, other_user, other_clip, other_agency, agency_changed,
    staged_changed.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason apart from what callers are told."""
        super().__init__("confirmation_required")
        self.reason = reason


class Confirmations:
    """All open confirmations, in memory only: a restart voids them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Use this clock."""
        raise NotImplementedError

    def issue(self, connection: object, intent: Intent) -> str:
        """Remember what was shown on this connection; returns the token (256 random bits)."""
        raise NotImplementedError

    def redeem(
        self,
        token: str | None,
        *,
        connection: object | None,
        user_id: str | None,
        clip_id: str,
        agency_id: str,
        agency: AgencyAsShown | None,
    ) -> Intent:
        """Use it up and return what it stands for. Raises `ConfirmationRefused` and then consumes nothing."""
        raise NotImplementedError

    def drop(self, token: str) -> Intent | None:
        """The person closed the dialog (or the connection went away): forget it; the caller removes the staged file."""
        raise NotImplementedError

    def drop_expired(self) -> list[Intent]:
        """Forget what is over; the caller removes the staged files."""
        raise NotImplementedError
