"""Detect motion in the picture, for doorbells without another source of motion."""

from collections.abc import Callable
from contextlib import suppress
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import (
    CONF_AREAS,
    CONF_COOL_DOWN,
    CONF_ON_EVENT,
    CONF_PICTURE_MOTION,
    CONF_SENSITIVITY,
    DEFAULT_COOL_DOWN,
)
from ..engine.doorbells.base import DoorbellEvent
from ..engine.motion.areas import AreasError, parse
from ..engine.motion.detector import TUNINGS, FrameAnalysis, Sensitivity
from ..engine.motion.watcher import PictureWatcher
from .recorders import Recorder

_LOGGER = logging.getLogger(__name__)

# Called with the result for a keyframe, and the number of pixels that must change.
type AnalysisCallback = Callable[[FrameAnalysis, int], None]


class PictureMotion:
    """Watch the keyframes of a doorbell while motion detection is on."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        recorder: Recorder,
        on_event: Callable[[DoorbellEvent], None],
    ) -> None:
        """Read the options; `on_event` is called in the event loop."""
        options = entry.options
        self._hass = hass
        self._name = entry.title
        self._recorder = recorder
        self._on_event = on_event
        # A doorbell that sleeps until an event has no picture to watch.
        self.wanted = bool(
            options.get(CONF_PICTURE_MOTION) and not options.get(CONF_ON_EVENT)
        )
        self._sensitivity = Sensitivity(
            options.get(CONF_SENSITIVITY, Sensitivity.MEDIUM)
        )
        self._cool_down = options.get(CONF_COOL_DOWN, DEFAULT_COOL_DOWN)
        try:
            self._areas = parse(options.get(CONF_AREAS, ""))
        except AreasError as err:
            _LOGGER.warning(
                "The motion zones of %s can't be read, so the whole image is watched:"
                " %s",
                self._name,
                err,
            )
            self._areas = ()
        self._watcher: PictureWatcher | None = None
        self._viewers: list[AnalysisCallback] = []
        self._stop_watching: Callable[[], None] | None = None
        self._ending: list[PictureWatcher] = []

    @callback
    def watch(self, wanted: bool) -> None:
        """Start or stop watching; nothing is decoded while stopped."""
        if not (wanted and self.wanted):
            self._end()
        elif self._watcher is None:
            self._watcher = watcher = PictureWatcher(
                self._name,
                lambda event: self._tell(watcher, event),
                sensitivity=self._sensitivity,
                areas=self._areas,
                cool_down=self._cool_down,
                on_analysis=lambda analysis: self._show(watcher, analysis),
            )
            watcher.start()
            self._stop_watching = self._recorder.watch_keyframes(watcher.offer)

    @callback
    def async_view(self, viewer: AnalysisCallback) -> CALLBACK_TYPE:
        """Call the viewer in the event loop for each keyframe; return a function to stop."""
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    async def async_stop(self) -> None:
        """Stop watching and wait for the threads."""
        self._end()
        for watcher in self._ending:
            await self._hass.async_add_executor_job(watcher.join)
        self._ending = []

    @callback
    def diagnostics(self) -> dict[str, object] | None:
        """Return counts without any picture, or None while not watching."""
        return None if self._watcher is None else self._watcher.diagnostics()

    @callback
    def _end(self) -> None:
        watcher, self._watcher = self._watcher, None
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None
        if watcher is not None:
            watcher.stop()
            self._ending = [old for old in self._ending if old.is_alive()]
            self._ending.append(watcher)

    def _tell(self, watcher: PictureWatcher, event: DoorbellEvent) -> None:
        """Send an event to the event loop; called on the watcher's thread."""

        @callback
        def tell() -> None:
            # Drop events of an old watcher; the caller of `watch` ended their motion.
            if watcher is self._watcher:
                self._on_event(event)

        self._call_soon(tell)

    def _show(self, watcher: PictureWatcher, analysis: FrameAnalysis) -> None:
        """Pass a result to the viewers; called on the watcher's thread."""
        if not self._viewers:
            return
        threshold = TUNINGS[self._sensitivity].pixels

        @callback
        def show() -> None:
            if watcher is self._watcher:
                for viewer in self._viewers:
                    viewer(analysis, threshold)

        self._call_soon(show)

    def _call_soon(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop was closed without stopping this thread
            self._hass.loop.call_soon_threadsafe(call)
