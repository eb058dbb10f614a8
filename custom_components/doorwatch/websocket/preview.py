"""Create a preview of a clip that the browser cannot play."""

from typing import Any, Final, Literal, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant, callback
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
from .decorators import subscribing_with_data
from .inputs import ID
from .subscriptions import Events, Subscription


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


PREVIEW_EVENTS: Final = Events[PreviewEvent]("doorwatch/clips/preview")


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/preview",
        vol.Required("clip_id"): ID,
    }
)
@async_response
@subscribing_with_data
async def preview_clip(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
    subscription: Subscription,
) -> None:
    """Create a preview and send its progress; unsubscribing cancels it."""
    msg_id: int = msg["id"]
    clip = await async_visible_clip(hass, data.library, connection.user, msg["clip_id"])
    task = hass.async_create_background_task(
        _async_make(hass, data, connection, msg_id, clip),
        f"doorwatch preview {clip.clip_id}",
        eager_start=False,
    )
    subscription.add(task.cancel)
    connection.send_result(msg_id)


async def _async_make(
    hass: HomeAssistant,
    data: DoorwatchData,
    connection: ActiveConnection,
    msg_id: int,
    clip: Clip,
) -> None:
    @callback
    def progress(done: float) -> None:
        PREVIEW_EVENTS.send(
            connection, msg_id, {"type": "progress", "fraction": round(done, 3)}
        )

    try:
        known = await data.previews.async_find()
        new = not known.has(clip.clip_id)
        await known.make(clip, progress)
        # The clip may have been deleted, or the permission revoked.
        await async_visible_clip(hass, data.library, connection.user, clip.clip_id)
    except (SharingError, LibraryError, OSError) as err:
        problem = translated_error(err)
        PREVIEW_EVENTS.send(
            connection,
            msg_id,
            {
                "type": "failed",
                "code": problem.translation_key or "",
                "message": str(problem),
            },
        )
        return
    url = signed(hass, connection, CLIP_PREVIEW_PATH.format(clip.clip_id))
    PREVIEW_EVENTS.send(connection, msg_id, {"type": "ready", "url": url})
    if new:
        async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip)


COMMANDS = (preview_clip,)
