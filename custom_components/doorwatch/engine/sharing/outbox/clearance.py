"""What is asked before a byte of a share leaves: its person, and its agency, as of now."""

from datetime import UTC, datetime
from typing import Final

from ..errors import DeliveryError, SharingError
from .jobs import Job
from .lookups import (
    AgencyAccess,
    AgencyLookup,
    Clock,
    MayShare,
    Renew,
    Renewal,
    RequestProblem,
)

# Why a share needs a new tap: whoever tapped may not any more, or nobody can tell any
# more who would get it, or nobody asks any more for what it answers.
_PERSON_MAY_NOT: Final = "sharer_not_allowed"
_AGENCY_UNVERIFIED: Final = "agency_unverified"
NOT_CLEARED: Final = frozenset(
    {_PERSON_MAY_NOT, _AGENCY_UNVERIFIED, "request_changed", "request_closed"}
)


class AgencyIsNotAsShown(Exception):
    """The agency is not what the person saw: the share stops."""


class Clearance:
    """Asks again, each time that a share is about to leave."""

    def __init__(
        self,
        agencies: AgencyLookup,
        *,
        renew: Renew,
        may_share: MayShare,
        clock: Clock,
        request_problem: RequestProblem | None = None,
    ) -> None:
        """Ask these."""
        self._agencies = agencies
        self._renew = renew
        self._may_share = may_share
        self._clock = clock
        self._request_problem = request_problem

    async def person(self, job: Job) -> None:
        """Raise `SharingError` unless the person who tapped may share the clip now."""
        if not await self._may_share(job.record.user_id, job.intent.clip):
            raise SharingError(_PERSON_MAY_NOT)

    def request(self, job: Job) -> None:
        """Raise `SharingError` when the request is known not to be what was shown.

        Only before the first byte: later the agency has a part of the answer already.
        """
        shown = job.intent.request
        if shown is None or self._request_problem is None or job.record.begun:
            return
        if (problem := self._request_problem(job.record.agency_id, shown)) is not None:
            raise SharingError(problem)

    def agency(self, job: Job) -> AgencyAccess:
        """Return the agency as it is known now, if it is still what the person saw.

        Raises `DeliveryError` when it cannot be verified now, `AgencyIsNotAsShown`.
        """
        if (access := self._holding(job)) is None:
            raise _later()
        if not job.is_as_shown(access):
            raise AgencyIsNotAsShown
        return access

    async def known_agency(self, job: Job) -> AgencyAccess:
        """Return the same; asked is only an agency of which nothing known holds."""
        if self._holding(job) is None and not job.intent.by_hand:
            await self.renew_agency(job)
        return self.agency(job)

    async def renew_agency(self, job: Job) -> None:
        """Have the agency's document fetched: what is known may be half a day old.

        Raises `DeliveryError` when nobody answers, so that nothing leaves on an old
        word; `SharingError` when what is published is not trusted.
        """
        job.connected = True
        renewal = await self._renew(job.record.agency_id)
        job.connected = renewal is not Renewal.NOT_ASKED
        if renewal is Renewal.REFUSED:
            raise SharingError(_AGENCY_UNVERIFIED)
        if renewal is not Renewal.TRUSTED:
            raise _later()

    def _holding(self, job: Job) -> AgencyAccess | None:
        """Return the agency if what is known of it holds at this time."""
        access = self._agencies(job.record.agency_id)
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        return access if access and access.document.holds_at(now) else None


def _later() -> DeliveryError:
    return DeliveryError("agency_unavailable", permanent=False)
