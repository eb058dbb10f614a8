"""Delete clips by the retention rules, and report it to the ledger and dashboards."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
import logging
from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip, ClipState, RetentionHold, RetentionPolicy
from ..engine.clips.waiting import TIMEOUT
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from ..issues import CLOCK_JUMPED
from ..signals import SIGNAL_CLIP_CHANGED
from .clock import Time, TrustedClock

_LOGGER = logging.getLogger(__name__)

# Maximum number of clips reported individually to dashboards, which reload their list at
# the next change.
_MOST_TOLD: Final = 200


@dataclass(eq=False, repr=False)
class Tidying:
    """Deletion of clips by the current retention rules."""

    _hass: HomeAssistant
    _library: Library
    _ledger: Ledger
    _retention: Callable[[], RetentionPolicy]
    clock: TrustedClock
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stopped: bool = False
    _untidy: bool = False
    _jumped: bool = False
    _held: tuple[RetentionHold, ...] | None = None  # as last known

    @callback
    def follow(self) -> Callable[[], None]:
        """Apply changed rules at once; return a function to stop that."""
        before = self._retention()

        @callback
        def on_entry(change: ConfigEntryChange, entry: ConfigEntry) -> None:
            nonlocal before
            # Not if a doorbell is removed: that decides nothing about its clips.
            if change is not ConfigEntryChange.UPDATED or entry.domain != DOMAIN:
                return
            if (now := self._retention()) != before:
                before = now
                self._hass.async_create_background_task(
                    self.async_tidy(), "doorwatch retention"
                )

        return async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_entry
        )

    async def async_stop(self) -> None:
        """Start no further step, and wait for the current one."""
        self._stopped = True
        with suppress(TimeoutError):  # if the disk hangs
            async with asyncio.timeout(TIMEOUT), self._turn:
                pass

    async def async_tidy(self) -> None:
        """Delete everything beyond the rules, in batches."""
        async with self._turn:
            at = await self.async_time()
            if not self._stopped:
                await self._async_tell_of_clock(at)
            while not self._stopped:
                try:
                    gone = await self._library.enforce(self._rules(at), at.now)
                except LibraryError as err:
                    if not self._untidy:
                        _LOGGER.warning(
                            "Old clips couldn't be deleted: %s", err.problem
                        )
                    self._untidy = True
                    return
                if self._untidy:
                    _LOGGER.info("Old clips can be deleted again")
                self._untidy = False
                if not gone:
                    return
                await self._async_note_gone(gone)

    @callback
    def _rules(self, at: Time) -> RetentionPolicy:
        """Return the rules, with the last known holds while the current ones are unknown.

        The last known holds also apply while the clock is not trusted, because requests
        end by the clock too. Until any holds are known after a start, no clip is
        deleted for its age.
        """
        rules = self._retention()
        if rules.held is not None and not at.jumped:
            self._held = rules.held
        elif self._held is None:
            return replace(rules, days={}, doorbells={})
        return replace(rules, held=self._held)

    async def async_time(self) -> Time:
        """Return the time that counts for clips."""
        return await self._hass.async_add_executor_job(self.clock.look)

    async def _async_tell_of_clock(self, at: Time) -> None:
        """Show an issue if a clock that jumped ahead would delete clips, or end it."""
        if at.jumped != self._jumped:
            self._jumped = at.jumped
            if at.jumped:
                _LOGGER.warning(
                    "The clock shows %s, but %s was expected. Doorwatch deletes no"
                    " clip by this clock until it has shown this time for a day",
                    at.said.isoformat(timespec="seconds"),
                    at.now.isoformat(timespec="seconds"),
                )
            else:
                _LOGGER.info("The clock is trusted again")
        try:
            clips = await self._async_more_by(at) if at.jumped else 0
        except LibraryError as err:
            _LOGGER.debug("The clips to delete can't be counted: %s", err.problem)
            return
        if not clips:
            CLOCK_JUMPED.end(self._hass)
            return
        CLOCK_JUMPED.show(
            self._hass,
            placeholders={
                "said": f"{dt_util.as_local(at.said):%Y-%m-%d %H:%M}",
                "expected": f"{dt_util.as_local(at.now):%Y-%m-%d %H:%M}",
                "clips": str(clips),
            },
        )

    async def _async_more_by(self, at: Time) -> int:
        """Return how many more clips would be deleted if the clock were trusted."""
        counts = [
            sum(
                usage.clips
                for usage in (
                    await self._library.would_go(self._retention(), time)
                ).values()
            )
            for time in (at.said, at.now)
        ]
        return counts[0] - counts[1]

    async def async_make_room(self) -> None:
        """Free space on a disk that is nearly full."""
        try:
            at = await self.async_time()
            gone = await self._library.make_room(self._rules(at), at.now)
        except LibraryError as err:
            _LOGGER.debug("No disk space could be freed: %s", err.problem)
            return
        await self._async_note_gone(gone)

    async def _async_note_gone(self, gone: list[Clip]) -> None:
        """Report permanently deleted clips to the ledger and the dashboards."""
        if not gone:
            return
        lines: list[Mapping[str, object]] = [
            {
                "clip_id": clip.clip_id,
                "doorbell_id": clip.doorbell_id,
                "sha256": clip.sha256,
                "deleted_before": clip.state is ClipState.BIN
                and clip.deleted_at is not None,
            }
            for clip in gone
        ]
        try:
            await self._ledger.append_all("expired", lines)
        except SharingError as err:
            _LOGGER.error(
                "The removal of %d clips couldn't be written to the ledger: %s",
                len(gone),
                err.problem,
            )
        tell_gone(self._hass, [clip.clip_id for clip in gone])


@callback
def tell_gone(hass: HomeAssistant, clip_ids: list[str]) -> None:
    """Notify the dashboards of clips that are in no list any more."""
    for clip_id in clip_ids[-_MOST_TOLD:]:
        async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip_id)
