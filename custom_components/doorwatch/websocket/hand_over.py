"""The card's commands about what a person takes out of the home themselves."""

from typing import Any, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..access.visible_shares import async_sharer, async_sharer_anew
from ..actions.clips import personal_of
from ..actions.problems import answering
from ..household.household import async_get_domain
from ..paths import HAND_OVER_PATH
from .clip_json import signed
from .inputs import ID
from .share import ChangedShare
from .share_json import share_json


class ShareAddress(TypedDict):
    """An address for one download, that lives some minutes."""

    url: str
    name: str


@websocket_command(
    {
        vol.Required("type"): "doorwatch/share/hand_over",
        vol.Required("share_id"): ID,
    }
)
@async_response
@answering
async def hand_over(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> ChangedShare:
    """Have the person hand over what does not reach its agency."""
    data = await async_get_domain(hass)
    share, user = await async_sharer_anew(
        hass, connection, msg["share_id"], "hand_over"
    )
    share = await data.outbox.hand_over(share.share_id, user.id, personal_of(user))
    return {"share": share_json(hass, share)}


@websocket_command(
    {
        vol.Required("type"): "doorwatch/share/address",
        vol.Required("share_id"): ID,
    }
)
@async_response
@answering
async def address(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> ShareAddress:
    """Give an address for one download of what the person hands over."""
    data = await async_get_domain(hass)
    share, user = await async_sharer(hass, connection, msg["share_id"], "download")
    token, name = await data.outbox.handovers.address(
        share.share_id, user.id, personal_of(user)
    )
    return {"url": signed(hass, connection, HAND_OVER_PATH.format(token)), "name": name}


COMMANDS = (hand_over, address)
