"""The reader thread: connect, demux into the ring, reconnect."""

from collections.abc import Callable
import random
from threading import Event, Thread
import time
from typing import Final, override

import av
from av.container import InputContainer

from ..doorbells.base import DoorbellError, StreamSource
from ..doorbells.probe import VIDEO_CODECS, classify_error, open_options
from .ring import Ring

# Seconds to wait for a connection and its first pictures.
OPEN_TIMEOUT: Final = 10.0
# Seconds without a picture after which the connection is given up.
SILENCE: Final = 10.0
# Seconds between attempts: doubled after each, with jitter, so that eight doorbells behind one access
# point do not come back in step.
BACKOFF_FIRST: Final = 1.0
BACKOFF_MOST: Final = 30.0
# A connection that lived this long (seconds) was a good one: the next attempt is an early one.
GOOD: Final = 10.0

# Problems that do not go away by themselves: ask seldom, some doorbells lock out who asks too often.
_LASTING: Final = frozenset({"invalid_auth", "invalid_address", "unsupported_codec"})


class Reader(Thread):
    """Fills a ring from one doorbell until stopped."""

    def __init__(
        self,
        name: str,
        source: Callable[[], StreamSource],
        ring: Ring,
        on_connected: Callable[[], None],
        on_problem: Callable[[str], None],
    ) -> None:
        """Both callbacks are called on this thread: at the first keyframe, and at each failed or lost connection."""
        super().__init__(name=f"doorwatch reader {name}", daemon=True)
        self._source = source
        self._ring = ring
        self._on_connected = on_connected
        self._on_problem = on_problem
        self._stopping = Event()
        self.connections = 0
        self.keyframes = 0

    def stop(self) -> None:
        """End soon; a silent doorbell takes until its timeout."""
        self._stopping.set()

    @override
    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            problem = self._read_once()
            if self._stopping.is_set():
                return
            self._on_problem(problem)
            failures = (
                1 if time.monotonic() - begun > OPEN_TIMEOUT + GOOD else failures + 1
            )
            self._stopping.wait(_pause(failures, problem))

    def _read_once(self) -> str:
        """Stay connected as long as it goes; return what ended it."""
        begun = time.monotonic()
        try:
            source = self._source()
            # No read timeout: PyAV would take the GIL for FFmpeg's every look at the socket. The
            # socket's own timeout (in the options) does.
            with av.open(
                source.address,
                format=source.container,
                options=open_options(source),
                timeout=(OPEN_TIMEOUT, None),
            ) as container:
                self._read(container)
        except (av.FFmpegError, OSError, UnicodeError, DoorbellError) as error:
            return classify_error(
                error, waited=time.monotonic() - begun, allowed=OPEN_TIMEOUT
            )
        finally:
            self._ring.disconnected()
        return "cannot_connect"  # the doorbell hung up

    def _read(self, container: InputContainer) -> None:
        if not container.streams.video:
            raise DoorbellError("no_video")
        video = container.streams.video[0]
        if video.codec_context.name not in VIDEO_CODECS:
            raise DoorbellError("unsupported_codec")
        ring, stopping = self._ring, self._stopping
        epoch = ring.connected(container)
        index = video.index
        audio = [s for s in container.streams.audio if epoch.audio_codec][:1]
        first = True
        for packet in container.demux(video, *audio):
            if stopping.is_set():
                return
            if packet.stream_index != index:
                ring.add_audio(packet)
            elif ring.add_video(packet):
                self.keyframes += 1
                if first:
                    first = False
                    self.connections += 1
                    self._on_connected()


def _pause(failures: int, problem: str) -> float:
    """Return how long to wait after so many failures in a row."""
    if problem in _LASTING:
        longest = BACKOFF_MOST
    else:
        longest = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1.0)  # jitter, no secret
