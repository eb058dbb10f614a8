"""What people are told of when an agency says something else of itself."""

from ..engine.sharing.model import AgencyDocument, PublicDocument


def told_of_document(document: PublicDocument) -> dict[str, object]:
    """Return what people are told of as changed, in this order.

    The rest of what they see follows from the issuer.
    """
    told: dict[str, object] = {
        "name": document.name,
        "jurisdiction": document.jurisdiction,
        "contact": document.contact,
    }
    if isinstance(document, AgencyDocument):
        told["terms_digest"] = document.terms_digest
        told["recipients"] = list(document.as_shown.recipients or ())
    return {**told, "root_thumbprint": document.root_thumbprint}


def changes_of(before: PublicDocument | None, now: PublicDocument) -> list[str]:
    """Name what of the agency as shown is another one; all, when nothing is known."""
    old, new = {} if before is None else told_of_document(before), told_of_document(now)
    return [name for name in new if name not in old or old[name] != new[name]]
