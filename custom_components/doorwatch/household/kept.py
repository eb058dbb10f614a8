"""Read the retention rules from the options of the household and the doorbells."""

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
    """Return the rules from the household's options, and those of doorbells by ID."""
    days = int(household.get(CONF_KEEP_DAYS, DEFAULT_KEEP_DAYS))
    return RetentionPolicy(
        days={ANY: days or None, **days_of(household)},
        doorbells={one: days_of(doorbells[one]) for one in doorbells},
        bytes=int(household.get(CONF_KEEP_GB, DEFAULT_KEEP_GB)) * GIGABYTE or None,
        motion_first=household.get(CONF_FIRST_TO_GO, FIRST_MOTION) == FIRST_MOTION,
    )


@callback
def keeps_less(before: RetentionPolicy, after: RetentionPolicy) -> bool:
    """Return whether other rules delete some clips earlier: fewer days, or less space."""

    def is_less(one: float | None, other: float | None) -> bool:
        return other is not None and (one is None or other < one)

    # The empty ID stands for doorbells without separate rules.
    doorbells = {*before.doorbells, *after.doorbells, ""}
    return is_less(before.bytes, after.bytes) or any(
        is_less(before.days_of(doorbell, reason), after.days_of(doorbell, reason))
        for doorbell in doorbells
        for reason in REASONS
    )


@callback
def days_of(options: Mapping[str, Any]) -> Days:
    """Return the days that options name; 0 becomes None, which means no limit."""
    return {
        what: int(days) or None for what, days in options.get(CONF_KEEP, {}).items()
    }
