"""List, change, delete and link clips; each command checks the permission on the camera."""

from contextlib import suppress
from dataclasses import replace
from typing import Final, Literal, TypedDict

from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..access.permissions import may_view, visible_doorbells
from ..actions.clips import async_delete, async_protect, async_visible_clip
from ..actions.finding import async_shared_clips
from ..domain.data import DoorwatchData
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip, ClipQuery
from ..engine.doorbells.base import KINDS, Label
from ..engine.sharing.errors import SharingError
from ..household.future_clips import CLOCKS_DIFFER, without_future
from ..media.search import async_media_texts, read_query, words_of
from ..names import doorbell_names
from ..paths import CLIP_PATH, CLIP_PREVIEW_PATH, THUMBNAIL_PATH
from ..signals import SIGNAL_CLIP_CHANGED, SIGNAL_CLIP_SAVED
from .clip_json import ClipJson, async_look_into, clip_json, is_looked_into, signed
from .decorators import Call, with_data
from .inputs import ID, MOMENT, MOMENTS
from .subscriptions import Subscription


class Link(TypedDict):
    """All links to a clip."""

    url: str
    thumbnail: str
    download: str
    # None if there is no preview.
    preview: str | None


class Clips(TypedDict):
    """One page of clips."""

    clips: list[ClipJson]
    more: bool


class FacetsJson(TypedDict):
    """The filters that match at least one clip of these doorbells."""

    kinds: list[str]
    labels: list[str]
    protected: bool
    shared: bool
    # The number of clips dated in the future (at most 100), and the day of the newest.
    future: int
    future_day: str | None


class ClipCame(TypedDict):
    """A clip is new or has changed."""

    type: Literal["saved", "changed"]
    clip: ClipJson


class ClipWent(TypedDict):
    """A clip was removed."""

    type: Literal["removed"]
    clip_id: str


type ClipEvent = ClipCame | ClipWent


MOST_CLIPS: Final = 100


@with_data.command(
    "doorwatch/clips/list",
    {
        vol.Optional("doorbell_id"): ID,
        # Clips that started before or after this time; `after` alone returns the oldest
        # of them.
        vol.Optional("before"): MOMENT,
        vol.Optional("after"): MOMENT,
        vol.Optional("kinds"): vol.All(
            vol.Length(max=len(KINDS)), [vol.In([kind.value for kind in KINDS])]
        ),
        # Any of these labels.
        vol.Optional("labels"): vol.All(
            vol.Length(max=len(Label)), [vol.In([label.value for label in Label])]
        ),
        vol.Optional("protected"): bool,
        vol.Optional("shared"): bool,
        # Only clips after this time, by doorbell.
        vol.Optional("since"): MOMENTS,
        # The query language of the media browser's search.
        vol.Optional("query"): vol.All(str, vol.Length(max=200)),
        vol.Optional("limit", default=24): vol.All(int, vol.Range(1, MOST_CLIPS)),
    },
)
async def list_clips(call: Call[DoorwatchData]) -> Clips:
    """List clips, newest first."""
    hass, data, msg, user = call.hass, call.data, call.msg, call.user
    names = doorbell_names(hass, visible_doorbells(hass, user))
    before, after = msg.get("before"), msg.get("after")
    query = ClipQuery()
    if words := msg.get("query"):
        texts = words_of(await async_media_texts(hass, data.notices.language_of(user)))
        wanted = read_query(words, texts, dt_util.now().date())
        names = {one: name for one, name in names.items() if wanted.fits_name(name)}
        query = wanted.query
    query = replace(
        query,
        before=before,
        after=after,
        since=msg.get("since", {}),
        besides=frozenset(msg.get("kinds", ())),
        labels_besides=frozenset(msg.get("labels", ())),
        protected=msg.get("protected"),
    )
    query = without_future(query)
    if (is_shared := msg.get("shared")) is not None:
        clip_ids = await async_shared_clips(data.outbox, data.visible_shares, user)
        query = (
            replace(query, among=clip_ids)
            if is_shared
            else replace(query, but=clip_ids)
        )
    doorbells = [one for one in names if msg.get("doorbell_id") in (None, one)]
    limit: int = msg["limit"]
    # `after` alone extends a list upwards, with the clips directly after that time.
    upwards = after is not None and before is None
    found = await data.library.list(doorbells, query, limit=limit + 1, oldest=upwards)
    clips = found[-limit:] if upwards else found[:limit]
    await async_look_into(call, clips)
    return {
        "clips": [
            clip_json(call, clip)
            for clip in clips
            # Permissions may have changed during the query.
            if may_view(hass, user, clip.doorbell_id)
        ],
        "more": len(found) > limit,
    }


@with_data.command("doorwatch/clips/facets", {vol.Optional("doorbell_id"): ID})
async def list_facets(call: Call[DoorwatchData]) -> FacetsJson:
    """Return the filters that match clips of this user's doorbells."""
    hass, data, user = call.hass, call.data, call.user
    doorbells = call.doorbells()
    found = await data.library.facets(doorbells)
    among = await async_shared_clips(data.outbox, data.visible_shares, user)
    shared = await data.library.list(doorbells, ClipQuery(among=among), limit=1)
    future = await data.library.list(
        doorbells, ClipQuery(after=dt_util.utcnow() + CLOCKS_DIFFER), limit=MOST_CLIPS
    )
    # Permissions may have changed during the query.
    future = [clip for clip in future if may_view(hass, user, clip.doorbell_id)]
    facets = [facet for one, facet in found.items() if may_view(hass, user, one)]
    return {
        "kinds": [
            kind.value for kind in KINDS if any(kind in facet.kinds for facet in facets)
        ],
        "labels": [
            label.value
            for label in Label
            if any(label in facet.labels for facet in facets)
        ],
        "protected": any(facet.protected for facet in facets),
        "shared": any(may_view(hass, user, clip.doorbell_id) for clip in shared),
        "future": len(future),
        "future_day": (
            dt_util.as_local(future[0].started_at).date().isoformat()
            if future
            else None
        ),
    }


@with_data.subscription("doorwatch/clips/subscribe", {vol.Optional("doorbell_id"): ID})
async def subscribe_clips(
    call: Call[DoorwatchData], subscription: Subscription[ClipEvent]
) -> None:
    """Send new, changed and removed clips; check the permission for each event."""
    hass, data = call.hass, call.data
    only: str | None = call.msg.get("doorbell_id")

    @callback
    def may_hear(doorbell_id: str) -> bool:
        return only in (None, doorbell_id) and may_view(hass, call.user, doorbell_id)

    @callback
    def send(kind: Literal["saved", "changed"], clip: Clip) -> None:
        if may_hear(clip.doorbell_id):
            subscription.send({"type": kind, "clip": clip_json(call, clip)})

    async def look_and_send(kind: Literal["saved", "changed"], clip: Clip) -> None:
        with suppress(SharingError, LibraryError):  # Home Assistant is stopping
            await async_look_into(call, [clip])
        if not subscription.ended:
            send(kind, clip)

    @callback
    def tell(kind: Literal["saved", "changed"], clip: Clip) -> None:
        if is_looked_into(data, clip):
            send(kind, clip)
        elif may_hear(clip.doorbell_id):
            hass.async_create_task(look_and_send(kind, clip), "doorwatch new clip")

    @callback
    def on_saved(clip: Clip) -> None:
        tell("saved", clip)

    @callback
    def on_changed(clip: Clip | str) -> None:
        if isinstance(clip, Clip):
            tell("changed", clip)
            return
        doorbell_id = data.shown_clips.doorbell_of(clip)
        if doorbell_id is not None and may_hear(doorbell_id):
            subscription.send({"type": "removed", "clip_id": clip})

    subscription.add(async_dispatcher_connect(hass, SIGNAL_CLIP_SAVED, on_saved))
    subscription.add(async_dispatcher_connect(hass, SIGNAL_CLIP_CHANGED, on_changed))
    call.connection.send_result(call.msg["id"])


@with_data.command(
    "doorwatch/clips/protect",
    {vol.Required("clip_id"): ID, vol.Required("protected"): bool},
)
async def protect_clip(call: Call[DoorwatchData]) -> None:
    """Protect a clip from retention, or release it."""
    await async_protect(
        call.hass,
        call.data,
        call.user,
        call.msg["clip_id"],
        call.msg["protected"],
        by=call.data.guard.caller_at(call.connection),
    )


@with_data.command("doorwatch/clips/delete", {vol.Required("clip_id"): ID})
async def delete_clip(call: Call[DoorwatchData]) -> None:
    """Move a clip to the bin."""
    await async_delete(
        call.hass,
        call.data,
        call.user,
        call.msg["clip_id"],
        by=call.data.guard.caller_at(call.connection),
    )


@with_data.command("doorwatch/clips/link", {vol.Required("clip_id"): ID})
async def link_clip(call: Call[DoorwatchData]) -> Link:
    """Return new signed links to a clip."""
    clip = await async_visible_clip(
        call.hass, call.data.library, call.user, call.msg["clip_id"]
    )
    await async_look_into(call, [clip])
    path, preview = CLIP_PATH.format(clip.clip_id), None
    if call.data.previews.has(clip.clip_id):
        preview = signed(call, CLIP_PREVIEW_PATH.format(clip.clip_id))
    return {
        "url": signed(call, path),
        "thumbnail": signed(call, THUMBNAIL_PATH.format(clip.clip_id)),
        "download": signed(call, f"{path}?download=1"),
        "preview": preview,
    }


COMMANDS = (
    list_clips,
    list_facets,
    subscribe_clips,
    protect_clip,
    delete_clip,
    link_clip,
)
