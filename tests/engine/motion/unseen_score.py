"""Scoring of a detector on a clip whose truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .unseen import Clip

# Seconds after a pass during which the uncovered background may still look new.
AFTERMATH: Final = 4.0


class Shown(StrEnum):
    """How a keyframe counts."""

    PASS = "pass"
    UNSURE = "unsure"
    NUISANCE = "nuisance"
    AFTER = "after a pass"
    PLAIN = "plain"


@dataclass(kw_only=True, slots=True)
class Score:
    """Sums over clips; the lists name the keyframes to look at."""

    keyframes: int = 0
    passes: int = 0
    found: int = 0
    nuisances: int = 0
    fooled: int = 0
    flagged: int = 0
    right: int = 0
    after: int = 0
    plain: int = 0
    plain_keyframes: int = 0
    seconds: float = 0.0
    missed: list[tuple[str, str, float]] = field(default_factory=list)
    fools: list[tuple[str, str, float]] = field(default_factory=list)
    alarms: list[tuple[str, float]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Return the fraction of flagged keyframes that show a pass."""
        return self.right / self.flagged if self.flagged else 1.0

    def add(self, other: Score) -> None:
        """Add the score of another clip."""
        for name in (
            *("keyframes", "passes", "found", "nuisances", "fooled", "flagged"),
            *("right", "after", "plain", "plain_keyframes", "seconds"),
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.missed += other.missed
        self.fools += other.fools
        self.alarms += other.alarms


def active(clip: Clip, index: int) -> set[int]:
    """Return the nuisances of a keyframe, including their aftermath."""
    before = clip.truth[index - 1].nuisances if index else []
    return {*clip.truth[index].nuisances, *before}


def shown(clip: Clip, index: int) -> Shown:
    """Return how a keyframe counts."""
    truth = clip.truth[index]
    if truth.passes:
        return Shown.PASS
    if truth.unsure:
        return Shown.UNSURE
    if active(clip, index):
        return Shown.NUISANCE
    earlier = clip.truth[:index]
    recent = any(t.passes for t in earlier if truth.time - t.time <= AFTERMATH)
    if recent or (earlier and earlier[-1].unsure):
        return Shown.AFTER
    return Shown.PLAIN


def score(clip: Clip, flags: Sequence[bool]) -> Score:
    """Compare the flags with the truth."""
    if len(flags) != len(clip.truth):
        raise ValueError(f"{clip.name}: {len(flags)} keyframes, not {len(clip.truth)}")
    kinds = [shown(clip, index) for index in range(len(flags))]
    told = [k for k, flag in zip(kinds, flags, strict=True) if flag]
    result = Score(
        keyframes=len(flags),
        flagged=sum(kind is not Shown.UNSURE for kind in told),
        right=sum(kind is Shown.PASS for kind in told),
        after=sum(kind is Shown.AFTER for kind in told),
        plain=sum(kind is Shown.PLAIN for kind in told),
        plain_keyframes=sum(kind is Shown.PLAIN for kind in kinds),
    )
    for number, name in enumerate(clip.passes):
        at = [i for i, truth in enumerate(clip.truth) if number in truth.passes]
        if not at:
            continue  # between two keyframes, so not detectable
        result.passes += 1
        if any(flags[index] for index in at):
            result.found += 1
        else:
            best = max(at, key=lambda index: clip.truth[index].passes[number])
            result.missed.append((clip.name, name, clip.truth[best].time))
    for number, name in enumerate(clip.nuisances):
        quiet = [
            index
            for index, kind in enumerate(kinds)
            if kind is Shown.NUISANCE and number in active(clip, index)
        ]
        if not quiet:
            continue
        result.nuisances += 1
        wrong = [index for index in quiet if flags[index]]
        if wrong:
            result.fooled += 1
            result.fools.append((clip.name, name, clip.truth[wrong[0]].time))
    result.alarms = [
        (clip.name, clip.truth[index].time)
        for index, flag in enumerate(flags)
        if flag and kinds[index] is Shown.PLAIN
    ]
    return result
