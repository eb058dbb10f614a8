"""The clip recorder of one doorbell."""

import asyncio
from collections.abc import Callable

from ..doorbells.base import DoorbellEvent, StreamSource
from .model import ClipSink, HealthCallback, RecorderHealth, RecorderOptions


class ClipRecorder:
    """One reader thread: demux, keep the pre-roll, write clips while they happen.

    All public methods are for the event loop and never block it; `on_health` is called in the event loop.
    """

    def __init__(
        self,
        name: str,
        source: Callable[[], StreamSource],
        sink: ClipSink,
        options: RecorderOptions,
        *,
        on_health: HealthCallback,
        on_error: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`source` is asked anew at each connection. `on_error` gets `disk_full` or `not_writable` once a spell, and
        "ok" when the next clip could be written."""
        raise NotImplementedError

    @property
    def health(self) -> RecorderHealth:
        """The last known health."""
        raise NotImplementedError

    @property
    def recording(self) -> bool:
        """Whether a clip is being written now."""
        raise NotImplementedError

    async def start(self) -> None:
        """Start the reader thread; returns at once, whether or not the doorbell answers."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Finish the open clip (cut short), then end the threads."""
        raise NotImplementedError

    def trigger(self, event: DoorbellEvent) -> None:
        """Open a clip for this event, or extend the open one. MOTION holds the clip open until MOTION_ENDED."""
        raise NotImplementedError

    async def still(self) -> bytes | None:
        """A JPEG of the last keyframe, decoded on a thread; None before the first one."""
        raise NotImplementedError

    def diagnostics(self) -> dict[str, object]:
        """Counts and latencies without any address."""
        raise NotImplementedError
