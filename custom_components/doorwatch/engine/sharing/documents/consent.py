"""Create the notice for the person and the consent record."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict, cast

from ..agency import AgencyDocument, UploadPage
from ..model import Edits, Intent, PersonalDetails, RequestAsShown, StagedFile
from ..signing.canonical import text_digest, timestamp
from ..signing.jws import DocumentKind, PrivateKey, fingerprint, sign, thumbprint

# The field names are from ISO/IEC TS 27560:2023; this names our profile.
SCHEMA_VERSION = "doorwatch-consent/1 (ISO/IEC TS 27560:2023)"

ENGLISH = "en"

PURPOSE = "To give one doorbell recording to this agency, once."
METHOD = (
    "A person logged in to this home watched the exact file, read the notice, and tapped"
    " Share."
)
# The English sentences of the dialog, exactly as in the panel (`notice.sentences`).
# Cover sheets repeat them.
SENTENCES = {
    "internet_address": "The agency will see your internet address.",
    "only_agency_opens": "What is sent is encrypted. Only the agency can open it.",
    "sound_on": "Audio is included. Voices can be heard.",
    "sound_off": "Audio is off. The clip goes without it.",
    "picture_made_anew": (
        "Areas of the image are covered. The video was re-encoded for that."
    ),
    "labels_go_along": "What the camera reports is included. No one checked it.",
    "said_to_belong": (
        "The clip doesn't match the area or time of this request. You say that it still"
        " belongs."
    ),
    "declaration_goes_along": (
        "A draft declaration is included. No one has signed it."
    ),
    "others_visible": "Other people might be visible in the clip.",
    "cannot_be_recalled": "Copies can't be recalled once they're sent.",
    "administrators_see": "Every administrator of this home can see that you shared.",
    "not_compared": "The agency's fingerprint was never compared with a printed one.",
    # For an agency with an upload page.
    "by_hand": (
        "Nothing is sent. You download the package, and upload it on the agency's page"
        " yourself."
    ),
    "page_not_verified": (
        "The agency published no signed details, so no one can tell from here who is"
        " behind the page."
    ),
    "no_terms": (
        "It's unknown how long the agency keeps the clip, and who it gives it to."
    ),
    "not_encrypted": (
        "The package isn't encrypted. Anyone who gets hold of it can watch it."
    ),
    "page_sees_you": (
        "The page will see the internet address of the device you open it on."
    ),
    "out_of_hands": "Your home can't withdraw it afterwards, and gets no receipt.",
}
WITHDRAWAL = (
    "Until it has arrived, the person can stop it, and the home asks the agency to remove"
    " the part that it has. After that, the person can withdraw it. If the agency accepts"
    " withdrawals, the home sends it a signed request to delete its copy. If not, the"
    " person can ask at the contact in this record. A withdrawal is a request: copies that"
    " were passed on cannot be recalled."
)
WITHDRAWAL_BY_HAND = (
    "Until it is downloaded, the person can stop it. After that, they can only ask the"
    " agency itself. Copies that were passed on cannot be recalled."
)
VOLUNTARY = "No one is required to share. Not sharing has no consequences."


class AgencyInNotice(TypedDict):
    """The agency that would get the clip."""

    issuer: str
    # None without a document.
    fingerprint: str | None
    compared: bool
    terms: str
    retention: str
    retention_days: int | None
    terms_digest: str | None
    name: str
    host: str
    jurisdiction: str
    contact: str


class RedactionAsShown(TypedDict):
    """A rectangle to redact, in fractions of the frame."""

    left: float
    top: float
    width: float
    height: float
    start: float | None
    end: float | None


class EditsAsShown(TypedDict):
    """The edits that the person chose."""

    start: float | None
    end: float | None
    audio: bool
    redact: list[RedactionAsShown]


class FileInNotice(TypedDict):
    """The exact file to send."""

    sha256: str
    size: int
    started_at: str
    ended_at: str
    audio: bool
    derived: bool
    reencoded: bool
    edits: EditsAsShown
    original_sha256: str


class RequestInNotice(TypedDict):
    """The text of a request as shown to a person."""

    request_id: str
    version: int
    title: str | None
    text: str | None
    case_reference: str | None
    offence: str | None
    investigation_code: str | None
    contact: str | None
    terms: str | None
    begins: str | None
    ends: str | None
    until: str | None


class Notice(TypedDict):
    """Everything that a person must see before the tap."""

    agency: AgencyInNotice
    file: FileInNotice
    # Labels from the camera, with the integration that reported them.
    labels: dict[str, str]
    personal: dict[str, str]
    note: str
    case_reference: str
    request: RequestInNotice | None
    # Digest of the draft declaration, if it is included.
    declaration_sha256: str | None
    sentences: list[str]
    # Language of the page, except for texts of the agency and of people.
    language: str


def make_notice(
    document: AgencyDocument | UploadPage,
    *,
    compared: bool,
    staged: StagedFile,
    original_sha256: str,
    edits: Edits,
    labels: Mapping[str, str],
    personal: PersonalDetails,
    note: str,
    case_reference: str,
    request: RequestAsShown | None = None,
    said_to_belong: bool = False,
    declaration: str | None = None,
    language: str = ENGLISH,
) -> Notice:
    """Return everything that the dialog must show, JSON-serializable.

    `sentences` has the keys of the sentences to show; the card has their texts in
    `language`.
    """
    return {
        "agency": _agency(document, compared=compared),
        "file": {
            "sha256": staged.sha256,
            "size": staged.size,
            "started_at": timestamp(staged.started_at),
            "ended_at": timestamp(staged.ended_at),
            "audio": staged.audio,
            "derived": staged.derived,
            "reencoded": staged.reencoded,
            "edits": edits_as_json(edits),
            "original_sha256": original_sha256,
        },
        "labels": dict(labels),
        "personal": personal_as_json(personal),
        "note": note,
        "case_reference": case_reference,
        "request": None if request is None else request_as_json(request),
        "declaration_sha256": None if declaration is None else text_digest(declaration),
        "sentences": [
            *(
                (
                    "by_hand",
                    "page_not_verified",
                    "no_terms",
                    "not_encrypted",
                    "page_sees_you",
                    "out_of_hands",
                )
                if isinstance(document, UploadPage)
                else ("internet_address", "only_agency_opens")
            ),
            "sound_on" if staged.audio else "sound_off",
            *(["picture_made_anew"] if staged.reencoded else []),
            *(["labels_go_along"] if labels else []),
            *(["said_to_belong"] if said_to_belong else []),
            *(["declaration_goes_along"] if declaration is not None else []),
            "others_visible",
            "cannot_be_recalled",
            "administrators_see",
            *([] if compared or isinstance(document, UploadPage) else ["not_compared"]),
        ],
        "language": language,
    }


def language_of(intent: Intent) -> str:
    """Return the language in which the person read the notice."""
    # Earlier versions had only English and did not store the language.
    return str(intent.notice.get("language", ENGLISH))


def _agency(document: AgencyDocument | UploadPage, *, compared: bool) -> AgencyInNotice:
    """Return the agency as shown; an upload page publishes nothing about itself."""
    shown: AgencyInNotice = {
        "name": document.name,
        "host": document.host,
        "issuer": document.as_shown.issuer,
        "fingerprint": None,
        "compared": False,
        "terms": "",
        "retention": "",
        "retention_days": None,
        "terms_digest": None,
        "jurisdiction": document.jurisdiction,
        "contact": document.contact,
    }
    if isinstance(document, AgencyDocument):
        shown["fingerprint"] = fingerprint(document.root_thumbprint)
        shown["compared"] = compared
        shown["terms"] = document.terms
        shown["retention"] = document.retention
        shown["retention_days"] = document.retention_days
        shown["terms_digest"] = document.terms_digest
    return shown


def request_as_json(request: RequestAsShown) -> RequestInNotice:
    """Return all fields except the digest, which is not shown."""
    written = asdict(request)
    del written["feed_sha256"]
    return cast("RequestInNotice", written)


def edits_as_json(edits: Edits) -> EditsAsShown:
    """Return the edits as the person chose them."""
    areas = [asdict(area) for area in edits.redact]
    return cast("EditsAsShown", {**asdict(edits), "redact": areas})


def personal_as_json(personal: PersonalDetails) -> dict[str, str]:
    """Return only the details that the person chose to send."""
    chosen = {"name": personal.name, "contact": personal.contact}
    return {name: value for name, value in chosen.items() if value}


def consent_record(
    intent: Intent, *, share_id: str, confirmed_at: float, principal: str
) -> Mapping[str, object]:
    """Return the record of what the person agreed to.

    `principal` is the pseudonymous ID of this home for the agency (thumbprint of its
    key). Published data of the agency is taken from the notice, so that the record has
    only what the person saw.
    """
    agency = intent.notice.get("agency")
    shown: Mapping[str, object] = agency if isinstance(agency, Mapping) else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "record_id": share_id,
        "pii_principal_id": principal,
        "pii_processing": {
            "privacy_notice": {
                "digest": intent.notice_digest,
                "digest_algorithm": "SHA-256 over the canonical JSON",
                "notice": intent.notice,
            },
            "language": language_of(intent),
            "purposes": [
                {
                    "purpose": PURPOSE,
                    "purpose_type": "evidence, given voluntarily",
                    "lawful_basis": "consent",
                    "pii_information": _categories(intent),
                    "pii_controllers": ["agency"],
                    "collection_method": "recorded by a doorbell camera at this home",
                    "processing_method": (
                        "not known: the agency published no terms"
                        if intent.by_hand
                        else "stored and used by the agency under its terms"
                    ),
                    "retention_period": shown.get("retention") or None,
                    "retention_days": shown.get("retention_days"),
                    "terms_digest": intent.agency.terms_digest,
                    "jurisdictions": [shown.get("jurisdiction") or None],
                    "recipient_third_parties": (
                        "not known"
                        if intent.by_hand
                        else "only as the agency's terms say"
                    ),
                    "withdrawal_method": (
                        WITHDRAWAL_BY_HAND if intent.by_hand else WITHDRAWAL
                    ),
                    "privacy_rights": VOLUNTARY,
                }
            ],
        },
        "party_identification": [
            {
                "party_id": "agency",
                "party_type": "recipient",
                "party_name": intent.agency_name,
                "party_url": intent.agency.issuer,
                "party_contact": shown.get("contact"),
                "root_thumbprint": intent.agency.root_thumbprint,
                "upload_origin": intent.agency.upload_origin,
                "fingerprint_compared": intent.agency_compared,
            }
        ],
        "event": {
            "event_time": timestamp(confirmed_at),
            "event_type": "explicit",
            "event_state": "consent given",
            "validity_duration": "this one share",
            "entity_id": principal,
            "method": METHOD,
        },
    }


def consent_receipt(
    intent: Intent, *, share_id: str, confirmed_at: float, key: PrivateKey
) -> str:
    """Sign the person's copy of the record, with the key to verify it."""
    home = thumbprint(key.public_key())
    record = consent_record(
        intent, share_id=share_id, confirmed_at=confirmed_at, principal=home
    )
    return sign(
        DocumentKind.CONSENT,
        {
            "iss": home,
            "aud": intent.agency.issuer,
            "jti": share_id,
            "iat": int(confirmed_at),
            "consent": record,
        },
        key,
        embed_key=True,
    )


def _categories(intent: Intent) -> list[Mapping[str, object]]:
    """Return the kinds of personal information in the share, in plain words."""
    kinds = ["video of whoever came to the door", "time of the recording"]
    if intent.staged.audio:
        kinds.append("audio from the door")
    names = {"name": "name", "contact": "contact details"}
    kinds += [
        f"{names[name]} of the person who shares"
        for name in personal_as_json(intent.personal)
    ]
    return [{"pii_type": kind} for kind in kinds]
