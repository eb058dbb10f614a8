"""One way to write JSON, so that a digest of it means something."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
import hashlib
import json
import math

type ObjectHook = Callable[[dict[str, object]], object]


def canonical_json(value: object) -> bytes:
    """Write JSON in one line: keys sorted, no spaces, UTF-8.

    Half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes `?`.
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
    """SHA-256 hex of the canonical JSON."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 hex of the UTF-8 text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def timestamp(moment: datetime | float) -> str:
    """UTC in ISO 8601 with milliseconds and a Z."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, UTC)
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name occurs twice")
    return result


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    """Read a number; 1e999 has no digit that JSON forbids, and cannot be written again."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("larger than any number")
    return value


def strict_json_object(
    data: bytes, *, hook: ObjectHook | None = None
) -> Mapping[str, object]:
    """Read a JSON object; `ValueError` for anything that two readers could read two ways.

    Names that occur twice, NaN, numbers without end, broken UTF-8, nesting without end.
    `hook` gets each object, the inner ones first, and returns what to put in its place.
    """

    def read(pairs: list[tuple[str, object]]) -> object:
        found = _unique(pairs)
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
        raise ValueError("not an object")  # noqa: TRY004 - the caller wants one kind of error
    return value
