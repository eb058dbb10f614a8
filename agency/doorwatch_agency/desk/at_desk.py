"""Compare a package with the homes and shares that the desk knows."""

from dataclasses import dataclass

from ..errors import AgencyError
from ..package.findings import Finding
from ..printing import printable
from ..signing import jws
from .homes import Homes


@dataclass(frozen=True, kw_only=True)
class AtDesk:
    """A package with a valid signature, and what the officer entered about its home."""

    homes: Homes
    share_id: str
    home: str
    digest: str
    by_hand: bool
    fingerprint: str | None
    label: str | None
    again: bool

    def received_before(self) -> Finding:
        """Check whether the share is new; raise for a duplicate unless `again` is set."""
        before = self.homes.shares.get(self.share_id)
        if before is None:
            return Finding(
                title="Duplicate check",
                passed=True,
                says="This share was not received before.",
            )
        if before.home != self.home:
            raise AgencyError(
                f"a share with this number arrived on {before.at}, signed with"
                " another home's key"
            )
        if before.digest != self.digest:
            raise AgencyError(
                f"a share with this number arrived on {before.at} with different"
                " contents"
            )
        if not self.again:
            raise AgencyError(
                f"this same share was received on {before.at}. It is a copy, not a"
                " new one (--again checks it again)"
            )
        return Finding(
            title="Duplicate check",
            passed=True,
            says=f"It is the same share that was received on {before.at}, checked"
            " again.",
        )

    def identity(self) -> tuple[bool, str]:
        """Return whether the key's owner is proved, and why; raise for a wrong home."""
        known = self.homes.homes.get(self.home)
        twin = self._twin(self.label or (known.label if known is not None else None))
        proved = True
        if self.fingerprint is not None:
            if not jws.same_fingerprint(self.fingerprint, self.home):
                raise AgencyError(
                    "the fingerprint that you entered does not match this package"
                )
            says = "Proved: the key is the one whose fingerprint the owner read out."
        elif known is not None and known.proved:
            says = (
                f"Proved: it is the same home as on {known.first_seen}, and the owner's"
                f" fingerprint was compared on {known.proved}."
            )
        elif known is not None:
            proved = False
            says = f"Not proved yet, but it is the same home as on {known.first_seen}."
        else:
            proved = False
            says = (
                "Not proved yet: it is the first package with this key. Have the owner read"
                " out the fingerprint, and verify again with --fingerprint and --again."
            )
        if twin:
            says += (
                " Its label also stands for another key, since a home has one for what"
                " it uploads and one for what a person hands over."
            )
        return proved, says

    def _twin(self, label: str | None) -> bool:
        """Return whether another key has the same label.

        A home has one key for uploads and one for packages that a person hands over.
        Raise if the label would name a third key, or a second one of the same kind.
        """
        if label is None:
            return False
        others = [
            home
            for name, home in self.homes.homes.items()
            if home.label == label and name != self.home
        ]
        if self.label is not None and (
            len(others) > 1
            or any(home.by_hand in (None, self.by_hand) for home in others)
        ):
            raise AgencyError(
                f"earlier packages labeled {printable(label)!r} were signed with another"
                " home's key. Ask the owner whether the system was set up again, and for"
                " the new fingerprint. Then use a new label"
            )
        return bool(others)
