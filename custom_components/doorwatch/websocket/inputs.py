"""What pages send in many commands. All that they send has a limit, counted before it is read."""

from datetime import datetime
from typing import Final

from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

# More than any home has; a page may still name some that were removed.
MOST_DOORBELLS: Final = 200
# Ids are of up to 36 characters.
ID: Final = vol.All(str, vol.Length(max=64))


def _moment(value: str) -> datetime:
    """Read a time with its zone; a time without one is of the home's zone."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as err:  # the first or the last hours that there are
        raise vol.Invalid("not a time") from err


MOMENT: Final = vol.All(vol.Length(max=40), _moment)
# By doorbell.
MOMENTS: Final = vol.All(vol.Length(max=MOST_DOORBELLS), {ID: MOMENT})
