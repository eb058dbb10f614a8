"""Find the request that a person answers, and detect later changes of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
import hashlib

from ..errors import SharingError
from ..model import RequestAsShown
from ..signing.canonical import timestamp
from ..signing.jws import PublicKey
from .feed import Feed, Request, read_feed


def find_request(
    token: str, request_id: str, *, issuer: str, keys: Iterable[PublicKey], now: float
) -> tuple[Request, RequestAsShown]:
    """Verify the feed again, and return the request and its form for people.

    What is shown is therefore from the exact feed in the package. Blocking. Raises
    `SharingError`: `request_unknown`, `request_closed` if it can no longer be answered,
    `request_invalid` if it is incomplete.
    """
    try:
        feed = read_feed(token, issuer=issuer, keys=keys, pin=None, now=now)
    except SharingError as err:
        expired = err.problem == "document_expired"
        raise SharingError("request_closed" if expired else "request_unknown") from err
    if (request := _of(feed, request_id)) is None:
        raise SharingError("request_unknown")
    if _is_over(request, datetime.fromtimestamp(now, UTC)):
        raise SharingError("request_closed")
    if request.lacks:
        raise SharingError("request_invalid")
    return request, _as_shown(request, hashlib.sha256(token.encode()).hexdigest())


def what_changed(shown: RequestAsShown, feed: Feed | None, now: datetime) -> str | None:
    """Return why a request as shown can no longer be answered, by this feed.

    `request_closed`, `request_changed`, or None if it can be answered, or if there is no
    valid feed, which proves no change.
    """
    if shown.until is not None and now >= datetime.fromisoformat(shown.until):
        return "request_closed"
    if feed is None:
        return None
    request = _of(feed, shown.request_id)
    if request is None or _is_over(request, now):
        return "request_closed"
    still = replace(shown, feed_sha256="") == _as_shown(request, "")
    return None if still and not request.lacks else "request_changed"


def _of(feed: Feed, request_id: str) -> Request | None:
    return next((one for one in feed.requests if one.request_id == request_id), None)


def _is_over(request: Request, now: datetime) -> bool:
    return request.closed or (request.until is not None and now >= request.until)


def _as_shown(request: Request, feed_sha256: str) -> RequestAsShown:
    begins, ends = request.window or (None, None)
    return RequestAsShown(
        request_id=request.request_id,
        version=request.version,
        title=request.title,
        text=request.text,
        case_reference=request.case_reference,
        offence=request.offence,
        investigation_code=request.investigation_code,
        contact=request.contact,
        terms=request.terms,
        begins=_time(begins),
        ends=_time(ends),
        until=_time(request.until),
        feed_sha256=feed_sha256,
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)
