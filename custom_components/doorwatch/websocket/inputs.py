"""What pages send in many commands. All that they send has a limit, counted before it is read."""

import re
from typing import Final

import voluptuous as vol

from ..actions.times import moment
from ..people.stored import VERSION as A_VERSION

# More than any home has; a page may still name some that were removed.
MOST_DOORBELLS: Final = 200
# Ids are of up to 36 characters.
ID: Final = vol.All(str, vol.Length(max=64))
MOMENT: Final = vol.All(vol.Length(max=40), moment)
# By doorbell.
MOMENTS: Final = vol.All(vol.Length(max=MOST_DOORBELLS), {ID: MOMENT})

LANGUAGE: Final = vol.All(
    str,
    vol.Length(max=35),
    vol.Match(re.compile(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")),
)

# Some programs end a text at a NUL, so whoever checks a package refuses it.
_NO_NUL: Final = vol.Match(re.compile(r"\A[^\0]*\Z"))


def words(longest: int) -> vol.All[str]:
    """Take what a person writes and sends along."""
    return vol.All(str, vol.Length(max=longest), _NO_NUL)


VERSION: Final = vol.All(
    str, vol.Length(max=20), vol.Match(re.compile(rf"\A{A_VERSION.pattern}\Z"))
)
