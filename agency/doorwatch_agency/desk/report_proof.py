"""Texts of a report: its conclusion, what it proves and does not, how to check it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import shlex

from ..package.unpack import Opened
from .inbox import SHARE_ID
from .stated import one_line

_SAW = (
    "What the camera saw. The key is in the home, and whoever controls the home's"
    " computer could have signed something else."
)
_WHEN = "When it was. Every time of the home is by the home's own clock."
_WHO = (
    "Who lives in the home, who tapped Share, and that they read what is under Consent."
    " That is the home's word."
)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Names of the report's files, at the desk or in an export."""

    video: str
    bag: str
    package: str | None = None  # the file as received
    document: str | None = None  # the agency's document in an export
    exported: bool = False
    signed: bool = False


def conclusion(
    checks: Sequence[Mapping[str, object]],
    *,
    accepted: bool,
    proved: bool,
    agency: str,
    withdrawal_known: bool,
) -> dict[str, object]:
    """Summarize the result of the checks."""
    if not accepted:
        failed = next(check for check in checks if check["result"] == "failed")
        return {
            "result": "refused",
            "says": [
                f"The check “{failed['title']}” failed: {failed['says']}",
                "The checks after it were not made, so do not rely on what this package"
                " says.",
            ],
        }
    whose = (
        "The key's fingerprint is the one that an officer entered as read out by the"
        " owner of the home."
        if proved
        else "Which home that is, is not proved: no one compared its fingerprint with"
        " the one that its owner reads out."
    )
    return {
        "result": "accepted",
        "says": [
            f"Whoever holds this home's key signed exactly these files for"
            f" {one_line(agency)}, and nothing in them changed since.",
            whose,
            *_open(checks, withdrawal_known=withdrawal_known),
        ],
    }


def _open(
    checks: Sequence[Mapping[str, object]], *, withdrawal_known: bool
) -> list[str]:
    """List what was not checked or proved, except the owner of the key."""
    titles = [
        f"“{check['title']}”"
        for check in checks
        if check["result"] == "not proved" and check["title"] != "Identity of the home"
    ]
    if not withdrawal_known:
        titles.append("whether the home asked to have it deleted")
    return [f"Not checked or not proved: {', '.join(titles)}."] if titles else []


def proves(
    *,
    accepted: bool,
    proved: bool,
    encrypted: bool,
    asked: Mapping[str, object] | None,
) -> list[str]:
    """List what is proved; nothing for a rejected package."""
    if not accepted:
        return []
    return [
        "All files of the package, the video among them, are exactly as they were when"
        " they were signed.",
        "They were signed with the key that belongs to the fingerprint of the home in"
        " this report.",
        *(
            [
                "That fingerprint is the one that an officer entered as read out by the"
                " owner."
            ]
            if proved
            else []
        ),
        *(
            [
                "It arrived encrypted, and an age identity at the desk opened it. On the"
                " way, only those could read it whom the sender encrypted it to."
            ]
            if encrypted
            else []
        ),
        *(
            [
                "The agency published the request that it answers, as it is in this report."
            ]
            if asked is not None and asked["published_by_agency"]
            else []
        ),
    ]


def proves_not(
    *, accepted: bool, signed: bool, proved: bool, by_hand: bool
) -> list[str]:
    """List what the report does not prove."""
    if not accepted and signed:
        return [
            "Anything but that the files are as they were signed. Another check failed."
        ]
    if not accepted:
        return [
            "Why the check failed. Damage on the way and a change on purpose look the"
            " same.",
            "Who changed something, or when.",
            "That the rest of the package is as it was signed.",
        ]
    return [
        _SAW,
        _WHEN,
        "That the owner read out the fingerprint. It is the officer's word, in the desk's"
        " record."
        if proved
        else "Which home the key belongs to.",
        _WHO,
        *(
            [
                "Who handed it over, who it was meant for, and who could read it on the way."
            ]
            if by_hand
            else []
        ),
        "That the video shows everything that happened at the door.",
    ]


def again(
    opened: Opened | None, *, share_id: str, places: Places
) -> list[dict[str, object]]:
    """Return commands of independent programs with which anyone can repeat the checks."""
    steps: list[tuple[str, str]] = []
    if places.document is not None:
        steps += _about_document(places.document)
    if places.signed and places.document is not None:
        steps.append(
            (
                "This report is signed with a key that it lists",
                "jose jws ver -i report.jws -k keys.jwks -O signed.json",
            )
        )
    file = "PACKAGE" if places.package is None else places.package
    if opened is not None:
        steps.append(
            (
                "The file as it arrived has the SHA-256 in this report",
                f"sha256sum {_quoted(file)}",
            )
        )
    if opened is not None and opened.encrypted:
        steps.append(
            (
                "With the agency's age identity, it opens to these files",
                f"age -d -i IDENTITY {_quoted(file)} | tar -x",
            )
        )
    if SHARE_ID.fullmatch(share_id):
        steps.append(("In the folder of the package", f"cd {_quoted(places.bag)}"))
    steps += [
        (
            "Every file matches the lists",
            "sha256sum --check manifest-sha256.txt tagmanifest-sha256.txt",
        ),
        (
            "The lists are signed with the home's key",
            "openssl dgst -sha256 -verify home.pem -signature tagmanifest-sha256.sig"
            " tagmanifest-sha256.txt",
        ),
    ]
    return [{"what": what, "command": command} for what, command in steps]


def _about_document(name: str) -> list[tuple[str, str]]:
    """Explain how to check the document, starting with its root key."""
    return [
        (
            "The agency's published details carry its root key",
            f"cut -d . -f 1 {name} | tr -d '\\n' | jose b64 dec -i - |"
            " jose fmt -j - -g jwk -o root.jwk",
        ),
        (
            "They are signed with it",
            f"jose jws ver -i {name} -k root.jwk -O document.json",
        ),
        (
            "Its fingerprint is the one that the agency prints for homes",
            "printf '%s=' \"$(jose jwk thp -i root.jwk)\" | tr '_-' '/+' |"
            " base64 -d | base32 | tr -d '=\\n'",
        ),
        (
            "They list the keys that the agency signed with",
            "jose fmt -j document.json -g keys -o keys.jwks",
        ),
    ]


def _quoted(name: str) -> str:
    return shlex.quote(one_line(name))
