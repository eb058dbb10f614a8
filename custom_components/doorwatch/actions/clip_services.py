"""The actions about clips; sharing has its own in consent/share_services.py."""

from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import (
    ACTION_DELETE_CLIP,
    ACTION_EXPORT_CLIP,
    ACTION_GET_CLIP_LINK,
    ACTION_PROTECT_CLIP,
    ACTION_RECORD_CLIP,
    ACTION_RESTORE_CLIP,
    DOMAIN,
)
from ..engine.sharing.errors import SharingError
from ..household.household import async_get_domain
from ..registry import camera_entity_id, doorbell_ids
from .clips import (
    CLIP_PATH,
    LINK_LIFETIME,
    LONGEST_RECORDING,
    PAGE_PATH,
    SHORTEST_RECORDING,
    THUMBNAIL_PATH,
    async_delete,
    async_protect,
    async_restore,
    async_user_of,
    async_visible_clip,
    record_now,
    sign_for,
)
from .exports import async_export
from .problems import translating

ATTR_CLIP_ID = "clip_id"
ATTR_PROTECTED = "protected"
ATTR_DURATION = "duration"
ATTR_PATH = "path"
ATTR_START = "start"
ATTR_END = "end"
ATTR_AUDIO = "audio"
ATTR_OVERWRITE = "overwrite"

DEFAULT_RECORDING = 30

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


@callback
def async_setup_clip_services(hass: HomeAssistant) -> None:
    """Set up the actions about clips."""
    for action, handler, schema, response in (
        (ACTION_RECORD_CLIP, _record, RECORD_SCHEMA, SupportsResponse.NONE),
        (ACTION_PROTECT_CLIP, _protect, PROTECT_SCHEMA, SupportsResponse.NONE),
        (ACTION_DELETE_CLIP, _delete, CLIP_SCHEMA, SupportsResponse.NONE),
        (ACTION_RESTORE_CLIP, _restore, CLIP_SCHEMA, SupportsResponse.NONE),
        (ACTION_EXPORT_CLIP, _export, EXPORT_SCHEMA, SupportsResponse.OPTIONAL),
        (ACTION_GET_CLIP_LINK, _get_link, CLIP_SCHEMA, SupportsResponse.ONLY),
    ):
        hass.services.async_register(
            DOMAIN, action, handler, schema=schema, supports_response=response
        )


async def _record(call: ServiceCall) -> None:
    """Record a clip now at each doorbell that is meant, or at none of them."""
    hass = call.hass
    with translating():
        await async_get_domain(hass)
        user = await async_user_of(hass, call.context)
        record_now(hass, user, _doorbells_meant(call), call.data[ATTR_DURATION])


@callback
def _doorbells_meant(call: ServiceCall) -> list[str]:
    """Return the doorbells of the cameras that the call targets.

    What else a device, an area or a label holds does not matter; an entity that is
    named must be a camera of Doorwatch, or the caller would wait for a clip in vain.
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


async def _protect(call: ServiceCall) -> None:
    """Protect a clip from retention, or release it."""
    with translating():
        user = await async_user_of(call.hass, call.context)
        await async_protect(
            call.hass, user, call.data[ATTR_CLIP_ID], call.data[ATTR_PROTECTED]
        )


async def _delete(call: ServiceCall) -> None:
    """Move a clip into the bin."""
    with translating():
        user = await async_user_of(call.hass, call.context)
        await async_delete(call.hass, user, call.data[ATTR_CLIP_ID])


async def _restore(call: ServiceCall) -> None:
    """Take a clip back out of the bin."""
    with translating():
        user = await async_user_of(call.hass, call.context)
        await async_restore(call.hass, user, call.data[ATTR_CLIP_ID])


async def _export(call: ServiceCall) -> ServiceResponse:
    """Copy a clip to where the administrator allowed files to be."""
    with translating():
        user = await async_user_of(call.hass, call.context)
        exported = await async_export(
            call.hass,
            user,
            call.data[ATTR_CLIP_ID],
            call.data[ATTR_PATH],
            start=call.data.get(ATTR_START),
            end=call.data.get(ATTR_END),
            audio=call.data[ATTR_AUDIO],
            overwrite=call.data[ATTR_OVERWRITE],
        )
    return {"path": str(exported.path), "sha256": exported.sha256}


async def _get_link(call: ServiceCall) -> ServiceResponse:
    """Return links to clip and thumbnail that live five minutes, and its page."""
    hass = call.hass
    with translating():
        user = await async_user_of(hass, call.context)
        clip = await async_visible_clip(hass, user, call.data[ATTR_CLIP_ID])
    return {
        "url": sign_for(hass, user, CLIP_PATH.format(clip.clip_id)),
        "thumbnail": sign_for(hass, user, THUMBNAIL_PATH.format(clip.clip_id)),
        "page": PAGE_PATH.format(clip.clip_id),
        "expires_at": (dt_util.utcnow() + LINK_LIFETIME).isoformat(),
    }
