"""List and restore deleted clips."""

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
from ..domain.data import DoorwatchData
from ..engine.clips.upkeep.retention import BIN_KEPT
from .clip_json import ClipJson, async_look_into, clip_json
from .decorators import answering_with_data
from .inputs import ID


class RestoredClip(TypedDict):
    """A restored clip."""

    clip: ClipJson


class DeletedClip(ClipJson):
    """A clip in the bin."""

    deleted_at: str
    # Seconds until the clip is removed permanently.
    gone_in: float


class DeletedClips(TypedDict):
    """The clips in the bin."""

    clips: list[DeletedClip]


MOST_DELETED: Final = 200


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/deleted",
        vol.Optional("doorbell_id"): ID,
    }
)
@async_response
@answering_with_data
async def deleted_clips(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> DeletedClips:
    """List the deleted clips that this user may restore."""
    doorbells = [
        doorbell_id
        for doorbell_id in visible_doorbells(hass, connection.user)
        if msg.get("doorbell_id") in (None, doorbell_id)
        and may_control(hass, connection.user, doorbell_id)
    ]
    clips = await data.library.deleted(doorbells, limit=MOST_DELETED)
    await async_look_into(hass, data, clips)
    now = dt_util.utcnow()
    return {
        "clips": [
            {
                **clip_json(hass, data, connection, clip),
                "deleted_at": clip.deleted_at.isoformat(),
                "gone_in": max(0.0, (clip.deleted_at + BIN_KEPT - now).total_seconds()),
            }
            for clip in clips
            # Clips that retention deleted cannot be restored.
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
@answering_with_data
async def restore_clip(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> RestoredClip:
    """Restore a clip from the bin."""
    clip = await async_restore(hass, data, connection.user, msg["clip_id"])
    await async_look_into(hass, data, [clip])
    return {"clip": clip_json(hass, data, connection, clip)}


COMMANDS = (deleted_clips, restore_clip)
