"""Register the actions about clips, except sharing."""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.guard import Caller
from ..actions.clips import (
    LINK_LIFETIME,
    LONGEST_RECORDING,
    SHORTEST_RECORDING,
    async_delete,
    async_protect,
    async_restore,
    async_user_of,
    async_visible_clip,
    being_written,
    facts_of,
    record_now,
    sign_for,
)
from ..actions.exports import async_export
from ..actions.finding import async_day, async_find
from ..actions.times import local_day, moment
from ..domain.data import DoorwatchData
from ..engine.clips.model import ClipQuery
from ..engine.doorbells.base import KINDS, Label
from ..engine.sharing.errors import SharingError
from ..paths import CLIP_PAGE, CLIP_PATH, THUMBNAIL_PATH
from ..registry import camera_entity_id, doorbell_ids
from ..requests.fitting import async_clips_for
from .action import Action

ATTR_CLIP_ID = "clip_id"
ATTR_AGENCY_ID = "agency_id"
ATTR_REQUEST_ID = "request_id"
ATTR_PROTECTED = "protected"
ATTR_DURATION = "duration"
ATTR_PATH = "path"
ATTR_START = "start"
ATTR_END = "end"
ATTR_AUDIO = "audio"
ATTR_OVERWRITE = "overwrite"
ATTR_EVENT = "event"
ATTR_LABELS = "labels"
ATTR_FROM = "from"
ATTR_TO = "to"
ATTR_SHARED = "shared"
ATTR_LIMIT = "limit"
ATTR_DAY = "day"

DEFAULT_RECORDING = 30
DEFAULT_FOUND = 50
MOST_FOUND = 1000

_SECONDS = vol.All(vol.Coerce(float), vol.Range(min=0))

CLIP_SCHEMA = vol.Schema({vol.Required(ATTR_CLIP_ID): cv.string})
PROTECT_SCHEMA = CLIP_SCHEMA.extend(
    {vol.Optional(ATTR_PROTECTED, default=True): cv.boolean}
)
EXPORT_SCHEMA = CLIP_SCHEMA.extend(
    {
        vol.Required(ATTR_PATH): cv.string,
        vol.Optional(ATTR_START): _SECONDS,
        vol.Optional(ATTR_END): _SECONDS,
        vol.Optional(ATTR_AUDIO, default=True): cv.boolean,
        vol.Optional(ATTR_OVERWRITE, default=False): cv.boolean,
    }
)
RECORD_SCHEMA = cv.make_entity_service_schema(
    {
        vol.Optional(ATTR_DURATION, default=DEFAULT_RECORDING): vol.All(
            vol.Coerce(float),
            vol.Range(min=SHORTEST_RECORDING, max=LONGEST_RECORDING),
        )
    }
)


FIND_SCHEMA = vol.Schema(
    {
        **cv.TARGET_SERVICE_FIELDS,
        vol.Optional(ATTR_EVENT, default=list): vol.All(
            cv.ensure_list, [vol.In([kind.value for kind in KINDS])]
        ),
        vol.Optional(ATTR_LABELS, default=list): vol.All(
            cv.ensure_list, [vol.In([label.value for label in Label])]
        ),
        vol.Optional(ATTR_FROM): moment,
        vol.Optional(ATTR_TO): moment,
        vol.Optional(ATTR_PROTECTED): cv.boolean,
        vol.Optional(ATTR_SHARED): cv.boolean,
        vol.Inclusive(ATTR_AGENCY_ID, "request"): cv.string,
        vol.Inclusive(ATTR_REQUEST_ID, "request"): cv.string,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_FOUND): vol.All(
            vol.Coerce(int), vol.Range(1, MOST_FOUND)
        ),
    }
)
DAY_SCHEMA = vol.Schema({**cv.TARGET_SERVICE_FIELDS, vol.Optional(ATTR_DAY): local_day})


async def _record(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Record a clip now at each targeted doorbell, or at none of them.

    Returns the clips being written, whether they are new or were already in progress.
    """
    hass = call.hass
    user = await async_user_of(hass, call.context)
    doorbells = _doorbells_meant(call)
    record_now(hass, user, doorbells, call.data[ATTR_DURATION])
    return {
        "clips": [
            {
                "doorbell_id": one,
                "entity_id": camera_entity_id(hass, one),
                "clip_id": being_written(hass, one),
            }
            for one in doorbells
        ]
    }


@callback
def _doorbells_meant(call: ServiceCall) -> list[str]:
    """Return the doorbells of the cameras that the call targets.

    Other entities of a targeted device, area or label are ignored. But an entity that
    is named directly must be a Doorwatch camera, so that the caller doesn't wait for a
    clip that never comes.
    """
    hass = call.hass
    known = {
        camera: doorbell_id
        for doorbell_id in doorbell_ids(hass)
        if (camera := camera_entity_id(hass, doorbell_id)) is not None
    }
    if call.data.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        found = set(known.values())
    else:
        chosen = async_extract_referenced_entity_ids(hass, TargetSelection(call.data))
        if not chosen.referenced <= set(known):
            raise SharingError("no_doorbell")
        entities = chosen.referenced | chosen.indirectly_referenced
        found = {known[entity_id] for entity_id in entities & set(known)}
    if not found:
        raise SharingError("no_doorbell")
    return sorted(found)


async def _protect(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Protect a clip from retention, or release it."""
    user = await async_user_of(call.hass, call.context)
    clip = await async_protect(
        call.hass,
        domain,
        user,
        call.data[ATTR_CLIP_ID],
        call.data[ATTR_PROTECTED],
        by=caller,
    )
    return {"clip_id": clip.clip_id, "protected": clip.protected}


async def _delete(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Move a clip to the bin."""
    user = await async_user_of(call.hass, call.context)
    await async_delete(call.hass, domain, user, call.data[ATTR_CLIP_ID], by=caller)
    return None


async def _restore(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Restore a clip from the bin."""
    user = await async_user_of(call.hass, call.context)
    await async_restore(call.hass, domain, user, call.data[ATTR_CLIP_ID])
    return None


async def _export(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Copy a clip to a folder that the administrator allowed."""
    user = await async_user_of(call.hass, call.context)
    exported = await async_export(
        call.hass,
        domain,
        user,
        call.data[ATTR_CLIP_ID],
        call.data[ATTR_PATH],
        start=call.data.get(ATTR_START),
        end=call.data.get(ATTR_END),
        audio=call.data[ATTR_AUDIO],
        overwrite=call.data[ATTR_OVERWRITE],
    )
    return {
        "clip_id": call.data[ATTR_CLIP_ID],
        "path": str(exported.path),
        "sha256": exported.sha256,
    }


async def _get_link(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Return links to clip and thumbnail that are valid for five minutes, and its page."""
    hass = call.hass
    user = await async_user_of(hass, call.context)
    clip = await async_visible_clip(hass, domain.library, user, call.data[ATTR_CLIP_ID])
    return {
        "url": sign_for(hass, user, CLIP_PATH.format(clip.clip_id)),
        "thumbnail": sign_for(hass, user, THUMBNAIL_PATH.format(clip.clip_id)),
        "page": CLIP_PAGE.format(clip.clip_id),
        "expires_at": (dt_util.utcnow() + LINK_LIFETIME).isoformat(),
    }


async def _find(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """List the clips that the caller may see, newest first."""
    hass, data = call.hass, call.data
    user = await async_user_of(hass, call.context)
    among = None
    if ATTR_REQUEST_ID in data:
        concern = domain.requests.concern(data[ATTR_AGENCY_ID], data[ATTR_REQUEST_ID])
        among = await async_clips_for(hass, domain.library, concern, user)
    clips, more = await async_find(
        hass,
        domain,
        domain.visible_shares,
        user,
        _target_of(call),
        ClipQuery(
            among=among,
            before=data.get(ATTR_TO),
            besides=frozenset(data[ATTR_EVENT]),
            labels=frozenset(data[ATTR_LABELS]),
            protected=data.get(ATTR_PROTECTED),
        ),
        begin=data.get(ATTR_FROM),
        shared=data.get(ATTR_SHARED),
        limit=data[ATTR_LIMIT],
    )
    return {
        "clips": [
            {
                **facts_of(hass, clip),
                "ended_at": clip.ended_at.isoformat(),
                "protected": clip.protected,
            }
            for clip in clips
        ],
        "more": more,
    }


async def _get_day(
    call: ServiceCall, caller: Caller, domain: DoorwatchData
) -> ServiceResponse:
    """Return the statistics of a day, for the doorbells that the caller may see."""
    hass = call.hass
    day = call.data.get(ATTR_DAY) or dt_util.now().date()
    user = await async_user_of(hass, call.context)
    return await async_day(hass, domain.library, user, _target_of(call), day)


@callback
def _target_of(call: ServiceCall) -> dict[str, object]:
    """Return the target of a call, empty for everything."""
    fields = {str(field) for field in cv.TARGET_SERVICE_FIELDS}
    target = {key: value for key, value in call.data.items() if key in fields}
    return {} if target.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL else target


# The handler, schema and response of each action.
CLIP_ACTIONS: Final[Mapping[str, Action]] = {
    "record_clip": (_record, RECORD_SCHEMA, SupportsResponse.OPTIONAL),
    "protect_clip": (_protect, PROTECT_SCHEMA, SupportsResponse.OPTIONAL),
    "delete_clip": (_delete, CLIP_SCHEMA, SupportsResponse.NONE),
    "restore_clip": (_restore, CLIP_SCHEMA, SupportsResponse.NONE),
    "export_clip": (_export, EXPORT_SCHEMA, SupportsResponse.OPTIONAL),
    "get_clip_link": (_get_link, CLIP_SCHEMA, SupportsResponse.ONLY),
    "find_clips": (_find, FIND_SCHEMA, SupportsResponse.ONLY),
    "get_day": (_get_day, DAY_SCHEMA, SupportsResponse.ONLY),
}
