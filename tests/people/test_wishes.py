"""Test parsing and combining the notification wishes of people."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.doorwatch.people.wishes import (
    Level,
    Wishes,
    is_quiet,
    level_of,
    read_defaults,
    read_wishes,
    wants_any,
    wants_of_house,
)

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_loudest_kind_counts_and_the_nearest_wish() -> None:
    """The order is the door, all doors, the household, then the default."""
    wishes: Wishes = {
        "levels": {"all": {"vehicle": "silent"}, "front": {"vehicle": "on"}}
    }
    assert level_of(wishes, {}, "front", {"vehicle"}) is Level.ON
    assert level_of(wishes, {}, "back", {"vehicle"}) is Level.SILENT
    assert level_of({}, {"levels": {"vehicle": "urgent"}}, "back", {"vehicle"}) == (
        Level.URGENT
    )
    assert level_of({}, {}, "back", {"vehicle"}) is Level.OFF
    assert level_of({}, {}, "back", {"vehicle", "ring"}) is Level.URGENT
    assert level_of({}, {}, "back", {"ghost"}) is Level.OFF
    assert level_of({}, {}, "back", ()) is Level.OFF


def test_the_household_may_say_never() -> None:
    """Otherwise the person's setting overrides the household's."""
    assert not wants_any({}, {})
    assert wants_any({"on": True}, {})
    assert wants_any({}, {"on": True})
    assert not wants_any({"on": False}, {"on": True})
    assert not wants_any({"on": True}, {"never": True})
    assert wants_of_house({}, {}, "trouble")
    assert not wants_of_house({}, {"house": {"trouble": False}}, "trouble")
    assert wants_of_house(
        {"house": {"trouble": True}}, {"house": {"trouble": False}}, "trouble"
    )


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "quiet"),
    [
        ("22:00", "07:00", "2026-11-27 22:00", True),  # a Friday
        ("22:00", "07:00", "2026-11-28 06:59", True),
        ("22:00", "07:00", "2026-11-28 07:00", False),
        ("22:00", "07:00", "2026-11-28 22:00", False),  # Saturday is not listed
        ("22:00", "07:00", "2026-11-27 06:00", False),  # nor the night of Thursday
        ("12:00", "14:00", "2026-11-27 13:59", True),
        ("12:00", "14:00", "2026-11-27 14:00", False),
        ("08:00", "08:00", "2026-11-28 07:59", True),  # a whole day
        ("08:00", "08:00", "2026-11-28 08:00", False),
    ],
)
def test_quiet_hours_belong_to_the_day_when_they_begin(
    begins: str, ends: str, moment: str, quiet: bool
) -> None:
    """Only Friday is listed."""
    wishes: Wishes = {"quiet": [{"days": [4], "begins": begins, "ends": ends}]}
    at = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert is_quiet(wishes, at) is quiet


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        ("2026-03-29", 360),  # a night of 23 hours without the hour from 2 to 3
        ("2026-10-25", 480),  # a night of 25 hours with that hour twice
        ("2026-06-07", 420),
    ],
)
def test_the_clock_on_the_wall_counts_when_it_is_set(day: str, minutes: int) -> None:
    """Every minute from midnight until seven is checked at both changes."""
    wishes: Wishes = {
        "quiet": [{"days": list(range(7)), "begins": "00:00", "ends": "07:00"}]
    }
    begins = datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp()
    quiet = [
        is_quiet(wishes, datetime.fromtimestamp(begins + 60 * minute, BERLIN))
        for minute in range(10 * 60)
    ]
    assert sum(quiet) == minutes
    assert quiet == sorted(quiet, reverse=True)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {"levels": {"front": {"ghost": "on"}}},
        {"levels": {"front": {"ring": "loud"}}},
        {"levels": {"front": {"ring": ["on"]}}},
        {"quiet": [{"days": [7], "begins": "22:00", "ends": "07:00"}]},
        {"quiet": [{"days": [], "begins": "22:00", "ends": "07:00"}]},
        {"quiet": [{"days": [1], "begins": "25:00", "ends": "07:00"}]},
        {"quiet": [{"days": [1], "begins": 22, "ends": "07:00"}]},
        {"pause": -1},
        {"presence": "never"},
        {"on": "yes"},
        {"more": 1},
    ],
)
def test_what_cannot_be_read_is_no_wish(stored: object) -> None:
    """The source may be a faulty page or an edited file."""
    assert read_wishes(stored) is None


def test_what_the_household_stored_is_read_or_nothing() -> None:
    """At most two buttons are valid, and only with a script's entity id."""
    button = {"name": "Light", "script": "script.light"}
    assert read_defaults({"buttons": [button]}) == {"buttons": [button]}
    for broken in (
        {"buttons": [{**button, "script": "light.porch"}]},
        {"buttons": [{**button, "script": "script.a\nb"}]},
        {"buttons": [button] * 3},
        "on",
    ):
        assert read_defaults(broken) == {}
    assert read_defaults(None) == {}


def test_a_time_is_kept_to_the_minute() -> None:
    """A page may send seconds."""
    wishes = read_wishes(
        {"quiet": [{"days": [0], "begins": "22:00:30", "ends": "07:00"}]}
    )
    assert wishes is not None
    [hours] = wishes["quiet"]
    assert hours["begins"] == "22:00"
