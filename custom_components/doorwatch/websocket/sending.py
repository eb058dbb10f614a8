"""Prepare a copy of a clip that a person sends to someone."""

from datetime import timedelta
from typing import Literal, TypedDict

from homeassistant.components.http.auth import async_sign_path
import voluptuous as vol

from ..actions.encoding import EncodeProgress
from ..actions.exports import file_name
from ..consent.prepare import PrepareFailed, Report
from ..consent.sending import COPY_LIFETIME
from ..domain.data import DoorwatchData
from ..paths import COPY_PATH
from .decorators import Call, with_data
from .inputs import ID
from .preparing import EDITS, async_prepare, edits_of
from .subscriptions import Subscription


class CopyReady(TypedDict):
    """The copy can be watched, sent and downloaded."""

    type: Literal["ready"]
    url: str
    download: str
    name: str
    size: int
    sha256: str
    audio: bool
    expires_in: float


type CopyEvent = EncodeProgress | PrepareFailed | CopyReady


@with_data.subscription(
    "doorwatch/copy/prepare",
    {vol.Required("clip_id"): ID, vol.Optional("edits", default=dict): EDITS},
)
async def prepare_copy(
    call: Call[DoorwatchData], subscription: Subscription[CopyEvent]
) -> None:
    """Prepare a copy of a clip; unsubscribing before it is ready cancels that."""
    connection, msg = call.connection, call.msg

    async def make(report: Report) -> CopyReady:
        copy = await call.data.prepared_copies.async_prepare(
            connection,
            msg["clip_id"],
            edits_of(msg),
            report=report,
            is_given_up=lambda: subscription.ended,
        )

        def link(query: str = "") -> str:
            return async_sign_path(
                call.hass,
                f"{COPY_PATH.format(copy.copy_id)}{query}",
                timedelta(seconds=COPY_LIFETIME),
                refresh_token_id=connection.refresh_token_id,
            )

        return {
            "type": "ready",
            "url": link(),
            "download": link("?download=1"),
            "name": file_name(call.hass, copy.clip),
            "size": copy.staged.size,
            "sha256": copy.staged.sha256,
            "audio": copy.staged.audio,
            "expires_in": COPY_LIFETIME,
        }

    await async_prepare(call, subscription, "send", make)


COMMANDS = (prepare_copy,)
