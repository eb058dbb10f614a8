"""Manage the previews of clips, which are made on demand and deleted with their clip."""

import asyncio

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.clips.video.previews import Previews
from ..household.household import async_get_domain
from ..signals import SIGNAL_CLIP_CHANGED


class HomePreviews:
    """The previews of the current library folder, which may have been moved."""

    def __init__(self, hass: HomeAssistant, encoding: asyncio.Lock) -> None:
        """Initialize; the lock is held while a preview is made."""
        self._hass = hass
        self._encoding = encoding
        self._looking = asyncio.Lock()
        self._made: Previews | None = None

    @callback
    def start(self) -> None:
        """Delete previews with their clips, and stop with Home Assistant."""
        async_dispatcher_connect(self._hass, SIGNAL_CLIP_CHANGED, self._on_clip_changed)
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)

    @callback
    def has(self, clip_id: str) -> bool:
        """Return whether a clip has a preview, as far as the previews were loaded."""
        return self._made is not None and self._made.has(clip_id)

    async def async_find(self) -> Previews:
        """Return the previews; callers wait while they are loaded.

        Raises `LibraryError` and `SharingError`.
        """
        async with self._looking:
            library = (await async_get_domain(self._hass)).library
            made = self._made
            if made is not None and made.library == library.folder:
                return made
            if made is not None:
                await made.close()
            # Clips may be deleted during loading: from now on `_on_clip_changed` sees
            # them.
            made = self._made = Previews(library.folder, one=self._encoding)
            try:
                for clip_id in await made.load():
                    # Remove previews whose clip was deleted while nothing was
                    # listening.
                    try:
                        known = await library.get(clip_id) is not None
                    except LibraryError:
                        continue
                    if not known:
                        await made.forget(clip_id)
            except BaseException:
                # Let the next caller load again.
                self._made = None
                raise
            if self._made is not made:
                # Home Assistant is stopping.
                raise LibraryError("library_unavailable")
            return made

    async def _on_clip_changed(self, clip: Clip | str) -> None:
        if isinstance(clip, str) and self._made is not None:
            await self._made.forget(clip)

    async def _on_stop(self, _event: Event) -> None:
        made, self._made = self._made, None
        if made is not None:
            await made.close()
