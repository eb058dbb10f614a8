"""The backdrops of the evaluation clips, with distances and moving leaves.

A doorbell is a pinhole camera above flat ground. For each pixel, a backdrop holds the
reflectance in visible and infrared light, the distance (for lamps and occlusion), how
much the wind moves it, and whether the sun reaches it.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

type Plane = NDArray[np.floating]

FAR: Final = 1000.0


@dataclass(kw_only=True, slots=True)
class Backdrop:
    """A place without passing things; planes are (height, width)."""

    width: int
    height: int
    focal: float  # pixels
    horizon: float  # row
    camera: float  # meters above the ground
    colour: Plane  # (height, width, 3) reflectance, linear
    infra: Plane
    depth: Plane  # meters
    solid: Plane  # distance in meters at which it hides things behind it, else FAR
    sway: Plane  # 0 to 1
    sun: Plane  # 1 in the sun, 0 in a fixed shadow
    ground: Plane  # 1 where shadows fall on the ground
    parked: list[tuple[float, float]] = field(default_factory=list)

    def at(self, x: float, z: float) -> tuple[float, float, float]:
        """Return column and row of a point on the ground, and its pixels per meter."""
        scale = self.focal / z
        return (
            self.width / 2 + x * scale,
            self.horizon + self.camera * scale,
            scale,
        )


def grain(rng: np.random.Generator, height: int, width: int, slope: float) -> Plane:
    """Return noise with a spectrum falling by `slope`, mean 0, deviation 1; it tiles."""
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.rfftfreq(width)[None, :]
    reach = np.sqrt(fx * fx + fy * fy)
    reach[0, 0] = 1
    bins = np.fft.rfft2(rng.standard_normal((height, width))) / reach ** (slope / 2)
    bins[0, 0] = 0
    noise: Plane = np.fft.irfft2(bins, (height, width))
    return np.asarray(noise / noise.std(), np.float32)


def polygon(
    width: int, height: int, points: list[tuple[float, float]], *, fine: int = 2
) -> Plane:
    """Return the soft-edged mask of a polygon."""
    image = Image.new("L", (width * fine, height * fine))
    ImageDraw.Draw(image).polygon([(x * fine, y * fine) for x, y in points], fill=255)
    small = image.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def soften(plane: Plane, radius: int) -> Plane:
    """Blur with running sums, twice in each direction."""
    if radius < 1:
        return plane
    for axis in (0, 1, 0, 1):
        pad = [(radius + 1, radius) if axis == a else (0, 0) for a in (0, 1)]
        total = np.cumsum(np.pad(plane, pad, mode="edge"), axis=axis, dtype=np.float64)
        size = plane.shape[axis]
        high = np.take(total, range(2 * radius + 1, size + 2 * radius + 1), axis)
        low = np.take(total, range(size), axis)
        plane = ((high - low) / (2 * radius + 1)).astype(np.float32)
    return plane


class Builder:
    """Paints a backdrop from far to near."""

    def __init__(
        self,
        rng: np.random.Generator,
        width: int,
        height: int,
        *,
        focal: float = 0.62,
        horizon: float = 0.42,
        camera: float = 1.35,
    ) -> None:
        """Start with sky above the horizon and nothing below it."""
        self.rng, self.w, self.h = rng, width, height
        plane = np.zeros((height, width), np.float32)
        rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        clouds = soften(grain(rng, height, width, 3.2), 2)[..., None]
        sky = np.array([0.5, 0.62, 0.85], np.float32) * (0.85 + 0.4 * rows)
        self.place = Backdrop(
            width=width,
            height=height,
            focal=focal * width,
            horizon=horizon * height,
            camera=camera,
            colour=np.clip(sky + 0.05 * clouds, 0.2, 1.0).astype(np.float32),
            infra=plane + 0.02,
            depth=plane + FAR,
            solid=plane + FAR,
            sway=plane.copy(),
            sun=plane + 1,
            ground=plane.copy(),
        )

    def fill(
        self,
        mask: Plane,
        colour: Plane | tuple[float, float, float],
        *,
        infra: Plane | float,
        depth: Plane | float,
        solid: bool = False,
        sway: Plane | float = 0.0,
        ground: bool = False,
    ) -> None:
        """Paint a thing over the picture."""
        place = self.place
        soft = mask[..., None]
        tint = np.asarray(colour, np.float32)
        place.colour = place.colour * (1 - soft) + tint * soft
        place.infra = place.infra * (1 - mask) + np.float32(infra) * mask
        inside = mask > 0.5
        place.depth = np.where(inside, np.float32(depth), place.depth)
        near = np.float32(depth) if solid else np.float32(FAR)
        place.solid = np.where(inside, near, place.solid).astype(np.float32)
        place.sway = (place.sway * (1 - mask) + np.float32(sway) * mask).astype("f4")
        place.ground = np.where(inside, np.float32(ground), place.ground)

    def floor(
        self,
        tint: tuple[float, float, float],
        *,
        near: float = 0.5,
        far: float = 60.0,
        left: float = -99.0,
        right: float = 99.0,
        rough: float = 0.3,
        slope: float = 1.6,
        infra: float | None = None,
        tiles: float = 0.0,
        photo: Plane | None = None,
    ) -> None:
        """Draw ground between distances (m) and sides (m); joints are `tiles` m apart."""
        place, tall = self.place, self.h
        rows = np.arange(tall, dtype=np.float32)[:, None] + 0.5
        z = place.camera * place.focal / np.maximum(rows - place.horizon, 0.5)
        x = (np.arange(self.w)[None, :] - self.w / 2) * z / place.focal
        z = np.broadcast_to(z, x.shape).astype(np.float32)
        inside = (rows > place.horizon) & (z > near) & (z < far)
        inside &= (x > left) & (x < right)
        mask = soften(inside.astype(np.float32), 1)
        tile = grain(self.rng, 512, 512, slope) if photo is None else photo
        # 64 texels per meter, and coarser grain at a distance.
        value = np.zeros_like(x)
        for scale, weight in ((64.0, 0.5), (16.0, 0.3), (4.0, 0.35)):
            seen = np.clip(place.focal / z / scale * 1.6, 0, 1)
            index = (z * scale).astype(int) % 512, (x * scale).astype(int) % 512
            value += weight * seen * tile[index]
        if tiles:
            joint = np.minimum((x / tiles) % 1, (z / tiles) % 1) * tiles
            value -= np.where(joint < 0.012 + z / place.focal, 1.2, 0.0)
        light = np.clip(1 + rough * value, 0.15, 2.5).astype(np.float32)
        base = np.asarray(tint, np.float32) * light[..., None]
        red = float(np.mean(tint)) if infra is None else infra
        self.fill(mask, base, infra=red * light, depth=z, ground=True)

    def box(
        self,
        corners: list[tuple[float, float]],
        tint: tuple[float, float, float],
        depth: float,
        *,
        infra: float | None = None,
        rough: float = 0.12,
        boards: float = 0.0,
        upright: bool = False,
        solid: bool = True,
        photo: Plane | None = None,
    ) -> None:
        """Draw a wall: corners as fractions of the picture, boards as a fraction of it."""
        points = [(x * self.w, y * self.h) for x, y in corners]
        mask = polygon(self.w, self.h, points)
        value = grain(self.rng, self.h, self.w, 1.9)
        if photo is not None:
            tall, wide = photo.shape
            times = (-(-self.h // tall), -(-self.w // wide))
            value = np.tile(photo, times)[: self.h, : self.w] * 2
        light = 1 + rough * value
        if boards:
            step = boards * (self.w if upright else self.h)
            line = np.arange(self.w if upright else self.h) % step
            shade = np.where(line < max(1.2, step * 0.06), 0.45, 1.0)
            shade = shade * (0.9 + 0.2 * line / step)
            light = light * (shade[None, :] if upright else shade[:, None])
        light = np.clip(light, 0.1, 2).astype(np.float32)
        base = np.asarray(tint, np.float32) * light[..., None]
        red = float(np.mean(tint)) if infra is None else infra
        self.fill(mask, base, infra=red * light, depth=depth, solid=solid)

    def leaves(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        depth: float,
        *,
        tint: tuple[float, float, float] = (0.07, 0.13, 0.04),
        sway: float = 1.0,
        dense: float = 0.3,
        solid: bool = False,
    ) -> None:
        """Draw a crown or hedge: clumps of leaves with gaps, brighter outside."""
        ys = (np.arange(self.h)[:, None] / self.h - y) / ry
        xs = (np.arange(self.w)[None, :] / self.w - x) / rx
        rim = 1 - np.sqrt(xs * xs + ys * ys)
        clumps = grain(self.rng, self.h, self.w, 1.5)
        mask = np.clip((rim * 2.2 + dense * clumps) * 4, 0, 1).astype(np.float32)
        fine = grain(self.rng, self.h, self.w, 0.9)
        light = np.clip(0.9 + 0.38 * fine - 0.25 * ys + 0.2 * clumps, 0.15, 2.6)
        base = np.asarray(tint, np.float32) * light[..., None]
        loose = np.clip(sway * (0.35 - 0.65 * ys), 0, 1).astype(np.float32)
        # Leaves are bright in infrared.
        self.fill(mask, base, infra=0.4 * light, depth=depth, sway=loose, solid=solid)

    def shade(self, points: list[tuple[float, float]], soft: int = 3) -> None:
        """Cast a fixed shadow in sunlit parts (fractions of the picture)."""
        corners = [(x * self.w, y * self.h) for x, y in points]
        mask = soften(polygon(self.w, self.h, corners), soft)
        self.place.sun *= 1 - 0.92 * mask


def photographed(
    picture: Plane,
    width: int,
    height: int,
    *,
    focal: float,
    horizon: float,
    camera: float,
) -> Backdrop:
    """Make a backdrop from a linear photograph of any size; its ground is flat."""
    builder = Builder(
        np.random.default_rng(0),
        width,
        height,
        focal=focal,
        horizon=horizon,
        camera=camera,
    )
    place = builder.place
    channels = [
        np.asarray(
            Image.fromarray(picture[..., channel]).resize(
                (width, height), Image.Resampling.BICUBIC
            )
        )
        for channel in range(3)
    ]
    place.colour = np.clip(np.stack(channels, -1), 0.01, 1).astype(np.float32)
    place.infra = place.colour.mean(-1)
    rows = np.arange(height, dtype=np.float32)[:, None] + 0.5
    z = camera * place.focal / np.maximum(rows - place.horizon, 2)
    place.depth = np.broadcast_to(z, (height, width)).astype(np.float32)
    place.ground = (place.depth < 40).astype(np.float32)
    return place
