"""What may be shown to somebody who helps: no address, login, key, PIN or picture."""

from typing import Any, Final, cast

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .access.parts import access_parts
from .agencies.base import Agency
from .const import (
    CONF_ADDRESS,
    CONF_CAMERA,
    CONF_CLIENT_ADDRESSES,
    CONF_CONTACT,
    CONF_DEVICE_NAME,
    CONF_DOCUMENT,
    CONF_ENDPOINT,
    CONF_FOLDER,
    CONF_HOST,
    CONF_JURISDICTION,
    CONF_KIND,
    CONF_MAC,
    CONF_MOTION_ENTITY,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_PIN,
    CONF_PINNED,
    CONF_POSITION,
    CONF_PROVIDER,
    CONF_PROXY,
    CONF_RING_ENTITY,
    CONF_ROOT,
    CONF_SERIAL,
    CONF_SHARERS,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_UPLOAD_CODE,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    KIND_AGENCY,
    KIND_DOORBELL,
)
from .coordinator import DoorbellCoordinator
from .core_interfaces import missing_names
from .data import DATA
from .engine.clips.model import REASONS
from .engine.sharing.model import AgencyDocument, PublicDocument
from .entity import DoorwatchConfigEntry
from .household.household import retention

# A stream's path may hold a password; entity ids and the folder may name people.
TO_REDACT: Final = {
    CONF_ADDRESS,
    CONF_CLIENT_ADDRESSES,
    CONF_CONTACT,
    CONF_DEVICE_NAME,
    CONF_DOCUMENT,
    CONF_ENDPOINT,
    CONF_FOLDER,
    CONF_HOST,
    CONF_JURISDICTION,
    CONF_MAC,
    CONF_MOTION_ENTITY,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_PIN,
    CONF_PINNED,
    CONF_POSITION,
    CONF_PROXY,
    CONF_RING_ENTITY,
    CONF_ROOT,
    CONF_SERIAL,
    CONF_SHARERS,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_UPLOAD_CODE,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
}


@callback
def transport_of(
    hass: HomeAssistant, coordinator: DoorbellCoordinator
) -> dict[str, object]:
    """Say by which ways pictures and events come, besides what the doorbell says."""
    data = coordinator.entry.data
    camera = er.async_get(hass).entities.get_entry(data.get(CONF_CAMERA, ""))
    return {
        "source": data[CONF_SOURCE],
        "integration": camera.platform if camera else None,
        "clips_kept_by": data.get(CONF_PROVIDER),
        "other_events": coordinator.other_transports,
    }


def _takes(document: PublicDocument) -> dict[str, object]:
    """Say how an agency takes clips; a group does not."""
    if not isinstance(document, AgencyDocument):
        return {"group": True}
    return {
        "upload_code_required": document.upload_code_required,
        "retention_days": document.retention_days,
    }


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: DoorwatchConfigEntry
) -> dict[str, Any]:
    """Return facts about one entry; of one that is not set up, why."""
    found: dict[str, Any] = {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "data": async_redact_data(dict(entry.data), TO_REDACT),
        "options": async_redact_data(dict(entry.options), TO_REDACT),
        "missing_in_core": sorted(
            {*missing_names(), *access_parts(hass).broken_callers}
        ),
    }
    domain = hass.data.get(DATA)
    if domain is None or entry.state is not ConfigEntryState.LOADED:
        return found
    if entry.data[CONF_KIND] == KIND_DOORBELL:
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
        found["transport"] = {
            **transport_of(hass, coordinator),
            **coordinator.doorbell.diagnostics(),
        }
    elif entry.data[CONF_KIND] == KIND_AGENCY:
        agency = cast(Agency, entry.runtime_data)
        document, held = agency.data.document, agency.data.feed
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
                **_takes(document),
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
