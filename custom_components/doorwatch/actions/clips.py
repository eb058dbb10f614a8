"""Operations of people and automations on stored clips.

`user` is None for callers without a user: automations and the system.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
import logging
import time
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.const import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..access.guard import Caller
from ..access.permissions import may_control, may_view
from ..const import CONF_ON_EVENT, CONF_PROVIDER
from ..core_interfaces import current_connection, current_request
from ..data import EngineData
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.digests import moved
from ..household.folder_problems import recording_problem
from ..names import doorbell_name
from ..paths import CLIP_PAGE, CLIP_PATH, THUMBNAIL_PATH
from ..registry import camera_entity_id, doorbell_ids
from ..signals import EVENT_CLIP_CHANGED, SIGNAL_CLIP_CHANGED, SIGNAL_LINES_MISSING

_LOGGER = logging.getLogger(__name__)

LINK_LIFETIME = timedelta(minutes=5)

# Seconds that a person may ask to record.
SHORTEST_RECORDING: Final = 5
LONGEST_RECORDING: Final = 600


async def async_user_of(hass: HomeAssistant, context: Context) -> User | None:
    """Return the user of a context, or None if it has none.

    Raises `SharingError("not_allowed")` for a deleted or inactive user.
    """
    if context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    if user is None or not user.is_active:
        raise SharingError("not_allowed")
    return user


@callback
def caller_may_view(hass: HomeAssistant, user: User | None, doorbell_id: str) -> bool:
    """Return whether a caller may see a doorbell, as every caller without a user may."""
    return user is None or may_view(hass, user, doorbell_id)


async def async_visible_clip(
    hass: HomeAssistant, library: Library, user: User | None, clip_id: str
) -> Clip:
    """Return a clip that this user may see.

    Raises `SharingError("clip_unknown")`, also for a hidden clip.
    """
    clip = await library.get(clip_id)
    if clip is None or not caller_may_view(hass, user, clip.doorbell_id):
        raise SharingError("clip_unknown")
    return clip


async def async_protect(
    hass: HomeAssistant,
    data: EngineData,
    user: User | None,
    clip_id: str,
    protected: bool,
    *,
    by: Caller,
) -> Clip:
    """Protect a clip, or release it.

    Only a person at the dashboard may release a clip; otherwise two actions of an
    automation could delete a protected clip. Tokens and scripts are not people.
    """
    async with data.clip_lock:
        clip = await _async_controlled_clip(hass, data, user, clip_id)
        if clip.protected == protected:
            return clip
        if by is not Caller.DASHBOARD and not protected:
            raise SharingError("release_needs_person")
        try:
            clip = await data.library.set_protected(clip_id, protected)
        except KeyError:
            raise SharingError("clip_unknown") from None
    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip)
    _tell_change(hass, "protected" if protected else "released", clip, user)
    return clip


async def async_delete(
    hass: HomeAssistant,
    data: EngineData,
    user: User | None,
    clip_id: str,
    *,
    by: Caller,
) -> None:
    """Move a clip to the bin, and write it to the ledger.

    A protected clip can only be deleted by a person at the dashboard.
    """
    async with data.clip_lock:
        clip = await _async_controlled_clip(hass, data, user, clip_id)
        if by is not Caller.DASHBOARD and clip.protected:
            raise SharingError("clip_protected")
        with _moving(hass):
            clip = await data.library.delete(clip_id)
        await _async_note(hass, data, "deleted", clip, user)
    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip.clip_id)
    _tell_change(hass, "deleted", clip, user)


async def async_restore(
    hass: HomeAssistant, data: EngineData, user: User | None, clip_id: str
) -> Clip:
    """Restore a clip from the bin, and write it to the ledger."""
    async with data.clip_lock:
        clip = await async_deleted_clip(hass, data.library, user, clip_id)
        if user is not None and not may_control(hass, user, clip.doorbell_id):
            raise SharingError("not_allowed")
        with _moving(hass):
            clip = await data.library.restore(clip_id)
        await _async_note(hass, data, "restored_clip", clip, user)
    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip)
    _tell_change(hass, "restored", clip, user)
    return clip


@contextmanager
def _moving(hass: HomeAssistant) -> Iterator[None]:
    """Turn a missing clip into a `SharingError`, and report that a line may be missing."""
    try:
        yield
    except KeyError:
        raise SharingError("clip_unknown") from None
    except LibraryError:
        # A hanging disk may move the clip later.
        async_dispatcher_send(hass, SIGNAL_LINES_MISSING)
        raise


async def _async_note(
    hass: HomeAssistant, data: EngineData, kind: str, clip: Clip, user: User | None
) -> None:
    """Write to the ledger what was done to a clip.

    If the ledger can't be written, the change still stands; it is logged as an error,
    and the line is added later, see `note_owed`.
    """
    try:
        await data.ledger.append(
            kind, {**moved(clip), "by": by_whom(user)}, personal=personal_of(user)
        )
    except SharingError as err:
        _LOGGER.error(
            "The ledger can't be written (%s). That clip %s was %s is noted later",
            err.problem,
            clip.clip_id,
            "deleted" if kind == "deleted" else "restored",
        )
        async_dispatcher_send(hass, SIGNAL_LINES_MISSING)


@callback
def _tell_change(
    hass: HomeAssistant, change: str, clip: Clip, user: User | None
) -> None:
    """Fire the event for a changed clip, with IDs only and no secrets."""
    hass.bus.async_fire(
        EVENT_CLIP_CHANGED,
        {
            "change": change,
            "clip_id": clip.clip_id,
            "doorbell_id": clip.doorbell_id,
            ATTR_ENTITY_ID: camera_entity_id(hass, clip.doorbell_id),
            "event": clip.event,
            "kinds": list(clip.kinds),
            "labels": list(clip.labels),
            "started_at": clip.started_at.isoformat(),
        },
        context=None if user is None else Context(user_id=user.id),
    )


@callback
def facts_of(hass: HomeAssistant, clip: Clip) -> JsonObjectType:
    """Return a clip as in events and in the answers of actions, with unsigned paths."""
    return {
        "clip_id": clip.clip_id,
        "doorbell_id": clip.doorbell_id,
        "entity_id": camera_entity_id(hass, clip.doorbell_id),
        "event": clip.event,
        "kinds": list(clip.kinds),
        "labels": list(clip.labels),
        "part": clip.part,
        "started_at": clip.started_at.isoformat(),
        "duration": clip.duration.total_seconds(),
        "path": CLIP_PATH.format(clip.clip_id),
        "thumbnail": THUMBNAIL_PATH.format(clip.clip_id),
        "page": CLIP_PAGE.format(clip.clip_id),
    }


async def async_deleted_clip(
    hass: HomeAssistant, library: Library, user: User | None, clip_id: str
) -> Clip:
    """Return a clip in the bin.

    Raises `SharingError("clip_unknown")`, also for a hidden clip.
    """
    clip = await library.get_deleted(clip_id)
    if (
        clip is None
        or clip.doorbell_id not in doorbell_ids(hass)
        or not caller_may_view(hass, user, clip.doorbell_id)
    ):
        raise SharingError("clip_unknown")
    return clip


@callback
def record_now(
    hass: HomeAssistant, user: User | None, doorbells: Collection[str], seconds: float
) -> dict[str, tuple[str, ...] | None]:
    """Start recording at all of these doorbells, pre-roll included, or at none.

    Returns for each doorbell the event kinds of the recording that this extends, or None
    for a new recording.

    A person gets a clip even while the switch Recording is off, which only stops
    motion, rings and automations.
    """
    for doorbell_id in doorbells:
        _check_doorbell(hass, user, doorbell_id)
    recorders = {}
    for doorbell_id in doorbells:
        if user is not None and not may_control(hass, user, doorbell_id):
            raise SharingError("not_allowed")
        entry = hass.config_entries.async_get_known_entry(doorbell_id)
        if entry.state is not ConfigEntryState.LOADED or not (
            # Such a doorbell connects only when something happens.
            entry.options.get(CONF_ON_EVENT) or entry.runtime_data.data.connected
        ):
            raise SharingError("doorbell_offline", name=doorbell_name(hass, entry))
        if entry.data.get(CONF_PROVIDER):
            raise SharingError(
                "clips_come_by_themselves", name=doorbell_name(hass, entry)
            )
        if not (_is_person(user) or entry.runtime_data.data.recording_enabled):
            raise SharingError("recording_off", name=doorbell_name(hass, entry))
        if (problem := recording_problem(hass)) is not None:
            raise LibraryError(problem)
        recorders[doorbell_id] = entry.runtime_data.recorder
    event = DoorbellEvent(
        kind=EventKind.MANUAL,
        at=dt_util.utcnow(),
        monotonic=time.monotonic(),
        lasts=seconds,
    )
    return {one: recorder.trigger(event) for one, recorder in recorders.items()}


@callback
def being_written(hass: HomeAssistant, doorbell_id: str) -> str | None:
    """Return the ID of the clip that a doorbell records now, or is about to record."""
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    clip_id: str | None = entry.runtime_data.recorder.clip_id
    return clip_id


@callback
def stop_recording(hass: HomeAssistant, user: User, doorbell_id: str) -> None:
    """End a manual recording; recordings of events continue to their end."""
    _check_doorbell(hass, user, doorbell_id)
    if not may_control(hass, user, doorbell_id):
        raise SharingError("not_allowed")
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    # A doorbell that is not loaded records nothing.
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.recorder.let_go()


@callback
def _check_doorbell(hass: HomeAssistant, user: User | None, doorbell_id: str) -> None:
    """Raise `SharingError("no_doorbell")` for an unknown or hidden doorbell."""
    known = doorbell_id in doorbell_ids(hass)
    if not known or not caller_may_view(hass, user, doorbell_id):
        raise SharingError("no_doorbell")


@callback
def by_whom(user: User | None) -> str:
    """Return the kind of actor for the ledger."""
    return "user" if _is_person(user) else "automation"


@callback
def personal_of(user: User | None) -> dict[str, str]:
    """Return the personal data about the actor, which the ledger keeps outside the chain."""
    return {} if user is None else {"user": user.name or user.id}


@callback
def _is_person(user: User | None) -> bool:
    """Return whether this is a person; add-ons act as a system user with all rights."""
    return user is not None and not user.system_generated


@callback
def sign_for(
    hass: HomeAssistant,
    user: User | None,
    path: str,
    *,
    lifetime: timedelta = LINK_LIFETIME,
) -> str:
    """Sign a path for `lifetime`.

    For a user, the link is bound to the login that asked for it, and the views check
    that user's permission again. Without a user, or if the login is unknown (a script
    that outlived it), it is bound to Home Assistant's read-only content user: an
    automation is trusted to send the link to the right people.
    """
    token_id: str | None = None
    if user is not None:
        connection = current_connection.get()
        request = current_request.get()
        if connection is not None and connection.user.id == user.id:
            token_id = connection.refresh_token_id
        elif request is not None and request.get(KEY_HASS_USER) is user:
            token_id = request.get(KEY_HASS_REFRESH_TOKEN_ID)
    return async_sign_path(
        hass,
        path,
        lifetime,
        refresh_token_id=token_id,
        use_content_user=token_id is None,
    )


async def _async_controlled_clip(
    hass: HomeAssistant, data: EngineData, user: User | None, clip_id: str
) -> Clip:
    """Return the clip if this user may change it."""
    clip = await async_visible_clip(hass, data.library, user, clip_id)
    if user is not None and not may_control(hass, user, clip.doorbell_id):
        raise SharingError("not_allowed")
    return clip
