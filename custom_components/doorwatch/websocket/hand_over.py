"""Let a person download a package to hand over to the agency themselves."""

from typing import Any, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..actions.clips import personal_of
from ..domain.data import DoorwatchData
from ..paths import HAND_OVER_PATH
from .clip_json import signed
from .decorators import answering_with_data
from .inputs import ID
from .share import ChangedShare
from .share_json import share_json


class ShareAddress(TypedDict):
    """An address for one download, valid for some minutes."""

    url: str
    name: str


@websocket_command(
    {
        vol.Required("type"): "doorwatch/share/hand_over",
        vol.Required("share_id"): ID,
    }
)
@async_response
@answering_with_data
async def hand_over(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> ChangedShare:
    """Change a share that cannot be delivered into one that the person hands over."""
    share, user = await data.visible_shares.async_sharer_anew(
        connection, msg["share_id"], "hand_over"
    )
    share = await data.outbox.hand_over(share.share_id, user.id, personal_of(user))
    return {"share": share_json(data.shown_clips, share)}


@websocket_command(
    {
        vol.Required("type"): "doorwatch/share/address",
        vol.Required("share_id"): ID,
    }
)
@async_response
@answering_with_data
async def address(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> ShareAddress:
    """Return an address for one download of the package."""
    share, user = await data.visible_shares.async_sharer(
        connection, msg["share_id"], "download"
    )
    token, name = await data.outbox.handovers.address(
        share.share_id, user.id, personal_of(user)
    )
    return {"url": signed(hass, connection, HAND_OVER_PATH.format(token)), "name": name}


COMMANDS = (hand_over, address)
