"""Let a person download a package to hand over to the agency themselves."""

from typing import TypedDict

import voluptuous as vol

from ..actions.clips import personal_of
from ..domain.data import DoorwatchData
from ..paths import HAND_OVER_PATH
from .clip_json import signed
from .decorators import Call, with_data
from .inputs import ID
from .share import ChangedShare
from .share_json import share_json


class ShareAddress(TypedDict):
    """An address for one download, valid for some minutes."""

    url: str
    name: str


@with_data.command("doorwatch/share/hand_over", {vol.Required("share_id"): ID})
async def hand_over(call: Call[DoorwatchData]) -> ChangedShare:
    """Change a share that cannot be delivered into one that the person hands over."""
    share, user = await call.data.visible_shares.async_sharer_anew(
        call.connection, call.msg["share_id"], "hand_over"
    )
    share = await call.data.outbox.hand_over(share.share_id, user.id, personal_of(user))
    return {"share": share_json(call.data.shown_clips, share)}


@with_data.command("doorwatch/share/address", {vol.Required("share_id"): ID})
async def address(call: Call[DoorwatchData]) -> ShareAddress:
    """Return an address for one download of the package."""
    share, user = await call.data.visible_shares.async_sharer(
        call.connection, call.msg["share_id"], "download"
    )
    token, name = await call.data.outbox.handovers.address(
        share.share_id, user.id, personal_of(user)
    )
    return {"url": signed(call, HAND_OVER_PATH.format(token)), "name": name}


COMMANDS = (hand_over, address)
