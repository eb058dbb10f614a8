"""The commands about deleted clips."""

from typing import Any, Final, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.permissions import may_control, visible_doorbells
from ..actions.clips import async_restore
from ..actions.problems import answering
from ..engine.clips.upkeep.retention import BIN_KEPT
from ..household.household import async_get_domain
from .clip_json import ClipJson, async_look_into, clip_json
from .inputs import ID


class RestoredClip(TypedDict):
    """A clip that is back."""

    clip: ClipJson


class DeletedClip(ClipJson):
    """A clip in the bin."""

    deleted_at: str
    # Seconds until it is gone for good.
    gone_in: float


class DeletedClips(TypedDict):
    """What lies in the bin."""

    clips: list[DeletedClip]


MOST_DELETED: Final = 200


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/deleted",
        vol.Optional("doorbell_id"): ID,
    }
)
@async_response
@answering
async def deleted_clips(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> DeletedClips:
    """List what lies in the bin, for those who could take it out again."""
    data = await async_get_domain(hass)
    doorbells = [
        doorbell_id
        for doorbell_id in visible_doorbells(hass, connection.user)
        if msg.get("doorbell_id") in (None, doorbell_id)
        and may_control(hass, connection.user, doorbell_id)
    ]
    clips = await data.library.deleted(doorbells, limit=MOST_DELETED)
    await async_look_into(hass, clips)
    now = dt_util.utcnow()
    return {
        "clips": [
            {
                **clip_json(hass, connection, clip),
                "deleted_at": clip.deleted_at.isoformat(),
                "gone_in": max(0.0, (clip.deleted_at + BIN_KEPT - now).total_seconds()),
            }
            for clip in clips
            # What retention took is on its way out, and makes room.
            if clip.deleted_at is not None
            and may_control(hass, connection.user, clip.doorbell_id)
        ]
    }


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/restore",
        vol.Required("clip_id"): ID,
    }
)
@async_response
@answering
async def restore_clip(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> RestoredClip:
    """Take a clip back out of the bin."""
    clip = await async_restore(hass, connection.user, msg["clip_id"])
    await async_look_into(hass, [clip])
    return {"clip": clip_json(hass, connection, clip)}


COMMANDS = (deleted_clips, restore_clip)
