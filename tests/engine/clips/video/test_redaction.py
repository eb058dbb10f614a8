"""Tests of areas to cover: whole chroma samples, and no invalid ones."""

from dataclasses import replace
import math

import pytest

from custom_components.doorwatch.engine.clips.video.redaction import (
    MOST_REDACTIONS,
    RedactError,
    Redaction,
    check_redactions,
)

AREA = Redaction(left=0.0, top=0.0, width=0.3, height=0.15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"left": -0.01},
        {"top": -1.0},
        {"left": 0.9, "width": 0.2},
        {"top": 0.5, "height": 0.6},
        {"width": 0.0},
        {"height": -0.2},
        {"left": math.nan},
        {"width": math.inf},
        {"start": 2.0, "end": 2.0},
        {"start": 3.0, "end": 2.0},
        {"start": -1.0},
        {"end": math.nan},
    ],
)
def test_area_that_is_none_is_named(wrong: dict[str, float]) -> None:
    good = Redaction(left=0.1, top=0.2, width=0.9, height=0.8, start=1.0, end=2.0)
    check_redactions([good] * MOST_REDACTIONS)
    bad = replace(good, **wrong)
    with pytest.raises(RedactError, match="redaction_invalid") as told:
        check_redactions([good, bad])
    assert told.value.placeholders == {"area": "2"}


def test_more_areas_than_can_be_painted_are_refused() -> None:
    with pytest.raises(RedactError, match="too_many_redactions"):
        check_redactions([AREA] * (MOST_REDACTIONS + 1))


@pytest.mark.parametrize(
    ("area", "rows", "columns"),
    [
        (Redaction(left=0, top=0, width=1, height=1), (0, 360), (0, 640)),
        (Redaction(left=0.5, top=0.5, width=1e-9, height=1e-9), (180, 182), (320, 322)),
        (Redaction(left=1 - 1e-9, top=1 - 1e-9, width=1e-9, height=1e-9), (358, 360), (638, 640)),
        (Redaction(left=3 / 640, top=5 / 360, width=4 / 640, height=2 / 360), (4, 8), (2, 8)),
    ],
)  # fmt: skip
def test_area_grows_to_whole_dots_of_colour(
    area: Redaction, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    assert area.pixels(640, 360) == (slice(*rows), slice(*columns))
