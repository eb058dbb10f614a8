"""Scenes to tune the motion detector on: passes at a door, and similar nuisances.

x264 encodes each keyframe within the bytes that a doorbell spends on one, so that noise
and compression are real. The same seed gives the same story. The detector was tuned on
these scenes, so they are not used to evaluate it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import av
from av.video.frame import VideoFrame
import numpy as np
from numpy.typing import NDArray

from custom_components.doorwatch.engine.recording.model import Keyframe

from . import art, harder
from .art import COLUMNS, HEIGHT, HORIZONS, ROWS, WIDTH, Floats
from .stories import LARGE, Act, Story

# Height in meters, and speed in meters per second.
_TALL: Final = {"person": 1.7, "animal": 0.4, "cyclist": 1.75, "car": 1.45}
_PACE: Final = {"person": 1.4, "animal": 1.2, "cyclist": 4.5, "car": 8.0}
_FEWEST: Final = 60  # pixels of 640x360 that make a mover visible


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A keyframe of a story, and which acts are visible in it."""

    keyframe: Keyframe
    movers: frozenset[int] = field(default=frozenset())
    nuisances: frozenset[int] = field(default=frozenset())


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The picture of a doorbell's sensor, and which acts are visible in it.

    `luma` and the two planes of `chroma` have the ranges of its video: 16 to 235, and
    around 0. Infrared pictures have no colors.
    """

    luma: Floats
    chroma: tuple[Floats, Floats] | None
    movers: frozenset[int]
    nuisances: frozenset[int]


class _Mover:
    """A person, animal or vehicle that passes."""

    def __init__(self, act: Act, place: str) -> None:
        random = np.random.default_rng(act.seed)
        self.act = act
        self.kind = {"visit": "person", "leaving": "car", LARGE: "car"}.get(
            act.kind, act.kind
        )
        self.look = art.look(random)
        near = {
            "porch": (110, 260),
            "street": (35, 130),
            "garden": (50, 190),
            "plaza": (24, 90),
            "yard": (60, 180),
        }
        tall = random.uniform(*near[place])
        if act.kind == LARGE:
            tall = random.uniform(160, 330)
        elif self.kind == "car":
            tall = min(tall, 120)
        self.size = tall * _TALL[self.kind] / 1.7
        self.side = float(random.choice((-1, 1)))
        self.feet = HEIGHT * HORIZONS[place] + tall * random.uniform(0.6, 1.0)
        self.pace = _PACE[self.kind] / 1.7 * tall * random.uniform(0.8, 1.2)
        if act.kind == LARGE:  # slowly, out of a drive
            self.pace *= random.uniform(0.1, 0.4)
        self.stop = random.uniform(0.3, 0.7) * WIDTH
        self.phase = random.uniform(0, 6)
        self.covered = np.zeros((HEIGHT, WIDTH), np.float32)
        self.tint = np.random.default_rng(act.seed + 1).normal(0, 18, 2)
        self.wide = (
            self.size
            * {"person": 0.3, "animal": 1.2, "cyclist": 0.6, "car": 1.7}[self.kind]
        )

    def at(self, now: float) -> tuple[float, float, float] | None:
        """Return its position, size and speed; None while it is away."""
        t = now - self.act.begin
        if self.act.kind == "leaving":  # parked from the beginning
            gone = max(0.0, t)
            x = self.stop + self.side * self.pace * 0.25 * gone**1.5
            return (
                None
                if abs(x - WIDTH / 2) > WIDTH / 2 + self.wide
                else (x, self.size, 0 if t < 0 else 20)
            )
        if self.act.kind == "visit":
            lasts = self.act.end - self.act.begin
            if not 0 <= t <= lasts:
                return None
            walk = min(t, lasts - t) / (lasts / 2) * 1.6
            grown = self.size * (0.45 + 0.55 * min(1.0, walk))
            sway = 2.5 * np.sin(1.3 * t + self.phase) if walk > 1 else 0.0
            x = self.stop + self.side * WIDTH * 0.45 * max(0.0, 1 - walk) + sway
            return x, grown, 8 if walk < 1 else 0
        x = t * self.pace - self.wide
        if t < 0 or x > WIDTH + self.wide:
            return None
        return (x if self.side > 0 else WIDTH - x), self.size, self.pace / 30

    def paint(self, picture: Floats, light: Floats, now: float, sunny: bool) -> bool:
        """Paint it; return whether its motion is visible."""
        where = self.at(now)
        if where is None:
            return False
        x, size, speed = where
        if sunny:
            light *= 1 - 0.5 * art.shade(x, self.feet, size, 0.8)
        step = self.phase + 2 * np.pi * (now - self.act.begin) * 1.1
        covered = art.paint(
            picture, self.look, self.kind, x, self.feet, size, step,
            flipped=self.side < 0, smear=speed, covered=self.covered,
        )  # fmt: skip
        return covered >= _FEWEST and not (
            self.act.kind == "leaving" and now < self.act.begin
        )


class _Stage:
    """Draws the pictures of one story."""

    def __init__(self, told: Story) -> None:
        self.told = told
        self.random = random = np.random.default_rng(told.seed + 1000)
        self.ground = art.ground(random, told.place)
        leaves = art.cloudy(random, 4, 3)
        self.infra = np.clip(
            0.55 * self.ground + 0.2 * np.exp(0.4 * leaves), 0.02, 0.95
        )
        centre = np.hypot(
            (COLUMNS - WIDTH / 2) / WIDTH, (ROWS - HEIGHT * 0.55) / HEIGHT
        )
        self.spot = np.asarray(1.1 * np.exp(-((centre / 0.45) ** 2)) + 0.05, np.float32)
        self.blobs = {scale: art.cloudy(random, scale) for scale in (150, 40, 14)}
        self.leaves = np.exp(0.8 * art.cloudy(random, 5, 3)) * 0.15
        # A branch hangs into the picture, and a flag flies on a pole.
        edge = 0.22 * WIDTH + 40 * self.blobs[40][:, :1]
        self.branch = art.soft_step(edge - COLUMNS + 25 * self.blobs[14], 6)
        self.drift = 0.0
        self.movers = [_Mover(act, told.place) for act in told.acts if act.is_pass]
        self.sunny = not told.dark and told.seed % 2 == 1
        self.tints = harder.tints(np.random.default_rng(told.seed + 2000))

    def draw(self, now: float) -> Picture:
        """Return the picture at a moment."""
        told, random = self.told, self.random
        going = {
            number: act for number, act in enumerate(told.acts)
            if not act.is_pass and act.begin <= now <= act.end
        }  # fmt: skip
        kinds = {act.kind: act for act in going.values()}
        dark = told.dark != ("infrared" in kinds or "switch" in kinds)
        picture = (self.infra if dark else self.ground).copy()
        light = self.spot.copy() if dark else np.full_like(picture, 0.9)
        if (act := kinds.get("switch")) is not None:
            # Part of the light stays: there is another lamp.
            day, night = (
                (self.infra, self.ground) if told.dark else (self.ground, self.infra)
            )
            picture = harder.switched(day, night, act.seed)
            light = self.spot.copy() if told.dark else np.full_like(picture, 0.9)
            light *= harder.lit_by_lamp(act.seed)
        self._wind(picture, kinds, now)
        seen = {
            told.acts.index(mover.act) for mover in self.movers
            if mover.paint(picture, light, now, self.sunny)
        }  # fmt: skip
        chroma = None if dark else self._colours(now)
        self._light(light, kinds, now, dark)
        lit = picture * light
        self._air(lit, kinds, now, dark)
        if "shake" in kinds:
            lit = art.shifted(lit, random.normal(0, 1.2), random.normal(0, 1.8))
        lit = art.blurred(lit)
        gain = 1.0 + (0.35 * np.sin(now * 1.7) if "exposure" in kinds else 0.0)
        exposed = np.clip(lit * gain * (1.1 if dark else 0.9), 0, 1)
        noise = (0.012 if dark else 0.004) * np.sqrt(0.1 + exposed)
        exposed = np.clip(exposed + noise * random.normal(size=exposed.shape), 0, 1)
        return Picture(
            luma=np.asarray(16 + 219 * exposed ** (1 / 2.2), np.float32),
            chroma=chroma,
            movers=frozenset(seen),
            nuisances=frozenset(going),
        )

    def _colours(self, now: float) -> tuple[Floats, Floats]:
        """Return the colors of the place and of the movers in it."""
        first, second = (tint.copy() for tint in self.tints)
        for mover in self.movers:
            if mover.at(now) is not None:
                first += mover.covered * (mover.tint[0] - first)
                second += mover.covered * (mover.tint[1] - second)
        return first, second

    def _wind(self, picture: Floats, kinds: dict[str, Act], now: float) -> None:
        strength = 9.0 if "branches" in kinds else 0.4
        if self.told.place in ("garden", "porch"):
            sway = strength * np.sin(now * 2.1) + strength / 2 * np.sin(now * 5.3 + 1)
            branch = np.roll(self.branch, int(sway), 1)
            leaves = art.shifted(self.leaves, sway / 3, sway)
            picture += branch * (leaves - picture)
        if any(act.kind == "flag" for act in self.told.acts):
            wind = 6.0 if "flag" in kinds else 0.3
            across = COLUMNS - WIDTH * (0.3 + 0.4 * (self.told.seed * 37 % 97) / 97)
            wave = wind * np.sin(across / 14 - now * 7) * np.clip(across / 60, 0, 1)
            inside = art.soft_step(np.minimum(across, 70 - across), 2) * art.soft_step(
                22 - np.abs(ROWS - 80 - wave), 2
            )
            stripes = np.where((ROWS - wave) % 22 < 11, 0.6, 0.12)
            folds = 1 + wind / 20 * np.cos(across / 14 - now * 7)
            picture += inside * (stripes * folds - picture)

    def _light(
        self, light: Floats, kinds: dict[str, Act], now: float, dark: bool
    ) -> None:
        if (act := kinds.get("clouds")) is not None:
            along = (now - act.begin) / (act.end - act.begin)
            deep = 0.6 * np.sin(np.pi * along)
            veil = np.roll(self.blobs[150], int(now * 25), 1)
            light *= 1 - deep * art.soft_step(
                veil + 1.2 - np.abs(2 * along - 1) * 2, 0.8
            )
        if (act := kinds.get("dappled")) is not None:
            deep = 0.65 * min(1.0, (now - act.begin) / 3, (act.end - now) / 3)
            sway = 10 * np.sin(now * 1.3)
            mottled = np.roll(self.blobs[14], (int(sway / 2), int(sway)), (0, 1))
            light *= 1 - deep * art.soft_step(mottled + 0.2, 0.5)
        if (act := kinds.get("shadow")) is not None:
            # The shadow of a car, bird or person outside the picture.
            way = (now - act.begin) / (act.end - act.begin) * 1.6 - 0.3
            slope = 0.3 + 0.5 * (act.seed % 89) / 89
            middle = way * WIDTH + (ROWS - HEIGHT / 2) * slope
            wide = 30 + act.seed % 90
            light *= 1 - 0.55 * art.soft_step(wide - np.abs(COLUMNS - middle), 5)
        if (act := kinds.get("headlights")) is not None:
            way = (now - act.begin) / (act.end - act.begin)
            x, y = WIDTH * (1.5 * way - 0.25), HEIGHT * 0.55
            away = np.hypot((COLUMNS - x) / 150, (ROWS - y) / 70)
            light += (1.2 if dark else 0.4) * np.exp(-(away**2))
        if (act := kinds.get("lamp")) is not None:
            x, y = WIDTH * (act.seed % 83) / 83, HEIGHT * 0.2
            away = np.hypot(COLUMNS - x, ROWS - y)
            cone = art.soft_step(ROWS - y - 0.4 * np.abs(COLUMNS - x), 14)
            light += (0.9 if dark else 0.35) * cone / (1 + (away / 140) ** 2)

        for kind, shine in harder.LIGHTS.items():
            if (act := kinds.get(kind)) is not None:
                shine(light, act.seed)
        if (act := kinds.get("hard shadow")) is not None:
            way = (now - act.begin) / (act.end - act.begin)
            harder.hard_shadow(light, act.seed, way)

    def _air(self, lit: Floats, kinds: dict[str, Act], now: float, dark: bool) -> None:
        random = self.random
        if "rain" in kinds:
            for _ in range(90):
                x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
                long = int(random.uniform(10, 45))
                wide = int(random.integers(1, 3))
                drop = lit[int(y) : int(y) + long, int(x) : int(x) + wide]
                drop += 0.35 if dark else 0.12
        if "insects" in kinds:
            for _ in range(int(random.integers(1, 4))):
                x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
                # Near the lens and out of focus; fast insects are streaks.
                radius = random.uniform(5, 22)
                far = random.uniform(0, 60)
                angle = random.uniform(0, 6)
                dx, dy = np.cos(angle), np.sin(angle)
                along = np.clip((COLUMNS - x) * dx + (ROWS - y) * dy, 0, far)
                away = np.hypot(COLUMNS - x - along * dx, ROWS - y - along * dy)
                lit += random.uniform(0.15, 0.6) * np.exp(-((away / radius) ** 2))

        if (act := kinds.get("bugs")) is not None:
            harder.bugs(lit, act.seed, now)
        if (act := kinds.get("spider")) is not None:
            harder.spider(lit, act.seed, now)
        if (act := kinds.get("drops")) is not None:
            harder.drops(lit, act.seed, act.begin, now)


def pictures(told: Story) -> Iterator[tuple[float, Picture]]:
    """Draw the keyframes of a story."""
    stage = _Stage(told)
    for number in range(int(told.length / told.apart)):
        now = number * told.apart
        yield now, stage.draw(now)


def shots(told: Story) -> Iterator[Shot]:
    """Draw and encode the keyframes of a story."""
    encoder = Encoder(told)
    starved = {n for n, act in enumerate(told.acts) if act.kind == "starved"}
    for now, picture in pictures(told):
        yield Shot(
            keyframe=encoder.encode(
                picture.luma,
                now,
                starved=bool(picture.nuisances & starved),
                chroma=picture.chroma,
            ),
            movers=picture.movers,
            nuisances=picture.nuisances,
        )


class Encoder:
    """Encodes keyframes at about the size that a doorbell spends on one."""

    def __init__(self, told: Story) -> None:
        self._told = told
        self._contexts = {
            starved: _context(told.apart, told.size // (4 if starved else 1))
            for starved in (False, True)
        }

    def encode(
        self,
        picture: Floats,
        now: float,
        *,
        starved: bool,
        chroma: tuple[Floats, Floats] | None = None,
    ) -> Keyframe:
        context = self._contexts[starved]
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma = np.asarray(np.clip(picture, 16, 235) + 0.5, np.uint8)
        planes: list[NDArray[np.uint8] | None] = [luma, None, None]
        if chroma is not None:
            planes[1:] = [
                np.asarray(np.clip(tint[::2, ::2] + 128.5, 16, 240), np.uint8)
                for tint in chroma
            ]
        for plane, rows in zip(frame.planes, planes, strict=True):
            data = np.full((plane.height, plane.line_size), 128, np.uint8)
            if rows is not None:
                data[:, : plane.width] = rows
            plane.update(data.tobytes())
        frame.pts = round(now / self._told.apart)
        (packet,) = context.encode(frame)
        return Keyframe(
            codec="h264",
            extradata=None,
            data=bytes(packet),
            monotonic=now,
            stream=1,
        )


def _context(apart: float, size: int) -> av.VideoCodecContext:
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height = WIDTH, HEIGHT
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(round(apart), 1)
    context.framerate = Fraction(1, round(apart))
    context.bit_rate = rate = round(size * 8 / apart)
    context.gop_size = 1
    context.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "x264-params": f"keyint=1:threads=1:vbv-maxrate={rate // 1000}"
        f":vbv-bufsize={rate * 3 // 1000}:repeat-headers=1:log-level=none",
    }
    return context
