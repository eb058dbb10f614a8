"""Scoring of a detector on stories: how many passes it finds and nuisances it ignores."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .scenes import Shot
from .stories import Story


@dataclass(kw_only=True)
class Score:
    """Counts over stories. A flagged keyframe is correct if a pass is visible in it."""

    passes: int = 0
    found: int = 0
    nuisances: int = 0
    fooled: int = 0
    told: int = 0
    right: int = 0
    missed: list[str] = field(default_factory=list)
    fooled_by: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The fraction of flagged keyframes that show a pass."""
        return self.right / self.told if self.told else 1.0


def judge(
    score: Score, told: Story, shots: Iterable[Shot], moves: Callable[[Shot], bool]
) -> None:
    """Add the result of `moves` for the keyframes of one story."""
    passes: set[int] = set()
    nuisances: set[int] = set()
    found: set[int] = set()
    fooled: set[int] = set()
    for shot in shots:
        passes |= shot.movers
        nuisances |= shot.nuisances
        if not moves(shot):
            continue
        score.told += 1
        if shot.movers:
            score.right += 1
            found |= shot.movers
        else:
            fooled |= shot.nuisances
    score.passes += len(passes)
    score.found += len(found)
    score.nuisances += len(nuisances)
    score.fooled += len(fooled)
    score.missed += [f"{told.name}: {told.acts[act].kind}" for act in passes - found]
    score.fooled_by += [f"{told.name}: {told.acts[act].kind}" for act in fooled]
