"""Validators of command parameters, each with a length limit that is checked first."""

import re
from typing import Final

import voluptuous as vol

from ..actions.times import moment
from ..people.stored import VERSION as A_VERSION

# More than any home has; a page may still send doorbells that were removed.
MOST_DOORBELLS: Final = 200
# IDs have up to 36 characters.
ID: Final = vol.All(str, vol.Length(max=64))
MOMENT: Final = vol.All(vol.Length(max=40), moment)
# Moments by doorbell ID.
MOMENTS: Final = vol.All(vol.Length(max=MOST_DOORBELLS), {ID: MOMENT})

LANGUAGE: Final = vol.All(
    str,
    vol.Length(max=35),
    vol.Match(re.compile(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")),
)

# Some programs end a text at a NUL, so package verification rejects it.
_NO_NUL: Final = vol.Match(re.compile(r"\A[^\0]*\Z"))


def words(longest: int) -> vol.All[str]:
    """Return a validator for a text that a person writes and shares."""
    return vol.All(str, vol.Length(max=longest), _NO_NUL)


VERSION: Final = vol.All(
    str, vol.Length(max=20), vol.Match(re.compile(rf"\A{A_VERSION.pattern}\Z"))
)
