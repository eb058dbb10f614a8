"""Write canonical JSON for digests, and parse JSON strictly."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
import hashlib
import json
import math

type ObjectHook = Callable[[dict[str, object]], object]


def canonical_json(value: object) -> bytes:
    """Write JSON on one line: sorted keys, no spaces, UTF-8.

    Lone surrogates, which UTF-8 cannot encode, become `?`.
    """
    text = json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return text.encode("utf-8", "replace")


def digest_of(value: object) -> str:
    """Return the SHA-256 hex digest of the canonical JSON."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def text_digest(text: str) -> str:
    """Return the SHA-256 hex digest of the UTF-8 text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def timestamp(moment: datetime | float) -> str:
    """Format a time as ISO 8601 in UTC, with milliseconds and Z."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, UTC)
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    """Parse a number; rejects 1e999, which is valid JSON but becomes infinity."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("larger than any number")
    return value


def strict_json_object(
    data: bytes, *, hook: ObjectHook | None = None
) -> Mapping[str, object]:
    """Parse a JSON object; raises `ValueError` if it is ambiguous.

    Rejects duplicate names, NaN, infinite numbers, invalid UTF-8 and excessive nesting.
    `hook` is called with each object, the inner ones first, and returns its
    replacement.
    """

    def read(pairs: list[tuple[str, object]]) -> object:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name occurs twice")
        return found if hook is None else hook(found)

    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=read,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except RecursionError as err:
        raise ValueError("nested too deeply") from err
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - callers catch ValueError
    return value
