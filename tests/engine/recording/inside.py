"""Look into the pre-roll of a recorder, which tells others only how large it is."""

from custom_components.doorwatch.engine.recording.preroll_buffer import PrerollBuffer
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder


def preroll_of(recorder: ClipRecorder) -> PrerollBuffer:
    """Return the pre-roll."""
    return recorder._preroll


def is_settled(preroll: PrerollBuffer) -> bool:
    """Return whether the times of the connection no longer jump."""
    return preroll._settled


def oldest(preroll: PrerollBuffer) -> int | None:
    """Return the dts of the oldest keyframe."""
    gops = list(preroll._gops)
    return gops[0].start if gops else None


def newest(preroll: PrerollBuffer) -> int | None:
    """Return the dts of the last frame."""
    return preroll._last


def is_read(preroll: PrerollBuffer) -> bool:
    """Return whether a clip still reads the packets."""
    return bool(preroll._queues)
