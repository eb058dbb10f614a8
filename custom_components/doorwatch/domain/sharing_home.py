"""Answer what the outbox asks about people, agencies and clips."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..access.permissions import may_share
from ..agencies import agencies
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.sharing.model import RequestAsShown, Share
from ..engine.sharing.outbox.lookups import AgencyAccess, Renewal
from ..household.system import async_system
from ..signals import SIGNAL_SHARE_CHANGED


@dataclass(frozen=True, slots=True)
class SharingHome:
    """The home for the outbox; its protocol `Home` describes the methods."""

    hass: HomeAssistant
    library: Library

    @callback
    def agency(self, agency_id: str) -> AgencyAccess | None:
        """Return a loaded agency."""
        return agencies.agency_access(self.hass, agency_id)

    @callback
    def agency_exists(self, agency_id: str) -> bool:
        """Return whether the agency has an entry."""
        return self.hass.config_entries.async_get_entry(agency_id) is not None

    async def renew(self, agency_id: str) -> Renewal:
        """Fetch the agency's document."""
        return await agencies.async_renew(self.hass, agency_id)

    async def may_share(self, user_id: str, clip: Clip) -> bool:
        """Return whether the user may share the clip."""
        user = await self.hass.auth.async_get_user(user_id)
        return user is not None and may_share(self.hass, user, clip.doorbell_id)

    @callback
    def request_problem(self, agency_id: str, shown: RequestAsShown) -> str | None:
        """Return why the request can no longer be answered as shown."""
        return agencies.request_problem(self.hass, agency_id, shown)

    async def system(self, clip: Clip) -> dict[str, object]:
        """Return the system that recorded the clip."""
        return await async_system(self.hass, clip.doorbell_id)

    async def other_parts(self, clip: Clip) -> tuple[str, ...]:
        """Return the IDs of the other clips of the event."""
        return await self.library.other_parts(clip)

    @callback
    def on_change(self, share: Share) -> None:
        """Notify those who show shares."""
        async_dispatcher_send(self.hass, SIGNAL_SHARE_CHANGED, share)
