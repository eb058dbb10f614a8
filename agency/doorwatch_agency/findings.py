"""What a check found, in words."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: `passed` is None when it could not be made."""

    title: str
    passed: bool | None
    says: str
    not_proved: str = ""
