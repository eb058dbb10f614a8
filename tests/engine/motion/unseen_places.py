"""The six places of the evaluation clips."""

from collections.abc import Callable
from typing import Final

import numpy as np

from .unseen_things import KINDS, Look, draw
from .unseen_world import Backdrop, Builder


def _window(b: Builder, x: float, y: float, w: float, h: float, depth: float) -> None:
    """Draw a window with its frame on a wall."""
    edge = [(x - 0.006, y - 0.008), (x + w + 0.006, y - 0.008)]
    edge += [(x + w + 0.006, y + h + 0.008), (x - 0.006, y + h + 0.008)]
    b.box(edge, (0.6, 0.6, 0.57), depth, rough=0.03)
    b.box([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], (0.06, 0.08, 0.1), depth)
    half = x + w / 2
    bar = [(half - 0.002, y), (half + 0.002, y), (half + 0.002, y + h)]
    b.box([*bar, (half - 0.002, y + h)], (0.55, 0.55, 0.52), depth)


def _stand(
    b: Builder, kind: str, look: Look, x: float, z: float, *, left: bool
) -> None:
    """Draw a permanently parked car."""
    place = b.place
    column, row, scale = place.at(x, z)
    mask, colour, dx, dy = draw(KINDS[kind](look, 0.0), scale, left=left, rng=b.rng)
    whole = np.zeros((b.h, b.w), np.float32)
    tint = np.zeros((b.h, b.w, 3), np.float32)
    x0, y0 = round(column) + dx, round(row) + dy
    xs, ys = slice(max(x0, 0), x0 + mask.shape[1]), slice(y0, y0 + mask.shape[0])
    cut = mask[: b.h - y0, max(-x0, 0) : max(-x0, 0) + b.w - max(x0, 0)]
    whole[ys, xs] = cut
    tint[ys, xs] = colour[: b.h - y0, max(-x0, 0) : max(-x0, 0) + b.w - max(x0, 0)]
    b.fill(whole, tint, infra=tint.mean(-1), depth=z, solid=True)


def porch(rng: np.random.Generator) -> Backdrop:
    """Draw a front garden behind a porch: path, lawn, hedge, a tree, houses across."""
    b = Builder(rng, 1280, 720)
    far = [(0.0, 0.2), (0.36, 0.2), (0.36, 0.45), (0, 0.45)]
    b.box(far, (0.42, 0.3, 0.24), 26, boards=0.02)
    for x in (0.16, 0.24, 0.31):
        _window(b, x, 0.27, 0.035, 0.07, 26)
    b.box([(0.5, 0.24), (0.95, 0.24), (0.95, 0.46), (0.5, 0.46)], (0.6, 0.57, 0.5), 28)
    for x in (0.55, 0.66, 0.8):
        _window(b, x, 0.3, 0.05, 0.07, 28)
    b.floor((0.11, 0.17, 0.05), rough=0.45, slope=1.2, infra=0.42)
    b.floor((0.12, 0.12, 0.13), near=13, far=19)
    b.floor((0.36, 0.34, 0.31), left=-0.8, right=0.9, far=13, tiles=0.6)
    b.leaves(0.17, 0.47, 0.16, 0.1, 12, sway=0.4, solid=True)
    b.leaves(0.85, 0.46, 0.2, 0.1, 12, sway=0.4, solid=True)
    trunk = [(0.735, 0.3), (0.75, 0.3), (0.757, 0.62), (0.73, 0.62)]
    b.box(trunk, (0.12, 0.09, 0.06), 6.8, rough=0.3)
    b.leaves(0.74, 0.18, 0.19, 0.22, 6.8)
    b.shade([(0.62, 0.66), (0.98, 0.62), (1.0, 0.74), (0.7, 0.8)], 10)
    wall = [(0.0, 0.0), (0.1, 0.0), (0.13, 1.0), (0.0, 1.0)]
    b.box(wall, (0.62, 0.6, 0.52), 1.4, boards=0.045)
    post = [(0.93, 0.0), (0.965, 0.0), (0.965, 1.0), (0.93, 1.0)]
    b.box(post, (0.7, 0.7, 0.68), 1.8, rough=0.04)
    return b.place


def street(rng: np.random.Generator) -> Backdrop:
    """Draw a nearby street with parked cars, a pavement and terraced houses."""
    b = Builder(rng, 1280, 720, horizon=0.4, camera=1.5)
    for n, tint in enumerate(((0.4, 0.24, 0.19), (0.5, 0.46, 0.4), (0.35, 0.2, 0.16))):
        x = n / 3
        wall = [(x, 0.02), (x + 0.334, 0.02), (x + 0.334, 0.51), (x, 0.51)]
        b.box(wall, tint, 16, boards=0.012)
        for dx in (0.04, 0.14, 0.25):
            _window(b, x + dx, 0.1, 0.05, 0.1, 16)
        _window(b, x + 0.05, 0.29, 0.06, 0.1, 16)
        door = [(x + 0.2, 0.27), (x + 0.25, 0.27), (x + 0.25, 0.5), (x + 0.2, 0.5)]
        b.box(door, (0.05, 0.12 + 0.1 * n, 0.1), 16, rough=0.04)
    b.floor((0.26, 0.25, 0.24), far=15.9, tiles=0.7)
    b.floor((0.1, 0.1, 0.105), near=4.5, far=12.8, rough=0.35, slope=1.1)
    b.floor((0.35, 0.34, 0.33), near=4.3, far=4.5)
    b.floor((0.35, 0.34, 0.33), near=12.8, far=13.1)
    b.shade([(0, 0.46), (1, 0.46), (1, 0.56), (0, 0.545)], 4)
    _stand(b, "car", Look(main=(0.3, 0.3, 0.32)), -6.2, 11.9, left=True)
    _stand(b, "van", Look(main=(0.6, 0.6, 0.58)), 6.4, 12.0, left=False)
    trunk = [(0.2, 0.0), (0.222, 0.0), (0.228, 0.66), (0.195, 0.66)]
    b.box(trunk, (0.13, 0.1, 0.08), 5.2, rough=0.35)
    b.leaves(0.2, 0.02, 0.22, 0.16, 5.2)
    return b.place


def plaza(rng: np.random.Generator) -> Backdrop:
    """Draw a square seen from above: wide paving, trees in tubs, distant shops."""
    b = Builder(rng, 1280, 720, focal=0.7, horizon=0.2, camera=4.2)
    b.box([(0, 0), (1, 0), (1, 0.335), (0, 0.335)], (0.5, 0.44, 0.36), 42, boards=0.03)
    for n in range(9):
        _window(b, 0.03 + n * 0.11, 0.02, 0.05, 0.07, 42)
        shop = 0.02 + n * 0.11
        glass = [(shop, 0.15), (shop + 0.08, 0.15), (shop + 0.08, 0.26), (shop, 0.26)]
        b.box(glass, (0.1, 0.12, 0.13), 42, rough=0.4)
    b.floor((0.4, 0.37, 0.33), rough=0.22, tiles=1.2, far=41)
    b.floor((0.24, 0.22, 0.21), rough=0.25, tiles=0.4, near=12, far=17)
    for x, y, depth in ((0.1, 0.36, 16.0), (0.62, 0.3, 24.0), (0.9, 0.42, 13.5)):
        size = 1.6 / depth
        tub = [(x - size * 0.3, y), (x + size * 0.3, y), (x + size * 0.25, y + size)]
        b.box([*tub, (x - size * 0.25, y + size)], (0.25, 0.15, 0.1), depth)
        b.leaves(x, y - size * 0.5, size * 0.55, size * 1.1, depth)
    bench = [(0.36, 0.5), (0.47, 0.5), (0.47, 0.515), (0.36, 0.515)]
    b.box(bench, (0.2, 0.12, 0.06), 12, rough=0.3)
    b.shade([(0, 0.2), (0.42, 0.2), (0.2, 1), (0, 1)], 4)
    return b.place


def night(rng: np.random.Generator) -> Backdrop:
    """Draw a drive and a garden, lit by the doorbell's lamps in the dark."""
    b = Builder(rng, 1280, 720, horizon=0.43)
    b.box([(0.55, 0.1), (1, 0.05), (1, 0.5), (0.55, 0.5)], (0.45, 0.3, 0.25), 14)
    for x in (0.63, 0.82):
        _window(b, x, 0.18, 0.07, 0.12, 14)
    b.floor((0.12, 0.17, 0.06), rough=0.45, slope=1.2, infra=0.42)
    b.floor((0.3, 0.3, 0.3), left=-2.2, right=1.6, far=16, rough=0.3, tiles=0.25)
    b.leaves(0.3, 0.43, 0.25, 0.12, 11, sway=0.5, solid=True)
    b.leaves(0.93, 0.66, 0.12, 0.18, 3.2, sway=0.9, solid=True)
    _stand(b, "car", Look(main=(0.25, 0.05, 0.05)), 5.2, 9.5, left=False)
    wall = [(0.0, 0.0), (0.17, 0.0), (0.2, 1.0), (0.0, 1.0)]
    b.box(wall, (0.5, 0.46, 0.42), 1.2, boards=0.06)
    return b.place


def rain(rng: np.random.Generator) -> Backdrop:
    """Draw a wet suburban road, small and gray."""
    b = Builder(rng, 640, 360, horizon=0.38, camera=1.6)
    b.place.colour = b.place.colour * 0.35 + 0.3
    b.box([(0, 0.12), (0.3, 0.12), (0.3, 0.45), (0, 0.45)], (0.4, 0.37, 0.33), 22)
    _window(b, 0.08, 0.2, 0.06, 0.1, 22)
    _window(b, 0.2, 0.2, 0.06, 0.1, 22)
    b.box([(0.62, 0.15), (1, 0.15), (1, 0.45), (0.62, 0.45)], (0.3, 0.2, 0.17), 22)
    _window(b, 0.7, 0.23, 0.08, 0.1, 22)
    b.leaves(0.46, 0.3, 0.12, 0.16, 20)
    b.floor((0.1, 0.14, 0.06), rough=0.4, slope=1.3)
    b.floor((0.13, 0.13, 0.14), near=6, far=14, rough=0.4, slope=2)
    b.floor((0.28, 0.28, 0.28), near=3.4, far=5.6, tiles=0.6)
    b.leaves(0.05, 0.62, 0.12, 0.16, 4.5, sway=0.7, solid=True)
    _stand(b, "car", Look(main=(0.12, 0.14, 0.2)), 4.8, 13.2, left=False)
    return b.place


def near(rng: np.random.Generator) -> Backdrop:
    """Draw a landing right before the door, where a visitor fills the picture."""
    b = Builder(rng, 1280, 720, focal=0.5, horizon=0.36, camera=1.3)
    b.box([(0.25, 0), (0.8, 0), (0.8, 0.49), (0.25, 0.49)], (0.5, 0.52, 0.5), 9)
    b.leaves(0.5, 0.24, 0.24, 0.22, 8)
    b.floor((0.3, 0.26, 0.22), rough=0.2, tiles=0.3, far=3.2)
    b.floor((0.2, 0.2, 0.2), near=3.2, far=9, rough=0.35)
    b.floor((0.09, 0.06, 0.04), near=0.9, far=1.5, left=-0.55, right=0.55, rough=0.6)
    left = [(0, 0), (0.27, 0.06), (0.27, 0.62), (0, 1)]
    b.box(left, (0.42, 0.25, 0.19), 2.4, boards=0.03)
    right = [(1, 0), (0.78, 0.06), (0.78, 0.62), (1, 1)]
    b.box(right, (0.66, 0.65, 0.6), 2.4, rough=0.05)
    pot = [(0.83, 0.72), (0.93, 0.72), (0.915, 0.92), (0.845, 0.92)]
    b.box(pot, (0.35, 0.16, 0.1), 1.7)
    b.leaves(0.88, 0.62, 0.08, 0.16, 1.7, sway=0.8)
    return b.place


PLACES: Final[dict[str, Callable[[np.random.Generator], Backdrop]]] = {
    "porch": porch,
    "street": street,
    "plaza": plaza,
    "night": night,
    "rain": rain,
    "near": near,
}
