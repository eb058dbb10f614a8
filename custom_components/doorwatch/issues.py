"""Show and end repair issues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
import hashlib
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
from .signals import SIGNAL_CLIP_SAVED, SIGNAL_SHARE_CHANGED


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """A kind of repair issue; its ID is the kind, with its subject if there are several."""

    kind: str
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    persistent: bool = False  # its source reports it once, not at each start

    def id_of(self, about: str | None = None) -> str:
        """Return the ID in the issue registry."""
        return self.kind if about is None else f"{self.kind}_{about}"

    @callback
    def is_shown(self, hass: HomeAssistant, about: str | None = None) -> bool:
        """Return whether the issue is active."""
        found = ir.async_get(hass).async_get_issue(DOMAIN, self.id_of(about))
        return found is not None and found.active

    @callback
    def show(
        self,
        hass: HomeAssistant,
        about: str | None = None,
        *,
        key: str | None = None,
        fixable: bool = True,
        placeholders: Mapping[str, str] | None = None,
        data: Mapping[str, str | int | float | None] | None = None,
    ) -> None:
        """Show or update the issue; `key` is its translation key, by default the kind."""
        ir.async_create_issue(
            hass,
            DOMAIN,
            self.id_of(about),
            is_fixable=fixable,
            is_persistent=self.persistent,
            severity=self.severity,
            translation_key=key or self.kind,
            translation_placeholders=None if placeholders is None else {**placeholders},
            data=None if data is None else {**data},
        )

    @callback
    def end(self, hass: HomeAssistant, about: str | None = None) -> None:
        """End the issue."""
        ir.async_delete_issue(hass, DOMAIN, self.id_of(about))


# About a doorbell, by entry ID.
DOORBELL_UNREACHABLE: Final = Issue(kind="doorbell_unreachable")
DOORBELL_SILENT: Final = Issue(kind="doorbell_silent")
RECORDINGS_MISSING: Final = Issue(kind="recordings_missing")
STREAM_FOUND: Final = Issue(kind="stream_found")
STREAM_LOST: Final = Issue(kind="stream_lost")
# The clips have a codec that not every browser plays.
NOT_EVERY_BROWSER: Final = Issue(kind="not_every_browser")
# A switch could not be stored, or recording is on after a backup was restored.
SWITCH_NOT_STORED: Final = Issue(
    kind="switch_not_stored", severity=ir.IssueSeverity.ERROR
)
RECORDS_AGAIN: Final = Issue(kind="records_again", persistent=True)
# About an agency, by entry ID.
AGENCY: Final = Issue(kind="agency")
# About a share, by `about_share`; the outbox reports it once.
SHARE: Final = Issue(kind="share", persistent=True)
RECEIPT: Final = Issue(kind="receipt", persistent=True)
WITHDRAWAL: Final = Issue(kind="withdrawal", persistent=True)
# About the home.
CLIPS_SERVED: Final = Issue(kind="clips_served", severity=ir.IssueSeverity.ERROR)
DISK_SCARCE: Final = Issue(kind="disk_nearly_full")
LIMIT_BEYOND: Final = Issue(kind="limit_beyond_disk")
CLOCK_JUMPED: Final = Issue(kind="clock_jumped")
FUTURE_CLIPS: Final = Issue(kind="future_clips")
NEW_FOLDER: Final = Issue(kind="new_folder")
LIBRARY_NOT_MOVED: Final = Issue(kind="library_not_moved")
CARD_MISSING: Final = Issue(kind="card_missing")
# About phones with the same name, by their notify action.
PHONES_CLASH: Final = Issue(kind="phones_clash", persistent=True)
# People log in at addresses that are not known to be this home's.
PAGES_UNKNOWN: Final = Issue(kind="pages_unknown")
CORE_CHANGED: Final = Issue(kind="core_changed", severity=ir.IssueSeverity.ERROR)

# A share that cannot be sent for this long needs a person.
STUCK_AFTER: Final = timedelta(hours=24)


@callback
def async_clips_served(
    hass: HomeAssistant, folder: Path, by: Path | None, safe: Path | None
) -> None:
    """Show that the clips' folder is served over HTTP; end the issue if `by` is None."""
    if by is None:
        CLIPS_SERVED.end(hass)
        return
    CLIPS_SERVED.show(
        hass,
        key="clips_served_everywhere" if safe is None else None,
        fixable=safe is not None,
        placeholders={"folder": str(folder), "served": str(by), "safe": str(safe)},
        data={"safe": str(safe)},
    )


@callback
def async_doorbell_unreachable(
    hass: HomeAssistant, entry: ConfigEntry, problem: str | None
) -> None:
    """Show the issue of a doorbell that remains unreachable."""
    if problem in LINK_PROBLEMS or problem == "lens_missing":
        return  # shown by discovery/followed.py and by async_doorbell_silent
    if STREAM_LOST.is_shown(hass, entry.entry_id):
        return  # that issue offers more
    DOORBELL_UNREACHABLE.show(
        hass,
        entry.entry_id,
        placeholders={"name": doorbell_name(hass, entry)},
        data={"entry_id": entry.entry_id, "problem": problem},
    )


@callback
def async_doorbell_silent(
    hass: HomeAssistant, entry: ConfigEntry, problem: str | None
) -> None:
    """Show the issue of a doorbell that reports no events."""
    DOORBELL_SILENT.show(
        hass,
        entry.entry_id,
        key="doorbell_lens_missing" if problem == "lens_missing" else None,
        placeholders={"name": doorbell_name(hass, entry)},
        data={"entry_id": entry.entry_id, "problem": problem},
    )


# Problems that have their own text; any other means that a recording is unusable.
_WHY_MISSING: Final = frozenset(
    {"needs_plan", "recording_late", "recordings_unavailable", "unsupported_codec"}
)


@callback
def async_recordings_missing(
    hass: HomeAssistant, entry: ConfigEntry, problem: str
) -> None:
    """Show the issue of missing recordings from a manufacturer."""
    RECORDINGS_MISSING.show(
        hass,
        entry.entry_id,
        placeholders={"name": doorbell_name(hass, entry)},
        data={
            "entry_id": entry.entry_id,
            "problem": problem if problem in _WHY_MISSING else "recording_unusable",
        },
    )


@callback
def async_show_doorbell_issue(
    hass: HomeAssistant, entry: ConfigEntry, issue: Issue, *, shown: bool
) -> None:
    """Show an issue whose only placeholder is the doorbell's name, or end it."""
    if not shown:
        issue.end(hass, entry.entry_id)
        return
    issue.show(
        hass,
        entry.entry_id,
        placeholders={"name": doorbell_name(hass, entry)},
        data={"entry_id": entry.entry_id, "key": issue.kind},
    )


@callback
def async_end_reauth(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Abort reauth flows, because the stored credentials work again."""
    for flow in list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
        hass.config_entries.flow.async_abort(flow["flow_id"])


@callback
def async_agency_problem(
    hass: HomeAssistant, entry: ConfigEntry, problem: str, host: str, *, group: bool
) -> None:
    """Show the problem of an agency or group."""
    AGENCY.show(
        hass,
        entry.entry_id,
        key=f"group_{problem}" if group else f"agency_{problem}",
        placeholders={"name": entry.title, "host": host},
        data={"entry_id": entry.entry_id, "key": AGENCY.kind},
    )


# Problems of the link to a camera, not of the camera.
LINK_PROBLEMS: Final = frozenset({"camera_missing", "camera_disabled"})

# Names as in the menus of doorbells.
CODEC_NAMES: Final = {"h264": "H.264", "hevc": "H.265"}


@callback
def async_follow_codecs(hass: HomeAssistant) -> None:
    """Show an issue for each doorbell whose clips do not play in every browser."""
    async_dispatcher_connect(hass, SIGNAL_CLIP_SAVED, partial(_async_codec_issue, hass))


@callback
def _async_codec_issue(hass: HomeAssistant, clip: Clip) -> None:
    entry = hass.config_entries.async_get_entry(clip.doorbell_id)
    if entry is None:
        return
    if clip.plays_everywhere:
        # The codec was changed; if it changes back, show the issue again.
        NOT_EVERY_BROWSER.end(hass, entry.entry_id)
        if entry.data.get(CONF_CODEC_UNDERSTOOD):
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_CODEC_UNDERSTOOD: False}
            )
    elif not entry.data.get(CONF_CODEC_UNDERSTOOD):
        NOT_EVERY_BROWSER.show(
            hass,
            entry.entry_id,
            placeholders={
                "name": doorbell_name(hass, entry),
                "codec": CODEC_NAMES.get(clip.video_codec, clip.video_codec),
            },
            data={"entry_id": entry.entry_id, "key": NOT_EVERY_BROWSER.kind},
        )


@callback
def async_codec_understood(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Store that a person confirmed the explanation of the codec."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CODEC_UNDERSTOOD: True}
    )


@callback
def about_share(share_id: str) -> str:
    """Return a hash that identifies a share in issues, which every user can read."""
    return hashlib.sha256(share_id.encode()).hexdigest()[:32]


@callback
def async_follow_shares(hass: HomeAssistant) -> None:
    """Show and end the issues of shares, even while their agency is not set up."""
    for found in list(ir.async_get(hass).issues.values()):
        # Versions before 0.2 stored the IDs of the share and its agency.
        if found.domain == DOMAIN and found.data and "share_id" in found.data:
            share_id = str(found.data["share_id"])
            about = about_share(share_id)
            kind = found.issue_id.removesuffix(f"_{share_id}")
            ir.async_delete_issue(hass, DOMAIN, found.issue_id)
            Issue(kind=kind, persistent=True).show(
                hass,
                about,
                key=found.translation_key,
                data={"about": about, "key": str(found.translation_key)},
            )
    async_dispatcher_connect(
        hass, SIGNAL_SHARE_CHANGED, partial(async_share_issue, hass)
    )


# Problems of the agency's receipt for a delivered share.
RECEIPT_ISSUES: Final = {
    ReceiptState.WRONG: "receipt_wrong",
    ReceiptState.MISSING: "receipt_missing",
}
# Problems of a share that was not delivered.
_SHARE_ISSUES: Final = {
    ShareState.FAILED: "share_failed",
    ShareState.NEEDS_NEW_TAP: "share_needs_new_tap",
}


@callback
def async_share_issue(hass: HomeAssistant, share: Share) -> None:
    """Show or end the issues of a share for its state."""
    waits = share.state in (
        ShareState.WAITING,
        ShareState.PACKAGING,
        ShareState.UPLOADING,
    )
    age = dt_util.utcnow() - share.created_at
    stuck = waits and share.problem is not None and age > STUCK_AFTER
    unanswered = share.withdrawal is Withdrawal.UNANSWERED
    receipt = None
    if share.receipt is not None and share.withdrawal is not Withdrawal.DELETED:
        receipt = RECEIPT_ISSUES.get(share.receipt)
    about = about_share(share.share_id)
    for issue, key in (
        (RECEIPT, receipt),
        (WITHDRAWAL, "withdrawal_unanswered" if unanswered else None),
        (SHARE, "share_stuck" if stuck else _SHARE_ISSUES.get(share.state)),
    ):
        if key is None:
            issue.end(hass, about)
        else:
            issue.show(hass, about, key=key, data={"about": about, "key": key})
