"""Homes and shares of a desk, read from its record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Kinds of lines whose share number may be a false claim.
CLAIMS = ("open_failed", "refused_package", "reported")


@dataclass(kw_only=True)
class Home:
    """A home, identified by its key. `label` is the officer's name for it."""

    first_seen: str
    proved: str | None = None  # when the owner's fingerprint was compared
    label: str | None = None
    by_hand: bool | None = None  # for packages that a person hands over


@dataclass(kw_only=True)
class Received:
    """An accepted share."""

    home: str
    digest: str  # of the signed tag manifest
    at: str
    verified_at: str | None = None  # with seconds; missing in older files


@dataclass(kw_only=True)
class Homes:
    """The homes and shares of a record, built line by line."""

    homes: dict[str, Home] = field(default_factory=dict)
    shares: dict[str, Received] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)  # by share
    packages: dict[str, str] = field(default_factory=dict)  # its first package

    def take(self, kind: str, at: str, data: Mapping[str, object]) -> None:
        """Apply one line of the record."""
        share, case = _text(data, "share"), _text(data, "case")
        if share and case and kind not in CLAIMS and self._is_same(kind, share, data):
            self.cases[share] = case
        if kind in ("verified", "imported"):
            self._accept(kind, share, at, data)

    def _is_same(self, kind: str, share: str, data: Mapping[str, object]) -> bool:
        """Return whether a line is about the first package of a share or an accepted one."""
        sha256 = _text(data, "sha256")
        if kind != "opened" or sha256 is None:
            return True
        return self.packages.setdefault(share, sha256) == sha256

    def _accept(
        self, kind: str, share: str | None, at: str, data: Mapping[str, object]
    ) -> None:
        name = _text(data, "home")
        if name is None:
            return
        day = at[:10]
        home = self.homes.setdefault(
            name, Home(first_seen=_text(data, "first_seen") or day)
        )
        if data.get("fingerprint") is True:
            home.proved = home.proved or _text(data, "proved") or day
        home.label = _text(data, "label") or home.label
        if isinstance(by_hand := data.get("by_hand"), bool):
            home.by_hand = by_hand
        if share is None:
            return
        received = self.shares.setdefault(
            share,
            Received(
                home=name,
                digest=_text(data, "digest") or "",
                at=_text(data, "received") or day,
            ),
        )
        verified_at = _text(data, "verified_at") if kind == "imported" else at
        received.verified_at = received.verified_at or verified_at


def _text(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) else None
