"""Days and moments as people, pages and automations send them."""

from datetime import date, datetime
from typing import Final

from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

# Of days that there is a next one of, in every zone.
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998


def moment(value: str) -> datetime:
    """Read a time with its zone; a time without one is of the home's zone."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as err:  # the first or the last hours that there are
        raise vol.Invalid("not a time") from err


def local_day(value: str) -> date:
    """Read a local day."""
    try:
        day = cv.date(value)
    except (TypeError, ValueError) as err:
        raise vol.Invalid("not a day") from err
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise vol.Invalid("not a day of a clip")
    return day
