"""The single-use proof that a person saw what will be sent and tapped Share."""

from collections.abc import Callable
from dataclasses import dataclass
import secrets
from typing import Final, Never, final, override

from ..agency import AgencyAsShown
from ..errors import SharingError
from ..model import Intent, StagedFile
from .look import Identity, identity_of

LIFETIME = 600.0  # seconds; enough to watch a clip twice, too short to collect tokens


class ConfirmationRefused(SharingError):
    """A confirmation is refused.

    `problem` is `confirmation_required`, or `request_changed` or `request_closed` for a
    person who saw the preview. `reason` is for the ledger only; docs/sharing-checks.md
    lists the reasons.
    """

    def __init__(self, reason: str, problem: str = "confirmation_required") -> None:
        """Store the reason, which callers do not get."""
        super().__init__(problem)
        self.reason = reason


class _Token:
    """The type of `_TOKEN`, which is private to this module."""


_TOKEN: Final = _Token()


@final
class Confirmed:
    """An intent that a person confirmed; only `Confirmations.redeem` creates it."""

    __slots__ = ("_intent", "_used")

    def __init__(self, intent: Intent, token: _Token) -> None:
        """Wrap the intent of a redeemed confirmation."""
        if token is not _TOKEN:
            raise TypeError("Only a redemption confirms an intent")
        self._intent = intent
        self._used = False

    @property
    def intent(self) -> Intent:
        """Return what the person saw before the tap."""
        return self._intent

    def use(self) -> Intent:
        """Return the intent to share; raise `TypeError` the second time."""
        if self._used:
            raise TypeError("A confirmed intent can be shared only once")
        self._used = True
        return self._intent

    @override
    def __reduce__(self) -> Never:
        """Refuse copies and pickles."""
        raise TypeError("A confirmed intent can't be copied")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Open:
    """A confirmation that has not been used."""

    connection: object
    intent: Intent
    is_seen: Callable[[], bool]
    request_problem: Callable[[], str | None]
    expires: float
    staged: Identity | None


class Confirmations:
    """The open confirmations, in memory only: a restart voids them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Set the monotonic clock, in seconds."""
        self._monotonic = monotonic
        self._open: dict[str, _Open] = {}

    def issue(
        self,
        connection: object,
        intent: Intent,
        is_seen: Callable[[], bool],
        request_problem: Callable[[], str | None] = lambda: None,
    ) -> str:
        """Store what is shown on this connection, and return a token of 256 random bits.

        The token is valid once `is_seen` returns true, and while `request_problem` returns
        None, which means that the request is unchanged.
        """
        token = secrets.token_urlsafe(32)
        self._open[token] = _Open(
            connection=connection,
            intent=intent,
            is_seen=is_seen,
            request_problem=request_problem,
            expires=self._monotonic() + LIFETIME,
            staged=_identity(intent.staged),
        )
        return token

    def redeem(
        self,
        token: str | None,
        *,
        connection: object | None,
        user_id: str | None,
        clip_id: str,
        agency_id: str,
        agency: AgencyAsShown | None,
    ) -> Confirmed:
        """Redeem the token, once, and return what it confirms.

        `agency` is the agency as it is now, or None if it cannot be verified. Raises
        `ConfirmationRefused`, and then keeps the confirmation.
        """
        if not token:
            raise ConfirmationRefused("missing")
        key = self._find(token)
        if key is None:
            raise ConfirmationRefused("unknown")
        found = self._open[key]
        intent = found.intent
        if self._monotonic() >= found.expires:
            raise ConfirmationRefused("expired")
        if connection is None or connection is not found.connection:
            raise ConfirmationRefused("other_connection")
        if user_id != intent.user_id:
            raise ConfirmationRefused("other_user")
        if clip_id != intent.clip.clip_id:
            raise ConfirmationRefused("other_clip")
        if agency_id != intent.agency_id:
            raise ConfirmationRefused("other_agency")
        if agency != intent.agency:
            raise ConfirmationRefused("agency_changed")
        if (problem := found.request_problem()) is not None:
            raise ConfirmationRefused(problem, problem)
        # The digest is compared when the package is made. This check finds a replaced file
        # while the person is still on the page.
        if _identity(intent.staged) != found.staged:
            raise ConfirmationRefused("staged_changed")
        if not found.is_seen():
            raise ConfirmationRefused("preview_unseen")
        del self._open[key]
        return Confirmed(intent, _TOKEN)

    def drop(self, token: str) -> Intent | None:
        """Remove a confirmation after the dialog or the connection was closed.

        The caller removes the staged file.
        """
        key = self._find(token)
        return None if key is None else self._open.pop(key).intent

    def _find(self, token: str) -> str | None:
        """Return the stored token, compared in constant time."""
        given = str(token).encode(errors="surrogatepass")
        found = None
        for known in self._open:
            if secrets.compare_digest(known.encode(), given):
                found = known
        return found


def _identity(staged: StagedFile) -> Identity | None:
    """Return the identity of a file, or None if it cannot be read."""
    try:
        return identity_of(staged.path.lstat())
    except OSError:
        return None
