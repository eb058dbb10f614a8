"""Tests of decoding keyframes to small pictures."""

import pytest

from custom_components.doorwatch.engine.motion.decoder import KeyframeDecoder, small
from tests.engine.motion.studio import Studio, coloured, studio

__all__ = ["studio"]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (320, 180)),
        ((640, 360), (320, 180)),
        ((1536, 2048), (208, 277)),
        ((160, 120), (160, 120)),
    ],
)
def test_pictures_of_any_shape_are_made_small(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert small(*size) == expected


def test_decoded_picture_is_the_luma(studio: Studio) -> None:
    decoder = KeyframeDecoder()
    dark: list[int] = []
    for somebody in (False, True, False):
        picture = decoder.decode(studio.keyframe(0, somebody))
        assert picture is not None
        assert picture.grey.shape == (180, 320)
        dark.append(int((picture.grey < 30).sum()))
    assert dark[1] > max(dark[0], dark[2]) + 1000


@pytest.mark.parametrize(("colour", "share"), [(0.0, 0.0), (2.0, 0.0), (20.0, 0.5)])
def test_decoded_picture_tells_how_much_is_coloured(
    studio: Studio, colour: float, share: float
) -> None:
    picture = KeyframeDecoder().decode(coloured(studio, colour))
    assert picture is not None
    assert picture.colour == pytest.approx(share, abs=0.05)
