"""Which shares a user may see."""

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback

from .household import async_get_domain
from .permissions import may_view
from .sharing.errors import SharingError
from .sharing.model import Share
from .shown_clips import shown_clips


@callback
def may_see_share(hass: HomeAssistant, user: User, share: Share) -> bool:
    """Whether this user may see a share: administrators all, others their own.

    Their own only while they may see the camera; once the clip is gone nothing tells
    which camera that was, and the share is its sharer's.
    """
    if not user.is_active:
        return False
    if user.is_admin:
        return True
    doorbell_id = shown_clips(hass).doorbell_of(share.clip_id)
    return share.user_id == user.id and (
        doorbell_id is None or may_view(hass, user, doorbell_id)
    )


async def async_visible_shares(
    hass: HomeAssistant, user: User, shares: list[Share]
) -> list[Share]:
    """Pick those that this user may see, and remember the cameras of all."""
    data = await async_get_domain(hass)
    for share in shares:
        if shown_clips(hass).doorbell_of(share.clip_id) is None:
            if (clip := await data.library.get(share.clip_id)) is not None:
                shown_clips(hass).add(clip)
    return [share for share in shares if may_see_share(hass, user, share)]


async def async_visible_share(hass: HomeAssistant, user: User, share_id: str) -> Share:
    """Return the share.

    Raises `SharingError("share_unknown")`, for a hidden one too.
    """
    data = await async_get_domain(hass)
    share = await data.outbox.get(share_id)
    if share is None or not await async_visible_shares(hass, user, [share]):
        raise SharingError("share_unknown")
    return share
