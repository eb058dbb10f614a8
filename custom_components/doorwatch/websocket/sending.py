"""Prepare a copy of a clip that a person sends to someone."""

from datetime import timedelta
from typing import Literal, TypedDict

from homeassistant.components.http.auth import async_sign_path
import voluptuous as vol

from ..actions.encoding import EncodeProgress
from ..actions.exports import file_name
from ..actions.problems import translated_error
from ..consent.prepare import PrepareFailed
from ..consent.sending import COPY_LIFETIME
from ..domain.data import DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..paths import COPY_PATH
from .decorators import Call, with_data
from .inputs import ID
from .share import COUNTED, EDITS, edits_of
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
    """Prepare a copy of a clip; unsubscribing before it is ready cancels that.

    The result comes as soon as the person is admitted, because clients can unsubscribe
    only after it. The event `ready` or `error` is the last one.
    """
    data, connection, msg = call.data, call.connection, call.msg
    admitted = False

    def report(progress: EncodeProgress) -> None:
        nonlocal admitted
        if not admitted:
            connection.send_result(msg["id"])
            admitted = True
        subscription.send(progress)

    try:
        copy = await data.prepared_copies.async_prepare(
            connection,
            msg["clip_id"],
            edits_of(msg),
            report=report,
            is_given_up=lambda: subscription.ended,
        )
    except (SharingError, LibraryError, OSError) as err:
        if isinstance(err, SharingError) and err.problem in COUNTED:
            await data.ledger.refused(
                data.guard.caller_at(connection), f"send_{err.problem}"
            )
        if not admitted:
            raise
        if not subscription.ended:
            code = translated_error(err).translation_key or ""
            subscription.send({"type": "error", "code": code})
        return

    def link(query: str = "") -> str:
        return async_sign_path(
            call.hass,
            f"{COPY_PATH.format(copy.copy_id)}{query}",
            timedelta(seconds=COPY_LIFETIME),
            refresh_token_id=connection.refresh_token_id,
        )

    subscription.send(
        {
            "type": "ready",
            "url": link(),
            "download": link("?download=1"),
            "name": file_name(call.hass, copy.clip),
            "size": copy.staged.size,
            "sha256": copy.staged.sha256,
            "audio": copy.staged.audio,
            "expires_in": COPY_LIFETIME,
        }
    )


COMMANDS = (prepare_copy,)
