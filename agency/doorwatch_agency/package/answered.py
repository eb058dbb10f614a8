"""The request that a package answers, compared with the feed in the package.

The request in the statement must be in the feed, word for word. Whether the agency
published the feed is proved by its signature only, with a key from one of the agency's
current or earlier documents.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import math
from pathlib import Path
import re

from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..signing import jws
from ..times import time_text

_TEXTS = (
    "case_reference",
    "contact",
    "investigation_code",
    "offence",
    "terms",
    "text",
    "title",
)
_TIMES = ("begins", "ends", "until")
# A request without these cannot be answered.
_NEEDED = frozenset({"case_reference", "offence", "contact", "begins", "ends"})
_NAMES = frozenset({*_TEXTS, *_TIMES, "request_id", "version", "feed_sha256"})
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z", re.ASCII)
_PARTS = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)
_LARGEST_NUMBER = 2**63
_LATEST = 2**37  # seconds since 1970; larger values have years of five digits
_DEEPEST = 2047  # nesting that common JSON parsers accept
_ID = re.compile(r"[!-~]{1,200}")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A request found in the feed; `key` is the unverified thumbprint of its key."""

    request_id: str
    case_reference: str
    version: int
    key: str
    published: str
    over: bool  # by the home's clock, at the time of confirmation
    token: str


def read_answer(
    stated: Mapping[str, object],
    shown: Mapping[str, object],
    feed: bytes,
    *,
    agency: str,
) -> Answered:
    """Compare the request in `share.json` and in the notice with the feed."""
    request = stated.get("request")
    if not isinstance(request, dict) or request.keys() != _NAMES:
        raise AgencyError("data/share.json does not describe the request as homes do")
    rest = {name: request[name] for name in request if name != "feed_sha256"}
    if rest != shown.get("request") or stated.get("request_id") != rest["request_id"]:
        raise AgencyError("the person read a different request than the package names")
    header, claims = _open(feed)
    if claims.get("iss") != agency:
        raise AgencyError("data/requests.jws is another agency's feed")
    feature = _feature(claims, rest["request_id"])
    _compare(rest, feature)
    issued = claims.get("iat")
    if type(issued) is not int or not 0 <= issued < _LATEST:
        raise AgencyError("data/requests.jws does not say when it was made")
    return Answered(
        request_id=str(rest["request_id"]),
        case_reference=str(rest["case_reference"]),
        version=int(str(rest["version"])),
        key=str(header["kid"]),
        published=datetime.fromtimestamp(issued, UTC).date().isoformat(),
        over=_is_over(stated.get("confirmed_at"), rest["until"], claims.get("exp")),
        token=feed.decode("ascii"),
    )


def vouched_by(
    paths: Iterable[Path], *, agency: str
) -> dict[str, ec.EllipticCurvePublicKey]:
    """Return the keys that an agency's documents list, by thumbprint."""
    return {
        jws.thumbprint(key): key
        for token in documents_of(paths, agency=agency)
        for key in jws.vouched(jws.read_claims(token))
    }


def documents_of(paths: Iterable[Path], *, agency: str) -> list[str]:
    """Read an agency's documents, each signed by the root key that it contains.

    In a folder, documents of other agencies are skipped: `publish` keeps trial versions
    there, too.
    """
    found: list[str] = []
    for path in paths:
        files = sorted(path.glob("*.jws")) if path.is_dir() else [path]
        ours = [
            token
            for token, claims in map(_document, files)
            if claims.get("iss") == agency
        ]
        if not ours:
            raise AgencyError(
                f"{path} has none of the agency's documents"
                if path.is_dir()
                else f"{path} is another agency's document"
            )
        found += ours
    return found


def _document(path: Path) -> tuple[str, dict[str, object]]:
    try:
        token = "".join(path.read_text(encoding="ascii").split())
        return token, jws.verify(token, jws.AGENCY, jws.embedded_key(token))
    except (AgencyError, OSError, ValueError) as err:
        raise AgencyError(f"{path} is not an agency's document") from err


def _open(feed: bytes) -> tuple[dict[str, object], dict[str, object]]:
    """Parse header and claims of a feed without checking its signature."""
    match = _PARTS.fullmatch(feed.decode("ascii", "replace"))
    if match is None:
        raise AgencyError("data/requests.jws is not a signed document")
    try:
        header, claims = _read(jws.decode(match[1])), _read(jws.decode(match[2]))
        jws.decode(match[3])
    except ValueError as err:
        raise AgencyError("data/requests.jws is not a signed document") from err
    if (
        header.get("alg") != "ES256"
        or header.get("typ") != jws.REQUESTS
        or not isinstance(header.get("kid"), str)
        or not header.keys() <= {"alg", "jwk", "kid", "typ"}
    ):
        raise AgencyError("data/requests.jws is a different kind of document")
    return header, claims


def _read(data: bytes) -> dict[str, object]:
    """Parse JSON as common parsers do: the last of duplicate names counts."""
    text = data.decode()
    if _depth(text) > _DEEPEST:
        raise ValueError("nested too deeply")
    value = json.loads(
        text, parse_constant=_number, parse_float=_number, parse_int=_number
    )
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - callers handle one type of error
    for match in _STRING.finditer(text):
        # Lone surrogates have no encoding, and some programs end a text at a NUL. Also
        # check members that `value` lacks because their name occurs twice.
        if "\\u" in match[0] and b"\0" in json.loads(match[0]).encode():
            raise ValueError("NUL")
    return value


def _depth(text: str) -> int:
    """Return the nesting depth."""
    deepest = depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _number(text: str) -> int | float:
    if re.fullmatch(r"-?\d+", text):
        if not -_LARGEST_NUMBER <= (number := int(text)) < _LARGEST_NUMBER:
            raise ValueError("too large a number")
        return number
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


def _feature(claims: Mapping[str, object], request_id: object) -> Mapping[str, object]:
    feed = claims.get("feed")
    features = feed.get("features") if isinstance(feed, dict) else None
    found = [
        one
        for one in (features if isinstance(features, list) else [])
        if isinstance(one, dict) and one.get("id") == request_id
    ]
    if (
        not isinstance(request_id, str)
        or _ID.fullmatch(request_id) is None
        or len(found) != 1
        or found[0].get("featureType") == "bulletin"
    ):
        raise AgencyError("the request is not in data/requests.jws")
    told = found[0].get("properties")
    if isinstance(told, dict) and told.get("state") == "closed":
        raise AgencyError(
            "the request is closed in data/requests.jws, and homes do not answer closed"
            " requests"
        )
    return found[0]


def _compare(request: Mapping[str, object], feature: Mapping[str, object]) -> None:
    told = feature.get("properties")
    told = told if isinstance(told, dict) else {}
    time = feature.get("time")
    interval = time.get("interval") if isinstance(time, dict) else None
    ends = interval if isinstance(interval, list) and len(interval) == 2 else [None] * 2
    published = told | {"begins": ends[0], "ends": ends[1]}
    for name in (*_TEXTS, *_TIMES):
        said, asked = request[name], published.get(name)
        if said is None and name not in _NEEDED:
            continue  # the home did not show it
        if name in _TIMES:
            asked = _moment(asked)
        if not isinstance(said, str) or said != asked:
            raise AgencyError(
                f"data/requests.jws has a different {name} for the request than was"
                " shown"
            )
    version = told.get("version")
    version = version if type(version) is int and 0 < version < 2**31 else 1
    if type(request["version"]) is not int or request["version"] != version:
        raise AgencyError("data/requests.jws has a different version of the request")


def _is_over(confirmed_at: object, until: object, exp: object) -> bool:
    """Return whether the request or the feed had expired at the time of confirmation."""
    ends = {until} if isinstance(until, str) else set()
    if type(exp) is int and 0 <= exp < _LATEST:
        ends.add(time_text(datetime.fromtimestamp(exp, UTC)))
    return isinstance(confirmed_at, str) and any(confirmed_at >= end for end in ends)


def _moment(value: object) -> str | None:
    """Format a time as homes do, with milliseconds."""
    if not isinstance(value, str) or (match := _TIME.fullmatch(value)) is None:
        return None
    return f"{match[1]}.{(match[2] or '').ljust(3, '0')[:3]}Z"
