"""Size, colors and drawing functions of the demo doorbell's images.

Pillow draws everything once, at twice the size or more for smooth edges; `scene`
composes the frames.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 960
HEIGHT: Final = 540
GROUND: Final = 462  # y of the feet
DOORSTEP: Final = 484  # x of a person at the door
SKY_WIDTH: Final = 448  # the visible part of the sky
SKY_HEIGHT: Final = 250
PERSON: Final = (144, 256)  # size of a person's image
FOOT: Final = 250  # y of the feet in it
MIDDLE: Final = 66  # x of the body in it, when walking to the right
STEPS: Final = 10  # images of one stride
LABEL: Final = (16, 498, 300, 526)
INK: Final = (30, 34, 40)
PAPER: Final = (244, 244, 240)
BELL: Final = (539, 318)  # the button

type Colour = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Palette:
    """Colors of the scene at one time of day."""

    sky: tuple[Colour, Colour]
    cloud: tuple[int, int, int, int]
    hills: tuple[Colour, Colour]
    lawn: Colour
    pavement: Colour
    wall: Colour
    wall_line: Colour
    roof: Colour
    roof_line: Colour
    stone: Colour
    frame: Colour
    door: Colour
    pane: Colour
    leaf: Colour
    trunk: Colour
    light: float  # of the lamp, 0 to 1
    shade: float  # of persons, 0 to 1


DAY: Final = Palette(
    sky=((126, 186, 226), (226, 240, 244)),
    cloud=(255, 255, 255, 225),
    hills=((150, 186, 160), (126, 170, 128)),
    lawn=(118, 168, 96),
    pavement=(196, 190, 180),
    wall=(242, 230, 208),
    wall_line=(226, 212, 186),
    roof=(176, 92, 70),
    roof_line=(152, 76, 58),
    stone=(170, 158, 146),
    frame=(252, 250, 244),
    door=(34, 104, 110),
    pane=(176, 210, 222),
    leaf=(84, 138, 78),
    trunk=(120, 88, 62),
    light=0.0,
    shade=1.0,
)
NIGHT: Final = Palette(
    sky=((16, 24, 50), (48, 62, 98)),
    cloud=(84, 98, 134, 150),
    hills=((34, 50, 66), (28, 44, 52)),
    lawn=(34, 58, 48),
    pavement=(74, 76, 86),
    wall=(122, 112, 108),
    wall_line=(110, 100, 97),
    roof=(70, 44, 46),
    roof_line=(58, 36, 40),
    stone=(80, 78, 82),
    frame=(150, 146, 142),
    door=(24, 66, 76),
    pane=(252, 214, 140),
    leaf=(32, 62, 52),
    trunk=(56, 46, 42),
    light=1.0,
    shade=0.72,
)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font included in Pillow."""
    return ImageFont.load_default(size)


class Pen:
    """Draws in coordinates of the final image."""

    def __init__(self, image: Image.Image, scale: int) -> None:
        """`scale` is how much larger `image` is than the final image."""
        self._draw = ImageDraw.Draw(image)
        self._scale = scale

    def _at(self, *values: float) -> list[float]:
        return [value * self._scale for value in values]

    def box(self, box: tuple[float, float, float, float], colour: Colour) -> None:
        """Fill a rectangle."""
        self._draw.rectangle(self._at(*box), colour)

    def round(
        self, box: tuple[float, float, float, float], radius: float, colour: Colour
    ) -> None:
        """Fill a rectangle with rounded corners."""
        self._draw.rounded_rectangle(self._at(*box), radius * self._scale, colour)

    def ellipse(self, box: tuple[float, float, float, float], colour: Colour) -> None:
        """Fill an ellipse."""
        self._draw.ellipse(self._at(*box), colour)

    def dot(self, at: tuple[float, float], radius: float, colour: Colour) -> None:
        """Fill a circle."""
        x, y = at
        self.ellipse((x - radius, y - radius, x + radius, y + radius), colour)

    def shape(self, *points: tuple[float, float], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([tuple(self._at(*p)) for p in points], colour)

    def line(
        self,
        ends: tuple[float, float, float, float],
        colour: Colour,
        width: float,
    ) -> None:
        """Draw a line."""
        self._draw.line(self._at(*ends), colour, round(width * self._scale))

    def limb(
        self, points: tuple[tuple[float, float], ...], width: float, colour: Colour
    ) -> None:
        """Draw a bent line with rounded joints and ends."""
        flat = [tuple(self._at(*p)) for p in points]
        self._draw.line(flat, colour, round(width * self._scale), joint="curve")
        for point in points:
            self.dot(point, width / 2, colour)

    def arc(
        self,
        box: tuple[float, float, float, float],
        begin: float,
        end: float,
        colour: Colour,
        width: float,
    ) -> None:
        """Draw an arc of an ellipse, in degrees."""
        self._draw.arc(self._at(*box), begin, end, colour, round(width * self._scale))

    def pie(
        self,
        box: tuple[float, float, float, float],
        begin: float,
        end: float,
        colour: Colour,
    ) -> None:
        """Fill a slice of an ellipse, in degrees."""
        self._draw.pieslice(self._at(*box), begin, end, colour)

    def text(
        self, at: tuple[float, float], text: str, size: int, colour: Colour
    ) -> None:
        """Draw text centered at a point."""
        self._draw.text(
            (at[0] * self._scale, at[1] * self._scale),
            text,
            colour,
            font(size * self._scale),
            anchor="mm",
        )


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Return a mix of two colors."""
    red, green, blue = (
        round(a + (b - a) * part) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue
