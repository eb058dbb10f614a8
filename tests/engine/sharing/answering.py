"""Helpers to share a clip in answer to a request from a signed feed."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.files import write_private
from custom_components.doorwatch.engine.sharing.model import Intent, RequestAsShown
from custom_components.doorwatch.engine.sharing.requests.answer import find_request

from .evidence import NOW, ORIGIN, make_intent, new_key
from .requests.feeds import feature, feed_token

REQUEST_ID = "2025-0001"
ONLINE = new_key()
DECLARATION = "DRAFT\nI, ____, declare: it is so.\n"


def found(token: str, key: ec.EllipticCurvePrivateKey = ONLINE) -> RequestAsShown:
    """Return the request as it is shown to a person."""
    _, shown = find_request(
        token, REQUEST_ID, issuer=ORIGIN, keys=[key.public_key()], now=NOW
    )
    return shown


FEED = feed_token(ONLINE, feature(), feature("2025-0002"))
REQUEST = found(FEED)


def make_answer(
    clip: Clip,
    folder: Path,
    token: str = FEED,
    *,
    key: ec.EllipticCurvePrivateKey = ONLINE,
    declaration: str | None = DECLARATION,
) -> Intent:
    """Stage the clip and the feed, and return the confirmed intent."""
    intent = make_intent(
        clip, folder, request=found(token, key), declaration=declaration
    )
    write_private(intent.staged.feed, token.encode())
    return intent
