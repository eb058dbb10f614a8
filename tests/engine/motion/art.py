"""Drawing of grounds, movers and light for the scenes, as arrays of floats.

A ground holds reflectance (0 to 1); multiplied by the light, it gives the picture. The
random generator passed in determines every result.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 640
HEIGHT: Final = 360
# Each place, and how far down its picture the wall or hedge reaches.
HORIZONS: Final = {
    "porch": 0.6,
    "street": 0.35,
    "garden": 0.45,
    "plaza": 0.25,
    "yard": 0.4,
}

type Floats = NDArray[np.float32]
type Random = np.random.Generator

ROWS: Final[Floats] = np.arange(HEIGHT, dtype=np.float32)[:, None]
COLUMNS: Final[Floats] = np.arange(WIDTH, dtype=np.float32)[None, :]


def cloudy(random: Random, scale: float, power: float = 4.0) -> Floats:
    """Return smooth noise of mean 0 and deviation 1 that wraps around at the edges.

    `scale` (pixels) is the size of its blobs; a low `power` adds finer ones.
    """
    white = np.fft.rfft2(random.normal(size=(HEIGHT, WIDTH)))
    rows = np.fft.fftfreq(HEIGHT)[:, None]
    columns = np.fft.rfftfreq(WIDTH)[None, :]
    frequency = np.hypot(rows, columns) * scale
    noise = np.fft.irfft2(white / (1 + frequency**2) ** (power / 2), (HEIGHT, WIDTH))
    noise -= noise.mean()
    return np.asarray(noise / noise.std(), np.float32)


def soft_step(distance: Floats, softness: float) -> Floats:
    """Return 0 to 1 where a distance (pixels) goes from below to above zero."""
    return np.clip(0.5 + distance / max(softness, 1e-3), 0, 1)


def shifted(picture: Floats, down: float, right: float) -> Floats:
    """Shift a picture by fractions of a pixel, repeating its edge."""
    whole_down, whole_right = int(np.floor(down)), int(np.floor(right))
    part_down, part_right = down - whole_down, right - whole_right
    rows = np.clip(np.arange(-1, HEIGHT) - whole_down, 0, HEIGHT - 1)
    columns = np.clip(np.arange(-1, WIDTH) - whole_right, 0, WIDTH - 1)
    moved = picture[rows][:, columns]
    moved = moved[1:] * (1 - part_down) + moved[:-1] * part_down
    return moved[:, 1:] * (1 - part_right) + moved[:, :-1] * part_right


def blurred(picture: Floats, times: int = 1) -> Floats:
    """Blur a picture as a lens does."""
    quarter = np.float32(0.25)
    for _ in range(times):
        padded = np.pad(picture, 1, mode="edge")
        picture = (padded[:-2] + 2 * padded[1:-1] + padded[2:])[:, 1:-1] * quarter
        padded = np.pad(picture, 1, mode="edge")
        picture = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:])[1:-1] * quarter
    return picture


# Grounds


def ground(random: Random, place: str) -> Floats:
    """Return the reflectance of a place: porch, street, garden, plaza or yard."""
    picture = np.full((HEIGHT, WIDTH), 0.3, np.float32)
    horizon = int(HEIGHT * (HORIZONS[place] + random.uniform(-0.05, 0.05)))
    rough = 0.25 * cloudy(random, 40) + cloudy(random, 2, 2) * random.uniform(0.08, 0.2)
    if place == "yard":  # smooth concrete and plaster
        rough = 0.1 * cloudy(random, 80) + 0.02 * cloudy(random, 2, 2)
    picture[horizon:] = random.uniform(0.15, 0.4) * np.exp(0.5 * rough[horizon:])
    if place in ("porch", "plaza"):
        _tiles(random, picture[horizon:], flat=True)
    if place == "street":
        top = horizon + int((HEIGHT - horizon) * 0.35)
        picture[top : top + 6] = 0.55  # a kerb
        for left in range(int(random.uniform(0, 60)), WIDTH, 110):
            picture[top + 60 : top + 66, left : left + 50] = 0.75
    wall = picture[:horizon]
    wall[:] = random.uniform(0.2, 0.65) * np.exp(0.3 * rough[:horizon])
    if place in ("porch", "street"):
        _tiles(random, wall, flat=False)
    if place in ("garden", "plaza"):
        leaves = np.exp(0.7 * cloudy(random, 5, 3))[:horizon]
        wall[:] = np.minimum(0.18 * leaves, 0.9)
    if place == "plaza":
        wall[: horizon // 2] = 0.9  # the sky
    for _ in range(int(random.integers(2, 6))):
        _thing(random, picture, horizon)
    return np.clip(picture, 0.02, 0.95)


def _tiles(random: Random, part: Floats, *, flat: bool) -> None:
    """Draw bricks or slabs that differ slightly."""
    height, width = (int(random.uniform(12, 30)), int(random.uniform(30, 70)))
    if flat:
        height, width = height * 2, width * 2
    for row, top in enumerate(range(0, part.shape[0], height)):
        for left in range(-(row % 2) * width // 2, WIDTH, width):
            tile = part[top : top + height, max(left, 0) : left + width]
            tile *= random.uniform(0.8, 1.2)
            tile[:2] *= 0.75
            tile[:, :2] *= 0.75


def _thing(random: Random, picture: Floats, horizon: int) -> None:
    """Draw a door, window, box or post at a random position."""
    wide, high = int(random.uniform(8, 90)), int(random.uniform(30, 140))
    left = int(random.uniform(0, WIDTH - wide))
    top = max(0, int(horizon + random.uniform(-0.8, 0.3) * high) - high // 2)
    thing = picture[top : top + high, left : left + wide]
    thing[:] = random.uniform(0.05, 0.85)
    thing[:3] *= 0.6
    thing[:, :3] *= 0.6
    if random.random() < 0.5:
        thing[8:-8, 8:-8] *= random.uniform(0.4, 1.6)


# Movers


@dataclass(frozen=True, kw_only=True)
class Look:
    """The appearance of a mover: the reflectance of its parts, and its pattern."""

    parts: tuple[float, ...]
    pattern: Floats


def look(random: Random) -> Look:
    """Return a random appearance."""
    return Look(
        parts=tuple(
            float(random.choice((0.04, 0.08, 0.15, 0.3, 0.55, 0.8))) for _ in range(4)
        ),
        pattern=np.exp(
            random.uniform(0.05, 0.3) * cloudy(random, random.uniform(3, 9))
        ),
    )


def _capsule(x0: float, y0: float, x1: float, y1: float, radius: float) -> Floats:
    """Return how much each pixel is covered by a rounded stroke."""
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy or 1.0
    along = np.clip(((COLUMNS - x0) * dx + (ROWS - y0) * dy) / length, 0, 1)
    distance = np.hypot(COLUMNS - x0 - along * dx, ROWS - y0 - along * dy)
    return soft_step(np.asarray(radius - distance, np.float32), 1.5)


def strokes(kind: str, size: float, step: float) -> list[tuple[int, tuple[float, ...]]]:
    """Return the parts of a mover as (reflectance, stroke), with its feet at (0, 0).

    `size` is its height in pixels, `step` the phase of its legs.
    """
    swing = float(np.sin(step)) * 0.17
    parts: list[tuple[int, tuple[float, ...]]]
    if kind == "person":
        parts = [
            (1, (0, -0.48, swing, -0.03, 0.055)),
            (1, (0, -0.48, -swing, -0.03, 0.055)),
            (2, (0, -0.75, swing * -1.1, -0.45, 0.04)),
            (0, (0, -0.76, 0, -0.52, 0.105)),
            (3, (0, -0.93, 0, -0.91, 0.065)),
        ]
    elif kind == "animal":
        parts = [
            (1, (-0.5, -0.4, -0.5 + swing, -0.05, 0.08)),
            (1, (0.5, -0.4, 0.5 - swing, -0.05, 0.08)),
            (0, (-0.55, -0.55, 0.5, -0.55, 0.22)),
            (0, (0.75, -0.8, 0.8, -0.78, 0.17)),
            (2, (-0.75, -0.6, -1.1, -0.85, 0.06)),
        ]
    elif kind == "cyclist":
        parts = [
            (1, (-0.33, -0.2, -0.33, -0.2, 0.19)),
            (1, (0.33, -0.2, 0.33, -0.2, 0.19)),
            (2, (-0.1, -0.5, 0.1 + swing / 2, -0.2, 0.05)),
            (0, (-0.12, -0.55, 0.1, -0.8, 0.1)),
            (3, (0.15, -0.93, 0.15, -0.92, 0.065)),
        ]
    else:  # car
        parts = [
            (0, (-1.3, -0.35, 1.3, -0.35, 0.3)),
            (0, (-0.6, -0.7, 0.5, -0.7, 0.28)),
            (1, (-0.5, -0.72, 0.4, -0.72, 0.17)),
            (2, (-0.8, -0.18, -0.8, -0.18, 0.18)),
            (2, (0.8, -0.18, 0.8, -0.18, 0.18)),
        ]
    return [(part, tuple(size * value for value in stroke)) for part, stroke in parts]


def paint(
    picture: Floats,
    looks: Look,
    kind: str,
    x: float,
    feet: float,
    size: float,
    step: float,
    *,
    flipped: bool = False,
    smear: float = 0.0,
    covered: Floats | None = None,
) -> float:
    """Paint a mover with motion blur over a ground; return how many it covers.

    `covered` receives the coverage (0 to 1) of each pixel.
    """
    pattern = np.roll(looks.pattern, (int(feet), int(x)), (0, 1))
    side = -1.0 if flipped else 1.0
    total = np.zeros_like(picture)
    for part, (x0, y0, x1, y1, radius) in strokes(kind, size, step):
        mask = _capsule(x + side * x0, feet + y0, x + side * x1, feet + y1, radius)
        if smear >= 2:
            mask = np.mean(
                [
                    np.roll(mask, round(smear * at), 1)
                    for at in (-0.5, -0.25, 0, 0.25, 0.5)
                ],
                axis=0,
                dtype=np.float32,
            )
        picture += mask * (looks.parts[part] * pattern - picture)
        total = np.maximum(total, mask)
    if covered is not None:
        covered[:] = total
    return float(total.sum())


def shade(x: float, feet: float, size: float, length: float) -> Floats:
    """Return the shadow of a person on the ground, 0 to 1."""
    return _capsule(x, feet, x + length * size, feet + 0.08 * size, 0.09 * size)
