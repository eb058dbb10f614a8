"""The previews of this home: made when somebody asks, gone when their clip is gone."""

import asyncio
from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.clips.video.previews import Previews
from ..household.household import async_get_domain
from ..signals import SIGNAL_CLIP_CHANGED

PREVIEW_PATH: Final = "/api/doorwatch/clip_preview/{}"

_PREVIEWS: HassKey[Previews] = HassKey(f"{DOMAIN}_previews")
_ENCODING: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_encoding")
_LOADING: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_previews_lock")


@callback
def encoding_lock(hass: HomeAssistant) -> asyncio.Lock:
    """Return what is held while a picture is encoded: one at a time in a home."""
    return hass.data.setdefault(_ENCODING, asyncio.Lock())


@callback
def async_setup_previews(hass: HomeAssistant) -> None:
    """Let previews go with their clips, and end with Home Assistant."""

    async def on_changed(clip: Clip | str) -> None:
        if isinstance(clip, str) and (made := hass.data.get(_PREVIEWS)) is not None:
            await made.forget(clip)

    async def on_stop(_event: Event) -> None:
        if (made := hass.data.pop(_PREVIEWS, None)) is not None:
            await made.close()

    async_dispatcher_connect(hass, SIGNAL_CLIP_CHANGED, on_changed)
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop)


async def async_previews(hass: HomeAssistant) -> Previews:
    """Return the previews of the library as it is now; its folder may have moved.

    Whoever asks while they are looked for gets them once they are known. Raises
    `LibraryError`, `SharingError`.
    """
    async with hass.data.setdefault(_LOADING, asyncio.Lock()):
        library = (await async_get_domain(hass)).library
        made = hass.data.get(_PREVIEWS)
        if made is not None and made.library == library.folder:
            return made
        if made is not None:
            await made.close()
        # Known to `on_changed` from now on: clips may go while it is looked.
        made = hass.data[_PREVIEWS] = Previews(library.folder, one=encoding_lock(hass))
        try:
            for clip_id in await made.load():
                # Its clip went while nobody was there to tell.
                try:
                    known = await library.get(clip_id) is not None
                except LibraryError:
                    continue
                if not known:
                    await made.forget(clip_id)
        except BaseException:
            # The next who asks looks again.
            hass.data.pop(_PREVIEWS, None)
            raise
        if hass.data.get(_PREVIEWS) is not made:
            # Home Assistant began to stop meanwhile.
            raise LibraryError("library_unavailable")
        return made


@callback
def has_preview(hass: HomeAssistant, clip_id: str) -> bool:
    """Whether a clip has a preview, as far as anybody looked."""
    made = hass.data.get(_PREVIEWS)
    return made is not None and made.has(clip_id)
