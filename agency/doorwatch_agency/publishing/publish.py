"""The discovery document: a static file that homes fetch and verify."""

from collections.abc import Mapping
import hashlib
from pathlib import Path
import re
import tomllib
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..printing import is_plain
from ..signing import jws
from ..signing.age_keys import read_recipient
from ..times import time_text
from .past import Past, Version, time_of

WELL_KNOWN = Path(".well-known/doorwatch-agency")

_LONGEST_NAME = 200
_LONGEST_TEXT = 50_000
_MOST_RECIPIENTS = 16
_MOST_MIRRORS = 8
_TEXT_FILES = ("terms_file", "retention_file")
_NAMES = frozenset(
    {
        "kind",
        "origin",
        "name",
        "jurisdiction",
        "contact",
        "requests_uri",
        "requests_mirrors",
    }
)
# Only for agencies that receive clips.
_AGENCY_NAMES = frozenset(
    {
        "terms_file",
        "retention_file",
        "retention_days",
        "age_recipients",
        "upload_endpoint",
        "upload_code_required",
        "receipts_uri",
        "withdrawals_uri",
    }
)


def read_settings(path: Path, overrides: Mapping[str, object]) -> dict[str, object]:
    """Read agency.toml and its text files, and check all settings.

    `overrides` (from the command line) replace settings of the file.
    """
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise AgencyError(f"cannot read {path}: {err.strerror}") from err
    except (ValueError, RecursionError) as err:
        raise AgencyError(f"{path} is not TOML in UTF-8: {err}") from err
    settings |= {name: value for name, value in overrides.items() if value is not None}
    if unknown := sorted(settings.keys() - _NAMES - _AGENCY_NAMES):
        raise AgencyError(f"{path} has an unknown setting: {unknown[0]}")
    if settings.get("kind", "agency") not in ("agency", "group"):
        raise AgencyError('kind must be "agency" or "group"')
    if is_group(settings):
        _check_group(settings)
        return settings
    for name in _TEXT_FILES:
        settings[name.removesuffix("_file")] = _read_text(
            path, settings.pop(name, None)
        )
    _check(settings)
    return settings


def is_group(settings: Mapping[str, object]) -> bool:
    """Return whether the settings are those of a group, which receives no clips."""
    return settings.get("kind") == "group"


def _check_group(settings: Mapping[str, object]) -> None:
    """Raise for settings that homes would reject or ignore."""
    if needless := sorted(settings.keys() & _AGENCY_NAMES):
        raise AgencyError(f"a group receives no clips, so it has no {needless[0]}")
    _check_feed(settings, _check_lines(settings))
    if "requests_uri" not in settings:
        raise AgencyError(
            "requests_uri is missing. A group needs it to publish bulletins"
        )


def _read_text(settings_path: Path, name: object) -> str:
    if not isinstance(name, str):
        raise AgencyError("terms_file and retention_file must each name a text file")
    path = settings_path.parent / name
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        raise AgencyError(f"cannot read {path}: {err.strerror}") from err
    except ValueError as err:
        raise AgencyError(f"cannot read {path} as UTF-8 text") from err
    text = text.strip()
    if not any(map(str.isalnum, text)) or len(text) > _LONGEST_TEXT:
        raise AgencyError(
            f"{path} must contain words, and at most {_LONGEST_TEXT} characters"
        )
    if not is_plain(text, keep="\n\t"):
        raise AgencyError(f"{path} contains a control character or stacked accents")
    return text


def _check_lines(settings: Mapping[str, object]) -> str:
    """Raise for texts of several lines and an invalid origin; return the origin."""
    for name in ("name", "jurisdiction", "contact"):
        value = settings.get(name)
        if (
            not isinstance(value, str)
            or not any(map(str.isalnum, value))
            or len(value) > _LONGEST_NAME
            or not is_plain(value)
        ):
            raise AgencyError(f"{name} must be one line of at most 200 characters")
    origin = settings.get("origin")
    if not isinstance(origin, str) or _origin(origin) != origin:
        raise AgencyError(
            "origin must look like https://police.example: lowercase, international"
            " names in punycode, no path, and no port if it is the usual one"
        )
    return origin


def _check(settings: Mapping[str, object]) -> None:
    """Raise for settings that homes would reject."""
    origin = _check_lines(settings)
    days = settings.get("retention_days")
    if days is not None and (
        isinstance(days, bool) or not isinstance(days, int) or days < 1
    ):
        raise AgencyError("retention_days must be a number of days, or left out")
    _check_recipients(settings.get("age_recipients"))
    if not isinstance(settings.get("upload_code_required", False), bool):
        raise AgencyError("upload_code_required must be true or false")
    if "upload_endpoint" not in settings:
        raise AgencyError("upload_endpoint is missing")
    for name in ("upload_endpoint", "receipts_uri", "withdrawals_uri"):
        value = settings.get(name)
        if value is not None and (
            not isinstance(value, str) or _origin(value) != origin
        ):
            raise AgencyError(f"{name} must be on {origin}")
    _check_feed(settings, origin)


def _check_feed(settings: Mapping[str, object], origin: str) -> None:
    """Check the feed's addresses, which may be on any host: the feed is signed."""
    address, mirrors = settings.get("requests_uri"), settings.get("requests_mirrors")
    if address is not None and (
        not isinstance(address, str)
        or (_origin(address) != origin and not address.startswith("https://"))
    ):
        raise AgencyError(f"requests_uri must be on {origin}, or start with https://")
    if mirrors is None:
        return
    if address is None:
        raise AgencyError("requests_mirrors need a requests_uri to mirror")
    if (
        not isinstance(mirrors, list)
        or len(mirrors) > _MOST_MIRRORS
        or len({address, *map(str, mirrors)}) != len(mirrors) + 1
        or not all(
            str(each).startswith("https://") and _origin(each) for each in mirrors
        )
    ):
        raise AgencyError(
            f"requests_mirrors must list at most {_MOST_MIRRORS} addresses that start"
            " with https://, each once, and none the same as requests_uri"
        )


def _check_recipients(listed: object) -> None:
    if (
        not isinstance(listed, list)
        or not 0 < len(listed) <= _MOST_RECIPIENTS
        or len(set(map(str, listed))) != len(listed)
    ):
        raise AgencyError(
            "age_recipients must list 1 to 16 age recipients, each once, since homes"
            " send nothing unencrypted. Create one with `doorwatch-agency keys --age"
            " FILE`"
        )
    for one in listed:
        read_recipient(str(one))


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as err:
        raise AgencyError(f"not an address: {url}") from err
    host = parts.hostname or ""
    loopback = re.fullmatch(r"localhost|127\.\d+\.\d+\.\d+|::1", host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise AgencyError(f"not an https address: {url}")
    if not host.isascii() or "@" in parts.netloc or re.search(r"[\s\\]", url):
        raise AgencyError(f"not an address that homes accept: {url}")
    usual = {"https": 443, "http": 80}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")


def publish(
    settings: Mapping[str, object],
    past: Past,
    *,
    root: ec.EllipticCurvePrivateKey,
    online: list[ec.EllipticCurvePublicKey],
    now: int,
    days: int,
    next_root: str | None = None,
    number: int | None = None,
    new_root: bool = False,
) -> Version:
    """Sign the document, keep a copy, and write it to the website's folder, atomically.

    `seq` is one more than the highest number ever used, or `number`. Raise for a root
    key that the last document did not announce, unless `new_root` is set, because every
    home would reject it; and for a change from agency to group or back.
    """
    name = jws.thumbprint(root.public_key())
    group = is_group(settings)
    if not new_root:
        _check_follows(past.last, root=name, group=group)
    claims = _claims(settings, online) | {
        "seq": _number(past, number, now),
        "iat": now,
        "exp": now + days * 86_400,
    }
    if next_root is not None:
        claims["next_root_jkt"] = next_root
    kind = jws.GROUP if group else jws.AGENCY
    version = Version.of(jws.sign(kind, claims, root, embed_key=True))
    past.keep(version)
    return version


def _check_follows(last: Version | None, *, root: str, group: bool) -> None:
    """Raise for a document that homes would not accept after the last one."""
    if last is None:
        return
    if last.group is not group:
        raise AgencyError(
            "the published document is of the other kind, agency or group. Homes"
            " would refuse this one until they add you again (--new-root publishes"
            " it anyway)"
        )
    if root not in last.next_roots:
        raise AgencyError(
            "the published document is not signed with this root key and does not"
            " announce it, so homes would refuse the new one. If the earlier key is"
            " lost, --new-root publishes it anyway, and every home has to compare"
            " your new fingerprint"
        )


def _number(past: Past, wanted: int | None, now: int) -> int:
    """Return the next number; raise for a number or time that homes would reject."""
    if wanted is not None:
        if wanted <= past.seq:
            raise AgencyError(
                f"number {past.seq} is taken already, and homes never go back. Leave"
                f" out --seq, or use at least {past.seq + 1}"
            )
        return wanted
    if now < past.issued_at:
        raise AgencyError(
            f"number {past.seq} was signed at {time_text(time_of(past.issued_at))}, but"
            " this machine's clock shows an earlier time, so homes would refuse a new"
            " document. Set the clock. If the clock was wrong then, no home has"
            f" accepted that document, and --seq {past.seq + 1} publishes anyway"
        )
    return past.seq + 1


def _claims(
    settings: Mapping[str, object], online: list[ec.EllipticCurvePublicKey]
) -> dict[str, object]:
    optional = ("receipts_uri", "withdrawals_uri", "requests_uri", "requests_mirrors")
    claims = {
        "iss": settings["origin"],
        "name": settings["name"],
        "jurisdiction": settings["jurisdiction"],
        "contact": settings["contact"],
        "keys": {"keys": [jws.jwk(key) for key in online]},
    } | {name: settings[name] for name in optional if name in settings}
    if is_group(settings):
        return claims
    terms, retention = str(settings["terms"]), str(settings["retention"])
    return claims | {
        "age_recipients": settings["age_recipients"],
        "upload_endpoint": settings["upload_endpoint"],
        "upload_code_required": settings.get("upload_code_required", False),
        "terms": {"text": terms, "digest": _digest(terms)},
        "retention": {
            "text": retention,
            "days": settings.get("retention_days"),
            "digest": _digest(retention),
        },
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
