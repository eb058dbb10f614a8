"""Check which shares a user may see."""

from homeassistant.auth.models import User
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import HomeAssistant, callback

from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Share
from ..household.household import async_get_domain
from .guard import async_person, caller_at, require_known_callers
from .parts import pin_gate, shown_clips
from .permissions import may_share, may_view


@callback
def may_see_share(hass: HomeAssistant, user: User, share: Share) -> bool:
    """Return whether this user may see a share: all for administrators, else their own.

    Users see their own shares only while they may see the camera. Once the clip is
    deleted and its camera unknown, they see them in any case.
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
    """Return the shares that this user may see, and remember the cameras of all."""
    for share in shares:
        await async_doorbell_of(hass, share)
    return [share for share in shares if may_see_share(hass, user, share)]


async def async_doorbell_of(hass: HomeAssistant, share: Share) -> str | None:
    """Return and remember the doorbell of a share's clip, or None if the clip is gone."""
    if (found := shown_clips(hass).doorbell_of(share.clip_id)) is not None:
        return found
    library = (await async_get_domain(hass)).library
    if (clip := await library.get(share.clip_id)) is None:
        return None
    shown_clips(hass).add(clip)
    return clip.doorbell_id


async def async_visible_share(hass: HomeAssistant, user: User, share_id: str) -> Share:
    """Return a share that this user may see.

    Raises `SharingError("share_unknown")`, also for a hidden share.
    """
    data = await async_get_domain(hass)
    share = await data.outbox.get(share_id)
    if share is None or not await async_visible_shares(hass, user, [share]):
        raise SharingError("share_unknown")
    return share


async def async_sharer(
    hass: HomeAssistant, connection: ActiveConnection, share_id: str, what: str
) -> tuple[Share, User]:
    """Return a share and the person at this connection, who may share its clip.

    Raises `SharingError` with `share_unknown`, `not_allowed`, `foreign_client` or
    `address_new`. The ledger counts callers that are not people of this home.
    """
    share = await async_visible_share(hass, connection.user, share_id)
    user = await async_person(hass, connection, what)
    if not could_share(hass, user, share):
        raise SharingError("not_allowed")
    return share, user


async def async_sharer_anew(
    hass: HomeAssistant, connection: ActiveConnection, share_id: str, what: str
) -> tuple[Share, User]:
    """Return the same as `async_sharer`, for commands that send a clip again.

    Also raises `SharingError` with `core_changed`, or with `sharing_closed`, which the
    ledger counts.
    """
    require_known_callers(hass)
    share, user = await async_sharer(hass, connection, share_id, what)
    gate = pin_gate(hass)
    await gate.async_load()
    try:
        gate.check_open()
    except SharingError as err:
        ledger = (await async_get_domain(hass)).ledger
        await ledger.refused(caller_at(hass, connection), f"{what}_{err.problem}")
        raise
    return share, user


@callback
def could_share(hass: HomeAssistant, user: User, share: Share) -> bool:
    """Return whether this user may currently share the clip of a share."""
    doorbell_id = shown_clips(hass).doorbell_of(share.clip_id)
    if doorbell_id is None:
        return user.is_active and user.is_admin
    return may_share(hass, user, doorbell_id)
