"""The demo doorbell's view at each moment, as a YUV image."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .art import (
    BELL,
    DAY,
    DOORSTEP,
    FOOT,
    GROUND,
    HEIGHT,
    LABEL,
    MIDDLE,
    NIGHT,
    PERSON,
    STEPS,
    WIDTH,
    Palette,
)
from .house import draw_front, draw_sky
from .people import VISITORS, draw_person

# Pixels per second, and seconds for a stride of two steps.
_PACE: Final = 112.0
_STRIDE: Final = 1.05
_OUTSIDE: Final = -96
_WALK: Final = (DOORSTEP - _OUTSIDE) / _PACE
# Seconds at the door, including the wait for an answer.
_PRESS: Final = (0.5, 1.4)
_WAIT_RING: Final = 6.0
_WAIT: Final = 2.5
_HALO: Final = 56
BLINK: Final = 1.6  # seconds between flashes of the stream's light

type Plane = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """The visible person; `pressed` counts the seconds since the button was pressed."""

    who: int = -1
    x: int = 0
    step: int | None = None
    leaving: bool = False
    pressed: float | None = None

    @property
    def somebody(self) -> bool:
        """Whether a person is visible."""
        return self.who >= 0

    @property
    def rings(self) -> bool:
        """Whether the button is pressed."""
        return self.pressed is not None and self.pressed < _PRESS[1] - _PRESS[0]


def sight_at(seconds: float, who: int, *, rings: bool) -> Sight:
    """Return the view at a time after the start of a visit."""
    if seconds < 0:
        return Sight()
    if seconds < _WALK:
        return Sight(who=who, x=_x(seconds), step=_step(seconds))
    wait = _WAIT_RING if rings else _WAIT
    at_door = seconds - _WALK
    if at_door < wait:
        pressed = at_door - _PRESS[0] if rings and at_door >= _PRESS[0] else None
        return Sight(who=who, x=DOORSTEP, pressed=pressed)
    gone = at_door - wait
    if gone < _WALK:
        return Sight(who=who, x=_x(_WALK - gone), step=_step(gone), leaving=True)
    return Sight()


class Scene:
    """Composes the images. Not thread-safe."""

    def __init__(self) -> None:
        """Draw the static parts."""
        self._backgrounds: dict[bool, _Picture] = {}
        self._sprites: dict[tuple[int, int | None, bool, bool, bool], _Sprite] = {}
        self._halo = _halo()
        self._light = _light()

    def frame(self, seconds: float, sight: Sight, *, night: bool = False) -> Plane:
        """Return an image with the planes Y, U and V below each other, as in FFmpeg."""
        if night not in self._backgrounds:
            self._backgrounds[night] = _background(NIGHT if night else DAY)
        picture = _Picture(self._backgrounds[night].whole.copy())
        if sight.rings and int((sight.pressed or 0.0) / 0.15) % 3 != 2:
            self._halo.paste(picture, BELL[0] - _HALO // 2, BELL[1] - _HALO // 2)
        if sight.somebody:
            sprite = self._person(sight, night)
            left = sight.x - (PERSON[0] - MIDDLE if sight.leaving else MIDDLE)
            sprite.paste(picture, left, GROUND - FOOT)
        if seconds % BLINK < BLINK / 2:
            self._light.paste(picture, LABEL[0] + 2, LABEL[1] + 6)
        return picture.whole

    def _person(self, sight: Sight, night: bool) -> _Sprite:
        who = sight.who % len(VISITORS)
        key = (who, sight.step, sight.rings, sight.leaving, night)
        if key not in self._sprites:
            step = None if sight.step is None else sight.step / STEPS
            image = draw_person(VISITORS[who], step, sight.rings)
            if sight.leaving:
                image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            shade = NIGHT.shade if night else DAY.shade
            self._sprites[key] = _Sprite(image, shade)
        return self._sprites[key]


class _Picture:
    """One array with its three planes as views."""

    def __init__(self, whole: Plane) -> None:
        self.whole = whole
        flat = whole.reshape(-1)
        size = WIDTH * HEIGHT
        half = (HEIGHT // 2, WIDTH // 2)
        self.y = flat[:size].reshape(HEIGHT, WIDTH)
        self.u = flat[size : size * 5 // 4].reshape(half)
        self.v = flat[size * 5 // 4 :].reshape(half)

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        return self.y, self.u, self.v


def _background(palette: Palette) -> _Picture:
    """Draw the sky and what is in front of it."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.paste(draw_sky(palette), (0, 0))
    front = draw_front(palette)
    image.paste(front, (0, 0), front)
    picture = _Picture(np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8))
    for plane, drawn in zip(picture.planes, _to_yuv(image), strict=True):
        plane[:] = drawn
    return picture


class _Sprite:
    """An image with transparency to paste over another."""

    def __init__(self, image: Image.Image, shade: float = 1.0) -> None:
        alpha = image.getchannel("A")
        colours = Image.new("RGB", image.size)
        colours.paste(image.convert("RGB"))
        if shade < 1.0:
            colours = Image.eval(colours, lambda value: round(value * shade))
        small = alpha.resize(
            (image.width // 2, image.height // 2), Image.Resampling.BOX
        )
        self._layers: list[tuple[NDArray[np.uint16], NDArray[np.uint16]]] = []
        for index, plane in enumerate(_to_yuv(colours)):
            mask = np.array(alpha if index == 0 else small, np.uint16)
            mask += mask >> 7  # 0 to 256, so that a shift replaces the division
            rest = (256 - mask).astype(np.uint16)
            self._layers.append(((plane * mask).astype(np.uint16), rest))

    def paste(self, picture: _Picture, left: int, top: int) -> None:
        """Paste it, cropped to the image. Positions are rounded to even numbers."""
        for index, (plane, (colour, rest)) in enumerate(
            zip(picture.planes, self._layers, strict=True)
        ):
            part = 1 if index == 0 else 2
            x, y = left // 2 * 2 // part, top // 2 * 2 // part
            height, width = colour.shape
            x0, y0 = max(x, 0), max(y, 0)
            x1, y1 = min(x + width, plane.shape[1]), min(y + height, plane.shape[0])
            if x0 >= x1 or y0 >= y1:
                continue
            here = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
            under = plane[y0:y1, x0:x1]
            under[:] = (under * rest[here] + colour[here]) >> 8


def _x(walked: float) -> int:
    return round(_OUTSIDE + walked * _PACE)


def _step(walked: float) -> int:
    return int(walked / _STRIDE * STEPS) % STEPS


def _to_yuv(image: Image.Image) -> tuple[Plane, Plane, Plane]:
    """Convert to BT.601 with limited range and subsampled chroma."""
    y, u, v = image.convert("YCbCr").split()
    half = (image.width // 2, image.height // 2)
    luma = np.asarray(y, np.float32) * (219 / 255) + 16
    chroma = [
        (np.asarray(c.resize(half, Image.Resampling.BOX), np.float32) - 128)
        * (224 / 255)
        + 128
        for c in (u, v)
    ]
    planes = [np.rint(plane).astype(np.uint8) for plane in (luma, *chroma)]
    return planes[0], planes[1], planes[2]


def _halo() -> _Sprite:
    """Draw the light around a pressed button."""
    image = Image.new("RGBA", (_HALO * 2, _HALO * 2), (255, 206, 92, 0))
    draw = ImageDraw.Draw(image)
    for radius, strength in ((54, 70), (40, 120), (22, 255)):
        box = (_HALO - radius, _HALO - radius, _HALO + radius, _HALO + radius)
        draw.ellipse(box, (255, 206, 92, strength))
    return _Sprite(image.resize((_HALO, _HALO), Image.Resampling.LANCZOS))


def _light() -> _Sprite:
    """Draw the red light that blinks in the label."""
    image = Image.new("RGBA", (64, 64), (226, 60, 52, 0))
    ImageDraw.Draw(image).ellipse((16, 16, 48, 48), (226, 60, 52, 255))
    return _Sprite(image.resize((16, 16), Image.Resampling.LANCZOS))
