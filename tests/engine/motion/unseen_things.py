"""The things that move in the evaluation clips: people, animals, cars, cyclists.

Each thing is drawn in meters, with its feet at the origin and heading to +x, as
polygons with a reflectance. Pillow rasterizes them at three times the final size.
`draw` returns a coverage mask and the reflectance for a distance, both cropped to the
thing.
"""

from collections.abc import Callable
from dataclasses import dataclass
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

type Plane = NDArray[np.floating]
type Point = tuple[float, float]
type Tint = tuple[float, float, float]
type Part = tuple[list[Point], Tint]

_FINE: Final = 3  # drawn this many times larger and then scaled down, for soft edges
SKIN: Final[Tint] = (0.42, 0.28, 0.2)
BLACK: Final[Tint] = (0.03, 0.03, 0.035)
GLASS: Final[Tint] = (0.08, 0.1, 0.12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How one thing differs from others of its kind."""

    main: Tint
    second: Tint = (0.06, 0.07, 0.12)
    size: float = 1.0


def _oval(x: float, y: float, rx: float, ry: float, tilt: float = 0.0) -> list[Point]:
    """Return the outline of an ellipse."""
    turns = [2 * math.pi * step / 20 for step in range(20)]
    cos, sin = math.cos(tilt), math.sin(tilt)
    return [
        (
            x + rx * math.cos(a) * cos - ry * math.sin(a) * sin,
            y + rx * math.cos(a) * sin + ry * math.sin(a) * cos,
        )
        for a in turns
    ]


def _limb(start: Point, end: Point, thick: float, thin: float) -> list[Point]:
    """Return a tapering bar between two points."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length
    return [
        (start[0] + nx * thick, start[1] + ny * thick),
        (end[0] + nx * thin, end[1] + ny * thin),
        (end[0] - nx * thin, end[1] - ny * thin),
        (start[0] - nx * thick, start[1] - ny * thick),
    ]


def _leg(
    hip: Point, angle: float, bend: float, length: float, thick: float, tint: Tint
) -> list[Part]:
    """Return thigh, shin and shoe."""
    half = length / 2
    knee = (hip[0] + half * math.sin(angle), hip[1] - half * math.cos(angle))
    low = angle - bend
    foot = (knee[0] + half * math.sin(low), knee[1] - half * math.cos(low))
    return [
        (_limb(hip, knee, thick, thick * 0.75), tint),
        (_limb(knee, foot, thick * 0.75, thick * 0.5), tint),
        (_oval(foot[0] + 0.06, foot[1] + 0.03, 0.13, 0.05), BLACK),
    ]


def person(look: Look, phase: float) -> list[Part]:
    """Draw a walking person; `phase` is in steps."""
    swing = 0.48 * math.sin(math.pi * phase)
    bend = 0.35 * (1 + math.cos(math.pi * phase)) / 2
    parts: list[Part] = []
    for side in (-1, 1):
        parts += _leg((0, 0.88), side * swing, bend, 0.86, 0.085, look.second)
    far = (0.03 - 0.3 * math.sin(swing), 0.85)
    parts.append((_limb((0.02, 1.42), far, 0.06, 0.045), look.main))
    parts.append(
        (
            [
                *((-0.17, 0.82), (0.17, 0.82), (0.2, 1.2), (0.22, 1.42), (0.1, 1.52)),
                *((-0.1, 1.52), (-0.22, 1.42), (-0.2, 1.2)),
            ],
            look.main,
        )
    )
    shade = (look.main[0] * 0.75, look.main[1] * 0.75, look.main[2] * 0.75)
    near = (0.02 + 0.3 * math.sin(swing), 0.84)
    parts.append((_limb((0, 1.42), near, 0.065, 0.05), shade))
    parts.append((_oval(near[0], near[1], 0.05, 0.06), SKIN))
    parts.append((_oval(0.02, 1.63, 0.095, 0.13), SKIN))
    parts.append((_oval(-0.01, 1.69, 0.105, 0.09), (0.05, 0.035, 0.03)))
    return parts


def animal(look: Look, phase: float) -> list[Part]:
    """Draw a dog, fox or cat; 0.55 m at the shoulder at size 1."""
    parts: list[Part] = []
    for x, shift in ((-0.3, 0.0), (0.28, 0.5), (-0.24, 1.0), (0.34, 1.5)):
        swing = 0.45 * math.sin(math.pi * (phase * 1.3 + shift))
        end = (x + 0.32 * math.sin(swing), 0.0)
        parts.append((_limb((x, 0.36), end, 0.05, 0.03), look.second))
    parts.append((_oval(0, 0.43, 0.42, 0.13), look.main))
    parts.append((_limb((0.34, 0.47), (0.5, 0.6), 0.08, 0.07), look.main))
    parts.append((_oval(0.53, 0.62, 0.13, 0.085), look.main))
    parts.append((_limb((0.58, 0.6), (0.7, 0.57), 0.05, 0.035), look.main))
    parts.append(([(0.46, 0.68), (0.5, 0.8), (0.55, 0.69)], look.second))
    tail = (-0.7, 0.5 + 0.08 * math.sin(phase * 4))
    parts.append((_limb((-0.38, 0.47), tail, 0.04, 0.03), look.main))
    return parts


def _wheel(x: float, radius: float) -> list[Part]:
    return [
        (_oval(x, radius, radius, radius), BLACK),
        (_oval(x, radius, radius * 0.55, radius * 0.55), (0.35, 0.35, 0.36)),
    ]


def car(look: Look, phase: float) -> list[Part]:
    """Draw a car from its side, 4.3 m long."""
    del phase
    body = [
        *((-2.1, 0.3), (-2.15, 0.75), (-2.05, 0.95), (-1.55, 1.0), (-1.0, 1.42)),
        *((0.35, 1.45), (1.05, 1.0), (1.85, 0.88), (2.15, 0.7), (2.15, 0.32)),
    ]
    rear = [(-1.35, 0.98), (-0.93, 1.34), (-0.3, 1.37), (-0.3, 0.98)]
    front = [(-0.2, 0.98), (-0.2, 1.37), (0.3, 1.37), (0.85, 0.98)]
    sill = [(-2.1, 0.3), (2.15, 0.3), (2.15, 0.42), (-2.1, 0.45)]
    parts: list[Part] = [(body, look.main), (rear, GLASS), (front, GLASS)]
    parts += [(sill, BLACK), ([(2.0, 0.62), (2.15, 0.62), (2.12, 0.76)], (0.9,) * 3)]
    return parts + _wheel(-1.3, 0.32) + _wheel(1.35, 0.32)


def van(look: Look, phase: float) -> list[Part]:
    """Draw a delivery van from its side, 5.2 m long and 2.3 m high."""
    del phase
    body = [
        *((-2.6, 0.35), (-2.6, 2.25), (1.2, 2.3), (1.75, 1.35), (2.5, 1.15)),
        *((2.6, 0.4), (2.0, 0.35)),
    ]
    window = [(0.6, 1.35), (0.6, 2.05), (1.15, 2.05), (1.6, 1.35)]
    sign = [(-2.1, 1.3), (-2.1, 1.75), (-0.3, 1.75), (-0.3, 1.3)]
    parts: list[Part] = [(body, look.main), (window, GLASS), (sign, look.second)]
    return parts + _wheel(-1.7, 0.36) + _wheel(1.8, 0.36)


def cyclist(look: Look, phase: float) -> list[Part]:
    """Draw a person on a bicycle."""
    parts: list[Part] = []
    for x in (-0.52, 0.52):
        parts.append((_oval(x, 0.34, 0.34, 0.34), BLACK))
        parts.append((_oval(x, 0.34, 0.29, 0.29), (0.25, 0.25, 0.24)))
    frame = [((-0.52, 0.34), (-0.15, 0.9)), ((-0.1, 0.35), (0.42, 0.85))]
    frame += [((0.42, 0.95), (0.52, 0.34)), ((-0.15, 0.8), (0.42, 0.82))]
    parts += [(_limb(a, b, 0.025, 0.025), (0.3, 0.05, 0.05)) for a, b in frame]
    turn = math.pi * phase * 2
    for shift in (0.0, math.pi):
        pedal = (0.02 + 0.17 * math.cos(turn + shift), 0.3 + 0.17 * math.sin(turn))
        knee = (0.2 + 0.06 * math.cos(turn + shift), 0.68 + 0.08 * math.sin(turn))
        parts.append((_limb((-0.15, 0.98), knee, 0.09, 0.07), look.second))
        parts.append((_limb(knee, pedal, 0.07, 0.05), look.second))
    parts.append((_limb((-0.15, 0.98), (0.18, 1.48), 0.16, 0.17), look.main))
    parts.append((_limb((0.16, 1.42), (0.45, 1.0), 0.06, 0.045), look.main))
    parts.append((_oval(0.3, 1.66, 0.1, 0.13), SKIN))
    parts.append((_oval(0.28, 1.73, 0.13, 0.08), look.second))
    return parts


KINDS: Final[dict[str, Callable[[Look, float], list[Part]]]] = {
    "person": person,
    "animal": animal,
    "car": car,
    "van": van,
    "cyclist": cyclist,
}


def draw(
    parts: list[Part], pixels: float, *, left: bool, rng: np.random.Generator
) -> tuple[Plane, Plane, int, int]:
    """Rasterize parts at `pixels` per meter.

    Return coverage (h, w), reflectance (h, w, 3), and how far the box begins to the
    left of and above the feet. `left` mirrors it.
    """
    sign = -1 if left else 1
    xs = [sign * x for outline, _ in parts for x, _ in outline]
    ys = [y for outline, _ in parts for _, y in outline]
    x0, top = math.floor(min(xs) * pixels) - 2, math.ceil(max(ys) * pixels) + 2
    wide = math.ceil(max(xs) * pixels) + 2 - x0
    high = top + 3
    cover = Image.new("L", (wide * _FINE, high * _FINE))
    tint = Image.new("RGB", cover.size)
    cover_pen, tint_pen = ImageDraw.Draw(cover), ImageDraw.Draw(tint)
    for outline, colour in parts:
        points = [
            ((sign * x * pixels - x0) * _FINE, (top - y * pixels) * _FINE)
            for x, y in outline
        ]
        level = tuple(int(255 * min(max(c, 0.0), 1.0) ** 0.5) for c in colour)
        cover_pen.polygon(points, fill=255)
        tint_pen.polygon(points, fill=level)
    mask = np.asarray(cover.resize((wide, high), Image.Resampling.BOX), np.float32)
    mask /= 255
    colours = np.asarray(tint.resize((wide, high), Image.Resampling.BOX), np.float32)
    colours = (colours / 255) / np.maximum(mask, 0.05)[..., None]
    # Cloth and paint have folds, dirt and light from above.
    coarse = rng.standard_normal((max(2, high // 6), max(2, wide // 4)))
    folds: Plane = np.kron(coarse, np.ones((6, 4)))
    folds = np.pad(folds, ((0, high), (0, wide)), mode="wrap")[:high, :wide]
    sheen = np.linspace(1.12, 0.82, high)[:, None] * (1 + 0.12 * folds)
    # Sides that face away are darker.
    small = cover.resize((wide, high), Image.Resampling.BOX)
    blurred = small.filter(ImageFilter.BoxBlur(max(1.0, pixels * 0.06)))
    sheen = sheen * (0.55 + 0.45 * np.asarray(blurred, np.float32) / 255)
    albedo = np.clip(colours**2 * sheen[..., None], 0, 1).astype(np.float32)
    return mask, albedo, x0, -top
