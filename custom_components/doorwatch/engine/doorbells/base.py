"""Define the interface of doorbells."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from .dropped import DropReason


class EventKind(StrEnum):
    """The kind of an event at the door."""

    MOTION = "motion"
    MOTION_ENDED = "motion_ended"
    RING = "ring"
    MANUAL = "manual"  # a person or an automation requested a clip
    SEEN = "seen"  # labels only; neither begins nor ends motion


class Label(StrEnum):
    """What a camera recognized."""

    PERSON = "person"
    VEHICLE = "vehicle"
    ANIMAL = "animal"
    PACKAGE = "package"


# The kinds that people filter by, the most important first.
KINDS: Final = (EventKind.RING, EventKind.MOTION, EventKind.MANUAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorbellEvent:
    """An event as the doorbell reported it.

    `at` is the UTC wall time for people and records. `monotonic` (seconds,
    `time.monotonic`) is used to cut clips, so that setting the clock doesn't shift
    them. `lasts` (seconds) is how long to record, for MANUAL only. `transport` is how
    the event arrived, for diagnostics. `labels` maps each recognized label to its
    source: "onvif" or the domain of an integration.
    """

    kind: EventKind
    at: datetime
    monotonic: float
    lasts: float = 0.0
    transport: str = "doorbell"
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def kinds_of(events: Iterable[DoorbellEvent]) -> tuple[str, ...]:
    """Return the kinds in the order of `KINDS`; motion that ended is motion, too."""
    seen = {event.kind for event in events}
    if EventKind.MOTION_ENDED in seen or not seen:
        seen.add(EventKind.MOTION)
    return tuple(kind.value for kind in KINDS if kind in seen)


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamSource:
    """The arguments with which FFmpeg opens a stream.

    `address` contains the login, so it never appears in `repr`, logs or errors.
    `protocols` becomes `protocol_whitelist`, because FFmpeg would otherwise open
    `file:`, `concat:` and playlists, too. `is_right` returns whether the stream still
    shows this door; if not, the reader disconnects and requests a new source. It may be
    called on any thread.
    """

    address: str = field(repr=False)
    protocols: tuple[str, ...] = ("rtsp", "rtp", "tcp", "udp", "tls", "crypto")
    container: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    is_right: Callable[[], bool] = field(
        default=lambda: True, repr=False, compare=False
    )


class Listeners[*Values]:
    """Callbacks, which are called in the event loop."""

    def __init__(self) -> None:
        """Initialize without callbacks."""
        self._callbacks: list[Callable[[*Values], None]] = []

    def add(self, callback: Callable[[*Values], None]) -> Callable[[], None]:
        """Add a callback; return how to remove it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def call(self, *values: *Values) -> None:
        """Call all callbacks."""
        for callback in list(self._callbacks):
            callback(*values)


class Doorbell(ABC):
    """A camera at a door."""

    # The kinds of events that the doorbell reports.
    offers: frozenset[EventKind] = frozenset()
    # Whether the doorbell's events can arrive now, or None if it has no events.
    hears_events: bool | None = None
    # The translation key of a problem other than with the video.
    problem: str | None = None
    # By how many seconds the doorbell's clock is ahead, or None if unknown.
    clock_offset: float | None = None

    def __init__(self) -> None:
        """Initialize without listeners."""
        self.events: Listeners[DoorbellEvent] = Listeners()
        # Why an event was ignored.
        self.dropped: Listeners[DropReason] = Listeners()
        # Called when an attribute or property may have changed.
        self.changes: Listeners[()] = Listeners()

    async def start(self) -> None:  # noqa: B027 - most do nothing
        """Begin to provide the stream and events; raises `DoorbellError`."""

    async def stop(self) -> None:  # noqa: B027 - as above
        """Release everything; may be called twice."""

    @abstractmethod
    def stream_source(self) -> StreamSource:
        """Return the main stream with its login, for the clip recorder.

        Called on the reader's thread for each connection, and may block. Raises
        `DoorbellError`.
        """

    async def live_source(self) -> StreamSource:
        """Return the main stream for live view; call in the event loop.

        Raises `DoorbellError`.
        """
        return self.stream_source()

    def sub_stream_source(self) -> StreamSource | None:
        """Return the smaller stream for analysis, or None if there is none."""
        return None

    @property
    def sees_motion(self) -> bool:
        """Whether the doorbell reports motion now and will report its end."""
        return False

    async def snapshot(self) -> bytes | None:
        """Return a JPEG that the doorbell made, or None if it makes none."""
        return None

    def diagnostics(self) -> Mapping[str, object]:
        """Return facts about video and events without addresses."""
        return {}


class DoorbellError(Exception):
    """Raised if a doorbell can't be used.

    `problem` is a translation key, see `PROBLEMS`. Contains no address or login.
    """

    def __init__(self, problem: str) -> None:
        """Initialize the error with its problem."""
        super().__init__(problem)
        self.problem = problem


# Authentication problems, which start a reauth flow: wrong credentials, none given, or
# a device clock too far off to accept valid ones.
LOGIN_PROBLEMS = frozenset({"invalid_auth", "clock_off", "login_missing"})

# Translation keys of the problems of a stream; `probe.probe_stream` finds them.
PROBLEMS = frozenset(
    {
        "invalid_address",  # unsupported scheme, or no host
        "cannot_connect",  # no connection
        "refused",  # the server responds with an error or disconnects
        "invalid_auth",  # 401
        "unsupported_login",  # 401, with a digest that FFmpeg can't compute
        "udp_only",  # 461: no RTSP over TCP
        "not_found",  # 404: the server has no such path
        "no_video",  # a stream without video
        "unsupported_codec",  # video, but neither H.264 nor H.265
        "undecodable",  # the description doesn't match the stream
        "timeout",  # connected, but no response
        "not_a_stream",  # invalid data
        "unknown_problem",  # any other error, which is logged
        # Problems of a camera that another integration provides.
        "camera_missing",  # removed
        "camera_disabled",
        "camera_unavailable",  # its integration doesn't know the stream's address now
        "no_stream_address",  # no stream that can be recorded
        "needs_rtsp_or_user",  # its recorder shows recordings only to users
        "needs_plan",  # its manufacturer keeps clips only with a paid plan
    }
)
