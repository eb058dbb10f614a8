"""The visitors of the demo doorbell."""

from dataclasses import dataclass
import math
from typing import Final

from PIL import Image

from .art import FOOT, MIDDLE, PERSON, Colour, Pen, mix

_SCALE: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """How a visitor looks."""

    coat: Colour
    trousers: Colour
    hair: Colour
    skin: Colour
    cap: Colour | None = None
    parcel: bool = False


VISITORS: Final = (
    Visitor(
        coat=(214, 134, 46),
        trousers=(52, 60, 84),
        hair=(70, 50, 40),
        skin=(222, 176, 146),
        cap=(52, 60, 84),
        parcel=True,
    ),
    Visitor(
        coat=(152, 66, 88),
        trousers=(60, 62, 66),
        hair=(48, 38, 36),
        skin=(150, 104, 78),
    ),
    Visitor(
        coat=(72, 112, 160),
        trousers=(92, 82, 70),
        hair=(196, 160, 100),
        skin=(236, 194, 168),
    ),
)


def draw_person(visitor: Visitor, step: float | None, pressing: bool) -> Image.Image:
    """Draw a visitor walking to the right.

    `step` is the phase of the stride, 0 to 1, or None for standing.
    """
    s = _SCALE
    image = Image.new("RGBA", (PERSON[0] * s, PERSON[1] * s))
    draw = Pen(image, s)
    swing = math.sin(step * 2 * math.pi) if step is not None else 0.0
    lift = abs(math.cos(step * 2 * math.pi)) * 3 if step is not None else 0.0
    x, hip, neck = float(MIDDLE), 158.0 - lift, 74.0 - lift
    coat, dark = visitor.coat, mix(visitor.coat, (0, 0, 0), 0.22)
    # Back to front: far leg and arm, near leg, coat, near arm
    for side, colour in ((-1, mix(visitor.trousers, (0, 0, 0), 0.25)), (1, None)):
        foot = x + side * swing * 30
        bend = (
            max(0.0, -side * math.cos((step or 0) * 2 * math.pi))
            * 10
            * (step is not None)
        )
        knee = ((x + foot) / 2 + 4, (hip + FOOT) / 2)
        shade = colour or visitor.trousers
        draw.limb(((x, hip), knee, (foot, FOOT - 8 - bend)), 17, shade)
        draw.round(
            (foot - 9, FOOT - 13 - bend, foot + 17, FOOT - bend), 6, (44, 40, 42)
        )
        if side == -1 and not visitor.parcel:
            hand = (x - side * swing * 22 + 4, hip - 4)
            draw.limb(
                ((x, neck + 16), (x - side * swing * 8, neck + 50), hand), 13, dark
            )
            draw.dot(hand, 7, visitor.skin)
    draw.round((x - 22, neck, x + 22, hip + 12), 17, coat)
    if visitor.parcel:
        draw.round((x + 6, neck + 38, x + 54, neck + 78), 3, (190, 148, 102))
        draw.box((x + 27, neck + 38, x + 34, neck + 78), (222, 196, 152))
    # Head
    draw.box((x - 5, neck - 12, x + 7, neck + 6), mix(visitor.skin, (0, 0, 0), 0.12))
    draw.ellipse((x - 19, neck - 52, x + 21, neck - 6), visitor.skin)
    draw.arc((x - 21, neck - 55, x + 21, neck - 8), 150, 330, visitor.hair, 13)
    draw.dot((x + 13, neck - 28), 2.4, (40, 32, 32))
    if visitor.cap:
        draw.pie((x - 21, neck - 58, x + 21, neck - 18), 180, 360, visitor.cap)
        draw.round((x + 4, neck - 41, x + 33, neck - 35), 3, visitor.cap)
    # The near arm
    if pressing:
        elbow, hand = (x + 26, neck + 34), (x + 56, neck + 12)
    elif visitor.parcel:
        elbow, hand = (x + 2, neck + 52), (x + 32, neck + 70)
    else:
        elbow, hand = (x + swing * -10, neck + 50), (x - swing * 26 + 4, hip - 4)
    draw.limb(((x - 2, neck + 16), elbow, hand), 14, dark)
    draw.dot(hand, 7, visitor.skin)
    return image.resize(PERSON, Image.Resampling.LANCZOS)
