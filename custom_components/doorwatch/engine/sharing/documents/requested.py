"""Format the request that a share answers, for notice and package."""

from dataclasses import asdict
from typing import TypedDict, cast

from ..model import RequestAsShown


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


def request_as_json(request: RequestAsShown) -> RequestInNotice:
    """Return all fields except the digest, which is not shown."""
    written = asdict(request)
    del written["feed_sha256"]
    return cast("RequestInNotice", written)
