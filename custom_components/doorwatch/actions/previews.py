"""The previews of this home: made when somebody asks, gone when their clip is gone."""

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
    """Finds the previews of the library as it is now; its folder may have moved."""

    def __init__(self, hass: HomeAssistant, encoding: asyncio.Lock) -> None:
        """Look for nothing yet; the lock is held while one is made."""
        self._hass = hass
        self._encoding = encoding
        self._looking = asyncio.Lock()
        self._made: Previews | None = None

    @callback
    def start(self) -> None:
        """Let previews go with their clips, and end with Home Assistant."""
        async_dispatcher_connect(self._hass, SIGNAL_CLIP_CHANGED, self._on_clip_changed)
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)

    @callback
    def has(self, clip_id: str) -> bool:
        """Whether a clip has a preview, as far as anybody looked."""
        return self._made is not None and self._made.has(clip_id)

    async def async_find(self) -> Previews:
        """Return the previews; who asks while they are looked for waits.

        Raises `LibraryError`, `SharingError`.
        """
        async with self._looking:
            library = (await async_get_domain(self._hass)).library
            made = self._made
            if made is not None and made.library == library.folder:
                return made
            if made is not None:
                await made.close()
            # Clips may go while it is looked: they are told of from now on.
            made = self._made = Previews(library.folder, one=self._encoding)
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
                self._made = None
                raise
            if self._made is not made:
                # Home Assistant began to stop meanwhile.
                raise LibraryError("library_unavailable")
            return made

    async def _on_clip_changed(self, clip: Clip | str) -> None:
        if isinstance(clip, str) and self._made is not None:
            await self._made.forget(clip)

    async def _on_stop(self, _event: Event) -> None:
        made, self._made = self._made, None
        if made is not None:
            await made.close()
