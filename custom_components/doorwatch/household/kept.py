"""How long clips are kept, as the options of the household and of doorbells say."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import callback

from ..const import (
    CONF_FIRST_TO_GO,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    DEFAULT_KEEP_DAYS,
    DEFAULT_KEEP_GB,
    FIRST_MOTION,
    GIGABYTE,
)
from ..engine.clips.model import ANY, REASONS, Days, RetentionPolicy


@callback
def retention_of(
    household: Mapping[str, Any], doorbells: Mapping[str, Mapping[str, Any]]
) -> RetentionPolicy:
    """Read options of the household, and those of doorbells by id."""
    days = int(household.get(CONF_KEEP_DAYS, DEFAULT_KEEP_DAYS))
    return RetentionPolicy(
        days={ANY: days or None, **days_of(household)},
        doorbells={one: days_of(doorbells[one]) for one in doorbells},
        bytes=int(household.get(CONF_KEEP_GB, DEFAULT_KEEP_GB)) * GIGABYTE or None,
        motion_first=household.get(CONF_FIRST_TO_GO, FIRST_MOTION) == FIRST_MOTION,
    )


@callback
def keeps_less(before: RetentionPolicy, after: RetentionPolicy) -> bool:
    """Whether some clips go earlier by other rules: fewer days, or less space."""

    def is_less(one: float | None, other: float | None) -> bool:
        return other is not None and (one is None or other < one)

    # One that is not named has the rules of all.
    doorbells = {*before.doorbells, *after.doorbells, ""}
    return is_less(before.bytes, after.bytes) or any(
        is_less(before.days_of(doorbell, reason), after.days_of(doorbell, reason))
        for doorbell in doorbells
        for reason in REASONS
    )


@callback
def days_of(options: Mapping[str, Any]) -> Days:
    """Return the days that options name; 0 keeps clips as long as there is space."""
    return {
        what: int(days) or None for what, days in options.get(CONF_KEEP, {}).items()
    }
