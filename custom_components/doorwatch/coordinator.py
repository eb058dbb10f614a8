"""Coordinate a running doorbell: its stream, events and clips."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
import logging
import sqlite3
import time
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .const import CONF_PROVIDER, CONF_SOURCE, DOMAIN, SOURCE_DEMO, SOURCE_LINKED
from .data import DoorbellState
from .domain.data import DATA, DoorwatchData
from .engine.clips.errors import LibraryError
from .engine.clips.model import Clip
from .engine.clips.sink import LibrarySink
from .engine.doorbells.base import Doorbell, DoorbellError, DoorbellEvent, EventKind
from .engine.doorbells.dropped import DroppedEvents, DropReason
from .engine.doorbells.moments import INEXACT
from .engine.recording.model import RecorderHealth
from .household.folder_problems import async_folder_problem, async_follow_recording
from .issues import (
    DOORBELL_UNREACHABLE,
    RECORDS_AGAIN,
    async_doorbell_unreachable,
    async_end_reauth,
)
from .runtime.announcements import Announcer
from .runtime.counts import async_counts
from .runtime.days import async_track_days
from .runtime.doorbell_watch import DoorbellWatch
from .runtime.event_sources import EventSources
from .runtime.latency import Latency
from .runtime.picture_motion import PictureMotion
from .runtime.recorders import recorder_for
from .runtime.switches import StoredSwitches
from .runtime.talk import Talk
from .signals import (
    SIGNAL_CLIP_CHANGED,
    SIGNAL_CLIP_RECOVERED,
    SIGNAL_CLOCK_SET_BACK,
    SIGNAL_EVENT,
    SIGNAL_LIVE,
    SIGNAL_ONGOING,
)
from .timer import Timer

_LOGGER = logging.getLogger(__name__)

# Seconds until motion without a reported end is over, unless its sensor is still on.
UNTOLD_END: Final = 300.0
# Seconds after which a motion sensor that is still on is considered stuck.
LONGEST_MOTION: Final = 3600.0
# Longer than it takes to replace a router or a battery.
UNREACHABLE_AFTER: Final = timedelta(hours=1)

type DoorbellEntry = ConfigEntry[DoorbellCoordinator]


class DoorbellCoordinator(DataUpdateCoordinator[DoorbellState]):
    """Connect doorbell, clip recorder, library and entities."""

    config_entry: DoorbellEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: DoorbellEntry,
        doorbell: Doorbell,
        domain: DoorwatchData,
    ) -> None:
        """Create the parts; nothing runs before `async_start`."""
        super().__init__(
            hass, _LOGGER, config_entry=entry, name=entry.title, always_update=False
        )
        self.data = DoorbellState()
        self.entry = entry
        self.doorbell_id = entry.entry_id
        self.doorbell = doorbell
        # Another integration manages the device and its credentials.
        self.linked = entry.data[CONF_SOURCE] == SOURCE_LINKED
        self.users = domain.users
        self.library = domain.library
        self._announcer = Announcer(
            hass,
            domain.ledger,
            domain.library,
            on_open=lambda: self._update(recording=True),
            count=self._async_count,
        )
        self.talk: Talk | None = None
        # The demo and recording providers have no back channel.
        if entry.data[CONF_SOURCE] != SOURCE_DEMO and not entry.data.get(CONF_PROVIDER):
            self.talk = Talk(hass, entry, doorbell, lambda: self.data.connected)
        self.latency = Latency()
        self.dropped = DroppedEvents(entry.title)
        self._running = domain.running
        self.recorder = recorder_for(
            hass,
            entry,
            doorbell,
            domain,
            LibrarySink(
                domain.library,
                self.doorbell_id,
                self._announcer.opened,
                self._announcer.closed,
            ),
            on_health=self._on_health,
            on_error=partial(async_folder_problem, hass),
            on_ongoing=partial(async_dispatcher_send, hass, SIGNAL_ONGOING),
            on_late=self._announcer.seen_late,
        )
        self.picture_motion = PictureMotion(
            hass, entry, self.recorder, self.handle_event
        )
        self.switches = StoredSwitches(
            hass,
            entry,
            {
                "motion_detection": self._set_motion_enabled,
                "recording": self._set_recording_enabled,
            },
        )
        self._sources = EventSources(
            hass,
            entry,
            self.handle_event,
            self.async_update_listeners,
            self.dropped.note,
        )
        self._watch = DoorbellWatch(hass, entry, doorbell, self._on_doorbell_changed)
        self._started = time.monotonic()
        self._stops: list[Callable[[], None]] = []
        self._motion_timer = Timer(hass)  # ends motion whose end is not reported
        self._unreachable = Timer(hass)
        self._told_unavailable = False
        self._count_waits = False
        self._recorder_runs = False
        self._ends = asyncio.Lock()

    @override
    async def _async_update_data(self) -> DoorbellState:
        """Count the clips of this doorbell."""
        try:
            counts = await async_counts(self.library, self.doorbell_id)
        except (LibraryError, sqlite3.Error) as err:
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="library_unavailable"
            ) from err
        # Read after the last await, because events may have changed other fields.
        return replace(self.data, **counts, recording=self._announcer.writing)

    async def async_start(self) -> None:
        """Start recording and listening; raise `DoorbellError` if that fails."""
        self._running.add(self)
        await self.doorbell.start()
        self._started = time.monotonic()
        self._await_connection()
        self._recorder_runs = True
        await self.recorder.start()
        self.picture_motion.watch(self.data.motion_enabled)
        connect = partial(async_dispatcher_connect, self.hass)
        self._stops = [
            self.doorbell.events.add(self.handle_event),
            self.doorbell.dropped.add(self.dropped.note),
            self._watch.start(),
            self._sources.start(),
            # Today's count starts again at midnight.
            async_track_days(self.hass, self._count_soon),
            connect(SIGNAL_CLIP_CHANGED, self._on_clip_changed),
            connect(SIGNAL_CLIP_RECOVERED, self._on_clip_recovered),
            connect(SIGNAL_CLOCK_SET_BACK, self.async_update_listeners),
            async_follow_recording(
                self.hass, lambda found: self._update(recording_problem=found)
            ),
        ]
        if DATA not in self.hass.data:
            # Home Assistant is stopping, and the library is closed.
            raise DoorbellError("cannot_connect")

    @override
    async def async_shutdown(self) -> None:
        """Finish the open clip and release everything; may be called twice.

        Every caller waits for the end. The shutdown runs to the end even if the caller
        is canceled: Home Assistant cancels reloads when it stops, and closes the
        library afterwards.
        """
        end = self.hass.async_create_task(self._async_end(), "doorwatch end")
        await asyncio.shield(end)

    async def _async_end(self) -> None:
        async with self._ends:
            await super().async_shutdown()
            for stop in self._stops:
                stop()
            self._stops = []
            self._motion_timer.stop()
            self._unreachable.stop()
            try:
                await self.picture_motion.async_stop()
                if self._recorder_runs:
                    self._recorder_runs = False
                    await self.recorder.stop()
                await self.doorbell.stop()
            finally:
                await self._announcer.async_finish()
                async_dispatcher_send(self.hass, SIGNAL_ONGOING)
                # The ledger closes once no doorbell is running.
                self._running.discard(self)

    # Events

    @property
    def other_transports(self) -> list[str]:
        """The transports of events other than the doorbell's own."""
        seen = ["picture"] if self.picture_motion.wanted else []
        return [*self._sources.transports, *seen]

    @property
    def hears_events(self) -> bool:
        """Whether any source could report motion or rings now."""
        own = self.doorbell.hears_events
        if own or (self._sources.named and self._sources.available):
            return True
        named = self._sources.named or own is not None
        return (self.picture_motion.wanted or not named) and self.data.connected

    @callback
    def handle_event(self, event: DoorbellEvent) -> None:
        """Process an event of the doorbell or of another source."""
        if event.monotonic < self._started - INEXACT:
            # The doorbell replays events from before the connection.
            self.dropped.note(DropReason.BEFORE)
            return
        self.latency.note(event)
        if event.kind is EventKind.MOTION:
            if not self.data.motion_enabled:
                return
            self._renew_motion()
            self._update(motion=True, last_motion=event.at)
        elif event.kind is EventKind.MOTION_ENDED:
            self._motion_timer.stop()
            if not self.data.motion:
                return
            self._update(motion=False)
        elif event.kind is EventKind.RING:
            self._update(last_ring=event.at)
        if self.data.recording_enabled:
            self.recorder.trigger(event)
        async_dispatcher_send(self.hass, SIGNAL_EVENT, self.doorbell_id, event)

    @callback
    def _set_motion_enabled(self, enabled: bool) -> None:
        """Enable or disable motion; rings always count."""
        if not enabled:
            self._end_motion_now()
        if self._recorder_runs:
            self.picture_motion.watch(enabled)
        self._update(motion_enabled=enabled)

    @callback
    def _set_recording_enabled(self, enabled: bool) -> None:
        """Enable or disable recording; an ongoing clip is finished."""
        if not enabled:
            RECORDS_AGAIN.end(self.hass, self.doorbell_id)
            if self.data.motion:
                self.recorder.trigger(_motion_ended())
        self._update(recording_enabled=enabled)

    @callback
    def _renew_motion(self, left: float = LONGEST_MOTION) -> None:
        """Schedule the end of motion, after at most `left` seconds."""

        @callback
        def look() -> None:
            if not (self._sources.sees_motion or self.doorbell.sees_motion):
                self._end_motion_now()
            elif left > UNTOLD_END:
                self._renew_motion(left - UNTOLD_END)
            else:
                _LOGGER.warning(
                    "The motion sensor of %s doesn't turn off. Its motion counts as"
                    " over until it turns on again",
                    self.entry.title,
                )
                self._end_motion_now()

        self._motion_timer.start(UNTOLD_END, look)

    @callback
    def _end_motion_now(self) -> None:
        if self.data.motion:
            self.handle_event(_motion_ended())

    @callback
    def _on_doorbell_changed(self) -> None:
        if self.doorbell.problem is None and self.data.connected:
            async_end_reauth(self.hass, self.entry)
        self._update(clock_offset=self.doorbell.clock_offset)
        async_dispatcher_send(self.hass, SIGNAL_LIVE)
        self.async_update_listeners()

    # Connection

    @callback
    def _on_health(self, health: RecorderHealth) -> None:
        well = health.connected or health.asleep
        if health.connected and self.doorbell.problem is None:
            async_end_reauth(self.hass, self.entry)
        if well:
            self._unreachable.stop()
            DOORBELL_UNREACHABLE.end(self.hass, self.entry.entry_id)
            if self._told_unavailable:
                _LOGGER.info("%s is connected again", self.entry.title)
            self._told_unavailable = False
        elif health.problem is not None:
            if not self._told_unavailable:
                name = self.entry.title
                _LOGGER.warning("%s is unavailable: %s", name, health.problem)
                self._told_unavailable = True
            if health.problem == "invalid_auth" and not self.linked:
                self.entry.async_start_reauth(self.hass)
            self._await_connection()
        self._update(connected=well, asleep=health.asleep, problem=health.problem)

    @callback
    def _await_connection(self) -> None:
        """Show an issue if the doorbell stays unreachable."""
        if not self._unreachable.runs:
            self._unreachable.start(
                UNREACHABLE_AFTER.total_seconds(),
                lambda: async_doorbell_unreachable(
                    self.hass, self.entry, self.data.problem
                ),
            )

    # Clips

    async def _async_count(self) -> None:
        """Update the counts; keep the last ones if that fails."""
        try:
            data = await self._async_update_data()
        except UpdateFailed:
            return
        if data != self.data:
            self.async_set_updated_data(data)

    @callback
    def _on_clip_recovered(self, clip: Clip) -> None:
        if clip.doorbell_id == self.doorbell_id:
            self._announcer.recovered(clip)

    @callback
    def _on_clip_changed(self, clip: Clip | str) -> None:
        if isinstance(clip, str) or clip.doorbell_id == self.doorbell_id:
            self._count_soon()

    @callback
    def _count_soon(self) -> None:
        """Schedule one count for all changes until it runs."""
        if not self._count_waits:
            self._count_waits = True
            self.entry.async_create_task(
                self.hass, self._async_count_later(), "doorwatch count clips"
            )

    async def _async_count_later(self) -> None:
        # Retention reports many clips at once.
        await asyncio.sleep(0)
        self._count_waits = False
        await self._async_count()

    @callback
    def _update(self, **changes: Any) -> None:
        data = replace(self.data, **changes)
        if data != self.data:
            self.async_set_updated_data(data)
            async_dispatcher_send(self.hass, SIGNAL_LIVE)


def _motion_ended() -> DoorbellEvent:
    return DoorbellEvent(
        kind=EventKind.MOTION_ENDED, at=dt_util.utcnow(), monotonic=time.monotonic()
    )
