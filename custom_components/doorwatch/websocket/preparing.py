"""Prepare a file while a dialog waits, until the dialog cancels that."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from homeassistant.core import callback
import voluptuous as vol

from ..actions.encoding import EncodeProgress
from ..actions.problems import translated_error
from ..consent.prepare import PrepareFailed, Report
from ..domain.data import DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.clips.video.redaction import MOST_REDACTIONS, Redaction
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Edits
from .decorators import Call
from .subscriptions import Subscription

SECONDS = vol.All(vol.Any(int, float), vol.Range(min=0, max=86_400), vol.Coerce(float))
FRACTION = vol.All(vol.Any(int, float), vol.Coerce(float))
# The engine checks position and number, and its errors are translated.
REDACTION = {
    vol.Required("left"): FRACTION,
    vol.Required("top"): FRACTION,
    vol.Required("width"): FRACTION,
    vol.Required("height"): FRACTION,
    vol.Optional("start"): vol.Any(None, SECONDS),
    vol.Optional("end"): vol.Any(None, SECONDS),
}
EDITS = {
    vol.Optional("start"): vol.Any(None, SECONDS),
    vol.Optional("end"): vol.Any(None, SECONDS),
    vol.Optional("audio", default=False): bool,
    vol.Optional("redact", default=list): vol.All(
        vol.Length(max=2 * MOST_REDACTIONS), [REDACTION]
    ),
}
# Refusals that are written to the ledger; other problems are failures, not attempts.
COUNTED = frozenset(
    {
        "not_allowed",
        "foreign_client",
        "address_new",
        "clip_unknown",
        "pin_wrong",
        "pin_locked",
        "sharing_closed",
        "core_changed",
    }
)


@callback
def edits_of(msg: Mapping[str, Any]) -> Edits:
    """Return the edits of a message with `EDITS`."""
    edits = msg["edits"]
    return Edits(
        start=edits.get("start"),
        end=edits.get("end"),
        audio=edits["audio"],
        redact=tuple(Redaction(**area) for area in edits["redact"]),
    )


async def async_prepare[Ready](
    call: Call[DoorwatchData],
    subscription: Subscription[EncodeProgress | PrepareFailed | Ready],
    attempt: str,
    make: Callable[[Report], Awaitable[Ready]],
) -> None:
    """Answer a command that prepares a file, and send the event that `make` returns.

    The result is sent with the first progress, because clients can unsubscribe only
    after it. A later error is an event, and ends the subscription. Refusals are written
    to the ledger, with the name of the attempt.
    """
    connection, data = call.connection, call.data
    answered = False

    @callback
    def report(event: EncodeProgress | PrepareFailed) -> None:
        nonlocal answered
        if subscription.ended:
            return
        if not answered:
            answered = True
            connection.send_result(call.msg["id"])
        subscription.send(event)

    try:
        ready = await make(report)
    except (SharingError, LibraryError, OSError) as err:
        if isinstance(err, SharingError) and err.problem in COUNTED:
            caller = data.guard.caller_at(connection)
            await data.ledger.refused(caller, f"{attempt}_{err.problem}")
        if not answered:
            raise
        problem = translated_error(err)
        code = problem.translation_key or ""
        report({"type": "error", "code": code, "message": str(problem)})
        subscription.end()
    except Exception:
        # After the result, the client ignores the error that Home Assistant sends.
        if answered:
            report({"type": "error", "code": "unexpected", "message": ""})
        raise
    else:
        subscription.send(ready)
