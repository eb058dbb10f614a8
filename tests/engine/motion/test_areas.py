"""Tests of areas of the picture."""

import pytest

from custom_components.doorwatch.engine.motion.areas import (
    Area,
    AreasError,
    mask,
    parse,
    text,
)


def test_areas_are_read_and_written_alike() -> None:
    typed = "0,40 100,40 100,100 0,100; 10,10 30.5,25 20,60"
    areas: tuple[Area, ...] = parse(typed)
    floor: Area = ((0, 40), (100, 40), (100, 100), (0, 100))
    triangle: Area = ((10, 10), (30.5, 25), (20, 60))
    assert areas == (floor, triangle)
    assert text(areas) == typed
    assert parse(text(areas)) == areas


@pytest.mark.parametrize("typed", ["", "  ", ";", " ;\n; "])
def test_no_area_is_the_whole_picture(typed: str) -> None:
    assert parse(typed) == ()
    assert text(()) == ""
    assert mask((), 320, 180) is None


def test_two_corners_are_a_rectangle() -> None:
    assert parse(" 60 , 80  20,30 ;") == (((60, 80), (20, 80), (20, 30), (60, 30)),)


@pytest.mark.parametrize(
    ("typed", "problem", "where"),
    [
        ("left half", "areas_not_corners", "left"),
        ("0,0 50 50,50", "areas_not_corners", "50"),
        ("0,0 -5,50 50,50", "areas_not_corners", "-5,50"),
        ("0,0 1e2,50 50,50", "areas_not_corners", "1e2,50"),
        ("0,0 ٣,50 50,50", "areas_not_corners", "٣,50"),
        ("0,0 100.5,50 50,50", "areas_outside", "100.5,50"),
        ("0,0 100,50 50,50; 3,3", "areas_too_few", "3,3"),
        ("10,10 10,90", "areas_too_few", "10,10 10,90"),
        ("10,10 20,20 30,30", "areas_too_few", "10,10 20,20 30,30"),
        ("; ".join(["0,0 9,9"] * 21), "areas_too_many", "21"),
        ("0,0 9,9 " * 26, "areas_too_many", "0,0 9,9 0,0 9,9 0,0 9,9 0,0 9,9 0,0 9,9 "),
    ],
)
def test_what_is_wrong_is_named(typed: str, problem: str, where: str) -> None:
    with pytest.raises(AreasError) as caught:
        parse(typed)
    assert (caught.value.problem, caught.value.where) == (problem, where)


def test_pixels_in_any_area_count() -> None:
    found = mask(parse("0,50 100,100; 0,0 10,10"), 320, 180)
    assert found is not None
    assert found.shape == (180, 320)
    assert found[90:].all()
    assert found[:18, :32].all()
    assert not found[20:88].any()
    assert not found[:88, 34:].any()


def test_slanting_edges_are_followed() -> None:
    triangle = mask(parse("0,0 100,0 0,100"), 200, 100)
    assert triangle is not None
    assert triangle[10, 10]
    assert not triangle[90, 190]
    assert triangle.mean() == pytest.approx(0.5, abs=0.01)


def test_hollow_shapes_stay_hollow() -> None:
    horseshoe = mask(
        parse("0,0 100,0 100,100 80,100 80,20 20,20 20,100 0,100"), 100, 100
    )
    assert horseshoe is not None
    assert horseshoe[50, 10]
    assert horseshoe[50, 90]
    assert not horseshoe[50, 50]
