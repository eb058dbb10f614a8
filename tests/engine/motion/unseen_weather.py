"""Light, weather and other nuisances of the evaluation clips."""

from collections.abc import Callable
from dataclasses import dataclass, field
import math
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from .unseen_world import Backdrop, Plane, grain, polygon, soften


@dataclass(frozen=True, kw_only=True, slots=True)
class Nuisance:
    """A nuisance that must not be reported, from `start` for `lasts` seconds."""

    kind: str
    start: float
    lasts: float
    strength: float = 1.0
    x: float = 0.5  # fractions of the picture
    y: float = 0.5
    size: float = 0.2
    way: int = 1


@dataclass(kw_only=True, slots=True)
class Moment:
    """The light and the camera at a keyframe."""

    place: Backdrop
    time: float
    rng: np.random.Generator  # seeded by keyframe and nuisance
    fixed: np.random.Generator  # seeded by nuisance
    sun: Plane
    lamps: Plane
    gain: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    sway: float = 0.25
    infra: bool = False
    quality: int | None = None
    veils: list[tuple[Plane, float]] = field(default_factory=list)  # cover, light


def _axes(place: Backdrop) -> tuple[Plane, Plane]:
    """Return columns and rows as fractions of the picture."""
    xs = np.arange(place.width, dtype=np.float32)[None, :] / place.width
    ys = np.arange(place.height, dtype=np.float32)[:, None] / place.height
    return xs, ys


def _ramp(n: Nuisance, time: float) -> float:
    """Return a ramp that rises over the first fifth and falls over the last."""
    part = (time - n.start) / n.lasts
    return float(np.clip(min(part, 1 - part) * 5, 0.0, 1.0))


def clouds(n: Nuisance, m: Moment) -> None:
    """Move the shadow of clouds over the picture."""
    cloud = soften(grain(m.fixed, 90, 160, 4.6), 3)
    big = Image.fromarray(np.tile(cloud / cloud.std(), (1, 2)).astype(np.float32))
    # The edges of such a shadow are tens of meters wide and fill the picture.
    move = (m.time - n.start) / n.lasts * 150
    view = big.crop((int(move), 0, int(move) + 48, 27))
    size = (m.place.width, m.place.height)
    dense = np.asarray(view.resize(size, Image.Resampling.BICUBIC), np.float32)
    cover = np.clip(0.5 + dense * 1.3, 0, 1) * _ramp(n, m.time) * n.strength
    m.sun *= 1 - 0.85 * cover


def dapple(n: Nuisance, m: Moment) -> None:
    """Draw sunlight through moving leaves."""
    place = m.place
    xs, ys = _axes(place)
    spots = grain(m.fixed, place.height, place.width, 2.2)
    other = grain(m.fixed, place.height, place.width, 2.2)
    # The crown moves as a whole, and its layers relative to each other.
    reach = 14 * n.strength * place.width / 1280
    for layer in (spots, other):
        dx, dy = m.rng.normal(0, reach, 2)
        layer[:] = np.roll(layer, (int(dy), int(dx)), (0, 1))
    light = np.clip(0.5 + 2.4 * np.minimum(spots + 0.5, other + 0.6), 0, 1)
    # The sun has a size, so the edges of the spots are soft.
    light = soften(light, place.width // 320)
    distance = ((xs - n.x) / n.size) ** 2 + ((ys - n.y) / (n.size * 0.8)) ** 2
    inside = 0.8 * np.clip(1.3 - distance, 0, 1) * _ramp(n, m.time)
    m.sun *= (1 - inside * (1 - light)).astype(np.float32)


def exposure(n: Nuisance, m: Moment) -> None:
    """Vary the exposure, as automatic exposure does."""
    m.gain *= float(2 ** (n.strength * math.sin(m.time * 1.9 + m.rng.normal(0, 0.5))))


def headlights(n: Nuisance, m: Moment) -> None:
    """Move two headlight beams with a hard upper edge over walls and hedges."""
    place = m.place
    part = (m.time - n.start) / n.lasts
    centre = -0.25 + 1.5 * part if n.way > 0 else 1.25 - 1.5 * part
    xs, ys = _axes(place)
    near = np.clip(14 / np.maximum(place.depth, 1.0), 0.1, 1.6)
    for offset in (-0.035, 0.045):
        x = (xs - centre - offset) / n.size
        edge = np.clip((ys - (n.y - 0.12 + 0.05 * x)) * 60, 0, 1)
        fade = np.exp(-(x * x) * 2) * np.exp(-np.clip(ys - n.y, 0, 1) * 4)
        # Obstacles cast shadows that run ahead.
        bars = 0.65 + 0.35 * np.tanh(4 * np.sin((xs - centre * 0.6) * 40) + 2.8)
        m.lamps += (n.strength * near * edge * fade * bars).astype(np.float32)


def lamp(n: Nuisance, m: Moment) -> None:
    """Switch a lamp on and off again; it mostly lights its wall."""
    xs, ys = _axes(m.place)
    wide = m.place.width / m.place.height
    distance = ((xs - n.x) * wide) ** 2 + (ys - n.y) ** 2
    glow = n.strength / (1 + distance / (n.size * n.size))
    near = np.clip(9 / np.maximum(m.place.depth, 2.0), 0.15, 1.5)
    m.lamps += (glow * near).astype(np.float32)


def window(n: Nuisance, m: Moment) -> None:
    """Light a window with a cross-shaped frame."""
    w, h = m.place.width, m.place.height
    x0, y0, x1, y1 = n.x * w, n.y * h, (n.x + n.size) * w, (n.y + n.size * 1.75) * h
    pane = polygon(w, h, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    bar = int((x0 + x1) / 2)
    pane[:, bar - 2 : bar + 2] = 0
    m.veils.append((pane * 0.9, n.strength))


def shake(n: Nuisance, m: Moment) -> None:
    """Shake the camera in the wind."""
    reach = n.strength * m.place.width / 640
    m.shift = (float(m.rng.normal(0, reach)), float(m.rng.normal(0, reach * 0.7)))


def branches(n: Nuisance, m: Moment) -> None:
    """Move all leaves in the wind."""
    m.sway = 5.0 * n.strength * max(0.3, _ramp(n, m.time))


def twig(n: Nuisance, m: Moment) -> None:
    """Swing a twig with leaves into the picture from its edge."""
    w, h = m.place.width, m.place.height
    image = Image.new("L", (w, h))
    pen = ImageDraw.Draw(image)
    swing = 0.25 * math.sin(m.time * 1.3) + float(m.rng.normal(0, 0.1)) * n.strength
    root = (-0.02 * w if n.way > 0 else 1.02 * w, n.y * h)
    length = n.size * w
    heading = (0.0 if n.way > 0 else math.pi) + n.way * (0.4 + swing)
    tip = (
        root[0] + length * math.cos(heading),
        root[1] + length * math.sin(heading),
    )
    pen.line([root, tip], fill=255, width=max(2, w // 320))
    for part, side, turn in m.fixed.uniform((0.2, -1, -0.6), (1, 1, 0.6), (26, 3)):
        at = (
            root[0] + (tip[0] - root[0]) * part,
            root[1] + (tip[1] - root[1]) * part,
        )
        out = heading + math.copysign(0.9, side) + turn + swing
        long = w * 0.028
        end = (at[0] + long * math.cos(out), at[1] + long * math.sin(out))
        mid = (at[0] + end[0]) / 2, (at[1] + end[1]) / 2
        nx, ny = math.sin(out) * long / 4, -math.cos(out) * long / 4
        leaf = [at, (mid[0] + nx, mid[1] + ny), end, (mid[0] - nx, mid[1] - ny)]
        pen.polygon(leaf, fill=255)
    cover = soften(np.asarray(image, np.float32) / 255, w // 600)
    m.veils.append((cover, 0.9 if m.infra else 0.07))


def insects(n: Nuisance, m: Moment) -> None:
    """Draw insects right before the lens: blurred, and bright in infrared."""
    w, h = m.place.width, m.place.height
    image = Image.new("L", (w, h))
    pen = ImageDraw.Draw(image)
    for _ in range(int(m.rng.integers(0, 3)) if n.strength < 2 else 3):
        x, y = m.rng.uniform(0.05, 0.95) * w, m.rng.uniform(0.05, 0.95) * h
        size = n.size * w * float(m.rng.uniform(0.3, 1.0))
        turn, long = m.rng.uniform(0, math.pi), size * float(m.rng.uniform(1, 5))
        end = x + long * math.cos(turn), y + long * math.sin(turn)
        pen.line([(x, y), end], fill=200, width=max(2, int(size)))
    cover = soften(np.asarray(image, np.float32) / 255, max(1, int(n.size * w / 5)))
    m.veils.append((cover * 0.8, 1.1 if m.infra else 0.05))


def spider(n: Nuisance, m: Moment) -> None:
    """Draw a spider on the glass: large and out of focus."""
    w, h = m.place.width, m.place.height
    part = (m.time - n.start) / n.lasts
    x, y = w * (n.x + 0.3 * n.way * part), h * (n.y + 0.12 * math.sin(part * 7))
    image = Image.new("L", (w, h))
    pen = ImageDraw.Draw(image)
    r = n.size * w / 2
    pen.ellipse([x - r * 0.5, y - r * 0.35, x + r * 0.5, y + r * 0.35], fill=255)
    for leg in range(8):
        turn = leg * math.pi / 4 + 0.3 * math.sin(m.time * 3 + leg)
        end = x + r * 1.5 * math.cos(turn), y + r * 1.5 * math.sin(turn)
        pen.line([(x, y), end], fill=220, width=max(2, int(r * 0.12)))
    cover = soften(np.asarray(image, np.float32) / 255, max(2, w // 160))
    m.veils.append((cover, 0.8 if m.infra else 0.03))


def rain(n: Nuisance, m: Moment) -> None:
    """Draw streaks of rain."""
    w, h = m.place.width, m.place.height
    image = Image.new("L", (w, h))
    pen = ImageDraw.Draw(image)
    for _ in range(int(220 * n.strength)):
        x, y = m.rng.uniform(0, w), m.rng.uniform(-0.1, 1) * h
        long = m.rng.uniform(0.02, 0.09) * h
        fill = int(m.rng.uniform(60, 200))
        pen.line([(x, y), (x + long * 0.12, y + long)], fill=fill, width=1)
    cover = soften(np.asarray(image, np.float32) / 255, 1) * 1.6
    m.veils.append((np.clip(cover * 0.45, 0, 0.6), 1.0 if m.infra else 0.62))


def drops(n: Nuisance, m: Moment) -> None:
    """Draw drops that gather on the glass and run down."""
    w, h = m.place.width, m.place.height
    image = Image.new("L", (w, h))
    pen = ImageDraw.Draw(image)
    count = int(14 * n.strength * (m.time - n.start) / n.lasts) + 1
    for number, (x, y, size) in enumerate(m.fixed.uniform(0, 1, (count, 3))):
        run = 0.02 * (m.time - n.start) if number % 4 == 0 else 0.0
        r = w * (0.006 + 0.014 * size)
        top = (y + run) % 1 * h
        pen.ellipse([x * w - r, top - r, x * w + r, top + r * 1.2], fill=170)
    cover = soften(np.asarray(image, np.float32) / 255, max(1, w // 300))
    m.veils.append((cover, 0.5))


def shadow(n: Nuisance, m: Moment) -> None:
    """Move the shadow of a person outside the picture over the ground."""
    w, h = m.place.width, m.place.height
    part = (m.time - n.start) / n.lasts
    x = (-0.2 + 1.4 * part if n.way > 0 else 1.2 - 1.4 * part) * w
    base, r = n.y * h, n.size * w
    points = [(x - r * 0.2, h * 1.02), (x - r * 0.22, base + r * 0.4)]
    points += [(x - r * 0.1, base + r * 0.25), (x - r * 0.13, base), (x, base - r / 9)]
    points += [(x + r * 0.13, base), (x + r * 0.1, base + r * 0.25)]
    points += [(x + r * 0.22, base + r * 0.4), (x + r * 0.26, h * 1.02)]
    mask = soften(polygon(w, h, points), max(1, w // 250))
    m.sun *= 1 - 0.9 * n.strength * mask * m.place.ground


def broad_shadow(n: Nuisance, m: Moment) -> None:
    """Move the straight shadow of a truck outside the picture over the ground."""
    xs, ys = _axes(m.place)
    part = (m.time - n.start) / n.lasts
    x = -0.5 + 2.0 * part if n.way > 0 else 1.5 - 2.0 * part
    inside = np.clip((n.size - np.abs(xs - x + 0.3 * (ys - 0.7))) * 60, 0, 1)
    inside = inside * np.clip((ys - n.y) * 40, 0, 1)
    m.sun *= (1 - 0.9 * n.strength * inside * m.place.ground).astype(np.float32)


def infrared(n: Nuisance, m: Moment) -> None:
    """Switch to or from infrared; the first picture is overexposed."""
    since = m.time - n.start
    m.gain *= 2.2 if since < 2 else 1.25 if since < 4 else 1.0


def starve(n: Nuisance, m: Moment) -> None:
    """Occasionally starve the encoder of bits."""
    m.quality = int(m.rng.choice([30, 36, 40, 44]))


KINDS: Final[dict[str, Callable[[Nuisance, Moment], None]]] = {
    "clouds": clouds,
    "dapple": dapple,
    "exposure": exposure,
    "headlights": headlights,
    "lamp": lamp,
    "window": window,
    "shake": shake,
    "branches": branches,
    "twig": twig,
    "insects": insects,
    "spider": spider,
    "rain": rain,
    "drops": drops,
    "shadow": shadow,
    "broad shadow": broad_shadow,
    "infrared": infrared,
    "compression": starve,
}
