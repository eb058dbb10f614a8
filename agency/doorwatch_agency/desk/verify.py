"""Verify an opened package; each check says what it proves and what it does not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..package.along import Along
from ..package.edits import what_it_is
from ..package.findings import Finding
from ..package.members import CLIP, MORE_NAMES, NAMES, read_small
from ..package.spelling import BAGIT, read_bag_info, read_manifest, write_pem
from ..package.unpack import Opened
from ..package.video import Video, describe_video, measure_video
from ..printing import printable
from ..signing import jws
from ..signing.keys import load_public_key
from .at_desk import AtDesk
from .homes import Homes
from .inbox import Record, compare_upload
from .opened import share_of

_PAYLOAD = frozenset(name for name in NAMES if name.startswith("data/"))
_TAGS = NAMES - _PAYLOAD - {"tagmanifest-sha256.txt", "tagmanifest-sha256.sig"}
# Errors of unusual JSON, such as lone surrogates or deep nesting.
_ODD = (ValueError, RecursionError)

type _Check = Callable[[datetime], Finding | None]


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the officer passed to the command."""

    agency: str
    fingerprint: str | None = None
    label: str | None = None
    again: bool = False
    record: Record | None = None  # the intake's record of this upload
    opened: Opened | None = None  # how the package was opened
    # Keys that the agency's documents list, by thumbprint; None: no documents were
    # given.
    vouched: Mapping[str, ec.EllipticCurvePublicKey] | None = None


class Verification:
    """The checks of one package, ordered so that each can rely on the previous ones."""

    def __init__(self, bag: Path, expected: Expectation, homes: Homes) -> None:
        """Prepare the checks without reading the package."""
        self.bag = bag
        self._expected = expected
        self._homes = homes
        self._key: ec.EllipticCurvePublicKey | None = None
        self.statement: Mapping[str, object] = {}
        self.digest = ""
        self._info: Mapping[str, str] = {}
        self._payload = _PAYLOAD
        self.notice: Mapping[str, object] = {}
        self.video: Video | None = None
        self.not_made: list[str] = []
        self.share_id = share_of(bag)
        self.home = ""
        self.identity = ""

    def run(self, now: datetime | None = None) -> list[Finding]:
        """Run the checks up to the first that fails."""
        now = now or datetime.now(UTC)
        checks: list[tuple[str, _Check]] = [
            ("Only the files of a package", self._listed),
            ("Digests match", self._digests),
            ("Signature over the digests", self._signature),
            ("Signed statement", self._statement_signed),
            ("Consent record", self._consent),
            ("Answered request", lambda _now: self._along().answers()),
            ("Draft declaration, not signed", lambda _now: self._along().declares()),
            ("Made to be handed over", self._by_hand),
            *self._compared.items(),
            ("Video can be read", self._video),
        ]
        if self._expected.record is not None:
            checks.insert(8, ("Upload matches the package", self._upload))
        findings = _make(checks, now)
        self._note_not_made(findings, [title for title, _ in checks])
        return findings

    def run_again(
        self, findings: list[Finding], homes: Homes, now: datetime | None = None
    ) -> list[Finding]:
        """Repeat the comparison with the desk's record, which may have changed."""
        self._homes = homes
        now, checks = now or datetime.now(UTC), self._compared
        anew: list[Finding] = []
        for finding in findings:
            check = checks.get(finding.title)
            one = [finding] if check is None else _make([(finding.title, check)], now)
            anew += one
            if one[-1].passed is False:
                break
        if len(anew) < len(findings):
            self._note_not_made(anew, [finding.title for finding in findings])
        return anew

    def _note_not_made(self, findings: list[Finding], titles: list[str]) -> None:
        last = findings[-1]
        if last.passed is False:
            self.not_made = titles[titles.index(last.title) + 1 :]

    @property
    def _compared(self) -> dict[str, _Check]:
        """The checks that depend on the desk's record."""
        return {
            "Duplicate check": lambda _now: self._at_desk().received_before(),
            "Identity of the home": self._identity,
        }

    def _at_desk(self) -> AtDesk:
        return AtDesk(
            homes=self._homes,
            share_id=self.share_id,
            home=self.home,
            digest=self.digest,
            by_hand=self.by_hand,
            fingerprint=self._expected.fingerprint,
            label=self._expected.label,
            again=self._expected.again,
        )

    @property
    def by_hand(self) -> bool:
        """Whether a person handed the package over."""
        return _by_hand(self.statement)

    def line(self) -> dict[str, object]:
        """Return the line for the record of an accepted package."""
        agency = self.notice.get("agency")
        days = agency.get("retention_days") if isinstance(agency, dict) else None
        label = self._expected.label
        return {
            "share": self.share_id,
            "home": self.home,
            **({} if label is None else {"label": label}),  # keeps the previous label
            "digest": self.digest,
            "by_hand": self.by_hand,
            "fingerprint": self._expected.fingerprint is not None,
            "again": self.share_id in self._homes.shares,
            "retention_days": days if type(days) is int else None,
        }

    def _read(self, name: str) -> bytes:
        return read_small(self.bag, name)

    def _listed(self, _now: datetime) -> Finding:
        found = set()
        for path in self.bag.rglob("*"):
            name = path.relative_to(self.bag).as_posix()
            if path.is_symlink() or not (path.is_file() or name == "data"):
                raise AgencyError(f"{printable(name)} is not a plain file")
            if path.is_file():
                found.add(name)
        if not NAMES <= found <= NAMES | MORE_NAMES:
            odd = min((NAMES - found) | (found - NAMES - MORE_NAMES))
            raise AgencyError(f"{printable(odd)} is missing or does not belong here")
        self._payload = frozenset(name for name in found if name.startswith("data/"))
        return Finding(
            title="Only the files of a package",
            passed=True,
            says="The folder contains the files of a package and nothing else.",
        )

    def _digests(self, _now: datetime) -> Finding:
        if self._read("bagit.txt") != BAGIT:
            raise AgencyError("bagit.txt names a different format")
        for manifest, listed in (
            ("tagmanifest-sha256.txt", _TAGS),
            ("manifest-sha256.txt", self._payload),
        ):
            digests = read_manifest(self._read(manifest).decode("ascii", "replace"))
            if digests.keys() != listed:
                raise AgencyError(f"{manifest} does not list what it must")
            for name, digest in digests.items():
                if _sha256(self.bag / name) != digest:
                    raise AgencyError(f"{name} is not the file that was packed")
        self._info = read_bag_info(self._read("bag-info.txt"))
        oxum = sum((self.bag / name).stat().st_size for name in self._payload)
        if self._info["Payload-Oxum"] != f"{oxum}.{len(self._payload)}":
            raise AgencyError("bag-info.txt names a different size")
        if self._info["External-Identifier"] != self.share_id:
            raise AgencyError("bag-info.txt is about a different share")
        return Finding(
            title="Digests match",
            passed=True,
            says="Every file matches its digest in the lists.",
            not_proved="that no one changed a file and the lists together. The next check"
            " proves that.",
        )

    def _signature(self, _now: datetime) -> Finding:
        try:
            self._key = load_public_key(pem := self._read("home.pem"))
        except AgencyError as err:
            raise AgencyError(f"home.pem: {err}") from err
        if pem != write_pem(self._key):
            raise AgencyError("home.pem contains more than a key")
        signed = self._read("tagmanifest-sha256.txt")
        try:
            self._key.verify(
                self._read("tagmanifest-sha256.sig"), signed, ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature as err:
            raise AgencyError("the signature does not match the digests") from err
        self.home = jws.thumbprint(self._key)
        if self._info["Internal-Sender-Identifier"] != self.home:
            raise AgencyError("bag-info.txt names a different home")
        self.digest = hashlib.sha256(signed).hexdigest()
        return Finding(
            title="Signature over the digests",
            passed=True,
            says="Whoever holds the key in home.pem signed exactly these files, and"
            " nothing changed since.",
            not_proved="what the camera saw, or when. The key is in the home, and its owner"
            " could have signed something else. Times are by the home's clock.",
        )

    def _statement_signed(self, now: datetime) -> Finding:
        if self._key is None:
            raise AgencyError("there is no key to check it with")
        token = self._read("share.jws").decode("ascii", "replace")
        try:
            claims = jws.verify(token, jws.SHARE, self._key)
            stated = jws.read_canonical(self._read("data/share.json"))
        except AgencyError as err:
            raise AgencyError(f"share.jws: {err}") from err
        except ValueError as err:
            raise AgencyError(
                "data/share.json is not JSON with a single meaning"
            ) from err
        if claims.get("share") != stated:
            raise AgencyError("data/share.json and share.jws do not agree")
        if claims.get("iss") != self.home:
            raise AgencyError("the statement names a different home as its sender")
        if claims.get("aud") != self._expected.agency:
            typed = " (as the person typed it)" if _by_hand(stated) else ""
            raise AgencyError(
                f"it was made for {printable(str(claims.get('aud')))}{typed}, not for"
                " you"
            )
        if (
            claims.get("jti") != self.share_id
            or stated.get("share_id") != self.share_id
        ):
            raise AgencyError("the share has a different number inside than outside")
        issued = claims.get("iat")
        if isinstance(issued, bool) or not isinstance(issued, int) or issued < 0:
            raise AgencyError("it does not say when it was made")
        if issued > now.timestamp() + jws.CLOCK_LEEWAY:
            raise AgencyError(
                "it says that it was made in the future. Check the clocks"
            )
        if token != jws.spelt(jws.SHARE, claims, self._key, token):
            raise AgencyError(
                "share.jws says more than it must, or spells it differently"
            )
        if claims.keys() != {"aud", "iat", "iss", "jti", "share"}:
            raise AgencyError("share.jws says more than homes do")
        file = stated.get("file")
        clip = self.bag / CLIP
        if (
            not isinstance(file, dict)
            or file.get("sha256") != _sha256(clip)
            or type(file.get("size")) is not int
            or file.get("size") != clip.stat().st_size
        ):
            raise AgencyError("the statement is about a different video")
        self.statement = stated
        made = datetime.fromtimestamp(issued, UTC).isoformat()
        return Finding(
            title="Signed statement",
            passed=True,
            says="The same key signed everything that data/share.json states, for"
            f" you, at {made} by the home's clock. {what_it_is(file)}",
            not_proved="that what it states is true.",
        )

    def _consent(self, _now: datetime) -> Finding:
        record = self.statement.get("consent")
        notice: object = None
        digest: object = None
        if isinstance(record, dict):
            processing = record.get("pii_processing")
            shown = (
                processing.get("privacy_notice")
                if isinstance(processing, dict)
                else None
            )
            if isinstance(shown, dict):
                notice, digest = shown.get("notice"), shown.get("digest")
        if (
            not isinstance(record, dict)
            or not isinstance(notice, dict)
            or record.get("record_id") != self.share_id
            or record.get("pii_principal_id") != self.home
            or hashlib.sha256(jws.canonical(notice)).hexdigest() != digest
        ):
            raise AgencyError("the consent record does not belong to this share")
        self.notice = notice
        agency = notice.get("agency")
        if self.by_hand:
            compared = "The person had no fingerprint of yours to compare."
        elif isinstance(agency, dict) and agency.get("compared") is True:
            compared = "The person had compared your fingerprint."
        else:
            compared = "The person had not compared your fingerprint."
        return Finding(
            title="Consent record",
            passed=True,
            says="It belongs to this share, and contains the notice as it was shown."
            f" {compared}",
            not_proved="who the person was. A name and contact are included only if they"
            " chose to give them, and no one checked them.",
        )

    def _along(self) -> Along:
        return Along(
            bag=self.bag,
            statement=self.statement,
            notice=self.notice,
            agency=self._expected.agency,
            vouched=self._expected.vouched,
        )

    def _by_hand(self, _now: datetime) -> Finding | None:
        if not self.by_hand:
            return None
        return Finding(
            title="Made to be handed over",
            passed=True,
            says="The home made it for a person to hand over, not encrypted. It had"
            " no document of yours, so your name and page are as they were typed"
            " there.",
            not_proved="who handed it over, and who could read it on the way.",
        )

    def _upload(self, _now: datetime) -> Finding:
        ledger = self.statement.get("ledger")
        return compare_upload(
            self._expected.record,
            home=self.home,
            line=ledger.get("digest") if isinstance(ledger, dict) else None,
            opened=self._expected.opened,
        )

    def _identity(self, _now: datetime) -> Finding:
        proved, self.identity = self._at_desk().identity()
        fingerprint = jws.fingerprint(self.home)
        return Finding(
            title="Identity of the home",
            passed=True if proved else None,
            says=f"{self.identity} Fingerprint of the home: {fingerprint}",
            not_proved="who lives there, or who tapped Share.",
        )

    def _video(self, _now: datetime) -> Finding:
        self.video = measure_video((self.bag / CLIP).resolve())
        return describe_video(self.video)


def _make(checks: Iterable[tuple[str, _Check]], now: datetime) -> list[Finding]:
    findings: list[Finding] = []
    for title, check in checks:
        try:
            if (finding := check(now)) is not None:
                findings.append(finding)
        except AgencyError as err:
            says = f"{err}."
        except _ODD:
            says = "it contains something that no honest program writes."
        else:
            continue
        findings.append(Finding(title=title, passed=False, says=says))
        break
    return findings


def _by_hand(stated: Mapping[str, object]) -> bool:
    """Return whether the home knew only typed details of the agency, no document."""
    agency = stated.get("agency")
    return isinstance(agency, dict) and agency.get("root_thumbprint", "") is None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
