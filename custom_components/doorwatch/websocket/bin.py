"""List and restore deleted clips."""

from typing import Final, TypedDict

from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.permissions import may_control
from ..actions.clips import async_restore
from ..domain.data import DoorwatchData
from ..engine.clips.upkeep.retention import BIN_KEPT
from .clip_json import ClipJson, async_look_into, clip_json
from .decorators import Call, with_data
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


@with_data.command("doorwatch/clips/deleted", {vol.Optional("doorbell_id"): ID})
async def deleted_clips(call: Call[DoorwatchData]) -> DeletedClips:
    """List the deleted clips that this user may restore."""
    hass, user = call.hass, call.user
    doorbells = [
        doorbell_id
        for doorbell_id in call.doorbells()
        if may_control(hass, user, doorbell_id)
    ]
    clips = await call.data.library.deleted(doorbells, limit=MOST_DELETED)
    await async_look_into(call, clips)
    now = dt_util.utcnow()
    return {
        "clips": [
            {
                **clip_json(call, clip),
                "deleted_at": clip.deleted_at.isoformat(),
                "gone_in": max(0.0, (clip.deleted_at + BIN_KEPT - now).total_seconds()),
            }
            for clip in clips
            # Clips that retention deleted cannot be restored.
            if clip.deleted_at is not None and may_control(hass, user, clip.doorbell_id)
        ]
    }


@with_data.command("doorwatch/clips/restore", {vol.Required("clip_id"): ID})
async def restore_clip(call: Call[DoorwatchData]) -> RestoredClip:
    """Restore a clip from the bin."""
    clip = await async_restore(call.hass, call.data, call.user, call.msg["clip_id"])
    await async_look_into(call, [clip])
    return {"clip": clip_json(call, clip)}


COMMANDS = (deleted_clips, restore_clip)
