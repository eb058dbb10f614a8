"""Create a preview of a clip that the browser cannot play."""

from typing import Literal, TypedDict

from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
import voluptuous as vol

from ..actions.clips import async_visible_clip
from ..actions.problems import translated_error
from ..domain.data import DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..paths import CLIP_PREVIEW_PATH
from ..signals import SIGNAL_CLIP_CHANGED
from .clip_json import signed
from .decorators import Call, with_data
from .inputs import ID
from .subscriptions import Subscription


class PreviewProgress(TypedDict):
    """The progress of a preview, from 0 to 1."""

    type: Literal["progress"]
    fraction: float


class PreviewReady(TypedDict):
    """The preview is ready."""

    type: Literal["ready"]
    url: str


class PreviewFailed(TypedDict):
    """The preview failed."""

    type: Literal["failed"]
    code: str
    message: str


type PreviewEvent = PreviewProgress | PreviewReady | PreviewFailed


@with_data.subscription("doorwatch/clips/preview", {vol.Required("clip_id"): ID})
async def preview_clip(
    call: Call[DoorwatchData], subscription: Subscription[PreviewEvent]
) -> None:
    """Create a preview and send its progress; unsubscribing cancels it."""
    clip = await async_visible_clip(
        call.hass, call.data.library, call.user, call.msg["clip_id"]
    )
    task = call.hass.async_create_background_task(
        _async_make(call, subscription, clip),
        f"doorwatch preview {clip.clip_id}",
        eager_start=False,
    )
    subscription.add(task.cancel)
    call.connection.send_result(call.msg["id"])


async def _async_make(
    call: Call[DoorwatchData], subscription: Subscription[PreviewEvent], clip: Clip
) -> None:
    hass, data = call.hass, call.data

    @callback
    def progress(done: float) -> None:
        subscription.send({"type": "progress", "fraction": round(done, 3)})

    try:
        known = await data.previews.async_find()
        new = not known.has(clip.clip_id)
        await known.make(clip, progress)
        # The clip may have been deleted, or the permission revoked.
        await async_visible_clip(hass, data.library, call.user, clip.clip_id)
    except (SharingError, LibraryError, OSError) as err:
        problem = translated_error(err)
        code = problem.translation_key or ""
        subscription.send({"type": "failed", "code": code, "message": str(problem)})
        return
    url = signed(call, CLIP_PREVIEW_PATH.format(clip.clip_id))
    subscription.send({"type": "ready", "url": url})
    if new:
        async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip)


COMMANDS = (preview_clip,)
