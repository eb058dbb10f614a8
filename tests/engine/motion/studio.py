"""Encoding of keyframes as a camera does it."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.doorwatch.engine.recording.model import Keyframe
from tests.engine.motion import art, scenes, stories


def coloured(studio: Studio, colour: float) -> Keyframe:
    """Return a keyframe of the wall whose left half is colored."""
    tint = np.zeros((art.HEIGHT, art.WIDTH), np.float32)
    tint[:, : art.WIDTH // 2] = colour
    wall = np.asarray(studio.wall, np.float32)
    return studio.encoder.encode(wall, 0.0, starved=False, chroma=(tint, -tint))


class Studio:
    """Encodes pictures of a wall, with and without a person in front of it."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        self.wall = art.ground(self.random, "porch") * 150 + 30
        self.encoder = scenes.Encoder(_EMPTY)
        self.times = 0

    def keyframe(self, now: float, somebody: bool = False, stream: int = 1) -> Keyframe:
        picture = self.wall + self.random.normal(0, 1, self.wall.shape)
        if somebody:
            # Each time at another position and with other clothes.
            left, top = 229 * self.times % 560, 97 * self.times % 150
            self.times += 1
            cloth = self.random.normal(0, 0.4, (40, 15)).repeat(4, 0).repeat(4, 1)
            picture[top : top + 160, left : left + 60] = 18 + 8 * np.exp(cloth)
        drawn = np.asarray(picture, np.float32)
        keyframe = self.encoder.encode(drawn, 2.0 * self.times, starved=False)
        return replace(keyframe, monotonic=now, stream=stream)


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


_EMPTY = stories.story("nobody", 4, "street", ())
