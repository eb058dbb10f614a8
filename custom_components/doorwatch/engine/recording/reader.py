"""The reader thread: connect, demux into the pre-roll buffer, reconnect."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
import random
from threading import Event, Thread
import time
from typing import Final, Protocol, override

import av
from av.container import InputContainer

from ..doorbells.base import DoorbellError, StreamSource
from ..doorbells.probe import (
    VIDEO_CODECS,
    classify_error,
    explain_refusal,
    open_options,
)
from .epoch import Encoded, Epoch
from .memory import give_back
from .sound import choose_sound

_LOGGER = logging.getLogger(__name__)

# One keyframe may be damaged on its way.
_MOST_UNDECODABLE: Final = 2
# Problems that do not go away by themselves: ask seldom, some doorbells lock out who asks
# too often.
LASTING: Final = frozenset(
    {
        "invalid_auth",
        "unsupported_login",
        "invalid_address",
        "udp_only",
        "unsupported_codec",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderTimeouts:
    """How long to wait, in seconds.

    `open`: for a connection and its first pictures. `silence`: for the next picture.
    `pause` to `longest_pause`: between attempts, doubled after each, with jitter, so
    that doorbells behind one access point do not come back in step. The longest is short:
    a knock every few seconds costs nothing, and whoever is back after a night without
    power should be recorded within seconds. `lasting_pause`: when asking again is of no
    use. `good`: a connection that lived this long was a good one, the attempt after it is
    an early one.
    """

    open: float = 10.0
    silence: float = 10.0
    pause: float = 1.0
    longest_pause: float = 5.0
    lasting_pause: float = 30.0
    good: float = 10.0


class PacketSink(Protocol):
    """Where a reader puts what comes, on its thread.

    `last_video` is when the last picture came, or the connection began (monotonic).
    """

    last_video: float

    def connected(self, epoch: Epoch, owner: object = None) -> None:
        """Begin the epoch of a new connection; `owner` is who fills it from now on."""

    def disconnected(self, owner: object = None) -> None:
        """End the connection, unless another owner has begun one."""

    def add_sound(self, packet: Encoded) -> None:
        """Take a packet of sound."""

    def add_video(self, packet: Encoded) -> bool:
        """Take a packet of video; return whether it is a keyframe that was taken."""
        ...


class Reader(Thread):
    """Fills a packet sink from one doorbell until stopped."""

    def __init__(
        self,
        name: str,
        source: Callable[[], StreamSource],
        sink: PacketSink,
        on_connected: Callable[[], None],
        on_problem: Callable[[str], None],
        timeouts: RecorderTimeouts,
        on_keyframe: Callable[[], None] | None = None,
        is_decodable: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take what to call on this thread.

        `on_connected`: at the first keyframe. `on_problem`: at each failed or lost
        connection, and once on one whose keyframes can't be decoded. `on_keyframe`: after
        each that the sink took. `is_decodable`: until the first that is; asked about the
        last one.
        """
        super().__init__(name=f"doorwatch reader {name}", daemon=True)
        self._source = source
        self._sink = sink
        self._on_connected = on_connected
        self._on_problem = on_problem
        self._timeouts = timeouts
        self._on_keyframe = on_keyframe
        self._is_decodable = is_decodable
        self._stopping = Event()
        self._reading = False
        self.connections = 0
        self.keyframes = 0

    def stop(self) -> None:
        """End soon; a silent doorbell takes until its timeout."""
        self._stopping.set()

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for pictures that do not come, though something else does.

        A doorbell whose encoder hangs may still talk RTCP, and FFmpeg goes on listening.
        """
        silent = time.monotonic() - self._sink.last_video
        return self._reading and silent > self._timeouts.silence

    def retire(self) -> None:
        """End whenever the doorbell lets go, and leave the sink to another reader."""
        self.stop()
        self._sink.disconnected(self)

    @override
    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            connections = self.connections
            begun = time.monotonic()
            problem = self._attempt()
            if self._stopping.is_set():
                return
            self._on_problem(problem)
            lived = time.monotonic() - begun
            was_good = self.connections > connections and lived > self._timeouts.good
            failures = 1 if was_good else failures + 1
            self._stopping.wait(self._pause(failures, problem))

    def _pause(self, failures: int, problem: str) -> float:
        """Return how long to wait after so many failures in a row."""
        timeouts = self._timeouts
        # Once may be a garbled answer; a login is refused by who understood it.
        refused = problem in ("invalid_auth", "unsupported_login")
        if problem in LASTING and (failures > 1 or refused):
            longest = timeouts.lasting_pause
        else:
            doubled = timeouts.pause * 2 ** min(failures - 1, 10)
            longest = min(timeouts.longest_pause, doubled)
        return longest * random.uniform(0.5, 1.0)

    def _attempt(self) -> str:
        """Stay connected as long as it goes; return what ended it."""
        try:
            return self._connect()
        except (av.FFmpegError, OSError, DoorbellError) as error:
            return classify_error(error)
        except Exception as error:  # noqa: BLE001 - a dead reader is a dead doorbell
            # Without the text, which may hold the address.
            _LOGGER.error("Unexpected %s while reading", type(error).__name__)
            return "not_a_stream"
        finally:
            self._reading = False
            self._sink.disconnected(self)

    def _connect(self) -> str:
        timeouts = self._timeouts
        source = self._source()
        begun = time.monotonic()
        try:
            container = av.open(
                source.address,
                format=source.container,
                options=open_options(source),
                # None for reading: PyAV would take the GIL at FFmpeg's every look at the
                # socket, a fifth of all CPU. The socket has a timeout of its own in the
                # options, and the rest is seen by `is_stuck`.
                timeout=(timeouts.open, None),
            )
        except (av.FFmpegError, OSError, UnicodeError) as error:
            waited = time.monotonic() - begun
            problem = classify_error(error, waited=waited, allowed=timeouts.open)
            return explain_refusal(problem, source.address, timeouts.open)
        connections = self.connections
        with container:
            self._read(container, source.is_right)
        # The doorbell hung up.
        return "cannot_connect" if self.connections > connections else "refused"

    def _read(self, container: InputContainer, is_right: Callable[[], bool]) -> None:
        """Fill the sink until the end. Raises `DoorbellError` and FFmpeg's errors."""
        if not container.streams.video:
            raise DoorbellError("no_video")
        video = container.streams.video[0]
        # There is none for a codec that FFmpeg does not know.
        if not video.codec_context or video.codec_context.name not in VIDEO_CODECS:
            raise DoorbellError("unsupported_codec")
        if not video.width or not video.height:
            raise DoorbellError("timeout")  # no keyframe has come
        sound = choose_sound(container.streams.audio)
        sink, stopping = self._sink, self._stopping
        sink.connected(Epoch(video, sound), self)
        self._reading = True
        number = video.index
        connected, failed = False, 0
        for packet in container.demux([video, sound] if sound else [video]):
            if stopping.is_set() or not is_right():
                return
            if not packet.size:
                continue  # the end of a connection
            if packet.stream_index != number:
                sink.add_sound(packet)
            elif sink.add_video(packet):
                self.keyframes += 1
                if self._on_keyframe:
                    self._on_keyframe()
                if connected:
                    continue
                if not self._is_decodable():
                    failed += 1
                    if failed == _MOST_UNDECODABLE:
                        self._on_problem("undecodable")
                else:
                    connected = True
                    self.connections += 1
                    self._on_connected()
                    give_back()
