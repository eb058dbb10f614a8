"""Previously published documents, so that no sequence number is used twice.

Homes accept a document only if its number is higher. The last number is known in three
places: the website, `published/` next to agency.toml, which keeps every version, and a
note next to the root key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import json
from pathlib import Path
from typing import Self

from ..errors import AgencyError
from ..files import write_public, write_whole
from ..signing import jws

KEPT = "published"  # next to agency.toml


@dataclass(frozen=True, kw_only=True)
class Version:
    """A document that was published or is about to be."""

    token: str
    claims: Mapping[str, object]
    seq: int
    issued_at: int
    root: str
    next_root: str | None
    group: bool
    keys: tuple[str, ...]  # thumbprints of the online keys that it lists

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a document from a file."""
        try:
            token = path.read_text(encoding="utf-8", errors="replace").strip()
            return cls.of(token)
        except OSError as err:
            raise AgencyError(f"cannot read {path}: {err.strerror}") from err
        except AgencyError as err:
            raise AgencyError(f"{path} exists, but {err}") from err

    @classmethod
    def of(cls, token: str) -> Self:
        """Parse a document that is signed by its own root key."""
        key = jws.embedded_key(token)
        claims, group = jws.verify_published(token)
        announced = claims.get("next_root_jkt")
        return cls(
            token=token,
            claims=claims,
            seq=_count(claims, "seq"),
            issued_at=_count(claims, "iat"),
            root=jws.thumbprint(key),
            next_root=announced if isinstance(announced, str) else None,
            group=group,
            keys=tuple(map(jws.thumbprint, jws.vouched(claims))),
        )

    @property
    def next_roots(self) -> set[str]:
        """The root keys that homes accept for the next document."""
        return {self.root} | ({self.next_root} if self.next_root else set())

    @property
    def day(self) -> str:
        """The date of the signature, by the clock of the signing machine."""
        return time_of(self.issued_at).date().isoformat()

    @property
    def name(self) -> str:
        """The file name in `published/`."""
        return f"{self.seq:04}-{self.day}.jws"


@dataclass(frozen=True, kw_only=True)
class Note:
    """The last number that a root key signed."""

    seq: int
    issued_at: int
    sha256: str  # of the document

    @staticmethod
    def path(root: Path) -> Path:
        """Return the path of the note, next to the key."""
        return root.with_name(f"{root.name}.last")

    @classmethod
    def read(cls, root: Path) -> Self | None:
        """Read the note, or None."""
        path = cls.path(root)
        try:
            told = jws.read_object(path.read_bytes())
            sha256 = told["sha256"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError) as err:
            raise AgencyError(
                f"cannot read {path}, which has the last number that you published."
                " Remove it, and publish with --seq and a number above that"
            ) from err
        return cls(
            seq=_count(told, "seq"),
            issued_at=_count(told, "iat"),
            sha256=str(sha256),
        )

    @classmethod
    def of(cls, version: Version) -> Self:
        """Create a note from a document."""
        digest = hashlib.sha256(version.token.encode()).hexdigest()
        return cls(seq=version.seq, issued_at=version.issued_at, sha256=digest)

    def write(self, root: Path) -> None:
        """Write the note next to the key, replacing an earlier one."""
        told = {"seq": self.seq, "iat": self.issued_at, "sha256": self.sha256}
        content = json.dumps(told, sort_keys=True) + "\n"
        write_whole(self.path(root), content.encode())


@dataclass(frozen=True, kw_only=True)
class Past:
    """The published documents and the last numbers."""

    target: Path
    kept: Path
    root: Path
    site: Version | None  # the current document of the website
    versions: tuple[Version, ...]  # copies and the website's, newest first
    note: Note | None
    unkept: bool  # the website's document has no copy yet

    @classmethod
    def read(cls, target: Path, kept: Path, root: Path) -> Self:
        """Read the three places."""
        site = Version.read(target) if target.exists() else None
        copies = [Version.read(path) for path in sorted(kept.glob("*.jws"))]
        unkept = site is not None and site not in copies
        every = [*copies, site] if site is not None and unkept else copies
        return cls(
            target=target,
            kept=kept,
            root=root,
            site=site,
            versions=tuple(
                sorted(every, key=lambda one: (one.seq, one.issued_at), reverse=True)
            ),
            note=Note.read(root),
            unkept=unkept,
        )

    @property
    def last(self) -> Version | None:
        """The newest document."""
        return self.versions[0] if self.versions else None

    @property
    def seq(self) -> int:
        """The highest number that was ever used; 0 if none."""
        return max(_numbers(self.last), _numbers(self.note))

    @property
    def issued_at(self) -> int:
        """When the document with the highest number was signed."""
        found = [one for one in (self.last, self.note) if _numbers(one) == self.seq]
        return max((one.issued_at for one in found if one is not None), default=0)

    def since(self, key: str) -> Version | None:
        """Return the oldest document since which an online key is always listed."""
        first = None
        for version in self.versions:
            if key not in version.keys:
                break
            first = version
        return first

    def keep(self, version: Version) -> None:
        """Record a number before the website is updated.

        After a kill in between, the number is used, but homes have not seen it.
        """
        if self.site is not None and self.unkept:
            self._copy(self.site)
        Note.of(version).write(self.root)
        self._copy(version)
        write_public(self.target, version.token.encode("ascii"))

    def _copy(self, version: Version) -> None:
        path = self.kept / version.name
        if path.exists():  # keep both documents with the same number and date
            digest = Note.of(version).sha256[:8]
            path = path.with_name(f"{path.stem}-{digest}.jws")
        write_public(path, version.token.encode("ascii"))

    def remarks(self, root: str) -> Iterable[str]:
        """Yield a warning for each missing file, with its consequences."""
        last, note, site = self.last, self.note, self.site
        if not self.seq:
            yield (
                "No earlier document was found. If homes know you already, they refuse"
                " number 1. Publish again, with --seq and a number above your last."
            )
            return
        if site is None:
            yield f"{self.target} was missing. Number {self.seq} was the last."
        elif site.seq < self.seq:
            yield (
                f"{self.target} had number {site.seq}, but number {self.seq} was the"
                " last."
            )
        if note is not None and note.seq > _numbers(last):
            yield (
                f"{Note.path(self.root)} names number {note.seq}, but no copy of that"
                " document is here. It was published elsewhere, or `publish` was"
                " stopped."
            )
        elif last is not None and site is not None and self.unkept:
            yield f"{self.kept} had no copy of number {site.seq}. It has one now."
        if last is None or last.root != root:
            return
        if note is None:
            yield (
                f"{Note.path(self.root)} was missing. It has the last number again."
                " Keep it beside the key."
            )
        elif note.seq == last.seq and note.sha256 not in {
            Note.of(one).sha256 for one in self.versions if one.seq == last.seq
        }:
            yield (
                f"Number {last.seq} was given to two documents. Someone else may"
                " publish with a copy of this root key."
            )


def time_of(seconds: int) -> datetime:
    """Convert a stated time; use the earliest time for invalid values."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _numbers(one: Version | Note | None) -> int:
    return one.seq if one is not None else 0


def _count(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    return value if type(value) is int and value > 0 else 0
