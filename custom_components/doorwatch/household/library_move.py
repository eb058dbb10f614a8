"""Move the clips when the household chose another folder."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later

from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import KnownClip
from ..issues import LIBRARY_NOT_MOVED
from ..signals import SIGNAL_CLIP_CHANGED
from .clip_folder import clear_staging
from .private import PrivateFolder

_LOGGER = logging.getLogger(__name__)

# Retry after this if a disk is missing or too small.
AGAIN_AFTER: Final = timedelta(minutes=10)
# Seconds that a person waits for the result; a longer move continues in the background.
ANSWER_AFTER: Final = 10.0


@dataclass(eq=False, repr=False)
class LibraryMove:
    """Move clips from earlier folders to the current one."""

    _hass: HomeAssistant
    _library: Library
    _private: PrivateFolder
    _known: Callable[[], Coroutine[Any, Any, Mapping[str, KnownClip]]]
    _told: str | None = None
    _again: Callable[[], None] | None = None
    _running: asyncio.Lock = field(default_factory=asyncio.Lock)

    @callback
    def stop(self) -> None:
        """Cancel the next attempt."""
        if self._again is not None:
            self._again()
            self._again = None

    async def async_run(self) -> None:
        """Move what can be moved now, and retry the rest later."""
        async with self._running:
            self.stop()
            waits = False
            sources = await self._hass.async_add_executor_job(self._private.sources)
            for folder, identity in sources.items():
                try:
                    done = await self._async_move(folder, identity)
                except LibraryError as err:
                    self._tell(folder, err.problem)
                    waits = True
                    continue
                if not done:
                    return  # the library is closing
            if waits:
                self._again = async_call_later(self._hass, AGAIN_AFTER, self._on_again)
            else:
                self._told = None
                LIBRARY_NOT_MOVED.end(self._hass)

    @callback
    def _on_again(self, _now: datetime) -> None:
        self._again = None
        self._soon()

    async def async_try(self, folder: Path) -> bool:
        """Move now, and return whether the folder's clips are here or on their way."""
        moving = self._soon()
        await asyncio.wait([moving], timeout=ANSWER_AFTER)
        sources = await self._hass.async_add_executor_job(self._private.sources)
        return not moving.done() or folder not in sources

    async def async_leave(self, folder: Path) -> None:
        """Stop looking for the clips in a folder; leave its files untouched."""
        await self._async_forget(folder)
        _LOGGER.warning(
            "Someone chose to leave the clips in %s. They aren't listed", folder
        )
        self._soon()

    @callback
    def _soon(self) -> asyncio.Task[None]:
        return self._hass.async_create_background_task(
            self.async_run(), "doorwatch move"
        )

    async def _async_move(self, folder: Path, identity: str) -> bool:
        """Move one library; return False if the target closes before the end."""
        old = await Library.open(
            folder, lambda: self._hass.config.time_zone, expected=identity
        )
        try:
            if old.identity == self._library.identity:
                # The same folder under another name, or moved manually.
                await self._async_forget(folder)
                return True
            # Done even if the clips have to stay there for now.
            await self._hass.async_add_executor_job(clear_staging, folder)
            await old.recover()
            await old.reconcile(self._known)
            moved = await self._library.take_over(old)
            if moved is None:
                return False
            # Forget the folder first: after a crash, a partly removed library can't be
            # opened.
            await self._async_forget(folder)
            await old.remove()
        finally:
            await old.close()
        _LOGGER.info(
            "%d clips were moved from %s to %s", moved, folder, self._library.folder
        )
        for doorbell_id in await self._library.doorbell_ids():
            for clip in await self._library.list([doorbell_id], limit=1):
                async_dispatcher_send(self._hass, SIGNAL_CLIP_CHANGED, clip)
        return True

    async def _async_forget(self, folder: Path) -> None:
        await self._hass.async_add_executor_job(self._private.forget, folder)

    @callback
    def _tell(self, folder: Path, problem: str) -> None:
        if problem != self._told:
            _LOGGER.warning(
                "The clips in %s can't be moved yet: %s. They stay there, and"
                " Doorwatch retries",
                folder,
                problem,
            )
        self._told = problem
        LIBRARY_NOT_MOVED.show(
            self._hass,
            key="library_not_moved_full" if problem == "disk_full" else None,
            placeholders={"old": str(folder), "new": str(self._library.folder)},
            data={"folder": str(folder)},
        )
