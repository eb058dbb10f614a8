"""The agency's request that a share answers, as notice and package state it."""

from dataclasses import asdict
from typing import TypedDict, cast

from ..model import RequestAsShown


class RequestInNotice(TypedDict):
    """What a person reads of a request, in the agency's own words."""

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


def request_as_json(request: RequestAsShown) -> RequestInNotice:
    """Write all of it but the digest, which no person reads."""
    written = asdict(request)
    del written["feed_sha256"]
    return cast("RequestInNotice", written)
