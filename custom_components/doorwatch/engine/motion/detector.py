"""Detect motion in small grayscale images that are seconds apart.

Each image is reduced to its structure: the logarithm of the luma minus its local mean,
which removes smooth changes of light. A pixel has changed if its value is outside the
range of all remembered values of it and its neighbors, so that regular swinging,
trembling and flickering are ignored. The changed pixels are then joined into regions,
and each region is examined.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from .areas import Area, mask
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

# Left, top, right and bottom in percent of the image.
type Box = tuple[float, float, float, float]

_MEAN: Final = 51  # width in pixels of the local mean
# Width in pixels of the area in which enough pixels must have changed.
_WINDOW: Final = 10
_MOST: Final = 2.0  # a larger margin would overflow 16 bits
# If more than this part of the image changes at once, the camera itself has changed.
_RELEARN: Final = 0.35
# The least colored share of an image by day, and the greatest in infrared.
_COLOURED: Final = 0.2
_COLOURLESS: Final = 0.01
# For how many images, ten minutes or more, the place from before a switch between color
# and infrared is used again.
_SOON: Final = 300
# Images are remembered in bundles. A new bundle replaces the oldest one, so that 30 to
# 45 images, a minute or more, are remembered.
_BUNDLE: Final = 15
_BUNDLES: Final = 3
# How many images are learned before motion is reported, so that the exposure settles,
# the range of moving leaves is known, and a reconnect reports nothing.
_FIRST: Final = 3
# For how many images the background of a moving region is kept.
_HELD: Final = 6
# A steeper change than an edge can have is next to the changed pixels, not in them.
_SHARPEST: Final = 0.55
# Specks outside the regions are rain or snow. From `_SPECKS` on, a region must be
# solid: for each speck, `_SOLID` pixels must have changed with all neighbors.
_SPECKS: Final = 6
_SOLID: Final = 0.5
_MOST_PIECES: Final = 24


class Sensitivity(StrEnum):
    """How small a change counts as motion."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectorTuning:
    """The thresholds above which a change is motion.

    `least`: by how much a pixel must be outside the remembered range, as a natural
    logarithm of light. `noise`: by how many times the noise of the image. `pixels`: how
    many such pixels must be near each other. `texture`, `edge`, `detail`, `novelty`:
    the minimum of each feature of a region.
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
    """The result for one image."""

    STILL = "still"
    MOTION = "motion"
    RELEARNED = "relearned"  # the whole image is new, so motion can't be detected


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameAnalysis:
    """The result for one image: verdict, number of changed pixels and noise.

    `specks` counts changes too small for a region. `boxes` are the moving regions.
    """

    verdict: Verdict
    changed: int = 0
    specks: int = 0
    noise: float = 0.0
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The lowest and the highest value of each pixel and its neighbors."""

    low: Structure
    high: Structure

    def add(self, other: _Envelope) -> None:
        np.minimum(self.low, other.low, out=self.low)
        np.maximum(self.high, other.high, out=self.high)

    def copy(self) -> _Envelope:
        return _Envelope(self.low.copy(), self.high.copy())

    def outside(self, structure: Structure, least: float) -> Mask:
        """Return the pixels that are outside by at least `least`."""
        margin = np.int16(min(least, _MOST) * UNIT)
        return (structure > self.high + margin) | (structure < self.low - margin)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Last:
    """The previous image, and the same image without its moving regions."""

    view: NormalizedFrame
    envelope: _Envelope
    behind: NormalizedFrame


class _Place:
    """The remembered images of one place, by day or in infrared."""

    def __init__(self) -> None:
        self.last: _Last | None = None
        self.memory: deque[_Envelope] = deque(maxlen=_BUNDLES)
        self.pictures = 0
        self.held = 0

    def known(self, last: _Envelope) -> _Envelope:
        """Return the range of all remembered images."""
        known = last.copy()
        for bundle in self.memory:
            known.add(bundle)
        return known

    def behind(
        self, now: NormalizedFrame, before: NormalizedFrame, moving: list[Region]
    ) -> NormalizedFrame:
        """Return the image with moving regions replaced by what was there before."""
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
        """Remember an image without its moving regions, since others may follow."""
        kept = envelope if behind is view else _Envelope(*spread(behind.structure))
        if self.pictures % _BUNDLE == 0:
            self.memory.append(kept.copy())
        else:
            self.memory[-1].add(kept)
        self.pictures += 1
        self.last = _Last(view=view, envelope=envelope, behind=behind)


class Detector:
    """Learn a place and detect motion in it; for use on one thread only."""

    def __init__(
        self,
        tuning: DetectorTuning = TUNINGS[Sensitivity.MEDIUM],
        areas: tuple[Area, ...] = (),
    ) -> None:
        """Initialize the detector; no `areas` mean that all pixels count."""
        self._tuning = tuning
        self._areas = areas
        self._shape = (0, 0)
        self._shares: Floats = np.zeros((0, 0), np.float32)
        self._mask: Mask | None = None
        self.relearned = 0
        self.forget()

    def forget(self) -> None:
        """Forget the place; the next image starts a new one."""
        self._place = _Place()
        self._other: _Place | None = None
        self._since = 0  # images since the last switch between color and infrared
        self._colour: float | None = None

    def look(self, grey: Grey, colour: float | None = None) -> FrameAnalysis:
        """Analyze the next image; a change of size starts a new place.

        `colour` is the colored share of the image, or None if it is not known.
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
        # Without the margin for noise, as all of a new image counts as noise.
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
        """Switch between day and infrared if needed; return whether it switched."""
        before, self._colour = self._colour, colour
        self._since += 1
        if before is None or colour is None:
            return False
        if min(before, colour) > _COLOURLESS or max(before, colour) < _COLOURED:
            return False
        # At dusk a camera switches back and forth, so the other place is used again if
        # it is recent. After a night it is outdated.
        again = self._other if self._since <= _SOON else None
        self._other, self._place = self._place, again or _Place()
        self._since = 0
        self.relearned += 1
        return True

    def _reshape(self, shape: tuple[int, ...]) -> None:
        height, width = self._shape = shape[0], shape[1]
        pixels = box_sum(np.ones(shape, np.bool_), _MEAN)
        self._shares = (1 / pixels).astype(np.float32)
        self._mask = mask(self._areas, width, height)
        self.forget()

    def _view(self, grey: Grey) -> NormalizedFrame:
        log = LOGARITHMS.take(grey)
        # Multiplying 32-bit integers and floats would make 64-bit floats in numpy.
        mean = box_sum(log, _MEAN).astype(np.float32) * self._shares
        return NormalizedFrame(grey=grey, structure=log - mean.astype(np.int16))

    def _moving(
        self, changed: Mask, weather: int, now: NormalizedFrame, behind: NormalizedFrame
    ) -> list[Region]:
        """Return the moving regions, without those due to light, wind or weather."""
        tuning = self._tuning
        if self._place.pictures < _FIRST or np.count_nonzero(changed) < tuning.pixels:
            return []
        votes = box_sum(changed, _WINDOW) >= tuning.pixels
        if not votes.any():
            return []
        pieces = regions(changed, votes)
        pieces.sort(key=lambda piece: piece.pixels, reverse=True)
        # Check solidity first, which is cheapest: rain causes many regions.
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
        """Return the bounding box of a region."""
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
    """Return the noise between two images, which motion in a part doesn't affect."""
    differences = np.abs(now[::3, ::3] - before[::3, ::3])
    return 1.4826 * float(np.median(differences)) / UNIT
