"""How well something finds passes and sees through nuisances, story by story."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .scenes import Shot
from .stories import Story


@dataclass(kw_only=True)
class Score:
    """Counts over stories. A keyframe is right when somebody is in its picture."""

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
        """The part of keyframes called motion in which there is some."""
        return self.right / self.told if self.told else 1.0


def judge(
    score: Score, told: Story, shots: Iterable[Shot], moves: Callable[[Shot], bool]
) -> None:
    """Add what `moves` says about the keyframes of one story."""
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
