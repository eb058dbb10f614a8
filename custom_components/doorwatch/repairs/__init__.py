"""Create the flows that fix repair issues."""

from collections.abc import Mapping
from typing import Final

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.core import HomeAssistant

from .. import issues
from ..discovery import followed
from . import library, linked
from .agencies import AgencyFlow
from .base import StepFlow
from .doorbells import CodecFlow, DoorbellFlow
from .future_clips import FutureClipsFlow
from .pages import PagesFlow
from .shares import ReadFlow, ShareFlow

# The fix flow of each issue, by translation key.
_FLOWS: Final[Mapping[str, type[StepFlow]]] = {
    "disk_full": library.FullFlow,
    issues.DISK_SCARCE.kind: library.RoomFlow,
    issues.LIMIT_BEYOND.kind: library.RoomFlow,
    issues.CLOCK_JUMPED.kind: library.ClockFlow,
    issues.FUTURE_CLIPS.kind: FutureClipsFlow,
    "folder_not_writable": library.FolderFlow,
    "ledger_unusable": library.FolderFlow,
    "library_missing": library.MissingFlow,
    "ledger_damaged": library.LedgerFlow,
    issues.CLIPS_SERVED.kind: library.ServedFlow,
    issues.LIBRARY_NOT_MOVED.kind: library.MoveFlow,
    issues.NEW_FOLDER.kind: library.RestartFlow,
    issues.AGENCY.kind: AgencyFlow,
    issues.PAGES_UNKNOWN.kind: PagesFlow,
    issues.NOT_EVERY_BROWSER.kind: CodecFlow,
    followed.CAMERA_MISSING: linked.CameraFlow,
    followed.CAMERA_DISABLED: linked.CameraFlow,
    issues.STREAM_FOUND.kind: linked.StreamFoundFlow,
    issues.STREAM_LOST.kind: linked.StreamLostFlow,
    followed.RECORDINGS_DISABLED: linked.RecordingsFlow,
    followed.SOURCE_GONE: linked.SourcesFlow,
    issues.DOORBELL_UNREACHABLE.kind: DoorbellFlow,
    issues.DOORBELL_SILENT.kind: DoorbellFlow,
    issues.RECORDINGS_MISSING.kind: DoorbellFlow,
    "share_failed": ShareFlow,
    "share_stuck": ShareFlow,
    "share_needs_new_tap": ReadFlow,
    **dict.fromkeys(
        [*issues.RECEIPT_ISSUES.values(), "withdrawal_unanswered"], ReadFlow
    ),
}


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow for the issue's key, which is in its data or part of its ID.

    An issue that is not in the table can only be confirmed.
    """
    data = data or {}
    key = data.get("key") or issue_id.removesuffix(f"_{data.get('entry_id')}")
    return _FLOWS.get(str(key), ConfirmRepairFlow)()
