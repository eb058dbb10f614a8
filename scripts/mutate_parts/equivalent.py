"""Name the mutations that change nothing observable, each with the reason. See `mutate`."""

from typing import Final

EQUIVALENT: Final[dict[str, str]] = {}
