"""Create the flows that fix repair issues."""

from collections.abc import Mapping
from typing import Final

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.core import HomeAssistant

from ..discovery.followed import (
    CAMERA_DISABLED,
    CAMERA_MISSING,
    RECORDINGS_DISABLED,
    SOURCE_GONE,
)
from ..issues import (
    AGENCY,
    CLIPS_SERVED,
    CLOCK_JUMPED,
    DISK_SCARCE,
    DOORBELL_SILENT,
    DOORBELL_UNREACHABLE,
    FUTURE_CLIPS,
    LIBRARY_NOT_MOVED,
    LIMIT_BEYOND,
    NEW_FOLDER,
    NOT_EVERY_BROWSER,
    PAGES_UNKNOWN,
    RECEIPT_ISSUES,
    RECORDINGS_MISSING,
    STREAM_FOUND,
    STREAM_LOST,
)
from .agencies import AgencyFlow
from .base import StepFlow
from .doorbells import CodecFlow, DoorbellFlow
from .future_clips import FutureClipsFlow
from .library import (
    ClockFlow,
    FolderFlow,
    FullFlow,
    LedgerFlow,
    MissingFlow,
    MoveFlow,
    RestartFlow,
    RoomFlow,
    ServedFlow,
)
from .linked import (
    CameraFlow,
    RecordingsFlow,
    SourcesFlow,
    StreamFoundFlow,
    StreamLostFlow,
)
from .pages import PagesFlow
from .shares import ReadFlow, ShareFlow

# The fix flow of each issue, by translation key.
_FLOWS: Final[Mapping[str, type[StepFlow]]] = {
    "disk_full": FullFlow,
    DISK_SCARCE.kind: RoomFlow,
    LIMIT_BEYOND.kind: RoomFlow,
    CLOCK_JUMPED.kind: ClockFlow,
    FUTURE_CLIPS.kind: FutureClipsFlow,
    "folder_not_writable": FolderFlow,
    "ledger_unusable": FolderFlow,
    "library_missing": MissingFlow,
    "ledger_damaged": LedgerFlow,
    CLIPS_SERVED.kind: ServedFlow,
    LIBRARY_NOT_MOVED.kind: MoveFlow,
    NEW_FOLDER.kind: RestartFlow,
    AGENCY.kind: AgencyFlow,
    PAGES_UNKNOWN.kind: PagesFlow,
    NOT_EVERY_BROWSER.kind: CodecFlow,
    CAMERA_MISSING: CameraFlow,
    CAMERA_DISABLED: CameraFlow,
    STREAM_FOUND.kind: StreamFoundFlow,
    STREAM_LOST.kind: StreamLostFlow,
    RECORDINGS_DISABLED: RecordingsFlow,
    SOURCE_GONE: SourcesFlow,
    DOORBELL_UNREACHABLE.kind: DoorbellFlow,
    DOORBELL_SILENT.kind: DoorbellFlow,
    RECORDINGS_MISSING.kind: DoorbellFlow,
    "share_failed": ShareFlow,
    "share_stuck": ShareFlow,
    "share_needs_new_tap": ReadFlow,
    **dict.fromkeys([*RECEIPT_ISSUES.values(), "withdrawal_unanswered"], ReadFlow),
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
