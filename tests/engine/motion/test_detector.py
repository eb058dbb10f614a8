"""Tests of the motion detector on small pictures, each made for one property."""

import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.doorwatch.engine.motion.areas import parse
from custom_components.doorwatch.engine.motion.detector import (
    TUNINGS,
    Detector,
    FrameAnalysis,
    Sensitivity,
    Verdict,
)
from custom_components.doorwatch.engine.motion.filters import Grey
from custom_components.doorwatch.engine.motion.regions import regions

HEIGHT, WIDTH = 180, 320

type Picture = NDArray[np.float64]


class Camera:
    """Takes pictures of a rough wall, each with different noise."""

    def __init__(self, seed: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        rough = self.random.normal(0, 1, (HEIGHT // 3, WIDTH // 3 + 1))
        rough = rough.repeat(3, 0).repeat(3, 1)[:HEIGHT, :WIDTH]
        across = np.linspace(70, 130, WIDTH)[None, :]
        self.wall: Picture = across * np.exp(0.12 * rough)

    def take(self, picture: Picture | None = None) -> Grey:
        picture = self.wall if picture is None else picture
        noisy = picture + self.random.normal(0, 1.5, picture.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)

    def visited(self, left: int, *, top: int = 60, luma: float = 35) -> Picture:
        """Return the wall with a person in front of it, 60 pixels tall."""
        picture = self.wall.copy()
        picture[top : top + 60, left : left + 20] = luma
        return picture


@pytest.fixture
def camera() -> Camera:
    return Camera()


def shown(detector: Detector, camera: Camera, times: int = 10) -> Detector:
    """Show the wall to a detector until it knows it."""
    for _ in range(times):
        assert detector.look(camera.take()).verdict is Verdict.STILL
    return detector


def boxes_hold(sight: FrameAnalysis, left: int, top: int) -> bool:
    """Return whether a box contains the center of the person drawn there."""
    x, y = 100 * (left + 10) / WIDTH, 100 * (top + 30) / HEIGHT
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in sight.boxes)


def test_nothing_moves_on_a_wall(camera: Camera) -> None:
    shown(Detector(), camera, 60)


def test_somebody_who_walks_is_found_where_they_are(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    for left in (40, 100, 180, 250):
        sight = detector.look(camera.take(camera.visited(left)))
        assert sight.verdict is Verdict.MOTION
        assert boxes_hold(sight, left, 60)
    assert detector.look(camera.take()).verdict is Verdict.STILL


def test_the_first_pictures_are_learned_and_the_next_is_told(camera: Camera) -> None:
    detector = Detector()
    for left in (40, 200, 90):
        sight = detector.look(camera.take(camera.visited(left)))
        assert sight.verdict is Verdict.STILL
    assert detector.look(camera.take(camera.visited(150))).verdict is Verdict.MOTION


def test_somebody_who_stays_is_soon_part_of_the_place(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    verdicts = [
        detector.look(camera.take(camera.visited(90))).verdict for _ in range(6)
    ]
    assert verdicts[0] is Verdict.MOTION
    assert verdicts[2:] == [Verdict.STILL] * 4


def test_the_next_who_goes_the_same_way_is_found_too(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    for _ in range(4):
        for left in (40, 120, 200):
            visited = camera.visited(left)
            assert detector.look(camera.take(visited)).verdict is Verdict.MOTION
        shown(detector, camera, 2)


def test_a_thing_that_was_there_for_a_while_is_forgotten_when_it_is_gone_for_long(
    camera: Camera,
) -> None:
    detector = shown(Detector(), camera)
    for _ in range(4):
        detector.look(camera.take(camera.visited(90)))
    assert detector.look(camera.take()).verdict is Verdict.STILL
    assert detector.look(camera.take(camera.visited(90))).verdict is Verdict.STILL
    shown(detector, camera, 60)
    assert detector.look(camera.take(camera.visited(90))).verdict is Verdict.MOTION


@pytest.mark.parametrize("gain", [0.5, 0.7, 1.3, 1.8])
def test_more_or_less_light_is_no_motion(camera: Camera, gain: float) -> None:
    detector = shown(Detector(), camera)
    for _ in range(3):
        assert detector.look(camera.take(camera.wall * gain)).verdict is Verdict.STILL
        assert detector.look(camera.take()).verdict is Verdict.STILL


def test_a_lamp_is_no_motion(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    away = np.hypot(rows - 40, columns - 200)
    lit = camera.wall * (1 + 0.8 * np.exp(-((away / 60) ** 2)))
    for _ in range(3):
        assert detector.look(camera.take(lit)).verdict is Verdict.STILL


def test_the_edge_of_a_shadow_on_a_rough_ground_is_no_motion(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    for edge in (60, 120, 200):
        shade = camera.wall.copy()
        shade[:, edge : edge + 60] *= 0.6
        assert detector.look(camera.take(shade)).verdict is Verdict.STILL


def test_a_camera_that_trembles_is_no_motion(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    for down, right in ((1, 0), (0, -1), (-2, 1), (1, 3), (0, 0)):
        moved = np.roll(camera.wall, (down, right), (0, 1))
        assert detector.look(camera.take(moved)).verdict is Verdict.STILL


def test_rain_is_no_motion_and_hides_nobody(camera: Camera) -> None:
    detector = shown(Detector(), camera)

    def rained(picture: Picture) -> Picture:
        picture = picture.copy()
        for _ in range(120):
            top, left = camera.random.integers(0, (HEIGHT - 20, WIDTH - 2))
            picture[top : top + camera.random.integers(5, 20), left : left + 2] += 90
        return picture

    for _ in range(12):
        sight = detector.look(camera.take(rained(camera.wall)))
        assert sight.verdict is Verdict.STILL
        assert sight.specks > 6
    for left in (60, 150, 240):
        sight = detector.look(camera.take(rained(camera.visited(left, luma=20))))
        assert sight.verdict is Verdict.MOTION


def test_a_glow_without_an_edge_is_no_motion(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for x, y in ((60, 60), (140, 100), (250, 50)):
        away = np.hypot(rows - y, columns - x)
        lit = camera.wall + 110 * np.exp(-((away / 13) ** 2))
        assert detector.look(camera.take(lit)).verdict is Verdict.STILL


def test_a_hard_shadow_on_smooth_ground_is_no_motion(camera: Camera) -> None:
    camera.wall[:] = 120.0
    detector = shown(Detector(), camera)
    for left in (40, 120, 200):
        shade = camera.wall.copy()
        shade[50:150, left : left + 30] *= 0.7
        assert detector.look(camera.take(shade)).verdict is Verdict.STILL
        # A person with a coat and trousers is not uniformly dark.
        picture = camera.visited(left + 50, luma=60)
        picture[90:120, left + 50 : left + 70] = 30
        assert detector.look(camera.take(picture)).verdict is Verdict.MOTION


def test_a_lamp_that_makes_a_wall_all_white_is_no_motion(camera: Camera) -> None:
    camera.wall *= 0.3
    detector = shown(Detector(), camera)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    away = np.hypot(rows - 60, columns)
    below = np.clip((rows - 30) / 5, 0, 1)
    lit = camera.wall * (1 + 60 * below / (1 + (away / 50) ** 4))
    for _ in range(2):
        assert detector.look(camera.take(lit)).verdict is Verdict.STILL
        assert detector.look(camera.take()).verdict is Verdict.STILL


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_is_out_of_focus_before_the_lens_is_no_motion(seed: int) -> None:
    camera = Camera(seed)
    camera.wall *= 0.4
    detector = shown(Detector(), camera)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for x, y in ((60, 60), (160, 100), (250, 70)):
        cover = np.clip(0.5 + (20 - np.hypot(rows - y, columns - x)) / 8, 0, 1)
        cover = cover * cover * (3 - 2 * cover)
        picture = camera.wall + (200 - camera.wall) * cover
        assert detector.look(camera.take(picture)).verdict is Verdict.STILL
    sight = detector.look(camera.take(camera.visited(150, luma=200)))
    assert sight.verdict is Verdict.MOTION


def infra_red(camera: Camera) -> Picture:
    """Return the wall in infrared, where part of it differs enough to be a person."""
    return camera.visited(90, luma=190)


def test_a_switch_to_infra_red_is_no_motion(camera: Camera) -> None:
    detector = Detector()
    for _ in range(10):
        assert detector.look(camera.take(), 0.6).verdict is Verdict.STILL
    night = infra_red(camera)
    assert detector.look(camera.take(night), 0.0).verdict is Verdict.RELEARNED
    for _ in range(5):
        assert detector.look(camera.take(night), 0.0).verdict is Verdict.STILL
    assert detector.relearned == 1
    # Without color, this is detected as a person.
    detector = shown(Detector(), camera)
    assert detector.look(camera.take(night)).verdict is Verdict.MOTION


def test_after_a_short_switch_people_are_found_at_once(camera: Camera) -> None:
    detector = Detector()
    for _ in range(10):
        detector.look(camera.take(), 0.6)
    for _ in range(10):
        detector.look(camera.take(infra_red(camera)), 0.0)
    assert detector.look(camera.take(), 0.6).verdict is Verdict.RELEARNED
    sight = detector.look(camera.take(camera.visited(200)), 0.6)
    assert sight.verdict is Verdict.MOTION


def test_after_a_night_the_place_is_learned_anew(camera: Camera) -> None:
    detector = Detector()
    for _ in range(10):
        detector.look(camera.take(), 0.6)
    for _ in range(310):
        detector.look(camera.take(infra_red(camera)), 0.0)
    detector.look(camera.take(), 0.6)
    # A box was put there in the night.
    assert detector.look(camera.take(camera.visited(200)), 0.6).verdict is Verdict.STILL


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.1), (0.6, 0.3), (0.0, 0.0)])
def test_some_more_or_less_colour_is_no_switch(
    camera: Camera, before: float, after: float
) -> None:
    detector = Detector()
    for _ in range(10):
        detector.look(camera.take(), before)
    sight = detector.look(camera.take(camera.visited(200)), after)
    assert sight.verdict is Verdict.MOTION


def test_another_picture_altogether_is_learned_without_motion(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    other = Camera(seed=2)
    squares = other.random.random((HEIGHT // 6, WIDTH // 8)) > 0.5
    other.wall = np.where(squares.repeat(6, 0).repeat(8, 1), 190.0, 90.0)
    assert detector.look(other.take()).verdict is Verdict.RELEARNED
    assert detector.relearned == 1
    shown(detector, other)
    assert detector.look(other.take(other.visited(90))).verdict is Verdict.MOTION


def test_another_size_begins_anew(camera: Camera) -> None:
    detector = shown(Detector(), camera)
    smaller = camera.take()[::2, ::2]
    assert detector.look(smaller).verdict is Verdict.STILL
    assert detector.look(smaller).verdict is Verdict.STILL
    assert detector.look(camera.take(camera.visited(90))).verdict is Verdict.STILL


def test_only_the_areas_count(camera: Camera) -> None:
    left_half = parse("0,0 50,100")
    detector = shown(Detector(areas=left_half), camera)
    assert detector.look(camera.take(camera.visited(220))).verdict is Verdict.STILL
    sight = detector.look(camera.take(camera.visited(80)))
    assert sight.verdict is Verdict.MOTION
    assert all(box[2] <= 50 for box in sight.boxes)


def test_sensitivity_is_how_little_is_enough(camera: Camera) -> None:
    found: dict[Sensitivity, int] = {}
    for sensitivity, tuning in TUNINGS.items():
        detector = shown(Detector(tuning), camera)
        found[sensitivity] = 0
        for number, size in enumerate(range(2, 26)):
            picture = camera.wall.copy()
            left = 20 + 40 * (number % 7)
            picture[60 : 60 + size, left : left + 2 + size // 4] *= 0.62
            picture[60 : 60 + size : 2, left : left + 2 + size // 4] *= 0.9
            sight = detector.look(camera.take(picture))
            found[sensitivity] += sight.verdict is Verdict.MOTION
    assert found[Sensitivity.LOW] < found[Sensitivity.MEDIUM] < found[Sensitivity.HIGH]


@pytest.mark.parametrize(
    ("squares", "pieces"),
    [
        ([(1, 1), (1, 2)], 1),
        ([(1, 1), (2, 1)], 1),
        ([(1, 1), (2, 2)], 1),
        ([(1, 2), (2, 1)], 1),
        ([(1, 1), (1, 3)], 2),
        ([(1, 1), (3, 1)], 2),
    ],
)
def test_changed_squares_side_by_side_are_one_piece(
    squares: list[tuple[int, int]], pieces: int
) -> None:
    """Squares that touch at a corner count as adjacent."""
    changed = np.zeros((48, 48), np.bool_)
    for row, column in squares:
        changed[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = True

    found = regions(changed, changed)

    assert len(found) == pieces
    assert sum(each.pixels for each in found) == 64 * len(squares)
