"""Report problems with the clip folder, and whether they prevent recording."""

from collections.abc import Callable
from typing import Final, get_args

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)

from ..const import DOMAIN
from ..data import RecordingProblem
from ..issues import Issue
from ..signals import EVENT_RECORDING_CHANGED, SIGNAL_RECORDING_CHANGED

# Problems of the clip recorder, library, ledger and outbox, and their translation keys.
FOLDER_PROBLEMS: Final = {
    "disk_full": "disk_full",
    "not_writable": "folder_not_writable",
    "folder_not_writable": "folder_not_writable",
    "index_newer": "index_newer",
    "library_missing": "library_missing",
    "library_unavailable": "library_missing",
    "ledger_damaged": "ledger_damaged",
    "ledger_newer": "ledger_newer",
    "ledger_unusable": "ledger_unusable",
    "outbox_newer": "outbox_newer",
}
# While one of these issues exists, no clip can be written. The open library checks for
# them itself.
RECORDING_PROBLEMS: Final[tuple[RecordingProblem, ...]] = get_args(
    RecordingProblem.__value__
)
# These need a newer version, so the issue can't offer a fix.
NOT_FIXABLE: Final = {"index_newer", "ledger_newer", "outbox_newer"}


@callback
def async_folder_problem(hass: HomeAssistant, problem: str) -> None:
    """Show an issue for the problem with the clip folder; "ok" ends all of them."""
    current = FOLDER_PROBLEMS.get(problem)
    before = recording_problem(hass)
    for key in set(FOLDER_PROBLEMS.values()):
        issue = Issue(kind=key, severity=ir.IssueSeverity.ERROR)
        if key == current:
            issue.show(hass, fixable=key not in NOT_FIXABLE)
        else:
            issue.end(hass)
    if (now := recording_problem(hass)) != before:
        hass.bus.async_fire(EVENT_RECORDING_CHANGED, {"problem": now})
        async_dispatcher_send(hass, SIGNAL_RECORDING_CHANGED)


@callback
def recording_problem(hass: HomeAssistant) -> RecordingProblem | None:
    """Return why no clip of any doorbell can be written now, or None."""
    issues = ir.async_get(hass)
    for problem in RECORDING_PROBLEMS:
        found = issues.async_get_issue(DOMAIN, problem)
        if found is not None and found.active:
            return problem
    return None


@callback
def async_follow_recording(
    hass: HomeAssistant, tell: Callable[[RecordingProblem | None], None]
) -> CALLBACK_TYPE:
    """Call `tell` with the result of `recording_problem`, now and when it changes."""

    @callback
    def look() -> None:
        tell(recording_problem(hass))

    look()
    return async_dispatcher_connect(hass, SIGNAL_RECORDING_CHANGED, look)
