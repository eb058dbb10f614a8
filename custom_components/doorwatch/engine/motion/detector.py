"""Tell from small grey pictures, seconds apart, whether something moves.

Each picture is turned into structure: the logarithm of its luma less its local mean, in
which smooth light drops out. A pixel has changed when it lies outside all that was
remembered there and next to it, which absorbs what swings, trembles or flickers all the
time. What has changed is then looked at piece by piece.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from .filters import (
    LOGARITHMS,
    UNIT,
    Floats,
    Grey,
    Mask,
    Structure,
    box_sum,
    opened,
    spread,
)
from .regions import NormalizedFrame, Region, looks, novelty, regions, solid, specks

# Left, top, right, bottom in percent of the picture.
type Box = tuple[float, float, float, float]

_MEAN: Final = 51  # pixels across of what counts as local
_WINDOW: Final = 10  # pixels across in which enough must have changed
_MOST: Final = 2.0  # beyond it, 16 bits would overflow
# More than this part of the picture at once: the camera has changed, not the place.
_RELEARN: Final = 0.35
# So much of a picture is coloured by day, and so much in infra-red.
_COLOURED: Final = 0.2
_COLOURLESS: Final = 0.01
# For so many pictures, ten minutes or more, a place may look again as it did before.
_SOON: Final = 300
# Pictures are remembered by bundles, the oldest of which is forgotten when a new one
# begins: 30 to 45 pictures, a minute or more.
_BUNDLE: Final = 15
_BUNDLES: Final = 3
# So many pictures are learned before anything is told: exposure settles, leaves show
# how far they swing, and a reconnect tells nothing.
_FIRST: Final = 3
# What was behind something that moves is kept for so many pictures.
_HELD: Final = 6
# A change that is steeper than an edge can be is beside what has changed, not in it.
_SHARPEST: Final = 0.55
# Specks beside the pieces are weather. From so many on, a piece must be solid: so many
# pixels for each of them must have changed with all their neighbours.
_SPECKS: Final = 6
_SOLID: Final = 0.5
_MOST_PIECES: Final = 24


class Sensitivity(StrEnum):
    """How little is enough."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectorTuning:
    """What a change must be to be motion.

    `least`: by how much a pixel must lie outside what is remembered, as a natural
    logarithm of light. `noise`: and by how many times the picture's own noise.
    `pixels`: how many must do so near each other. `texture`, `edge`, `detail`, `novelty`:
    the least that a piece must have of them.
    """

    least: float = 0.12
    noise: float = 3.0
    pixels: int = 10
    texture: float = 0.85
    edge: float = 0.19
    detail: float = 0.01
    novelty: float = 0.25


TUNINGS: Final = {
    Sensitivity.LOW: DetectorTuning(least=0.18, pixels=24, texture=0.9),
    Sensitivity.MEDIUM: DetectorTuning(),
    Sensitivity.HIGH: DetectorTuning(
        least=0.09, pixels=8, texture=0.8, edge=0.16, detail=0.007
    ),
}


class Verdict(StrEnum):
    """What a picture shows."""

    STILL = "still"
    MOTION = "motion"
    RELEARNED = "relearned"  # everything is new: nothing can be said


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameAnalysis:
    """What was seen in one picture: the verdict, the pixels that changed, its noise.

    `specks` counts changes too small to be something, `boxes` are the pieces that moved.
    """

    verdict: Verdict
    changed: int = 0
    specks: int = 0
    noise: float = 0.0
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The least and the greatest that was seen at each pixel and next to it."""

    low: Structure
    high: Structure

    def add(self, other: _Envelope) -> None:
        np.minimum(self.low, other.low, out=self.low)
        np.maximum(self.high, other.high, out=self.high)

    def copy(self) -> _Envelope:
        return _Envelope(self.low.copy(), self.high.copy())

    def outside(self, structure: Structure, least: float) -> Mask:
        """Return the pixels that lie outside by at least so much."""
        margin = np.int16(min(least, _MOST) * UNIT)
        return (structure > self.high + margin) | (structure < self.low - margin)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Last:
    """The picture before, and the same without what moved in it."""

    view: NormalizedFrame
    envelope: _Envelope
    behind: NormalizedFrame


class _Place:
    """What is remembered of a place, by day or in infra-red."""

    def __init__(self) -> None:
        self.last: _Last | None = None
        self.memory: deque[_Envelope] = deque(maxlen=_BUNDLES)
        self.pictures = 0
        self.held = 0

    def known(self, last: _Envelope) -> _Envelope:
        """Return all that is remembered."""
        known = last.copy()
        for bundle in self.memory:
            known.add(bundle)
        return known

    def behind(
        self, now: NormalizedFrame, before: NormalizedFrame, moving: list[Region]
    ) -> NormalizedFrame:
        """Return the picture without what moves, where that is known."""
        if not moving or self.held >= _HELD:
            self.held = 0
            return now
        self.held += 1
        behind = NormalizedFrame(grey=now.grey.copy(), structure=now.structure.copy())
        for piece in moving:
            where = piece.rows, piece.columns
            behind.grey[where] = before.grey[where]
            behind.structure[where] = before.structure[where]
        return behind

    def remember(
        self, view: NormalizedFrame, envelope: _Envelope, behind: NormalizedFrame
    ) -> None:
        """Remember a picture, but not what moves in it: others will pass there too."""
        kept = envelope if behind is view else _Envelope(*spread(behind.structure))
        if self.pictures % _BUNDLE == 0:
            self.memory.append(kept.copy())
        else:
            self.memory[-1].add(kept)
        self.pictures += 1
        self.last = _Last(view=view, envelope=envelope, behind=behind)


class Detector:
    """Remembers a place and finds what moves in it. Not for more than one thread."""

    def __init__(
        self,
        tuning: DetectorTuning = TUNINGS[Sensitivity.MEDIUM],
        watched: Callable[[int, int], Mask | None] = lambda _width, _height: None,
    ) -> None:
        """`watched` returns which pixels count, for a width and a height."""
        self._tuning = tuning
        self._watched = watched
        self._shape = (0, 0)
        self._shares: Floats = np.zeros((0, 0), np.float32)
        self._mask: Mask | None = None
        self.relearned = 0
        self.forget()

    def forget(self) -> None:
        """Begin anew with the next picture."""
        self._place = _Place()
        self._other: _Place | None = None
        self._since = 0  # pictures since the place looked other
        self._colour: float | None = None

    def look(self, grey: Grey, colour: float | None = None) -> FrameAnalysis:
        """Look at the next picture; another size than before begins anew.

        `colour` is how much of it is coloured, where that is known.
        """
        if grey.shape != self._shape:
            self._reshape(grey.shape)
        view = self._view(grey)
        envelope = _Envelope(*spread(view.structure))
        switched = self._switches(colour)
        place = self._place
        last = place.last
        if last is None or switched:
            place.remember(view, envelope, view)
            return FrameAnalysis(
                verdict=Verdict.RELEARNED if switched else Verdict.STILL
            )
        noise = _noise(view.structure, last.view.structure)
        known = place.known(last.envelope)
        least = self._tuning.least
        changed = known.outside(view.structure, least)
        # Asked before the noise is let pass: of a new picture, all is noise.
        if np.count_nonzero(changed) > _RELEARN * changed.size:
            self._place = _Place()
            self._place.remember(view, envelope, view)
            self.relearned += 1
            return FrameAnalysis(verdict=Verdict.RELEARNED, noise=noise)
        if self._tuning.noise * noise > least:
            changed = known.outside(view.structure, self._tuning.noise * noise)
        whole = opened(changed)
        weather = specks(changed)
        if self._mask is not None:
            whole &= self._mask
        moving = self._moving(whole, weather, view, last.behind)
        place.remember(view, envelope, place.behind(view, last.behind, moving))
        return FrameAnalysis(
            verdict=Verdict.MOTION if moving else Verdict.STILL,
            changed=int(np.count_nonzero(whole)),
            specks=weather,
            noise=noise,
            boxes=tuple(self._box(region) for region in moving),
        )

    def _switches(self, colour: float | None) -> bool:
        """Change places when all colour has gone or come; return whether it has."""
        before, self._colour = self._colour, colour
        self._since += 1
        if before is None or colour is None:
            return False
        if min(before, colour) > _COLOURLESS or max(before, colour) < _COLOURED:
            return False
        # At dusk it goes to and fro; in the morning the place of last evening is old.
        again = self._other if self._since <= _SOON else None
        self._other, self._place = self._place, again or _Place()
        self._since = 0
        self.relearned += 1
        return True

    def _reshape(self, shape: tuple[int, ...]) -> None:
        height, width = self._shape = shape[0], shape[1]
        pixels = box_sum(np.ones(shape, np.bool_), _MEAN)
        self._shares = (1 / pixels).astype(np.float32)
        self._mask = self._watched(width, height)
        self.forget()

    def _view(self, grey: Grey) -> NormalizedFrame:
        log = LOGARITHMS.take(grey)
        # Not as 64-bit floats, which numpy would take for integers times 32-bit ones.
        mean = box_sum(log, _MEAN).astype(np.float32) * self._shares
        return NormalizedFrame(grey=grey, structure=log - mean.astype(np.int16))

    def _moving(
        self, changed: Mask, weather: int, now: NormalizedFrame, behind: NormalizedFrame
    ) -> list[Region]:
        """Return the pieces that are neither light nor wind nor weather."""
        tuning = self._tuning
        if self._place.pictures < _FIRST or np.count_nonzero(changed) < tuning.pixels:
            return []
        votes = box_sum(changed, _WINDOW) >= tuning.pixels
        if not votes.any():
            return []
        pieces = regions(changed, votes)
        pieces.sort(key=lambda piece: piece.pixels, reverse=True)
        # The cheapest question first: in the rain there are many pieces.
        least = _SOLID * weather if weather >= _SPECKS else 0
        return [
            piece
            for piece in pieces[:_MOST_PIECES]
            if solid(piece) >= least and self._is_thing(piece, now, behind)
        ]

    def _is_thing(
        self, piece: Region, now: NormalizedFrame, behind: NormalizedFrame
    ) -> bool:
        tuning = self._tuning
        seen = looks(piece, now, behind)
        return (
            seen.texture >= tuning.texture
            and tuning.edge <= seen.edge <= _SHARPEST
            and seen.detail >= tuning.detail
            and novelty(piece, now, behind) >= tuning.novelty
        )

    def _box(self, region: Region) -> Box:
        """Return where a piece is."""
        height, width = self._shape
        rows = np.flatnonzero(region.mask.any(1)) + region.rows.start
        columns = np.flatnonzero(region.mask.any(0)) + region.columns.start
        return (
            round(float(columns[0]) * 100 / width, 1),
            round(float(rows[0]) * 100 / height, 1),
            round(float(columns[-1] + 1) * 100 / width, 1),
            round(float(rows[-1] + 1) * 100 / height, 1),
        )


def _noise(now: Structure, before: Structure) -> float:
    """Return the deviation of what changes everywhere, whatever a part does."""
    differences = np.abs(now[::3, ::3] - before[::3, ::3])
    return 1.4826 * float(np.median(differences)) / UNIT
