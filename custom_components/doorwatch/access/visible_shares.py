"""Check which shares a user may see."""

from dataclasses import dataclass

from homeassistant.auth.models import User
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import HomeAssistant, callback

from ..engine.clips.library import Library
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.model import Share
from ..engine.sharing.outbox.outbox import Outbox
from .guard import Guard
from .permissions import may_share, may_view
from .pin_gate import PinGate
from .shown_clips import ShownClips


@callback
def may_see_share(
    hass: HomeAssistant, shown_clips: ShownClips, user: User, share: Share
) -> bool:
    """Return whether this user may see a share: all for administrators, else their own.

    Users see their own shares only while they may see the camera. Once the clip is
    deleted and its camera unknown, they see them in any case.
    """
    if not user.is_active:
        return False
    if user.is_admin:
        return True
    doorbell_id = shown_clips.doorbell_of(share.clip_id)
    return share.user_id == user.id and (
        doorbell_id is None or may_view(hass, user, doorbell_id)
    )


@dataclass(eq=False, repr=False)
class VisibleShares:
    """The shares that each user may see."""

    hass: HomeAssistant
    library: Library
    ledger: Ledger
    outbox: Outbox
    guard: Guard
    pin_gate: PinGate
    shown_clips: ShownClips

    @callback
    def may_see(self, user: User, share: Share) -> bool:
        """Return whether this user may see a share."""
        return may_see_share(self.hass, self.shown_clips, user, share)

    async def async_filter(self, user: User, shares: list[Share]) -> list[Share]:
        """Return the shares that this user may see, and remember the cameras of all."""
        for share in shares:
            await self.async_doorbell_of(share)
        return [share for share in shares if self.may_see(user, share)]

    async def async_doorbell_of(self, share: Share) -> str | None:
        """Return and remember the doorbell of a share's clip, or None if the clip is gone."""
        if (found := self.shown_clips.doorbell_of(share.clip_id)) is not None:
            return found
        if (clip := await self.library.get(share.clip_id)) is None:
            return None
        self.shown_clips.add(clip)
        return clip.doorbell_id

    async def async_get(self, user: User, share_id: str) -> Share:
        """Return a share that this user may see.

        Raises `SharingError("share_unknown")`, also for a hidden share.
        """
        share = await self.outbox.get(share_id)
        if share is None or not await self.async_filter(user, [share]):
            raise SharingError("share_unknown")
        return share

    async def async_sharer(
        self, connection: ActiveConnection, share_id: str, what: str
    ) -> tuple[Share, User]:
        """Return a share and the person at this connection, who may share its clip.

        Raises `SharingError` with `share_unknown`, `not_allowed`, `foreign_client` or
        `address_new`. The ledger counts callers that are not people of this home.
        """
        share = await self.async_get(connection.user, share_id)
        user = await self.guard.async_person(self.ledger, connection, what)
        if not self.could_share(user, share):
            raise SharingError("not_allowed")
        return share, user

    async def async_sharer_anew(
        self, connection: ActiveConnection, share_id: str, what: str
    ) -> tuple[Share, User]:
        """Return the same as `async_sharer`, for commands that send a clip again.

        Also raises `SharingError` with `core_changed`, or with `sharing_closed`, which
        the ledger counts.
        """
        self.guard.require_known_callers()
        share, user = await self.async_sharer(connection, share_id, what)
        await self.pin_gate.async_load()
        try:
            self.pin_gate.check_open()
        except SharingError as err:
            caller = self.guard.caller_at(connection)
            await self.ledger.refused(caller, f"{what}_{err.problem}")
            raise
        return share, user

    @callback
    def could_share(self, user: User, share: Share) -> bool:
        """Return whether this user may currently share the clip of a share."""
        doorbell_id = self.shown_clips.doorbell_of(share.clip_id)
        if doorbell_id is None:
            return user.is_active and user.is_admin
        return may_share(self.hass, user, doorbell_id)
