"""Read a doorbell's stream into the pre-roll buffer on a thread, and reconnect."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
from threading import Event, Thread
import time
from typing import Final, Protocol, override

import av
from av.container import InputContainer

from ..backoff import backoff
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

# One keyframe may be damaged in transmission.
_MOST_UNDECODABLE: Final = 2
# Problems that persist until a person acts. Retries are rare, as some doorbells lock an
# account after many attempts.
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

    `open`: for a connection and its first frames. `silence`: for the next frame.
    `pause` to `longest_pause`: between attempts, doubled after each, with jitter so
    that doorbells at one access point don't reconnect at the same time. The longest is
    short, because an attempt costs little and a doorbell should be recorded within
    seconds after a power failure. `lasting_pause`: after a problem in `LASTING`.
    `good`: after a connection this long, pauses start from `pause` again.
    """

    open: float = 10.0
    silence: float = 10.0
    pause: float = 1.0
    longest_pause: float = 5.0
    lasting_pause: float = 30.0
    good: float = 10.0


class PacketSink(Protocol):
    """The destination of a reader's packets, called on its thread.

    `last_video` is when the last frame arrived or the connection began (monotonic).
    """

    last_video: float

    def connected(self, epoch: Epoch, owner: object = None) -> None:
        """Start the epoch of a new connection, whose packets come from `owner`."""

    def disconnected(self, owner: object = None) -> None:
        """End the connection, unless `owner` was replaced."""

    def add_sound(self, packet: Encoded) -> None:
        """Add an audio packet."""

    def add_video(self, packet: Encoded) -> bool:
        """Add a video packet; return whether it is a keyframe that was kept."""
        ...


class Reader(Thread):
    """Read from one doorbell into a packet sink until stopped."""

    def __init__(
        self,
        name: str,
        source: Callable[[], StreamSource],
        sink: PacketSink,
        on_connected: Callable[[], None],
        on_problem: Callable[[str], None],
        timeouts: RecorderTimeouts,
        on_keyframe: Callable[[], None],
        is_decodable: Callable[[], bool],
    ) -> None:
        """Initialize with the callbacks, which are called on this thread.

        `on_connected`: at the first decodable keyframe. `on_problem`: for each failed
        or lost connection, and once for a connection whose keyframes can't be decoded.
        `on_keyframe`: after each keyframe that the sink kept. `is_decodable`: returns
        whether the last keyframe can be decoded; called until one can.
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
        self._connected = False  # whether a keyframe could be decoded

    def stop(self) -> None:
        """Ask the thread to end; with a silent doorbell this takes until a timeout."""
        self._stopping.set()

    @property
    def is_stuck(self) -> bool:
        """Whether no frames arrive, although other data may.

        FFmpeg doesn't time out if a doorbell with a hanging encoder still sends RTCP.
        """
        silent = time.monotonic() - self._sink.last_video
        return self._reading and silent > self._timeouts.silence

    @override
    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._connected = False
            begun = time.monotonic()
            problem = self._attempt()
            if self._stopping.is_set():
                return
            self._on_problem(problem)
            lived = time.monotonic() - begun
            was_good = self._connected and lived > self._timeouts.good
            failures = 1 if was_good else failures + 1
            self._stopping.wait(self._pause(failures, problem))

    def _pause(self, failures: int, problem: str) -> float:
        """Return how long to wait after a number of failures in a row."""
        timeouts = self._timeouts
        # A single failure may be a damaged response, except if the login was refused.
        refused = problem in ("invalid_auth", "unsupported_login")
        if problem in LASTING and (failures > 1 or refused):
            return backoff(0, timeouts.lasting_pause, timeouts.lasting_pause)
        return backoff(failures - 1, timeouts.pause, timeouts.longest_pause)

    def _attempt(self) -> str:
        """Stay connected as long as possible; return the problem that ended it."""
        try:
            return self._connect()
        except (av.FFmpegError, OSError, DoorbellError) as error:
            return classify_error(error)
        except Exception as error:  # noqa: BLE001 - the thread must not end
            # The text of the error may contain the address.
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
                # No read timeout, for which PyAV takes the GIL whenever FFmpeg polls
                # the socket: a fifth of all CPU time. The options contain a socket
                # timeout, and `is_stuck` detects missing frames.
                timeout=(timeouts.open, None),
            )
        except (av.FFmpegError, OSError, UnicodeError) as error:
            waited = time.monotonic() - begun
            problem = classify_error(error, waited=waited, allowed=timeouts.open)
            return explain_refusal(problem, source.address, timeouts.open)
        with container:
            self._read(container, source.is_right)
        # The doorbell closed the connection.
        return "cannot_connect" if self._connected else "refused"

    def _read(self, container: InputContainer, is_right: Callable[[], bool]) -> None:
        """Fill the sink until the end; raises `DoorbellError` and FFmpeg's errors."""
        if not container.streams.video:
            raise DoorbellError("no_video")
        video = container.streams.video[0]
        # An unknown codec has no context.
        if not video.codec_context or video.codec_context.name not in VIDEO_CODECS:
            raise DoorbellError("unsupported_codec")
        if not video.width or not video.height:
            raise DoorbellError("timeout")  # no keyframe has arrived
        sound = choose_sound(container.streams.audio)
        sink, stopping = self._sink, self._stopping
        if stopping.is_set():
            return  # another reader may fill the sink by now
        sink.connected(Epoch(video, sound), self)
        self._reading = True
        number, failed = video.index, 0
        for packet in container.demux([video, sound] if sound else [video]):
            if stopping.is_set() or not is_right():
                return
            if not packet.size:
                continue  # the end of a connection
            if packet.stream_index != number:
                sink.add_sound(packet)
            elif sink.add_video(packet):
                self._on_keyframe()
                if self._connected:
                    continue
                if not self._is_decodable():
                    failed += 1
                    if failed == _MOST_UNDECODABLE:
                        self._on_problem("undecodable")
                else:
                    self._connected = True
                    self._on_connected()
                    give_back()
