"""Send what motion detection sees in the video while somebody watches."""

from typing import TypedDict

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, callback
import voluptuous as vol

from ..access.permissions import async_watch_permissions, may_view, visible_doorbells
from ..engine.motion.detector import FrameAnalysis
from ..engine.sharing.errors import SharingError
from ..following import async_follow_entries
from .decorators import Call, without_data
from .inputs import ID
from .subscriptions import Subscription


class MotionJson(TypedDict):
    """What motion detection found in one keyframe."""

    # The moving regions: left, top, right and bottom in percent of the picture.
    boxes: list[list[float]]
    # How many pixels of the downscaled picture changed.
    changed: int
    # How many must change near each other to count as motion.
    threshold: int


@without_data.subscription(
    "doorwatch/motion/subscribe", {vol.Required("doorbell_id"): ID}
)
async def subscribe_motion(
    call: Call[None], subscription: Subscription[MotionJson]
) -> None:
    """Send the result for each keyframe that is analyzed from now on.

    Nothing is sent while motion in the video is not detected. A doorbell that sleeps is
    not woken.
    """
    hass, doorbell_id = call.hass, call.msg["doorbell_id"]
    if doorbell_id not in visible_doorbells(hass, call.user):
        raise SharingError("no_doorbell")
    watched: object = None
    stop: CALLBACK_TYPE | None = None

    @callback
    def show(analysis: FrameAnalysis, threshold: int) -> None:
        subscription.send(
            {
                "boxes": [list(box) for box in analysis.boxes],
                "changed": analysis.changed,
                "threshold": threshold,
            }
        )

    @callback
    def end() -> None:
        nonlocal watched, stop
        if stop is not None:
            stop()
        watched = stop = None

    @callback
    def follow() -> None:
        """Watch the current doorbell, because a reload replaces it."""
        nonlocal watched, stop
        entry = hass.config_entries.async_get_entry(doorbell_id)
        if (
            entry is None
            or entry.state is not ConfigEntryState.LOADED
            or not may_view(hass, call.user, doorbell_id)
        ):
            end()
        elif watched is not entry.runtime_data:
            end()
            watched = entry.runtime_data
            stop = entry.runtime_data.picture_motion.async_view(show)

    subscription.add(async_follow_entries(hass, follow))
    subscription.add(async_watch_permissions(hass, follow))
    subscription.add(end)
    call.connection.send_result(call.msg["id"])
    follow()


COMMANDS = (subscribe_motion,)
