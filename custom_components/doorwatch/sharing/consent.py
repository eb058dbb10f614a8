"""What the person is shown and agrees to: the notice, and the consent record."""

from collections.abc import Mapping

from .canonical import digest_of, timestamp
from .model import AgencyDocument, Edits, Intent, PersonalDetails, StagedFile
from .signing import DocumentKind, PrivateKey, fingerprint, sign, thumbprint

# The record's field names are those of ISO/IEC TS 27560:2023; this names our profile.
SCHEMA_VERSION = "doorwatch-consent/1 (ISO/IEC TS 27560:2023)"

PURPOSE = "To give one doorbell recording to this agency, once."
METHOD = (
    "A person logged in to this home watched the exact file, read the notice and tapped"
    " Share."
)
# The plain sentences of the dialog, as the agency and the receipt repeat them.
SENTENCES = {
    "internet_address": "The agency sees the internet address of this home.",
    "sound_on": "The recording has sound.",
    "sound_off": "The recording has no sound.",
    "others_visible": "Other people may be visible.",
    "cannot_be_recalled": "Copies cannot be recalled.",
    "administrators_see": "Every administrator of this home can see the share.",
    "not_compared": "The agency's fingerprint was not compared with a printed one.",
}
WITHDRAWAL = (
    "Until it has arrived: the person stops it, and the agency is asked to remove the part"
    " that it has. After: the person asks the agency to delete its copy, at the contact"
    " below. Copies that were passed on cannot be recalled."
)
VOLUNTARY = "Nobody is obliged to share. Not sharing has no consequence."


def make_notice(
    document: AgencyDocument,
    *,
    compared: bool,
    staged: StagedFile,
    edits: Edits,
    personal: PersonalDetails,
    note: str,
    case_reference: str,
    request_id: str | None,
) -> Mapping[str, object]:
    """Gather all that the dialog must show, as JSON-able data.

    The card adds the words; `sentences` holds the keys of the plain sentences that must
    be shown.
    """
    return {
        "agency": {
            "name": document.name,
            "host": document.host,
            "issuer": document.issuer,
            "fingerprint": fingerprint(document.root_thumbprint),
            "compared": compared,
            "jurisdiction": document.jurisdiction,
            "contact": document.contact,
            "terms": document.terms,
            "retention": document.retention,
            "retention_days": document.retention_days,
            "terms_digest": document.terms_digest,
        },
        "file": {
            "sha256": staged.sha256,
            "size": staged.size,
            "started_at": timestamp(staged.started_at),
            "ended_at": timestamp(staged.ended_at),
            "audio": staged.audio,
            "derived": staged.derived,
            "edits": edits_as_json(edits),
        },
        "personal": personal_as_json(personal),
        "note": note,
        "case_reference": case_reference,
        "request_id": request_id,
        "sentences": _sentences(compared=compared, audio=staged.audio),
    }


def _sentences(*, compared: bool, audio: bool) -> list[str]:
    sentences = [
        "internet_address",
        "sound_on" if audio else "sound_off",
        "others_visible",
        "cannot_be_recalled",
        "administrators_see",
    ]
    return sentences if compared else [*sentences, "not_compared"]


def edits_as_json(edits: Edits) -> dict[str, object]:
    """Write the edits as the person chose them."""
    return {"start": edits.start, "end": edits.end, "audio": edits.audio}


def personal_as_json(personal: PersonalDetails) -> dict[str, str]:
    """Write only the details that were ticked."""
    chosen = {"name": personal.name, "contact": personal.contact}
    return {name: value for name, value in chosen.items() if value}


def notice_digest(notice: Mapping[str, object]) -> str:
    """SHA-256 hex of the canonical JSON."""
    return digest_of(notice)


def consent_record(
    intent: Intent, *, share_id: str, confirmed_at: float, principal: str
) -> Mapping[str, object]:
    """Write down what was agreed to.

    `principal` is the opaque id of this home for this agency (thumbprint of its key).
    Whatever of the notice the agency published itself is taken from the notice as it was
    shown, so the record cannot say more than the person saw.
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
            "language": "en",
            "purposes": [
                {
                    "purpose": PURPOSE,
                    "purpose_type": "evidence, given voluntarily",
                    "lawful_basis": "consent",
                    "pii_information": _categories(intent),
                    "pii_controllers": ["agency"],
                    "collection_method": "recorded by a doorbell camera of this home",
                    "processing_method": "stored and used by the agency on its terms",
                    "retention_period": shown.get("retention"),
                    "retention_days": shown.get("retention_days"),
                    "terms_digest": intent.agency.terms_digest,
                    "jurisdictions": [shown.get("jurisdiction")],
                    "recipient_third_parties": "only as the agency's terms say",
                    "withdrawal_method": WITHDRAWAL,
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
    """Sign the person's own copy of the record, with the key to check it by."""
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
    """Kinds of personal information that go along, in plain words."""
    kinds = ["picture of whoever came to the door", "time of the recording"]
    if intent.staged.audio:
        kinds.append("sound at the door")
    kinds += [
        f"{name} of the person who shares" for name in personal_as_json(intent.personal)
    ]
    return [{"pii_type": kind} for kind in kinds]
