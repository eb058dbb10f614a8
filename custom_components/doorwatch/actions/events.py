"""Fire events about changed clips, with IDs only and no secrets."""

from homeassistant.auth.models import User
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, callback

from ..engine.clips.model import Clip
from ..registry import camera_entity_id
from ..signals import EVENT_CLIP_CHANGED


@callback
def async_tell_change(
    hass: HomeAssistant, change: str, clip: Clip, user: User | None
) -> None:
    """Fire the event for a clip that was deleted, restored, protected or released."""
    hass.bus.async_fire(
        EVENT_CLIP_CHANGED,
        {
            "change": change,
            "clip_id": clip.clip_id,
            "doorbell_id": clip.doorbell_id,
            ATTR_ENTITY_ID: camera_entity_id(hass, clip.doorbell_id),
            "event": clip.event,
            "kinds": list(clip.kinds),
            "labels": list(clip.labels),
            "started_at": clip.started_at.isoformat(),
        },
        context=None if user is None else Context(user_id=user.id),
    )
