"""The single-use proof that a person saw what will be sent and tapped Share."""

from collections.abc import Callable
from dataclasses import dataclass
import secrets
from typing import Final, Never, final, override

from ..errors import SharingError
from ..model import AgencyAsShown, Intent, StagedFile
from .look import Identity, identity_of

LIFETIME = 600.0  # seconds; enough to watch a clip twice, too short to be collected


class ConfirmationRefused(SharingError):
    """`problem` is `confirmation_required`; `reason` is for the ledger only.

    Reasons are listed in docs/sharing-checks.md. A person who looked and tapped is told
    `request_changed` and `request_closed`.
    """

    def __init__(self, reason: str, problem: str = "confirmation_required") -> None:
        """Keep the reason apart from what callers are told."""
        super().__init__(problem)
        self.reason = reason


class _Token:
    """The type of `_TOKEN`, which no other code has."""


_TOKEN: Final = _Token()


@final
class Confirmed:
    """What a person confirmed; created by `Confirmations.redeem` only, never copied."""

    __slots__ = ("_intent",)

    def __init__(self, intent: Intent, token: _Token) -> None:
        """Wrap the intent of a redeemed confirmation."""
        if token is not _TOKEN:
            raise TypeError("Only a redemption confirms an intent")
        self._intent = intent

    @property
    def intent(self) -> Intent:
        """What the person saw before the tap."""
        return self._intent

    @override
    def __reduce__(self) -> Never:
        """Refuse copies and pickles."""
        raise TypeError("A confirmed intent can't be copied")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Open:
    """One confirmation that nobody has used yet."""

    connection: object
    intent: Intent
    is_seen: Callable[[], bool]
    request_problem: Callable[[], str | None]
    expires: float
    staged: Identity | None


class Confirmations:
    """All open confirmations, in memory only: a restart voids them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Use this clock (seconds, never going back)."""
        self._monotonic = monotonic
        self._open: dict[str, _Open] = {}

    def issue(
        self,
        connection: object,
        intent: Intent,
        is_seen: Callable[[], bool],
        request_problem: Callable[[], str | None] = lambda: None,
    ) -> str:
        """Remember what is shown on this connection.

        Returns the token, 256 random bits. It is good once `is_seen` says so, while
        `request_problem` has none: the request is still asked as it is shown.
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
        """Use it up and return what it stands for.

        `agency` is the agency as it is now, None when that cannot be verified. Raises
        `ConfirmationRefused` and then consumes nothing.
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
        # The digest is compared when the package is made; this catches a replaced file
        # while the person can still be told at once.
        if _identity(intent.staged) != found.staged:
            raise ConfirmationRefused("staged_changed")
        # What nobody could have looked at cannot be confirmed.
        if not found.is_seen():
            raise ConfirmationRefused("preview_unseen")
        del self._open[key]
        return Confirmed(intent, _TOKEN)

    def drop(self, token: str) -> Intent | None:
        """Forget it: the person closed the dialog, or the connection went away.

        The caller removes the staged file.
        """
        key = self._find(token)
        return None if key is None else self._open.pop(key).intent

    def drop_expired(self) -> list[Intent]:
        """Forget what is over; the caller removes the staged files."""
        now = self._monotonic()
        over = [token for token, found in self._open.items() if now >= found.expires]
        return [self._open.pop(token).intent for token in over]

    def _find(self, token: str) -> str | None:
        """Return the stored token, compared so that time tells nothing about it."""
        given = str(token).encode(errors="surrogatepass")
        found = None
        for known in self._open:
            if secrets.compare_digest(known.encode(), given):
                found = known
        return found


def _identity(staged: StagedFile) -> Identity | None:
    """Return what tells one file from another without reading it."""
    try:
        return identity_of(staged.path.lstat())
    except OSError:
        return None
