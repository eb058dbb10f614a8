"""Repair issues: when each appears and when it is over."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from .const import CONF_CODEC_UNDERSTOOD, DOMAIN
from .engine.clips.model import Clip
from .engine.sharing.model import ReceiptState, Share, ShareState, Withdrawal
from .names import doorbell_name
from .signals import EVENT_RECORDING_CHANGED, SIGNAL_CLIP_SAVED, SIGNAL_SHARE_CHANGED

# What the clip recorder, the library, the ledger and the outbox say, by translation key.
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
# While one of these is there no clip can be written.
STOPS_RECORDING: Final = {"disk_full", "folder_not_writable", "library_missing"}
# What the library itself looks after once it is open.
LIBRARY_PROBLEMS: Final = frozenset(
    {"disk_full", "folder_not_writable", "library_missing"}
)
# A newer version is needed: nothing that can be done from the issue.
NOT_FIXABLE: Final = {"index_newer", "ledger_newer", "outbox_newer"}
# A share that could not leave for this long wants a person.
STUCK_AFTER: Final = timedelta(hours=24)


@callback
def async_folder_problem(hass: HomeAssistant, problem: str) -> None:
    """Show what is wrong with the folder of the clips; "ok" when it is over."""
    current = FOLDER_PROBLEMS.get(problem)
    issues = ir.async_get(hass)
    stopped = any(issues.async_get_issue(DOMAIN, key) for key in STOPS_RECORDING)
    if current in STOPS_RECORDING:
        if issues.async_get_issue(DOMAIN, current) is None:
            hass.bus.async_fire(EVENT_RECORDING_CHANGED, {"problem": current})
    elif stopped:
        hass.bus.async_fire(EVENT_RECORDING_CHANGED, {"problem": None})
    for key in set(FOLDER_PROBLEMS.values()):
        if key != current:
            ir.async_delete_issue(hass, DOMAIN, key)
    if current is not None:
        ir.async_create_issue(
            hass,
            DOMAIN,
            current,
            is_fixable=current not in NOT_FIXABLE,
            severity=ir.IssueSeverity.ERROR,
            translation_key=current,
        )


# The key of its translations; without a safe folder, the other.
SERVED_ISSUE: Final = "clips_served"
SERVED_EVERYWHERE: Final = "clips_served_everywhere"


@callback
def async_clips_served(
    hass: HomeAssistant, folder: Path, by: Path | None, safe: Path | None
) -> None:
    """Ask to take the clips out of a folder that is served; end it when `by` is None."""
    if by is None:
        ir.async_delete_issue(hass, DOMAIN, SERVED_ISSUE)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        SERVED_ISSUE,
        is_fixable=safe is not None,
        severity=ir.IssueSeverity.ERROR,
        translation_key=SERVED_EVERYWHERE if safe is None else SERVED_ISSUE,
        translation_placeholders={
            "folder": str(folder),
            "served": str(by),
            "safe": str(safe),
        },
        data={"safe": str(safe)},
    )


def _unreachable(entry: ConfigEntry) -> str:
    return f"doorbell_unreachable_{entry.entry_id}"


@callback
def async_doorbell_unreachable(
    hass: HomeAssistant, entry: ConfigEntry, problem: str | None
) -> None:
    """Ask for help with a doorbell that does not come back by itself."""
    if problem in LINK_PROBLEMS or problem == "lens_missing":
        return  # that is said otherwise, see followed.py and below
    lost = ir.async_get(hass).async_get_issue(DOMAIN, f"{STREAM_LOST}_{entry.entry_id}")
    if lost is not None and lost.active:
        return  # that says what can be done
    ir.async_create_issue(
        hass,
        DOMAIN,
        _unreachable(entry),
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="doorbell_unreachable",
        translation_placeholders={"name": doorbell_name(hass, entry)},
        data={"entry_id": entry.entry_id, "problem": problem},
    )


@callback
def async_doorbell_reachable(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issue: it is back, or gone for good."""
    ir.async_delete_issue(hass, DOMAIN, _unreachable(entry))


def _silent(entry: ConfigEntry) -> str:
    return f"doorbell_silent_{entry.entry_id}"


@callback
def async_doorbell_silent(
    hass: HomeAssistant, entry: ConfigEntry, problem: str | None
) -> None:
    """Ask for help with a doorbell whose own events stay away."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _silent(entry),
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=(
            "doorbell_lens_missing" if problem == "lens_missing" else "doorbell_silent"
        ),
        translation_placeholders={"name": doorbell_name(hass, entry)},
        data={"entry_id": entry.entry_id, "problem": problem},
    )


@callback
def async_doorbell_hears(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issue: its events arrive again, or it is gone."""
    ir.async_delete_issue(hass, DOMAIN, _silent(entry))


def _missing(entry: ConfigEntry) -> str:
    return f"recordings_missing_{entry.entry_id}"


# What is said of recordings that stay away; all else is wrong with the recordings.
_WHY_MISSING: Final = frozenset(
    {"needs_plan", "recording_late", "recordings_unavailable", "unsupported_codec"}
)


@callback
def async_recordings_missing(
    hass: HomeAssistant, entry: ConfigEntry, problem: str
) -> None:
    """Ask for help with recordings that are kept elsewhere and do not come."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _missing(entry),
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="recordings_missing",
        translation_placeholders={"name": doorbell_name(hass, entry)},
        data={
            "entry_id": entry.entry_id,
            "problem": problem if problem in _WHY_MISSING else "recording_unusable",
        },
    )


@callback
def async_recordings_come(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issue: one came, or the doorbell is gone."""
    ir.async_delete_issue(hass, DOMAIN, _missing(entry))


@callback
def async_end_reauth(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ask for nothing new when what is stored is taken after all."""
    for flow in list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
        hass.config_entries.flow.async_abort(flow["flow_id"])


def _agency(entry: ConfigEntry) -> str:
    return f"agency_{entry.entry_id}"


# The key of its data: each of these problems the next fetch may find to be over.
AGENCY_ISSUE: Final = "agency"


@callback
def async_agency_problem(
    hass: HomeAssistant, entry: ConfigEntry, problem: str, host: str
) -> None:
    """Say why nothing can be shared with an agency."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _agency(entry),
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=f"agency_{problem}",
        translation_placeholders={"name": entry.title, "host": host},
        data={"entry_id": entry.entry_id, "key": AGENCY_ISSUE},
    )


@callback
def async_agency_well(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issue: the agency can be verified again, or is gone."""
    ir.async_delete_issue(hass, DOMAIN, _agency(entry))


# Keys of the issues about the stream of a linked camera, see stream_watch.py.
STREAM_FOUND: Final = "stream_found"
STREAM_LOST: Final = "stream_lost"
# What is wrong with a link to a camera, rather than with the camera.
LINK_PROBLEMS: Final = frozenset({"camera_missing", "camera_disabled"})

# As people and the menus of doorbells call them.
CODEC_NAMES: Final = {"h264": "H.264", "hevc": "H.265"}
# What a doorbell records that not every browser plays.
CODEC_ISSUE: Final = "not_every_browser"


def _codec(entry: ConfigEntry) -> str:
    return f"{CODEC_ISSUE}_{entry.entry_id}"


@callback
def async_follow_codecs(hass: HomeAssistant) -> None:
    """Say once for each doorbell that its clips do not play everywhere."""
    async_dispatcher_connect(hass, SIGNAL_CLIP_SAVED, partial(_async_codec_issue, hass))


@callback
def _async_codec_issue(hass: HomeAssistant, clip: Clip) -> None:
    entry = hass.config_entries.async_get_entry(clip.doorbell_id)
    if entry is None:
        return
    if clip.plays_everywhere:
        # Somebody changed it; if it changes back, that is news.
        ir.async_delete_issue(hass, DOMAIN, _codec(entry))
        if entry.data.get(CONF_CODEC_UNDERSTOOD):
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_CODEC_UNDERSTOOD: False}
            )
    elif not entry.data.get(CONF_CODEC_UNDERSTOOD):
        ir.async_create_issue(
            hass,
            DOMAIN,
            _codec(entry),
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=CODEC_ISSUE,
            translation_placeholders={
                "name": doorbell_name(hass, entry),
                "codec": CODEC_NAMES.get(clip.video_codec, clip.video_codec),
            },
            data={"entry_id": entry.entry_id, "key": CODEC_ISSUE},
        )


@callback
def async_codec_understood(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remember that somebody read it."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CODEC_UNDERSTOOD: True}
    )


@callback
def async_end_codec_issue(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issue: the doorbell is gone for good."""
    ir.async_delete_issue(hass, DOMAIN, _codec(entry))


@callback
def async_follow_shares(hass: HomeAssistant) -> None:
    """Show and end the issues of shares, also while their agency is not set up."""
    async_dispatcher_connect(
        hass, SIGNAL_SHARE_CHANGED, partial(async_share_issue, hass)
    )


# What an agency said, or did not say, about a share that was delivered.
RECEIPT_ISSUES: Final = {
    ReceiptState.WRONG: "receipt_wrong",
    ReceiptState.MISSING: "receipt_missing",
}


@callback
def _async_delivered_issues(hass: HomeAssistant, share: Share) -> None:
    """Show or end what there is to say about a delivered share."""
    unanswered = share.withdrawal is Withdrawal.UNANSWERED
    deleted = share.withdrawal is Withdrawal.DELETED
    found = {
        f"receipt_{share.share_id}": (
            None
            if deleted or share.receipt is None
            else RECEIPT_ISSUES.get(share.receipt)
        ),
        f"withdrawal_{share.share_id}": (
            "withdrawal_unanswered" if unanswered else None
        ),
    }
    for issue_id, key in found.items():
        if key is None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=True,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={
                "agency": share.agency_name,
                "day": f"{dt_util.as_local(share.created_at):%Y-%m-%d}",
            },
            data={"share_id": share.share_id, "key": key},
        )


@callback
def async_share_issue(hass: HomeAssistant, share: Share) -> None:
    """Show or end the issues of one share, by the state it is in."""
    _async_delivered_issues(hass, share)
    waits = share.state in (
        ShareState.WAITING,
        ShareState.PACKAGING,
        ShareState.UPLOADING,
    )
    age = dt_util.utcnow() - share.created_at
    stuck = waits and share.problem is not None and age > STUCK_AFTER
    issue_id = f"share_{share.share_id}"
    if share.state is ShareState.FAILED:
        key = "share_failed"
    elif share.state is ShareState.NEEDS_NEW_TAP:
        key = "share_needs_new_tap"
    elif stuck:
        key = "share_stuck"
    else:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=True,
        # The outbox tells of it once, not at each start.
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={
            "agency": share.agency_name,
            "attempts": str(share.attempts),
        },
        data={
            "share_id": share.share_id,
            "key": key,
            "problem": share.problem,
            "outcome": share.outcome,
        },
    )
