"""Manage the previews of clips, which are made on demand and deleted with their clip."""

import asyncio
from dataclasses import dataclass, field

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.clips.video.previews import Previews
from ..signals import SIGNAL_CLIP_CHANGED


@dataclass(eq=False, repr=False)
class HomePreviews:
    """The previews of the current library folder, which may have been moved."""

    _hass: HomeAssistant
    _library: Library
    _encoding: asyncio.Lock  # held while a preview is made
    _stops: list[CALLBACK_TYPE] = field(default_factory=list)
    _stopped: bool = False
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _made: Previews | None = None

    @callback
    def start(self) -> None:
        """Delete previews with their clips."""
        self._stops = [
            async_dispatcher_connect(
                self._hass, SIGNAL_CLIP_CHANGED, self._on_clip_changed
            )
        ]

    async def async_stop(self) -> None:
        """Stop making previews."""
        self._stopped = True
        while self._stops:
            self._stops.pop()()
        made, self._made = self._made, None
        if made is not None:
            await made.close()

    @callback
    def has(self, clip_id: str) -> bool:
        """Return whether a clip has a preview, as far as the previews were loaded."""
        return self._made is not None and self._made.has(clip_id)

    async def async_find(self) -> Previews:
        """Return the previews, once they are loaded; raise `LibraryError`."""
        async with self._looking:
            if self._stopped:
                raise LibraryError("library_unavailable")
            library = self._library
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
