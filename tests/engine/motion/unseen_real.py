"""Optional real footage and photographs for the evaluation.

Debian's package opencv-doc has `vtest.avi` (PETS 2009, a campus with people, 7 pictures
per second), `tree.avi` (a tree in the wind, then a hand) and photographs. Three parts
of the campus are quiet for a while. The passes were labeled by looking at each
keyframe; barely visible ones, such as the top of a head at the edge, are not counted.
The things of the synthetic clips pass through the photographs, in the same weather.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
import subprocess
from typing import Final

import numpy as np
from PIL import Image

from .unseen import CACHE, SEED, Clip, Renderer, Truth, clip
from .unseen_scripts import PORCH, STREET, Script
from .unseen_world import Backdrop, photographed


@dataclass(frozen=True, kw_only=True, slots=True)
class Footage:
    """A part of a film: its keyframes, and what they show."""

    name: str
    film: str
    crop: str  # FFmpeg's: width, height, left, top
    every: int  # pictures
    step: float  # seconds
    keyframes: int
    passes: dict[str, range]
    nuisances: dict[str, range] = field(default_factory=dict)
    unsure: frozenset[int] = frozenset()


FOOTAGE: Final = (
    Footage(
        name="campus lawn",
        film="vtest.avi",
        crop="462:260:0:316",
        every=14,
        step=2,
        keyframes=57,
        passes={
            "red jacket": range(38, 43),
            "black coat": range(38, 51),
            "legs at the top": range(55, 57),
        },
        unsure=frozenset({18, 20, 25, 34, 51, 52}),
    ),
    Footage(
        name="campus far",
        film="vtest.avi",
        crop="320:180:0:0",
        every=14,
        step=2,
        keyframes=57,
        passes={
            "far walker": range(5, 13),
            "light blue": range(13, 16),
            "dark pair": range(17, 23),
            "dark coat": range(42, 48),
            "red at the edge": range(46, 48),
            "two heads": range(48, 50),
        },
        unsure=frozenset({23, 27, 31, 35, 38, 39, 40, 41, 50, 53, 55, 56}),
    ),
    Footage(
        name="campus verge",
        film="vtest.avi",
        crop="384:216:384:360",
        every=14,
        step=2,
        keyframes=57,
        passes={
            "legs 1": range(1, 2),
            "legs 2": range(3, 4),
            "jeans 1": range(15, 17),
            "legs 3": range(17, 18),
            "legs 4": range(28, 29),
            "jeans 2": range(33, 35),
            "two close by": range(36, 39),
            "on the path": range(36, 38),
            "black legs": range(39, 45),
            "black coat": range(44, 46),
            "legs 5": range(47, 48),
        },
        unsure=frozenset({18, 27, 30, 31, 35, 46, 48, 56}),
    ),
    Footage(
        name="tree",
        film="tree.avi",
        crop="320:180:0:30",
        every=3,
        step=0.2,
        keyframes=23,
        passes={"hand": range(18, 23)},
        nuisances={"real leaves": range(18)},
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Photograph:
    """A photograph for things to pass through, with its horizon."""

    file: str
    script: Script
    horizon: float
    camera: float


PHOTOGRAPHS: Final = (
    Photograph(
        file="leuvenA.jpg",
        script=replace(STREET, name="cobbled street"),
        horizon=0.52,
        camera=1.6,
    ),
    Photograph(
        file="building.jpg",
        script=replace(PORCH, name="hotel lawn"),
        horizon=0.62,
        camera=1.4,
    ),
)


def _find(folder: Path, name: str) -> Path | None:
    return next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None


def _footage(item: Footage, film: Path) -> Clip:
    part = f"{item.film}-{item.crop.replace(':', '-')}-{item.every}"
    target = CACHE / f"real-{part}.mkv"
    CACHE.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        fresh = target.with_suffix(".part")
        filters = f"crop={item.crop},select=not(mod(n\\,{item.every}))"
        filters += ",scale=640:360:flags=bicubic,format=yuv420p"
        command = ["ffmpeg", "-v", "error", "-y", "-i", str(film), "-vf", filters]
        command += ["-fps_mode", "passthrough", "-c:v", "libx264", "-g", "1"]
        command += ["-profile:v", "main", "-preset", "veryfast", "-crf", "27"]
        subprocess.run([*command, "-f", "matroska", str(fresh)], check=True)
        fresh.replace(target)
    truth = [
        Truth(
            time=index * item.step,
            passes={n: 999 for n, at in enumerate(item.passes.values()) if index in at},
            nuisances=[
                n for n, at in enumerate(item.nuisances.values()) if index in at
            ],
            unsure=index in item.unsure,
        )
        for index in range(item.keyframes)
    ]
    return Clip(
        name=item.name,
        path=target,
        step=item.step,
        truth=truth,
        passes=list(item.passes),
        nuisances=list(item.nuisances),
    )


def _place(item: Photograph, file: Path) -> Backdrop:
    with Image.open(file) as image:
        wide, high = image.size
        tall = min(high, wide * 9 // 16)
        top = (high - tall) * 2 // 3
        picture = image.convert("RGB").crop((0, top, wide, top + tall))
        values = (np.asarray(picture, np.float32) / 255) ** 2.2 * 0.8
    return photographed(
        values.astype(np.float32),
        1280,
        720,
        focal=0.62,
        horizon=item.horizon,
        camera=item.camera,
    )


def films(folder: Path) -> list[Clip]:
    """Return the real footage found below a folder."""
    return [
        _footage(item, film)
        for item in FOOTAGE
        if (film := _find(folder, item.film)) is not None
    ]


def photographs(folder: Path) -> list[Clip]:
    """Return clips that are set in the photographs found below a folder."""
    found = []
    for number, item in enumerate(PHOTOGRAPHS):
        if (file := _find(folder, item.file)) is not None:

            def renderer(
                n: int = number, i: Photograph = item, f: Path = file
            ) -> Renderer:
                return Renderer(i.script, 20 + n, place=_place(i, f))

            found.append(clip(item.script, "main", SEED, renderer))
    return found
