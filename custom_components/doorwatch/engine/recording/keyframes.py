"""Define the keyframes that are passed to image analysis."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyframe:
    """An encoded frame that can be decoded alone.

    `codec` is FFmpeg's name, `data` the access unit as received, and `extradata` the
    parameters of its stream. `monotonic` (seconds, `time.monotonic`) is when it was
    taken. `stream` changes with each reconnect and clock jump, after which frames can't
    be compared with earlier ones.
    """

    codec: str
    extradata: bytes | None
    data: bytes
    width: int
    height: int
    monotonic: float
    stream: int


# Called on the thread of a reader, so it must not block.
type KeyframeCallback = Callable[[Keyframe], None]
