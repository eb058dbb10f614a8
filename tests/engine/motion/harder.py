"""Nuisances that resemble motion: things on the lens, hard light, the infrared lamp.

Each is drawn onto the light of a scene (0 to 1) with a separate random generator, so
that the other scenes don't change.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from . import art
from .art import COLUMNS, HEIGHT, ROWS, WIDTH, Floats, Random


def switched(day: Floats, night: Floats, seed: int) -> Floats:
    """Return how a place looks in infrared if only part of it differs."""
    random = np.random.default_rng(seed)
    blobs = art.cloudy(random, float(random.choice((60, 110, 160))))
    part = random.uniform(0.15, 0.6)
    mask = art.soft_step(blobs - float(np.quantile(blobs, 1 - part)), 0.4)
    changed = night * random.uniform(0.6, 1.9)
    return np.asarray(np.clip(day + mask * (changed - day), 0.02, 0.95), np.float32)


def lit_by_lamp(seed: int) -> Floats:
    """Return the light of an infrared lamp while another light is on."""
    random = np.random.default_rng(seed + 1)
    x, y = random.uniform(0.2, 0.8) * WIDTH, random.uniform(0.3, 0.9) * HEIGHT
    wide = random.uniform(80, 220)
    spot = np.exp(-(((COLUMNS - x) / wide) ** 2) - ((ROWS - y) / (0.7 * wide)) ** 2)
    return np.asarray(0.8 + random.uniform(0.2, 0.9) * spot, np.float32)


def bugs(lit: Floats, seed: int, now: float) -> None:
    """Draw insects near the lens: large, bright, soft discs and streaks."""
    random = np.random.default_rng([seed, int(now * 10)])
    for _ in range(int(random.integers(1, 4))):
        x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
        radius = random.uniform(12, 60)
        far = random.uniform(0, 160) if random.random() < 0.4 else 0.0
        angle = random.uniform(0, 6)
        dx, dy = np.cos(angle), np.sin(angle)
        along = np.clip((COLUMNS - x) * dx + (ROWS - y) * dy, -far / 2, far / 2)
        away = np.hypot(COLUMNS - x - along * dx, ROWS - y - along * dy)
        cover = art.soft_step(radius - away, radius * random.uniform(0.5, 1.3))
        cover = cover * cover * (3 - 2 * cover) * random.uniform(0.5, 1.0)
        lit += cover * (random.uniform(0.3, 1.0) - lit)


def spider(lit: Floats, seed: int, now: float) -> None:
    """Draw a spider on a thread before the lens, which climbs and pauses."""
    random = np.random.default_rng(seed)
    x = random.uniform(0.2, 0.8) * WIDTH + 25 * np.sin(now * 0.7)
    y = HEIGHT * (0.5 + 0.35 * np.sin(now * 0.4 + random.uniform(0, 6)))
    size, bright = random.uniform(14, 34), random.uniform(0.35, 0.9)
    distance = np.hypot(COLUMNS - x, ROWS - y) - size
    for leg in range(8):
        angle = leg * np.pi / 4 + 0.3 * np.sin(now * 3 + leg)
        dx, dy = np.cos(angle), np.sin(angle)
        along = np.clip((COLUMNS - x) * dx + (ROWS - y) * dy, 0, 3 * size)
        away = np.hypot(COLUMNS - x - along * dx, ROWS - y - along * dy)
        distance = np.minimum(distance, away - size * 0.2)
    cover = 0.9 * art.soft_step(-distance, size * 0.9)
    lit += cover * (bright - lit)


def drops(lit: Floats, seed: int, begin: float, now: float) -> None:
    """Draw drops on the glass, which show the place upside down and stay or run down."""
    random = np.random.default_rng(seed)
    over = art.blurred(lit[::-1], 3)
    for _ in range(14):
        born = begin + random.uniform(0, 12)
        x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
        radius, runs = random.uniform(8, 34), random.random() < 0.25
        glint, bend = random.uniform(0.7, 1.5), random.uniform(0.5, 0.9)
        if now < born:
            continue
        y += 30 * (now - born) * runs
        away = np.hypot(COLUMNS - x, (ROWS - y) / 1.15)
        cover = bend * art.soft_step(radius - away, radius * 0.6)
        lit += cover * (over * glint - lit)


def hard_shadow(light: Floats, seed: int, way: float) -> None:
    """Draw the hard shadow of a person or car outside the picture, in low sun."""
    random = np.random.default_rng(seed)
    kind = str(random.choice(("person", "car", "bar")))
    deep = random.uniform(0.35, 0.65)
    x = (1.3 * way - 0.15) * WIDTH
    if random.random() < 0.5:
        x = WIDTH - x
    if kind == "bar":
        slope = random.uniform(-0.8, 0.8)
        off: Floats = np.abs(COLUMNS - x + (ROWS - HEIGHT / 2) * slope)
        light *= 1 - deep * art.soft_step(random.uniform(15, 70) - off, 1.5)
        return
    tall = random.uniform(90, 190) if kind == "person" else random.uniform(60, 130)
    feet = HEIGHT * random.uniform(0.75, 1.0)
    cover = np.zeros_like(light)
    art.paint(
        cover,
        art.Look(parts=(1.0,) * 4, pattern=np.ones_like(light)),
        kind, x, feet, tall, way * 40,
    )  # fmt: skip
    light *= 1 - deep * cover


def wall_lamp(light: Floats, seed: int) -> None:
    """Draw a lamp at the edge of the picture that overexposes the wall behind it."""
    random = np.random.default_rng(seed)
    x = float(random.choice((-10, WIDTH + 10)))
    y = random.uniform(0.1, 0.6) * HEIGHT
    reach = random.uniform(60, 130)
    away = np.hypot(COLUMNS - x, ROWS - y)
    shade = art.soft_step(ROWS - y + 0.3 * np.abs(COLUMNS - x), 10)
    light += random.uniform(3, 8) * shade / (1 + (away / reach) ** 4)


def glare(light: Floats, seed: int) -> None:
    """Draw low sun on a part of the ground with a hard edge."""
    random = np.random.default_rng(seed)
    slope, x = random.uniform(-1, 1), random.uniform(0.3, 0.7) * WIDTH
    light *= 1 + random.uniform(0.3, 0.9) * art.soft_step(
        COLUMNS - x + (ROWS - HEIGHT / 2) * slope, 3
    )


LIGHTS: Final[dict[str, Callable[[Floats, int], None]]] = {
    "wall lamp": wall_lamp,
    "glare": glare,
}


def tints(random: Random) -> tuple[Floats, Floats]:
    """Return the colors of a place, as differences from gray."""
    return _tint(random), _tint(random)


def _tint(random: Random) -> Floats:
    mean, strength = random.normal(0, 3), random.uniform(2, 7)
    clouds = art.cloudy(random, 90) + 0.5 * art.cloudy(random, 30)
    return np.asarray(mean + strength * clouds, np.float32)
