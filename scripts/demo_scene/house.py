"""The demo doorbell's house, its sky and its surroundings."""

import random
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from .art import (
    GROUND,
    HEIGHT,
    INK,
    LABEL,
    PAPER,
    SKY_HEIGHT,
    SKY_WIDTH,
    WIDTH,
    Colour,
    Palette,
    Pen,
    mix,
)

_SCALE: Final = 2


def draw_sky(palette: Palette) -> Image.Image:
    """Draw the sky; the building covers the right part of it."""
    image = Image.new("RGB", (SKY_WIDTH * 2, SKY_HEIGHT))
    draw = ImageDraw.Draw(image)
    top, bottom = palette.sky
    for y in range(SKY_HEIGHT):
        draw.line((0, y, SKY_WIDTH * 2, y), mix(top, bottom, y / SKY_HEIGHT))
    if palette.light:
        stars = random.Random(7)
        for i in range(60):
            x = stars.randrange(SKY_WIDTH * 2)
            y = stars.randrange(SKY_HEIGHT - 40)
            size = 1 + (i % 6 == 0)
            draw.ellipse((x, y, x + size, y + size), (216, 222, 238))
    # Transparent with the cloud's color, so that blurred edges don't get darker.
    layer = Image.new("RGBA", image.size, (*palette.cloud[:3], 0))
    for x, y, size in ((90, 78, 30), (350, 128, 22), (560, 58, 36), (730, 150, 20)):
        _cloud(layer, x, y, size, palette.cloud)
    layer = layer.filter(ImageFilter.GaussianBlur(1.2))
    image.paste(layer, (0, 0), layer)
    return image


def draw_front(palette: Palette) -> Image.Image:
    """Draw the foreground, which is transparent where the sky shows."""
    s = _SCALE
    image = Image.new("RGBA", (WIDTH * s, HEIGHT * s))
    draw = Pen(image, s)
    p = palette
    # The landscape
    draw.ellipse((-260, 210, 330, 560), p.hills[0])
    draw.ellipse((40, 236, 640, 600), p.hills[1])
    _tree(draw, p)
    draw.box((0, 398, WIDTH, GROUND), p.lawn)
    _fence(draw, p)
    _house(draw, p)
    # The path and objects on it
    draw.box((0, GROUND - 8, WIDTH, HEIGHT), p.pavement)
    for i in range(-1, 12):
        draw.line(
            (i * 96, HEIGHT, i * 96 + 52, GROUND - 8), mix(p.pavement, p.stone, 0.5), 1
        )
    draw.line((0, GROUND - 8, WIDTH, GROUND - 8), mix(p.pavement, p.stone, 0.8), 2)
    draw.box((536, GROUND - 18, 704, GROUND - 6), mix(p.stone, p.pavement, 0.5))
    draw.box((520, GROUND - 8, 720, GROUND + 8), mix(p.stone, p.pavement, 0.3))
    draw.box((566, GROUND - 3, 676, GROUND + 5), (112, 84, 66))
    _pot(draw, 746, p)
    if p.light:
        image.alpha_composite(_glow(image.size, s))
    left, top, right, bottom = LABEL
    draw.round(LABEL, 6, INK)
    draw.text(
        ((left + right) / 2 + 7, (top + bottom) / 2 - 1),
        "Doorwatch demo: drawn, not filmed",
        15,
        PAPER,
    )
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _house(draw: Pen, p: Palette) -> None:
    left = 396
    draw.box((left, 118, WIDTH, GROUND), p.wall)
    for y in range(138, GROUND - 40, 20):
        draw.line((left, y, WIDTH, y), p.wall_line, 1)
    draw.box((left, GROUND - 46, WIDTH, GROUND), p.stone)
    for row in range(2):
        y = GROUND - 46 + row * 23
        draw.line((left, y, WIDTH, y), mix(p.stone, p.wall, 0.4), 1)
        for x in range(left + row * 28, WIDTH, 56):
            draw.line((x, y, x, y + 23), mix(p.stone, p.wall, 0.4), 1)
    # Roof and the shadow of its eaves
    draw.box((left, 118, WIDTH, 130), mix(p.wall, (0, 0, 0), 0.16))
    draw.shape((352, 118), (448, -6), (WIDTH, -6), (WIDTH, 118), colour=p.roof)
    for row in range(6):
        y = 118 - row * 21
        edge = 352 + (118 - y) * 96 / 124
        draw.line((edge, y, WIDTH, y), p.roof_line, 2)
        for x in range(int(edge) + 24 + (row % 2) * 15, WIDTH, 30):
            draw.line((x, y - 21, x, y), p.roof_line, 1)
    draw.box((352, 116, WIDTH, 123), p.frame)
    # Door and frame
    draw.round((554, 186, 686, GROUND - 14), 6, p.frame)
    draw.box((564, 196, 676, GROUND - 16), p.door)
    dark = mix(p.door, (0, 0, 0), 0.25)
    for box in ((578, 318, 614, 430), (626, 318, 662, 430)):
        draw.round(box, 4, dark)
        x0, y0, x1, y1 = box
        draw.round((x0 + 3, y0 + 3, x1 - 2, y1 - 2), 3, p.door)
    draw.pie((578, 212, 662, 318), 180, 360, p.pane)
    draw.box((578, 264, 662, 300), p.pane)
    draw.line((620, 212, 620, 300), p.door, 4)
    draw.line((578, 264, 662, 264), p.door, 4)
    draw.dot((664, 352), 5, (220, 184, 96))
    draw.round((604, 306, 636, 312), 3, (220, 184, 96))
    # Bell, number, lamp
    draw.round((531, 296, 547, 328), 5, (48, 50, 54))
    draw.dot((539, 305), 3, (22, 24, 28))
    draw.dot((539, 318), 5, (236, 236, 230))
    draw.round((708, 236, 744, 272), 5, (52, 74, 92))
    draw.text((726, 254), "7", 22, (250, 248, 240))
    draw.round((530, 216, 548, 220), 2, (48, 50, 54))
    draw.shape((529, 220), (549, 220), (545, 250), (533, 250), colour=_lamp(p))
    # Window with curtains and a box of flowers
    draw.round((782, 190, 930, 330), 4, p.frame)
    draw.box((790, 198, 922, 322), p.pane)
    curtain = mix((238, 226, 214), p.pane, 0.35 if p.light else 0.2)
    draw.shape((790, 198), (826, 198), (806, 322), (790, 322), colour=curtain)
    draw.shape((922, 198), (886, 198), (906, 322), (922, 322), colour=curtain)
    draw.line((856, 198, 856, 322), p.frame, 5)
    draw.line((790, 256, 922, 256), p.frame, 5)
    for i in range(12):
        draw.dot((788 + i * 12.5, 332 - (i * 7) % 9), 9, p.leaf)
    for i in range(8):
        petal = ((206, 72, 84), (232, 176, 74))[i % 2]
        draw.dot((792 + i * 18, 328 - (i * 5) % 8), 5, mix(petal, p.trunk, 0.2))
    draw.box((778, 334, 934, 354), mix(p.roof, p.trunk, 0.4))


def _lamp(p: Palette) -> Colour:
    return mix((214, 208, 190), (255, 232, 172), p.light)


def _tree(draw: Pen, p: Palette) -> None:
    draw.shape((92, 420), (100, 280), (122, 280), (130, 420), colour=p.trunk)
    for x, y, r in ((110, 236, 66), (66, 268, 46), (156, 270, 48), (112, 288, 52)):
        draw.dot((x, y), r, p.leaf)
    light = mix(p.leaf, (255, 255, 255), 0.12 if not p.light else 0.04)
    for x, y, r in ((88, 214, 34), (134, 244, 28), (58, 258, 20)):
        draw.dot((x, y), r, light)


def _fence(draw: Pen, p: Palette) -> None:
    colour = mix(p.frame, p.stone, 0.12)
    for y in (398, 428):
        draw.box((0, y, 396, y + 7), mix(colour, p.stone, 0.3))
    for x in range(6, 392, 24):
        draw.shape(
            (x, 452),
            (x, 388),
            (x + 6, 378),
            (x + 12, 388),
            (x + 12, 452),
            colour=colour,
        )


def _pot(draw: Pen, x: float, p: Palette) -> None:
    for dx, dy, r in ((0, -64, 25), (-15, -48, 18), (16, -50, 19)):
        draw.dot((x + dx, GROUND + dy), r, p.leaf)
    draw.dot((x - 6, GROUND - 70), 12, mix(p.leaf, (255, 255, 255), 0.1))
    pot = mix(p.roof, (255, 255, 255), 0.1)
    draw.shape(
        (x - 24, GROUND - 36),
        (x + 24, GROUND - 36),
        (x + 17, GROUND + 4),
        (x - 17, GROUND + 4),
        colour=pot,
    )
    draw.round((x - 27, GROUND - 40, x + 27, GROUND - 30), 3, mix(pot, (0, 0, 0), 0.1))


def _glow(size: tuple[int, int], scale: int) -> Image.Image:
    """Draw the light of the lamp on wall and path."""
    width, height = size[0] // 8, size[1] // 8
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    x, y, unit = 539 * scale / 8, 240 * scale / 8, scale / 8
    for radius, strength in ((200, 26), (130, 60), (70, 110), (26, 190)):
        r = radius * unit
        draw.ellipse((x - r, y - r, x + r, y + r), strength)
    floor = (GROUND + 24) * unit
    draw.ellipse(
        (x - 190 * unit, floor - 30 * unit, x + 190 * unit, floor + 34 * unit), 44
    )
    mask = mask.filter(ImageFilter.GaussianBlur(26 * unit)).resize(size)
    glow = Image.new("RGBA", size, (255, 214, 140, 0))
    glow.putalpha(mask)
    return glow


def _cloud(
    layer: Image.Image, x: int, y: int, size: int, colour: tuple[int, int, int, int]
) -> None:
    draw = ImageDraw.Draw(layer)
    for dx, dy, r in (
        (0, 0, 1.0),
        (-1.2, 0.25, 0.7),
        (1.2, 0.2, 0.8),
        (2.1, 0.45, 0.5),
    ):
        cx, cy, radius = x + dx * size, y + dy * size, r * size
        # Repeat clouds across the edges.
        for shift in (-SKY_WIDTH * 2, 0, SKY_WIDTH * 2):
            draw.ellipse(
                (
                    cx + shift - radius,
                    cy - radius * 0.75,
                    cx + shift + radius,
                    cy + radius * 0.6,
                ),
                colour,
            )
