"""The events of the six evaluation clips, second by second."""

from dataclasses import dataclass, field
from typing import Final

from .unseen_things import Look, Tint
from .unseen_weather import Nuisance

SECONDS: Final = 240


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """A person or thing that passes, in meters to the right of and from the door."""

    kind: str
    start: float
    lasts: float
    begin: tuple[float, float]
    end: tuple[float, float]
    look: Look
    pause: tuple[float, float] | None = None  # position (fraction of the path), seconds
    waits: bool = False  # present from the beginning of the clip
    stays: bool = False  # stays to the end of the clip

    def where(self, time: float) -> tuple[float, float]:
        """Return its position."""
        since = time - self.start
        walk = self.lasts
        if self.pause:
            share, rest = self.pause
            walk -= rest
            halt = share * walk
            since = min(since, halt) if since < halt + rest else since - rest
        part = min(max(since / walk, 0.0), 1.0)
        if self.waits:
            part *= part  # it drives off
        elif self.stays:
            part = 1 - (1 - part) ** 2
        return (
            self.begin[0] + (self.end[0] - self.begin[0]) * part,
            self.begin[1] + (self.end[1] - self.begin[1]) * part,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """The script of a clip."""

    name: str
    keyframe: int  # bytes
    noise: float  # code values
    ambient: float
    sun: float
    passes: list[Pass]
    nuisances: list[Nuisance]
    infra: list[tuple[float, float]] = field(default_factory=list)


DARK: Final[Tint] = (0.04, 0.04, 0.05)
NAVY: Final[Tint] = (0.05, 0.07, 0.16)
GREY: Final[Tint] = (0.25, 0.25, 0.26)
SAND: Final[Tint] = (0.4, 0.34, 0.26)
WHITE: Final[Tint] = (0.75, 0.75, 0.73)
RED: Final[Tint] = (0.45, 0.05, 0.05)
GREEN: Final[Tint] = (0.1, 0.18, 0.07)
RUST: Final[Tint] = (0.4, 0.17, 0.06)


def _go(
    kind: str,
    start: float,
    lasts: float,
    begin: tuple[float, float],
    end: tuple[float, float],
    main: Tint,
    second: Tint = DARK,
    size: float = 1.0,
    *,
    pause: tuple[float, float] | None = None,
    waits: bool = False,
    stays: bool = False,
) -> Pass:
    look = Look(main=main, second=second, size=size)
    return Pass(
        kind=kind,
        start=start,
        lasts=lasts,
        begin=begin,
        end=end,
        look=look,
        pause=pause,
        waits=waits,
        stays=stays,
    )


def _not(
    kind: str,
    start: float,
    lasts: float,
    strength: float = 1.0,
    x: float = 0.5,
    y: float = 0.5,
    size: float = 0.2,
    way: int = 1,
) -> Nuisance:
    return Nuisance(
        kind=kind,
        start=start,
        lasts=lasts,
        strength=strength,
        x=x,
        y=y,
        size=size,
        way=way,
    )


PORCH: Final = Script(
    name="porch",
    keyframe=75_000,
    noise=1.6,
    ambient=0.3,
    sun=0.75,
    passes=[
        _go("person", 13, 13, (-9, 10.8), (8, 10.8), NAVY),
        _go("person", 34, 14, (0.2, 12.5), (0.1, 2.4), RED, pause=(0.9, 4)),
        _go("person", 48.2, 6, (0.1, 2.4), (-0.2, 12.5), RED),
        _go("car", 71.2, 2.6, (-15, 16), (15, 16), WHITE),
        _go("animal", 88, 7, (4.2, 5.2), (-4.3, 6), RUST, size=0.55),
        _go("car", 110.7, 2.4, (15, 15.4), (-15, 15.4), DARK),
        _go("cyclist", 131, 4.6, (-13, 14.5), (13, 14.5), GREEN),
        _go("person", 150, 24, (3.2, 9), (-2.6, 4.4), SAND, pause=(0.5, 14)),
        _go("animal", 196, 5, (-4.4, 6.5), (4.2, 5), GREY, size=0.9),
        _go("person", 222.5, 5, (-3.8, 4.2), (3.6, 4.8), GREEN),
    ],
    nuisances=[
        _not("clouds", 54, 16, 1.0),
        _not("branches", 76, 10, 1.0),
        _not("dapple", 97, 12, 1.0, 0.55, 0.75, 0.3),
        _not("exposure", 116, 12, 0.7),
        _not("shake", 137, 10, 1.4),
        _not("shadow", 178, 9, 1.0, 0.5, 0.72, 0.2),
        _not("insects", 188, 7, 1.0, size=0.02),
        _not("clouds", 202, 7, 1.0),
        _not("twig", 213, 10, 1.0, 0.9, 0.25, 0.3, -1),
    ],
)

STREET: Final = Script(
    name="street",
    keyframe=80_000,
    noise=1.4,
    ambient=0.35,
    sun=0.65,
    passes=[
        _go("person", 12.5, 7, (-4.4, 3.7), (4.4, 3.8), DARK, NAVY),
        _go("car", 27, 2.6, (-12, 7), (12, 7), RED),
        _go("car", 41.4, 7, (0.5, 11.9), (-14, 10.2), NAVY, waits=True),
        _go("cyclist", 58, 3.6, (8, 6), (-8, 6), WHITE),
        _go("person", 73, 16, (-12, 14.6), (11, 14.6), GREY),
        _go("van", 101, 3.2, (14, 10.3), (-14, 10.3), WHITE, RED),
        _go("person", 118, 20, (-5, 14.8), (5.5, 14.4), GREEN, pause=(0.6, 8)),
        _go("animal", 146, 4, (4, 3.6), (-4, 4.0), SAND),
        _go("person", 147, 6, (5.6, 3.8), (-3.9, 3.9), NAVY),
        _go("car", 176, 2.4, (-13, 7.4), (13, 7.4), GREY),
        _go("person", 203, 3.2, (4.4, 5), (-4.4, 4.6), RED, size=0.95),
        _go("cyclist", 223, 4.2, (-13, 10.2), (13, 10.2), DARK),
    ],
    nuisances=[
        _not("broad shadow", 33, 5, 1.0, y=0.5, size=0.22),
        _not("window", 50, 8, 0.3, 0.373, 0.1, 0.05),
        _not("clouds", 63, 9, 1.0),
        _not("compression", 90, 10),
        _not("branches", 106, 10, 1.2),
        _not("shake", 156, 9, 1.0),
        _not("exposure", 167, 8, 0.5),
        _not("shadow", 183, 7, 1.0, 0.5, 0.78, 0.16, -1),
        _not("dapple", 192, 10, 1.0, 0.3, 0.72, 0.28),
    ],
)

PLAZA: Final = Script(
    name="plaza",
    keyframe=70_000,
    noise=1.8,
    ambient=0.3,
    sun=0.7,
    passes=[
        _go("person", 11, 22, (-13, 20), (13, 23), DARK),
        _go("person", 39, 14, (9, 13.5), (-9, 12), RED),
        _go("person", 39.7, 14, (9.6, 14), (-8.4, 12.4), NAVY),
        _go("cyclist", 60, 6.5, (-15, 18), (15, 19), SAND),
        _go("person", 75, 32, (-20, 36), (16, 33), NAVY),
        _go("animal", 115, 6, (6, 9), (-6, 9.5), DARK, size=0.8),
        _go("person", 135, 28, (2, 36), (1, 9), GREY, pause=(0.7, 10)),
        _go("person", 176, 5, (-5.6, 8), (5.8, 8.6), GREEN),
        _go("van", 193, 8, (-24, 30), (24, 30), WHITE, GREEN),
        _go("person", 216, 18, (14, 24), (-12, 21), SAND, SAND),
    ],
    nuisances=[
        _not("clouds", 34, 5, 1.0),
        _not("broad shadow", 55, 4.5, 1.0, y=0.4, size=0.15, way=-1),
        _not("shake", 67, 7, 1.8),
        _not("exposure", 107, 7, 0.9),
        _not("dapple", 122, 11, 1.0, 0.7, 0.65, 0.3),
        _not("branches", 164, 9, 1.0),
        _not("insects", 182, 9, 1.0, size=0.03),
        _not("compression", 203, 6),
        _not("clouds", 211, 4.5, 0.8),
    ],
)

NIGHT: Final = Script(
    name="night",
    keyframe=45_000,
    noise=3.2,
    ambient=0.055,
    sun=0.0,
    infra=[(26, 118), (146, 240)],
    passes=[
        _go("person", 9.5, 9, (-4, 6), (5, 6.5), SAND),
        _go("animal", 44, 9, (-4.5, 6), (5, 5), GREY, size=0.5),
        _go("person", 66, 15, (0.5, 13), (0, 2.2), DARK, NAVY, pause=(0.95, 4)),
        _go("person", 81.4, 6, (0, 2.2), (0.5, 13), DARK, NAVY),
        _go("person", 104, 7, (6, 7.5), (-5, 7.5), NAVY),
        _go("person", 131, 6, (-4, 4.8), (4, 5), RED),
        _go("animal", 161, 5, (3.6, 4), (-3, 3.6), RUST, size=0.7),
        _go("person", 185, 18, (-6, 9.5), (6, 9.2), GREY, pause=(0.5, 6)),
        _go("cyclist", 216, 4, (-7, 7), (7, 7.2), DARK),
        _go("animal", 228, 8, (5, 8.5), (-6, 8.5), SAND, size=0.8),
    ],
    nuisances=[
        _not("infrared", 26, 5),
        _not("insects", 34, 9, 1.0, size=0.02),
        _not("headlights", 55, 7, 0.9, y=0.5, size=0.12),
        _not("window", 89, 12, 0.8, 0.63, 0.18, 0.07),
        _not("infrared", 118, 4),
        _not("lamp", 124, 18, 0.8, 0.2, 0.1, 0.3),
        _not("infrared", 146, 5),
        _not("spider", 153, 7, 1.0, 0.3, 0.3, 0.07),
        _not("rain", 168, 14, 0.8),
        _not("headlights", 205, 8, 1.2, y=0.42, size=0.16, way=-1),
    ],
)

RAIN: Final = Script(
    name="rain",
    keyframe=9_000,
    noise=2.4,
    ambient=0.6,
    sun=0.2,
    passes=[
        _go("car", 15, 3, (-14, 9), (14, 9), GREY),
        _go("person", 33, 8, (-4.8, 4.6), (4.8, 4.6), DARK),
        _go("car", 56.6, 3, (16, 12), (-16, 12), RED),
        _go("person", 74, 9, (5, 4.4), (-5, 4.6), NAVY, RED),
        _go("cyclist", 99, 5, (-9, 8), (9, 8), SAND),
        _go("person", 122, 16, (-11, 15.2), (9, 15.2), WHITE),
        _go("animal", 151, 5, (4, 4.2), (-4.4, 4.4), SAND, size=0.9),
        _go("van", 174, 3.4, (-15, 11), (15, 11), WHITE, NAVY),
        _go("person", 197, 18, (4, 10), (-1, 4.4), GREEN, pause=(0.6, 8)),
        _go("car", 224, 3, (13, 8.6), (-13, 8.6), DARK),
    ],
    nuisances=[
        _not("rain", 19, 12, 1.0),
        _not("drops", 43, 12, 1.0),
        _not("headlights", 62, 6, 0.5, y=0.5, size=0.14),
        _not("compression", 85, 12),
        _not("rain", 106, 14, 1.8),
        _not("shake", 140, 8, 1.0),
        _not("exposure", 157, 6, 0.6),
        _not("lamp", 166, 7, 0.6, 0.85, 0.3, 0.2),
        _not("branches", 181, 12, 1.3),
    ],
)

NEAR: Final = Script(
    name="near",
    keyframe=60_000,
    noise=1.6,
    ambient=0.4,
    sun=0.5,
    passes=[
        _go("person", 14, 14, (1.2, 8), (0.0, 1.1), NAVY, pause=(0.95, 6)),
        _go("person", 28.2, 4, (0.0, 1.1), (1.5, 8), NAVY),
        _go("animal", 53, 4, (-1.6, 2.2), (1.9, 2.6), SAND, size=0.6),
        _go("car", 74.9, 2.2, (-9, 7), (9, 7), GREY),
        _go("person", 93, 40, (-1.5, 7), (0.1, 0.9), GREEN, pause=(0.97, 31)),
        _go("cyclist", 151, 4, (8, 6.6), (-8, 6.6), RED),
        _go("person", 169, 6, (-3.8, 5), (3.4, 5), DARK),
        _go("person", 200, 11, (1.5, 7), (0.3, 1.3), WHITE, GREY, pause=(0.9, 3)),
    ],
    nuisances=[
        _not("dapple", 38, 12, 1.0, 0.5, 0.75, 0.3),
        _not("lamp", 60, 10, 0.6, 0.9, 0.1, 0.25),
        _not("insects", 80, 9, 1.0, size=0.025),
        _not("clouds", 136, 11, 1.0),
        _not("shadow", 157, 8, 1.0, 0.5, 0.75, 0.3),
        _not("branches", 179, 8, 1.2),
        _not("shake", 189, 7, 1.2),
        _not("exposure", 215, 8, 0.8),
        _not("twig", 226, 10, 1.0, 0.0, 0.2, 0.35, 1),
    ],
)

SCRIPTS: Final = (PORCH, STREET, PLAZA, NIGHT, RAIN, NEAR)
