"""Orient frames as a player shows them, in the format used to draw and encode."""

from typing import Final

from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
import numpy as np
from numpy.typing import NDArray

FORMAT: Final = "yuv420p"

type Plane = NDArray[np.uint8]


def oriented(frame: VideoFrame, turns: int = 0) -> VideoFrame:
    """Return a writable frame, rotated as a player shows it, with even sides.

    Both the stills that a person draws on and the redacted copies use this, so that
    coordinates match. `turns` is the rotation of the whole stream.
    """
    plain = frame
    if frame.format.name != FORMAT:
        plain = frame.reformat(format=FORMAT, dst_color_range="MPEG")
        _keep_time(frame, plain)
    turns = quarter_turns(frame) or turns
    if not turns and plain.width % 2 == 0 and plain.height % 2 == 0:
        # The decoder may still use it as a reference for later frames.
        plain.make_writable()
        return plain
    planes = [plane_of(plain, number) for number in range(3)]
    # Repeat the last line and column of odd sides.
    height, width = planes[0].shape
    planes[0] = np.pad(planes[0], ((0, height % 2), (0, width % 2)), mode="edge")
    planes = [np.rot90(plane, turns) for plane in planes]
    height, width = planes[0].shape
    turned = VideoFrame(width, height, FORMAT)
    for number, plane in enumerate(planes):
        plane_of(turned, number)[:] = plane
    _keep_time(frame, turned)
    turned.color_range, turned.colorspace = plain.color_range, plain.colorspace
    return turned


def quarter_turns(frame: VideoFrame) -> int:
    """Return the number of 90 degree rotations to the left when played."""
    return round(frame.rotation / 90) % 4


def plane_of(frame: VideoFrame, number: int) -> Plane:
    """Return a writable view of a plane without the padding of its lines."""
    plane: VideoPlane = frame.planes[number]
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return lines[: plane.height, : plane.width]


def _keep_time(frame: VideoFrame, other: VideoFrame) -> None:
    other.pts, other.duration = frame.pts, frame.duration
    if frame.time_base is not None:
        other.time_base = frame.time_base
