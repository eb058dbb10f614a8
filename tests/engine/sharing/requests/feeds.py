"""Requests as an agency publishes them."""

from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.sharing.requests.match import (
    Door,
    Item,
    Matcher,
)
from custom_components.doorwatch.engine.sharing.signing.jws import DocumentKind, sign
from tests.engine.sharing.evidence import NOW, ORIGIN

# A square of about 700 m by 700 m (0.47 km²).
SQUARE = [[4.9, 52.37], [4.91, 52.37], [4.91, 52.3763], [4.9, 52.3763], [4.9, 52.37]]
INSIDE = (52.373, 4.905)  # latitude, longitude
OUTSIDE = (52.373, 4.92)
UNTIL = "2025-01-20T00:00:00Z"


def feature(
    request_id: object = "2025-0001", *, geometry: object = None, **properties: object
) -> dict[str, Any]:
    """Return a complete request; a property that is None is left out."""
    told = {
        "title": "A bicycle was stolen",
        "text": "Somebody took a red bicycle.\nWho saw a van?",
        "case_reference": "PL1300-2025-0001",
        "offence": "Theft, article 310",
        "contact": "desk@police.example",
        "until": UNTIL,
    } | properties
    return {
        "type": "Feature",
        "id": request_id,
        "geometry": geometry or {"type": "Polygon", "coordinates": [SQUARE]},
        "place": None,
        "time": {"interval": ["2024-12-31T01:00:00Z", "2024-12-31T03:30:00.5Z"]},
        "properties": {key: each for key, each in told.items() if each is not None},
    }


def feed_claims(features: Iterable[object], **changes: object) -> dict[str, object]:
    """Return the claims of a feed."""
    claims: dict[str, object] = {
        "iss": ORIGIN,
        "seq": 7,
        "iat": NOW - 100,
        "exp": NOW + 86_400,
        "feed": {
            "type": "FeatureCollection",
            "conformsTo": ["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"],
            "features": list(features),
        },
    }
    return claims | changes


def feed_token(
    key: ec.EllipticCurvePrivateKey, *features: object, **changes: object
) -> str:
    """Return a signed feed."""
    return sign(DocumentKind.REQUESTS, feed_claims(features, **changes), key)


def covers(item: Item, latitude: float, longitude: float) -> bool:
    """Return whether a place is in the area of an item."""
    return bool(Matcher([Door("front", longitude, latitude)], 0.0).covering(item))
