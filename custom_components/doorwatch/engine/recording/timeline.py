"""Times of a stream, put into one row that only goes forward."""

from collections.abc import Sequence
from typing import Final

from .epoch import Encoded

# After so many ticks the clocks of MPEG and of RTP begin anew.
_PERIODS: Final = (1 << 33, 1 << 32)
# A clock that began anew goes on within this (seconds); anything else is a jump.
_NEAR: Final = 10.0
# No camera shows a picture this much (seconds) later than it is decoded.
_LONGEST: Final = 2.0
# A picture that comes this much (seconds) before its time means that the camera's clock
# jumped.
JUMP: Final = 0.5


class StreamTimeline:
    """The times of one stream, since its connection began.

    `last` is the last time that was kept.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self.last: int | None = None
        self._shift = 0
        self._step = 0  # from the picture before to the last
        self._delay = 0  # the most from decoding to showing

    def placed(self, packet: Encoded, tick: float) -> int | None:
        """Return when a picture is decoded, and put that into its packet.

        Times that are missing are guessed, clocks that begin anew go on (`tick` in
        seconds). None when nothing is known yet. What is returned may still be before
        `last`, or far after it.
        """
        dts, pts, last = packet.dts, packet.pts, self.last
        if shift := self._shift:
            dts = None if dts is None else dts + shift
            pts = None if pts is None else pts + shift
        if dts is None:
            if last is None:
                return None
            # One picture after the one before, but neither long before it is shown nor
            # after that.
            dts = last + (packet.duration or self._step or 1)
            if pts is not None:
                dts = min(max(dts, pts - self._delay), pts)
        elif pts is not None and self._delay < pts - dts < _LONGEST / tick:
            self._delay = pts - dts
        if last is not None and abs(dts - last) * tick > _NEAR:
            anew = self._anew(dts, last, tick)
            self._shift += anew
            dts, pts = dts + anew, None if pts is None else pts + anew
        if pts is None or pts < dts or (pts - dts) * tick > _LONGEST:
            pts = dts
        packet.dts, packet.pts = dts, pts
        return dts

    def sounded(self, packet: Encoded, tick: float) -> int | None:
        """Return when sound begins."""
        pts, last = packet.pts, self.last
        if pts is None:
            pts = packet.dts
        if pts is not None:
            pts += self._shift
            if last is not None and abs(pts - last) * tick > _NEAR:
                anew = self._anew(pts, last, tick)
                self._shift += anew
                pts += anew
        elif last is not None:
            pts = last + (packet.duration or self._step)
        if pts is not None:
            self.keep(pts)
        return pts

    def keep(self, time: int) -> None:
        """Take a time as the last one."""
        if self.last is not None and time > self.last:
            self._step = time - self.last
        self.last = time

    @staticmethod
    def _anew(time: int, last: int, tick: float) -> int:
        """Return by how much a clock went back when it began anew; 0 when it jumped."""
        for period in _PERIODS:
            shift = round((last - time) / period) * period
            if shift and abs(time + shift - last) * tick < _NEAR:
                return shift
        return 0


def date(packets: Sequence[Encoded]) -> bool:
    """Give decoding times to a stream's first pictures, which have none at all.

    The order of showing, early enough for each. False when that is not known either.
    """
    shown = [packet.pts for packet in packets if packet.pts is not None]
    if len(shown) < len(packets):
        return False
    row = sorted(shown)
    delay = max(early - pts for early, pts in zip(row, shown, strict=True))
    for packet, time in zip(packets, row, strict=True):
        packet.dts = time - delay
    return True
