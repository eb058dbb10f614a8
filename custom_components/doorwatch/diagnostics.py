"""Diagnostics without addresses, credentials, keys, PIN or pictures."""

from collections.abc import Mapping
from typing import Any, Final, cast

from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from . import const
from .agencies.base import Agency
from .coordinator import DoorbellCoordinator
from .core_interfaces import missing_names
from .domain.closed import retention
from .domain.data import DATA, opening
from .engine.clips.model import ANY, REASONS
from .engine.sharing.agency import AgencyDocument
from .entity import DoorwatchConfigEntry

# Settings whose values are shown. All others are redacted, as they may be secrets or
# name people and places.
TO_SHOW: Final = {
    const.CONF_CANCEL_WINDOW,
    const.CONF_CODEC_UNDERSTOOD,
    const.CONF_COMPARED,
    const.CONF_COOL_DOWN,
    const.CONF_FIRST_TO_GO,
    const.CONF_HOLD,
    const.CONF_IN_SIDEBAR,
    const.CONF_KEEP,
    const.CONF_KEEP_DAYS,
    const.CONF_KEEP_GB,
    const.CONF_KIND,
    const.CONF_LENS,
    const.CONF_LOCAL,
    const.CONF_LONGEST,
    const.CONF_MAKE,
    const.CONF_MODEL,
    const.CONF_ONE_CONNECTION,
    const.CONF_ON_EVENT,
    const.CONF_ON_MAP,
    const.CONF_PICTURE_MOTION,
    const.CONF_PORT,
    const.CONF_POST_ROLL,
    const.CONF_PRE_ROLL,
    const.CONF_PROVIDER,
    const.CONF_RADIUS,
    const.CONF_REQUESTS,
    const.CONF_SENSITIVITY,
    const.CONF_SOURCE,
    const.CONF_VIA,
    const.CONF_WEBHOOK,
    ANY,
    *REASONS,
}


def _shown(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings with all values redacted except those in `TO_SHOW`."""
    found: dict[str, object] = {}
    for name, value in settings.items():
        found[name] = REDACTED
        if name in TO_SHOW and isinstance(value, Mapping):
            found[name] = _shown(value)
        elif value is None or (
            name in TO_SHOW and isinstance(value, str | int | float)
        ):
            found[name] = value
    return found


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: DoorwatchConfigEntry
) -> dict[str, Any]:
    """Return facts about an entry, or why it is not loaded."""
    found: dict[str, Any] = {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "data": _shown(entry.data),
        "options": _shown(entry.options),
    }
    domain, household = hass.data.get(DATA), opening(hass).household
    broken = household.guard.broken_callers if household is not None else ()
    found["missing_in_core"] = sorted({*missing_names(), *broken})
    if domain is None or entry.state is not ConfigEntryState.LOADED:
        return found
    if entry.data[const.CONF_KIND] == const.KIND_DOORBELL:
        coordinator = cast(DoorbellCoordinator, entry.runtime_data)
        state = coordinator.data
        usage = await domain.library.usage(coordinator.doorbell_id)
        clip = state.last_clip
        kept = retention(hass)
        found["doorbell"] = {
            "connected": state.connected,
            "problem": state.problem,
            "motion": state.motion,
            "motion_enabled": state.motion_enabled,
            "recording_enabled": state.recording_enabled,
            "clips": usage.clips,
            "clips_today": state.clips_today,
            "storage_used": usage.bytes,
            "talk": coordinator.talk and coordinator.talk.diagnostics(),
            "kept_days": {
                reason.value: kept.days_of(coordinator.doorbell_id, reason)
                for reason in REASONS
            },
            "last_clip": None
            if clip is None
            else {
                "duration": clip.duration.total_seconds(),
                "size": clip.size,
                "video_codec": clip.video_codec,
                "audio_codec": clip.audio_codec,
                "width": clip.width,
                "height": clip.height,
                "frames": clip.frames,
                "gaps": len(clip.gaps),
            },
        }
        found["recorder"] = coordinator.recorder.diagnostics()
        found["picture_motion"] = coordinator.picture_motion.diagnostics()
        found["events"] = {
            **coordinator.latency.diagnostics(),
            "dropped": coordinator.dropped.diagnostics(),
        }
        camera = er.async_get(hass).entities.get_entry(
            entry.data.get(const.CONF_CAMERA, "")
        )
        found["transport"] = {
            "source": entry.data[const.CONF_SOURCE],
            "integration": camera.platform if camera else None,
            "clips_kept_by": entry.data.get(const.CONF_PROVIDER),
            "other_events": coordinator.other_transports,
            **coordinator.doorbell.diagnostics(),
        }
    elif entry.data[const.CONF_KIND] == const.KIND_AGENCY:
        agency = cast(Agency, entry.runtime_data)
        document, held = agency.data.document, agency.data.feed
        takes: dict[str, object] = {"group": True}
        if isinstance(document, AgencyDocument):
            takes = {
                "upload_code_required": document.upload_code_required,
                "retention_days": document.retention_days,
            }
        found["agency"] = {
            "problem": agency.data.problem,
            "compared": agency.compared,
            "document": None
            if document is None
            else {
                "seq": document.seq,
                "issued_at": document.issued_at,
                "expires_at": document.expires_at,
                "mirrors": len(document.requests_mirrors),
                **takes,
            },
            "feed_problem": agency.data.feed_problem,
            "feed": None
            if held is None
            else {
                "seq": held.feed.pin.seq,
                "fetched_at": held.fetched_at,
                "expires_at": held.feed.expires_at,
                "requests": len(held.feed.requests),
                "bulletins": len(held.feed.bulletins),
            },
        }
    else:
        found["ledger"] = await domain.ledger.counts()
        found["chain_broken_at"] = await domain.ledger.verify()
    return found
