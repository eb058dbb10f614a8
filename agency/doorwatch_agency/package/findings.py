"""The result of a check."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check; `passed` is None if it was not made or its title is not proved."""

    title: str
    passed: bool | None
    says: str
    not_proved: str = ""
