"""Check person, agency and request before any byte of a share leaves."""

from dataclasses import dataclass
from typing import Final

from ..errors import DeliveryError, SharingError
from .jobs import Job, JobRegistry
from .lookups import AgencyAccess, Renewal

# Reasons for a new tap: the person lost access, the agency cannot be verified, or the
# request has changed or ended.
_PERSON_MAY_NOT: Final = "sharer_not_allowed"
_AGENCY_UNVERIFIED: Final = "agency_unverified"
NOT_CLEARED: Final = frozenset(
    {_PERSON_MAY_NOT, _AGENCY_UNVERIFIED, "request_changed", "request_closed"}
)


class AgencyIsNotAsShown(Exception):
    """The agency is not what the person saw: the share stops."""


@dataclass(eq=False, repr=False)
class Clearance:
    """Check again each time that a share is about to leave."""

    _registry: JobRegistry

    async def person(self, job: Job) -> None:
        """Raise `SharingError` unless the person may share the clip now."""
        if not await self._registry.home.may_share(job.record.user_id, job.intent.clip):
            raise SharingError(_PERSON_MAY_NOT)

    def request(self, job: Job) -> None:
        """Raise `SharingError` if the request is known to have changed or ended.

        Only before the first byte, because later the agency already has a part of the
        answer.
        """
        shown = job.intent.request
        if shown is None or job.record.begun:
            return
        if problem := self._registry.home.request_problem(job.record.agency_id, shown):
            raise SharingError(problem)

    def agency(self, job: Job) -> AgencyAccess:
        """Return the agency if it is valid now and unchanged since the tap.

        Raises `DeliveryError` if it is not valid now, and `AgencyIsNotAsShown`.
        """
        if (access := self._registry.valid_agency(job.record.agency_id)) is None:
            raise DeliveryError("agency_unavailable", permanent=False)
        if not job.is_as_shown(access):
            raise AgencyIsNotAsShown
        return access

    async def known_agency(self, job: Job) -> AgencyAccess:
        """Return the agency as `agency` does; fetch its document if none is valid."""
        known = self._registry.valid_agency(job.record.agency_id)
        if known is None and not job.intent.by_hand:
            await self.renew_agency(job)
        return self.agency(job)

    async def renew_agency(self, job: Job) -> None:
        """Fetch the agency's document, because the stored one may be half a day old.

        Raises `DeliveryError` if the agency does not answer, so that nothing is sent
        based on an old document; `SharingError` if the new document is not trusted.
        """
        job.connected = True
        renewal = await self._registry.home.renew(job.record.agency_id)
        job.connected = renewal is not Renewal.NOT_ASKED
        if renewal is Renewal.REFUSED:
            raise SharingError(_AGENCY_UNVERIFIED)
        if renewal is not Renewal.TRUSTED:
            raise DeliveryError("agency_unavailable", permanent=False)
