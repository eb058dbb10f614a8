"""Stop or withdraw a share for a person, and notify the person who shared it."""

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..access.parts import pin_gate
from ..engine.sharing.model import Share, ShareState, StoppedBy
from ..household.household import async_get_domain
from ..people.people import people
from ..people.stored import Ending
from ..signals import SIGNAL_SECURITY


async def async_stop_share(hass: HomeAssistant, user: User, share: Share) -> Share:
    """Stop a share before it is delivered, which a person who was filmed may do too.

    Raises `SharingError` as the outbox does.
    """
    data = await async_get_domain(hass)
    stopped = await data.outbox.cancel(share.share_id, StoppedBy(user.id))
    await _async_tell_sharer(hass, user, share, stopped)
    return stopped


async def async_withdraw_share(
    hass: HomeAssistant, user: User, share: Share, pin: str | None
) -> Share:
    """Ask the agency to delete a share; another person's share needs the PIN, if one is set.

    Raises `SharingError` as the outbox and the PIN check do.
    """
    if share.user_id != user.id:
        # This also refuses during the day after the PIN was removed without being
        # entered.
        await pin_gate(hass).async_check(pin)
    data = await async_get_domain(hass)
    withdrawn = await data.outbox.withdraw(share.share_id, user_id=user.id)
    await _async_tell_sharer(hass, user, share, withdrawn)
    return withdrawn


async def _async_tell_sharer(
    hass: HomeAssistant, user: User, share: Share, after: Share
) -> None:
    """Notify the person who shared, on the phone and in the panel, if somebody else ended it."""
    if (share.state, share.withdrawal) == (after.state, after.withdrawal):
        return  # it had already ended
    what: Ending = "stopped" if after.state is ShareState.CANCELLED else "withdrawn"
    if (
        share.user_id == user.id
        or await hass.auth.async_get_user(share.user_id) is None
    ):
        return
    name = user.name or user.id
    people(hass).note_ended_share(share.user_id, share.share_id, by=name, what=what)
    await people(hass).async_settle()
    async_dispatcher_send(
        hass, SIGNAL_SECURITY, f"share_{what}_by", {"name": name}, share.user_id
    )
