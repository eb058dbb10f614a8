"""Clips to evaluate the motion detector on, which it is not tuned on.

Each of the six clips is four minutes of keyframes, rendered in linear light with sensor
noise and encoded one by one with x264 within the bytes that a doorbell spends on a
keyframe. The seed determines everything. Each keyframe comes with its truth: the
visible passes, how many of their pixels differ from the background, and the active
nuisances. The clips are made once and kept in `.cache/unseen`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
import hashlib
import json
import os
from pathlib import Path
import subprocess
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.repository import ROOT

from .unseen_places import PLACES
from .unseen_scripts import SCRIPTS, SECONDS, Pass, Script
from .unseen_things import KINDS as THINGS, draw
from .unseen_weather import KINDS as WEATHER, Moment
from .unseen_world import FAR, Backdrop, Plane, grain, soften

CACHE: Final = ROOT / ".cache" / "unseen"
SEED: Final = 20261125
STEP: Final = 2  # seconds between keyframes
ENOUGH: Final = 50  # pixels of 640x360 that make a pass visible
TELLS: Final = 8.0  # code values by which a thing must differ from its background

type Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """The truth about a keyframe; pixels are counted at 640x360."""

    time: float
    passes: dict[int, int]
    nuisances: list[int]
    unsure: bool  # something just came to rest, or is barely visible


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """An evaluation clip: a file of keyframes, and the truth about each."""

    name: str
    path: Path
    step: float
    truth: list[Truth]
    passes: list[str]
    nuisances: list[str]


def _tone(light: Plane) -> Plane:
    """Map linear light to code values, with a soft shoulder."""
    light = np.maximum(light, 0)
    bent = np.where(light > 0.7, 0.7 + 0.3 * np.tanh((light - 0.7) / 0.3), light)
    return (bent ** np.float32(1 / 2.2) * 255).astype(np.float32)


def _shifted(picture: Plane, dx: float, dy: float) -> Plane:
    """Shift a picture by fractions of a pixel."""
    for axis, move in ((1, dx), (0, dy)):
        whole = int(np.floor(move))
        part = np.float32(move - whole)
        size = picture.shape[axis]
        at = np.clip(np.arange(size) - whole, 0, size - 1)
        near = np.take(picture, at, axis)
        picture = near * (1 - part) + np.take(near, np.maximum(at - 1, 0), axis) * part
    return picture


def _infra_lamp(depth: Plane) -> Plane:
    """Return the light of the doorbell's infrared lamp at a distance."""
    return np.asarray(1.5 / (1 + (depth / 5) ** 2) + 0.004, np.float32)


class Renderer:
    """Renders the pictures of a script."""

    def __init__(
        self,
        script: Script,
        number: int,
        seed: int = SEED,
        place: Backdrop | None = None,
    ) -> None:
        """Build the place; `number` seeds the noise, which differs between clips."""
        self.script, self.seed = script, (seed, number)
        self.place = place or PLACES[script.name](self._rng(1))
        small = (self.place.height, self.place.width)
        self.sway = (
            soften(grain(self._rng(2), *small, 3.0), 6),
            soften(grain(self._rng(3), *small, 3.0), 6),
        )
        leafy = np.nonzero(self.place.sway > 0.02)
        self.leafy = leafy
        self.base: dict[bool, float] = {}

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([*self.seed, *key])

    def _moment(self, time: float) -> tuple[Moment, list[int]]:
        place, script = self.place, self.script
        infra = any(start <= time < end for start, end in script.infra)
        index = round(time * 10)
        moment = Moment(
            place=place,
            time=time,
            rng=self._rng(10, index),
            fixed=self._rng(11),
            sun=place.sun.copy(),
            lamps=np.zeros_like(place.sun),
            infra=infra,
        )
        active = []
        for number, nuisance in enumerate(script.nuisances):
            if nuisance.start <= time < nuisance.start + nuisance.lasts:
                active.append(number)
                moment.rng = self._rng(10, index, number)
                moment.fixed = self._rng(11, number)
                WEATHER[nuisance.kind](nuisance, moment)
        return moment, active

    def _leaves(self, albedo: Plane, moment: Moment) -> Plane:
        """Move leaves by sampling pixels next to them."""
        rows, columns = self.leafy
        if not len(rows):
            return albedo
        rng = self._rng(12, round(moment.time * 10))
        reach = moment.sway * self.place.sway[rows, columns] * self.place.width / 1280
        turns = rng.uniform(0, 2 * np.pi, 2)
        dx = reach * np.sin(self.sway[0][rows, columns] * 3 + turns[0])
        dy = 0.6 * reach * np.sin(self.sway[1][rows, columns] * 3 + turns[1])
        x = np.clip(columns + dx, 0, self.place.width - 1.001)
        y = np.clip(rows + dy, 0, self.place.height - 1.001)
        left, top = x.astype(int), y.astype(int)
        px, py = (x - left)[:, None], (y - top)[:, None]
        moved = albedo.copy()
        upper = albedo[top, left] * (1 - px) + albedo[top, left + 1] * px
        lower = albedo[top + 1, left] * (1 - px) + albedo[top + 1, left + 1] * px
        moved[rows, columns] = upper * (1 - py) + lower * py
        return moved

    def _paste(
        self, albedo: Plane, light: Plane, item: Pass, number: int, moment: Moment
    ) -> int:
        """Paste a thing into the picture; return how many of its pixels are visible."""
        place, time = self.place, moment.time
        x, z = item.where(time)
        column, row, scale = place.at(x, z)
        ahead = item.where(time + 0.1)
        speed = (ahead[0] - x) / 0.1
        travelled = abs(x - item.begin[0]) + abs(z - item.begin[1])
        parts = THINGS[item.kind](item.look, travelled / (0.75 * item.look.size))
        rng = self._rng(13, number)
        mask, colour, dx, dy = draw(
            parts, scale * item.look.size, left=item.end[0] < item.begin[0], rng=rng
        )
        if moment.infra:
            bright = 0.25 + 0.6 * colour.mean(-1, keepdims=True)
            colour = np.repeat(bright, 3, -1).astype(np.float32)
        exposed = 1 / 25 if moment.infra else 1 / 120
        blur = int(abs(speed) * exposed * scale)
        if blur > 1:
            mask = np.pad(mask, ((0, 0), (blur, blur)))
            colour = np.pad(colour, ((0, 0), (blur, blur), (0, 0)), mode="edge")
            solid = colour * mask[..., None]
            total = np.cumsum(np.pad(mask, ((0, 0), (blur, 0))), 1)
            tint = np.cumsum(np.pad(solid, ((0, 0), (blur, 0), (0, 0))), 1)
            mask = (total[:, blur:] - total[:, :-blur]) / blur
            colour = (tint[:, blur:] - tint[:, :-blur]) / blur
            colour = (colour / np.maximum(mask, 0.02)[..., None]).astype(np.float32)
            dx -= blur + blur // 2
        x0, y0 = round(column) + dx, round(row) + dy
        top, left = max(y0, 0), max(x0, 0)
        bottom = min(y0 + mask.shape[0], place.height)
        right = min(x0 + mask.shape[1], place.width)
        if bottom <= top or right <= left:
            return 0
        here = slice(top, bottom), slice(left, right)
        cut = slice(top - y0, bottom - y0), slice(left - x0, right - x0)
        cover: Plane = mask[cut] * (place.solid[here] > z - 0.05)
        lit: Plane
        if moment.infra:
            # The doorbell's lamp lights near things more than the background.
            own = _infra_lamp(np.full_like(cover, z)) / _infra_lamp(place.depth[here])
            lit = colour[cut] * own[..., None]
        else:
            lit = colour[cut]
        before = _tone(albedo[here].mean(-1) * light[here])
        soft = cover[..., None]
        albedo[here] = albedo[here] * (1 - soft) + lit * soft
        after = _tone(albedo[here].mean(-1) * light[here])
        told = int((np.abs(after - before) > TELLS).sum())
        return round(told * (640 / place.width) ** 2)

    def _ground_shadow(self, item: Pass, moment: Moment) -> None:
        """Cast the shadow of a passing thing on the ground."""
        place = self.place
        x, z = item.where(moment.time)
        column, row, scale = place.at(x, z)
        tall = {"person": 1.7, "animal": 0.6, "cyclist": 1.7}.get(item.kind, 1.5)
        wide = {"car": 2.1, "van": 2.6}.get(item.kind, 0.25)
        ys = (np.arange(place.height)[:, None] - row) / (0.16 * scale + 1)
        reach = tall * item.look.size * scale * 0.8
        xs = np.arange(place.width)[None, :] - column - reach / 2
        shape = (np.abs(xs) / (reach / 2 + wide * scale)) ** 4 + ys * ys
        moment.sun *= 1 - 0.85 * np.clip(2 - shape * 2, 0, 1) * place.ground

    def _light(self, moment: Moment) -> Plane:
        """Return the light on each pixel before exposure."""
        script, place = self.script, self.place
        if moment.infra:
            light = _infra_lamp(place.depth) + moment.lamps
        else:
            light = script.ambient + script.sun * moment.sun + moment.lamps
            above = place.depth >= FAR
            light = np.where(above, script.ambient + 0.9 * script.sun, light)
        return np.asarray(light, np.float32)

    def picture(self, time: float) -> tuple[Picture, Truth, int | None]:
        """Return a picture, its truth, and the quality forced on its encoding."""
        script, place = self.script, self.place
        moment, active = self._moment(time)
        there = []
        for number, item in enumerate(script.passes):
            before, after = time < item.start, time > item.start + item.lasts
            if (before and not item.waits) or (after and not item.stays):
                continue
            there.append((item.where(time)[1], number, item, before or after))
        if script.sun and not moment.infra:
            for _, _, item, _ in there:
                self._ground_shadow(item, moment)
        colour = place.colour
        if moment.infra:
            colour = np.repeat(place.infra[..., None], 3, -1)
        albedo = self._leaves(colour, moment)
        if albedo is place.colour:
            albedo = albedo.copy()
        light = self._light(moment)
        passes: dict[int, int] = {}
        for _, number, item, rests in sorted(there, key=lambda entry: -entry[0]):
            pixels = self._paste(albedo, light * 0.8, item, number, moment)
            if not rests and pixels:
                passes[number] = pixels
        linear: Plane = albedo * light[..., None]
        for cover, level in moment.veils:
            soft = cover[..., None]
            linear = linear * (1 - soft) + np.float32(level * 0.8) * soft
        # Exposure follows the brightness of the picture, but not fully.
        mean = float(linear.mean())
        usual = self.base.setdefault(moment.infra, mean)
        linear *= 0.19 / usual * (usual / mean) ** 0.75 * moment.gain
        if moment.shift != (0.0, 0.0):
            linear = _shifted(linear, *moment.shift)
        shown = _tone(linear)
        rng = self._rng(14, round(time * 10))
        grey = rng.standard_normal(shown.shape[:2], np.float32)
        # The doorbell's noise filter leaves noise that is correlated between pixels.
        grey = 0.7 * grey + 0.6 * np.roll(grey, 1, 1) + 0.4 * np.roll(grey, 1, 0)
        noise = script.noise * (1.6 if moment.infra else 1.0)
        shown += (noise * grey)[..., None]
        unsure = bool(passes) and max(passes.values()) < ENOUGH
        unsure |= any(
            item.stays and 0 <= time - item.start - item.lasts < 20
            for item in script.passes
        )
        visible = {n: count for n, count in passes.items() if count >= ENOUGH}
        truth = Truth(time=time, passes=visible, nuisances=active, unsure=unsure)
        picture = np.clip(shown + 0.5, 0, 255).astype(np.uint8)
        return picture, truth, moment.quality


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """The encoding of a clip: every `every`-th keyframe, in `keyframe` bytes each."""

    name: str
    every: int
    share: float = 1.0  # fraction of the bytes of the script
    small: bool = False  # 640x360


STREAMS: Final = (
    Stream(name="main", every=1),
    Stream(name="slow", every=2),
    Stream(name="sub", every=1, share=0.3, small=True),
)


def _encode(
    pictures: Path, script: Script, stream: Stream, zones: dict[int, int], target: Path
) -> None:
    """Encode keyframes the way a doorbell's rate control would size them."""
    bits = int(script.keyframe * 8 * stream.share)
    size = "640x360" if script.name == "rain" else "1280x720"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", size, "-r", "1", "-i", str(pictures)]
    filters = [f"select=not(mod(n\\,{stream.every}))"] if stream.every > 1 else []
    filters += ["scale=640:360:flags=area"] if stream.small else []
    if filters:
        command += ["-vf", ",".join(filters), "-fps_mode", "passthrough"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main"]
    command += ["-pix_fmt", "yuv420p", "-g", "1", "-bf", "0", "-threads", "1"]
    command += ["-b:v", str(bits), "-maxrate", str(bits), "-bufsize", str(bits * 2)]
    forced = [
        f"{index // stream.every},{index // stream.every},q={quality}"
        for index, quality in zones.items()
        if index % stream.every == 0
    ]
    if forced:
        command += ["-x264-params", "zones=" + "/".join(forced)]
    subprocess.run([*command, "-f", "matroska", str(target)], check=True)


@cache
def _stamp(seed: int) -> str:
    """Return a hash of the seed and the code that the clips are made from."""
    known = hashlib.sha256(str(seed).encode())
    own = Path(__file__)
    for part in ("", "_places", "_scripts", "_things", "_weather", "_world"):
        source = own.with_stem(own.stem + part)
        known.update(source.read_bytes())
    return known.hexdigest()[:16]


def _make(
    script: Script, folder: Path, renderer: Callable[[], Renderer], seconds: int
) -> None:
    """Render and encode a clip in all streams, unless it exists."""
    told = folder / f"{script.name}.json"
    if told.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    pictures = renderer()
    raw = folder / f".{os.getpid()}-{script.name}.rgb"
    zones: dict[int, int] = {}
    lines = []
    with raw.open("wb") as file:
        for index in range(seconds // STEP):
            picture, truth, quality = pictures.picture(float(index * STEP))
            file.write(picture.tobytes())
            if quality is not None:
                zones[index] = quality
            counted = {str(key): value for key, value in truth.passes.items()}
            lines.append([truth.time, counted, truth.nuisances, truth.unsure])
    for stream in STREAMS:
        target = folder / f"{script.name}-{stream.name}.mkv"
        fresh = folder / f".{os.getpid()}-{target.name}"
        _encode(raw, script, stream, zones, fresh)
        fresh.replace(target)
    raw.unlink()
    # Write the truth last: if it exists, the clip is complete, even if several
    # processes make the clips at the same time.
    fresh = folder / f".{os.getpid()}-{told.name}"
    fresh.write_text(json.dumps(lines))
    fresh.replace(told)


def clip(
    script: Script,
    stream: str,
    seed: int,
    renderer: Callable[[], Renderer],
    seconds: int = SECONDS,
) -> Clip:
    """Return a clip in one of the `STREAMS`; make it if it doesn't exist."""
    every = next(known.every for known in STREAMS if known.name == stream)
    folder = CACHE / _stamp(seed)
    if seconds != SECONDS:
        folder /= f"{seconds}"
    _make(script, folder, renderer, seconds)
    truth = [
        Truth(
            time=time,
            passes={int(key): value for key, value in counted.items()},
            nuisances=active,
            unsure=unsure,
        )
        for time, counted, active, unsure in json.loads(
            (folder / f"{script.name}.json").read_text()
        )[::every]
    ]
    return Clip(
        name=script.name,
        path=folder / f"{script.name}-{stream}.mkv",
        step=float(STEP * every),
        truth=truth,
        passes=[f"{p.kind} {p.start:g} s" for p in script.passes],
        nuisances=[f"{n.kind} {n.start:g} s" for n in script.nuisances],
    )


def clips(stream: str = "main", seed: int = SEED) -> list[Clip]:
    """Return the six clips."""
    return [
        clip(script, stream, seed, partial(Renderer, script, number, seed))
        for number, script in enumerate(SCRIPTS)
    ]


def short_clip(seconds: int) -> Clip:
    """Return the beginning of the clip that renders fastest."""
    number, script = next(
        (number, script)
        for number, script in enumerate(SCRIPTS)
        if script.name == "rain"
    )
    renderer = partial(Renderer, script, number, SEED)
    return clip(script, "main", SEED, renderer, seconds)
