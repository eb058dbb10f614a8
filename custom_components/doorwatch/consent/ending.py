"""Stop or withdraw a share for a person, and notify the person who shared it."""

from dataclasses import dataclass

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..access.pin_gate import PinGate
from ..engine.sharing.model import Share, ShareState, StoppedBy
from ..engine.sharing.outbox.outbox import Outbox
from ..people.people import People
from ..people.stored import Ending
from ..signals import SIGNAL_SECURITY


@dataclass(eq=False, repr=False)
class ShareEnding:
    """Stop and withdraw shares."""

    hass: HomeAssistant
    outbox: Outbox
    pin_gate: PinGate
    people: People

    async def async_stop(self, user: User, share: Share) -> Share:
        """Stop a share before it is delivered, which a person who was filmed may do too.

        Raises `SharingError` as the outbox does.
        """
        stopped = await self.outbox.cancel(share.share_id, StoppedBy(user.id))
        await self._async_tell_sharer(user, share, stopped)
        return stopped

    async def async_withdraw(self, user: User, share: Share, pin: str | None) -> Share:
        """Ask the agency to delete a share; another person's share needs the PIN, if one is set.

        Raises `SharingError` as the outbox and the PIN check do.
        """
        if share.user_id != user.id:
            # This also refuses during the day after the PIN was removed without being
            # entered.
            await self.pin_gate.async_check(pin)
        withdrawn = await self.outbox.withdraw(share.share_id, user_id=user.id)
        await self._async_tell_sharer(user, share, withdrawn)
        return withdrawn

    async def _async_tell_sharer(self, user: User, share: Share, after: Share) -> None:
        """Notify the person who shared, on the phone and in the panel, if somebody else ended it."""
        if (share.state, share.withdrawal) == (after.state, after.withdrawal):
            return  # it had already ended
        what: Ending = "stopped" if after.state is ShareState.CANCELLED else "withdrawn"
        if (
            share.user_id == user.id
            or await self.hass.auth.async_get_user(share.user_id) is None
        ):
            return
        name = user.name or user.id
        self.people.note_ended_share(share.user_id, share.share_id, by=name, what=what)
        await self.people.async_settle()
        async_dispatcher_send(
            self.hass,
            SIGNAL_SECURITY,
            f"share_{what}_by",
            {"name": name},
            share.user_id,
        )
