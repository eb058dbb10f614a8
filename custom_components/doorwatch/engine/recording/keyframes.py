"""Single pictures on their way to whoever looks at them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyframe:
    """An encoded picture that can be decoded alone.

    `codec` is FFmpeg's name, `data` one access unit as it came, `extradata` the
    parameters of its stream. `monotonic` (seconds, `time.monotonic`) is when it was
    taken. `stream` is another number after each reconnect or jump of the clock: what
    was remembered of the picture before may not hold any more.
    """

    codec: str
    extradata: bytes | None
    data: bytes
    width: int
    height: int
    monotonic: float
    stream: int


# Called on the thread of a reader: it must return at once.
type KeyframeCallback = Callable[[Keyframe], None]
