"""Convert the times of a stream to a continuous, increasing sequence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .epoch import Encoded

# Ticks after which the clocks of MPEG and RTP wrap.
_PERIODS: Final = (1 << 33, 1 << 32)
# A clock that continues within this (seconds) has wrapped; otherwise it jumped.
_NEAR: Final = 10.0
# Maximum seconds between decoding and display of a frame.
_LONGEST: Final = 2.0
# A frame this much (seconds) before its time shows that the camera's clock jumped.
JUMP: Final = 0.5


@dataclass(eq=False, repr=False)
class StreamTimeline:
    """The times of one stream since its connection began."""

    last: int | None = None  # the last time that was kept
    _shift: int = 0
    _step: int = 0  # between the last two frames
    _delay: int = 0  # maximum ticks from decoding to display

    def placed(self, packet: Encoded, tick: float) -> int | None:
        """Return the dts of a frame, and set the packet's times.

        Missing times are estimated, and wrapped clocks are continued (`tick` in
        seconds). Returns None if no time is known yet. The result may still be before
        `last`, or far after it.
        """
        dts, pts, last = packet.dts, packet.pts, self.last
        if shift := self._shift:
            dts = None if dts is None else dts + shift
            pts = None if pts is None else pts + shift
        if dts is None:
            if last is None:
                return None
            # One frame after the previous one, within `_delay` before its pts.
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
        """Return the pts of audio."""
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
        """Store a time as the last one."""
        if self.last is not None and time > self.last:
            self._step = time - self.last
        self.last = time

    @staticmethod
    def _anew(time: int, last: int, tick: float) -> int:
        """Return the ticks to add after a clock wrapped; 0 if it jumped."""
        for period in _PERIODS:
            shift = round((last - time) / period) * period
            if shift and abs(time + shift - last) * tick < _NEAR:
                return shift
        return 0


def date(packets: Sequence[Encoded]) -> bool:
    """Set the dts of a stream's first frames, if none of them has one.

    Decoding times are the sorted display times, moved early enough for each frame.
    Returns False if display times are missing, too.
    """
    shown = [packet.pts for packet in packets if packet.pts is not None]
    if len(shown) < len(packets):
        return False
    row = sorted(shown)
    delay = max(early - pts for early, pts in zip(row, shown, strict=True))
    for packet, time in zip(packets, row, strict=True):
        packet.dts = time - delay
    return True
