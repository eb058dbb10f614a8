"""What every kind of doorbell offers to the rest of the house."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from .dropped import DropCallback


class EventKind(StrEnum):
    """What happened at the door."""

    MOTION = "motion"
    MOTION_ENDED = "motion_ended"
    RING = "ring"
    MANUAL = "manual"  # a person or an automation asked for a clip
    SEEN = "seen"  # labels alone: begins and ends nothing


class Label(StrEnum):
    """What a camera says that it saw."""

    PERSON = "person"
    VEHICLE = "vehicle"
    ANIMAL = "animal"
    PACKAGE = "package"


# What people look for, the first of it first.
KINDS: Final = (EventKind.RING, EventKind.MOTION, EventKind.MANUAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorbellEvent:
    """One event, as the doorbell told it.

    `at` is UTC wall time for people and records; `monotonic` (seconds,
    `time.monotonic`) is what clips are cut by, so that a clock that is set does not
    move a clip. `lasts` (seconds) is for MANUAL: how long to record from then on.
    `transport` says how it came, for diagnostics. `labels` are what was seen, each with
    who said it: "onvif", or the domain of an integration.
    """

    kind: EventKind
    at: datetime
    monotonic: float
    lasts: float = 0.0
    transport: str = "doorbell"
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def kinds_of(events: Iterable[DoorbellEvent]) -> tuple[str, ...]:
    """Say what happened, as `KINDS` has it; motion that ended is motion, too."""
    seen = {event.kind for event in events}
    if EventKind.MOTION_ENDED in seen or not seen:
        seen.add(EventKind.MOTION)
    return tuple(kind.value for kind in KINDS if kind in seen)


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamSource:
    """What FFmpeg is told to open.

    `address` carries the login, so it never appears in `repr`, logs or errors.
    `protocols` becomes `protocol_whitelist`: FFmpeg opens `file:`, `concat:` and
    playlists too when it is not held back. `is_right` says whether it still shows this
    door; one who reads it hangs up when not, and asks anew. On any thread.
    """

    address: str = field(repr=False)
    protocols: tuple[str, ...] = ("rtsp", "rtp", "tcp", "udp", "tls", "crypto")
    container: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    is_right: Callable[[], bool] = field(
        default=lambda: True, repr=False, compare=False
    )


class Doorbell(Protocol):
    """One camera at a door, whatever makes it."""

    async def start(self) -> None:
        """Begin to provide the stream and events. Raises `DoorbellError`."""

    async def stop(self) -> None:
        """Release everything; may be called twice."""

    def stream_source(self) -> StreamSource:
        """Return the main stream with its login, for the clip recorder.

        Called on its reader's thread at each connection; may wait there.
        Raises `DoorbellError`.
        """
        ...

    async def live_source(self) -> StreamSource:
        """Return the main stream in the event loop, for live view.

        Raises `DoorbellError`.
        """
        return self.stream_source()

    def sub_stream_source(self) -> StreamSource | None:
        """Return the smaller stream for analysis, None when there is none."""
        return None

    def subscribe(
        self, callback: Callable[[DoorbellEvent], None]
    ) -> Callable[[], None]:
        """Call back in the event loop for each event of its own; return how to stop."""

    def follow(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when what is below may have changed; return how to stop."""
        return lambda: None

    def watch_dropped(self, callback: DropCallback) -> Callable[[], None]:
        """Call back for each event of its own that is not taken; return how to stop."""
        return lambda: None

    @property
    def hears_events(self) -> bool | None:
        """Whether events of its own can arrive now; None when it has none to tell."""
        return None

    @property
    def sees_motion(self) -> bool:
        """Whether it says that there is motion now, and will say when it is over."""
        return False

    @property
    def problem(self) -> str | None:
        """What is wrong besides the video, by a translation key."""
        return None

    @property
    def clock_offset(self) -> float | None:
        """By how many seconds its clock is ahead; None when nobody can know."""
        return None

    async def snapshot(self) -> bytes | None:
        """Return a JPEG that the doorbell makes without the stream, None without one."""
        return None

    def diagnostics(self) -> Mapping[str, object]:
        """Return how video and events travel, and facts without any address."""
        return {}


class DoorbellError(Exception):
    """A doorbell that cannot be used, and why, by a translation key: see `PROBLEMS`.

    Never carries an address or a login.
    """

    def __init__(self, problem: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem


# Translation keys of problems that another login may end. A clock that is wrong refuses
# a right one, and no login at all is no wrong one.
LOGIN_PROBLEMS = frozenset({"invalid_auth", "clock_off", "login_missing"})

# Translation keys of what can be wrong with a stream, as `probe.probe_stream` finds it.
PROBLEMS = frozenset(
    {
        "invalid_address",  # not an address we open (scheme, no host)
        "cannot_connect",  # nobody answers there
        "refused",  # somebody answers, with an error or by hanging up
        "invalid_auth",  # 401
        "unsupported_login",  # 401, for a digest that FFmpeg can't compute
        "udp_only",  # 461: no RTSP over TCP
        "not_found",  # 404: the server is there, the path is not
        "no_video",  # answers, but no video in it
        "unsupported_codec",  # video, but neither H.264 nor H.265
        "undecodable",  # its description is of another stream than what comes
        "timeout",  # connected, then silence
        "not_a_stream",  # garbage
        "unknown_problem",  # none of these; the log names it
        # of a camera that another integration provides
        "camera_missing",  # it was removed
        "camera_disabled",
        "camera_unavailable",  # its integration cannot say where the stream is now
        "no_stream_address",  # there is none that could be recorded
        "needs_rtsp_or_user",  # its recorder shows recordings to users only
        "needs_plan",  # its maker keeps clips for those who pay only
    }
)
