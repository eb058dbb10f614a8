"""Stories to tune the motion detector on: passes, and nuisances that resemble them.

The same seed gives the same story. The detector was tuned on these stories, so they are
not used to evaluate it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

PASSES: Final = ("person", "person", "animal", "cyclist", "car", "visit", "leaving")
LARGE: Final = "truck"  # so near that it fills much of the picture
NUISANCES: Final = (
    "clouds",
    "dappled",
    "exposure",
    "headlights",
    "lamp",
    "shake",
    "insects",
    "rain",
    "branches",
    "infrared",
    "starved",
    "shadow",
    "flag",
    "switch",
    "bugs",
    "spider",
    "drops",
    "hard shadow",
    "wall lamp",
    "glare",
)


@dataclass(frozen=True, kw_only=True)
class Act:
    """An event from `begin` to `end` (seconds)."""

    kind: str
    begin: float
    end: float
    seed: int

    @property
    def is_pass(self) -> bool:
        """Whether the act should be detected."""
        return self.kind in (*PASSES, LARGE)


@dataclass(frozen=True, kw_only=True)
class Story:
    """A place, a time of day, and the acts there."""

    name: str
    seed: int
    place: str
    dark: bool = False  # night, lit by the doorbell's infrared lamp
    apart: float = 2.0  # seconds between keyframes
    size: int = 14_000  # maximum bytes of a keyframe
    acts: tuple[Act, ...] = ()
    length: float = 240.0


def story(
    name: str,
    seed: int,
    place: str,
    kinds: tuple[str, ...],
    *,
    dark: bool = False,
    apart: float = 2.0,
    size: int = 14_000,
    length: float = 240.0,
    passes: tuple[str, ...] = PASSES,
) -> Story:
    """Write a story that alternates passes and nuisances, some at the same time."""
    if unknown := {*kinds} - {*NUISANCES}:
        raise ValueError(f"nobody draws {unknown}")
    random = np.random.default_rng(seed)
    acts: list[Act] = []
    now = 16.0
    number = 0
    while now < length - 20:
        if number % 2 == 0:
            kind = str(random.choice(kinds)) if kinds else ""
            lasts = random.uniform(8, 18)
        else:
            kind = str(random.choice(passes))
            lasts = random.uniform(6, 14)
        number += 1
        if kind:
            acts.append(
                Act(
                    kind=kind,
                    begin=now,
                    end=now + lasts,
                    seed=int(random.integers(1 << 30)),
                )
            )
        now += lasts + random.uniform(0, 8)
    return Story(
        name=name,
        seed=seed,
        place=place,
        dark=dark,
        apart=apart,
        size=size,
        acts=tuple(acts),
        length=length,
    )


SUITE: Final = (
    story("porch by day", 1, "porch", ("clouds", "shadow", "exposure", "branches", "lamp")),
    story("street by day", 2, "street", ("clouds", "shadow", "dappled", "shake", "flag")),
    story("garden in wind", 3, "garden", ("branches", "dappled", "clouds", "flag", "shake")),
    story("plaza", 4, "plaza", ("clouds", "shadow", "exposure", "flag", "rain")),
    story("night", 5, "porch", ("insects", "headlights", "lamp", "rain", "infrared"), dark=True),
    story("night street", 6, "street", ("headlights", "insects", "lamp", "headlights"), dark=True),
    story("starved rain", 7, "street", ("rain", "starved", "exposure", "headlights"), size=5_000),
    story("near field", 8, "porch", ("shadow", "exposure", "lamp", "clouds", "infrared")),
    story("slow keyframes", 9, "street", ("clouds", "branches", "shadow", "shake"), apart=4.0),
    story("slow night", 10, "garden", ("insects", "branches", "headlights", "rain"), dark=True, apart=4.0),
    story("dappled garden", 11, "garden", ("dappled", "shadow", "dappled", "branches")),
    story("plain day", 12, "plaza", ()),
    story("starved plaza", 13, "plaza", ("starved", "clouds", "exposure", "shake"), size=4_000),
    story("dusk", 14, "street", ("lamp", "headlights", "infrared", "rain", "clouds")),
    # Hard light, things on the lens, infrared, and vehicles that fill the picture.
    story("switches", 15, "porch", ("switch",)),
    story("street switches", 16, "street", ("switch", "infrared"), dark=True),
    story("garden switches", 17, "garden", ("switch", "wall lamp"), apart=4.0),
    story("bugs", 18, "porch", ("bugs", "spider"), dark=True),
    story("street bugs", 19, "street", ("bugs", "spider", "headlights"), dark=True, size=8_000),
    story("drops", 20, "porch", ("drops",)),
    story("drops at night", 21, "street", ("drops", "bugs"), dark=True),
    story("smooth yard", 22, "yard", ("hard shadow", "glare")),
    story("sunny yard", 23, "yard", ("hard shadow", "clouds", "wall lamp", "hard shadow")),
    story("hard plaza", 24, "plaza", ("hard shadow", "clouds", "glare")),
    story("lamps", 25, "porch", ("wall lamp",), dark=True),
    story("street lamps", 26, "street", ("wall lamp", "headlights"), dark=True),
    story("near traffic", 27, "street", ("clouds", "shadow"), passes=("truck",)),
    story("near traffic at night", 28, "street", ("headlights",), dark=True, passes=("truck",)),
    story("drive", 29, "yard", ("hard shadow", "drops"), passes=("truck", "truck", "person")),
    story("starved drive", 30, "porch", ("exposure", "starved"), size=5_000, passes=("truck", "leaving")),
)  # fmt: skip
