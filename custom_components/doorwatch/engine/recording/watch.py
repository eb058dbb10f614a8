"""Pass keyframes of the sub-stream or main stream to image analysis."""

import asyncio
from collections.abc import Callable
import logging
from threading import Thread
import time
from typing import Final

from ..doorbells.base import StreamSource
from .connection import DoorbellConnection
from .epoch import Encoded, Epoch
from .model import Keyframe, KeyframeCallback
from .reader import RecorderTimeouts

_LOGGER = logging.getLogger(__name__)

# Seconds after which the main stream replaces an unavailable sub-stream.
SUB_STREAM_AWAY: Final = 20.0


class KeyframeWatch:
    """Connect to the sub-stream only while there are callbacks.

    For the event loop, except `from_main`.
    """

    def __init__(
        self,
        name: str,
        sub_source: Callable[[], StreamSource] | None,
        timeouts: RecorderTimeouts,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Initialize with the source of the sub-stream, or None if there is none."""
        self._name = name
        self._loop = loop
        self._callbacks: tuple[KeyframeCallback, ...] = ()
        self._shown: Epoch | None = None
        self._stream = 0
        self._takes_main = sub_source is None
        self._fall_back: asyncio.TimerHandle | None = None
        self._open = False
        self._told = False
        self._sub: DoorbellConnection | None = None
        if sub_source is not None:
            self._sub = DoorbellConnection(
                f"{name} sub-stream",
                sub_source,
                _SubStream(self._show),
                timeouts,
                loop,
                on_change=self._sub_changed,
            )

    def open(self) -> None:
        """Start passing keyframes to present and future callbacks."""
        self._open = True
        self._connect_or_hang_up()

    def close(self) -> None:
        """Disconnect; see `threads`."""
        self._open = False
        self._callbacks = ()
        self._connect_or_hang_up()

    def threads(self) -> list[Thread]:
        """Return the threads that are still running."""
        return self._sub.threads() if self._sub else []

    def add(self, callback: KeyframeCallback) -> Callable[[], None]:
        """Call back for each keyframe; return a function to stop."""

        def stop() -> None:
            self._callbacks = tuple(c for c in self._callbacks if c is not callback)
            self._connect_or_hang_up()

        self._callbacks = (*self._callbacks, callback)
        self._connect_or_hang_up()
        return stop

    def from_main(self, epoch: Epoch, packet: Encoded) -> None:
        """Pass on a keyframe of the main stream; called on its reader thread."""
        if self._callbacks and self._takes_main:
            dts = packet.dts
            self._show(
                epoch, packet, time.monotonic() if dts is None else epoch.monotonic(dts)
            )

    def diagnostics(self) -> dict[str, object]:
        """Return the state of the sub-stream without addresses."""
        sub = self._sub
        watched = "main_stream" if self._takes_main else "sub_stream"
        return {
            "configured": sub is not None,
            "watched": watched if self._callbacks else None,
            "connected": sub is not None and sub.health.connected,
            "problem": sub.health.problem if sub else None,
            "connections": sub.connections if sub else 0,
            "keyframes": sub.keyframes if sub else 0,
        }

    def _show(self, epoch: Epoch, packet: Encoded, monotonic: float) -> None:
        """Call the callbacks; on a reader thread."""
        if epoch is not self._shown:
            self._shown = epoch
            self._stream += 1
        keyframe = Keyframe(
            codec=epoch.video_codec,
            extradata=epoch.extradata,
            data=bytes(packet),
            monotonic=monotonic,
            stream=self._stream,
        )
        for callback in self._callbacks:
            try:
                callback(keyframe)
            except Exception:  # an error in the analysis must not interrupt recording
                _LOGGER.exception("A keyframe couldn't be analyzed")

    def _connect_or_hang_up(self) -> None:
        if (sub := self._sub) is None:
            return
        wanted = self._open and bool(self._callbacks)
        if wanted and not sub.running:
            self._wait()
            sub.start()
        elif not wanted and sub.running:
            sub.stop()
            self._settle()

    def _sub_changed(self) -> None:
        if not self._sub or not self._sub.health.connected:
            self._wait()
            return
        self._settle()
        if self._told:
            self._told = False
            _LOGGER.info("The sub-stream of %s is available again", self._name)

    def _wait(self) -> None:
        """Use the main stream if the sub-stream stays unavailable."""
        if self._fall_back is None and not self._takes_main:
            self._fall_back = self._loop.call_later(SUB_STREAM_AWAY, self._take_main)

    def _settle(self) -> None:
        self._takes_main = False
        if self._fall_back:
            self._fall_back.cancel()
            self._fall_back = None

    def _take_main(self) -> None:
        self._fall_back = None
        self._takes_main = True
        if not self._told and self._sub:
            self._told = True
            _LOGGER.warning(
                "The sub-stream of %s is unavailable (%s), so its main stream is"
                " analyzed instead",
                self._name,
                self._sub.health.problem or "timeout",
            )


class _SubStream:
    """Pass on keyframes without storing packets."""

    def __init__(self, show: Callable[[Epoch, Encoded, float], None]) -> None:
        self._show = show
        self._epoch: Epoch | None = None
        self._owner: object = None
        self._last: int | None = None  # dts of the last frame
        self.last_video = float("-inf")

    def connected(self, epoch: Epoch, owner: object = None) -> None:
        """Start a connection."""
        self._epoch, self._owner, self._last = epoch, owner, None
        self.last_video = time.monotonic()

    def disconnected(self, owner: object = None) -> None:
        """End the connection, unless another reader has started one."""
        if self._owner is owner:
            self._epoch = None

    def add_sound(self, packet: Encoded) -> None:
        """Ignore audio."""

    def add_video(self, packet: Encoded) -> bool:
        """Pass on a keyframe; return whether the packet was one."""
        if (epoch := self._epoch) is None:
            return False
        self.last_video = now = time.monotonic()
        dts = packet.dts
        if dts is not None:
            if self._last is not None and dts < self._last:
                self._epoch = epoch = epoch.renewed()  # the clock jumped
            self._last = dts
        if packet.is_keyframe:
            self._show(epoch, packet, now)
        return packet.is_keyframe
