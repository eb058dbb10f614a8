"""Validate days and times from people, pages and automations."""

from datetime import date, datetime
from typing import Final

from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

# Years in which every day has a next day in every time zone.
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998


def moment(value: str) -> datetime:
    """Parse a time; without a time zone it is local."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as err:  # near the first or last representable time
        raise vol.Invalid("not a time") from err


def local_day(value: str) -> date:
    """Parse a local day."""
    try:
        day = cv.date(value)
    except (TypeError, ValueError) as err:
        raise vol.Invalid("not a day") from err
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise vol.Invalid("not a day of a clip")
    return day
