"""Requests and bulletins, read from TOML, and their history.

The history is a JSON Lines file with one line per change, which proves what was
published.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import hashlib
import json
from pathlib import Path
import re
import tomllib
from typing import Self

from ..errors import AgencyError
from ..files import only_one, write_whole
from ..printing import is_plain
from ..times import time_text
from .areas import check_geometry, read_area

REQUEST = "request"
BULLETIN = "bulletin"
LABELS = ("person", "vehicle", "animal", "package")
LONGEST_WINDOW = timedelta(hours=12)
LONGEST_OPEN = timedelta(days=90)
HISTORY = "feed-history.jsonl"

_ID = re.compile(r"[!-~]{1,200}")
_LINE = 200
_TEXT = 5000
# Fields without which homes show a request as invalid, with the reason for each.
_NEEDED = {
    "case_reference": "a request names its case",
    "offence": "a request states the offense",
    "contact": "a request names a contact",
}
_LINES = {
    REQUEST: ("title", "case_reference", "offence", "contact", "investigation_code"),
    BULLETIN: ("title", "contact"),
}
_TEXTS = {REQUEST: ("text", "terms"), BULLETIN: ("text",)}
_OTHERS = {
    REQUEST: {"id", "window", "until", "area", "labels"},
    BULLETIN: {"id", "until", "area"},
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """The current version of a request or bulletin. `feature` is what homes read."""

    kind: str
    item_id: str
    version: int
    state: str  # open or closed
    changed: str
    feature: Mapping[str, object]

    @property
    def properties(self) -> Mapping[str, object]:
        """Its properties."""
        told = self.feature.get("properties")
        return told if isinstance(told, dict) else {}


@dataclass(kw_only=True)
class Board:
    """All requests and bulletins of an agency, with their history."""

    folder: Path
    items: dict[str, Item] = field(default_factory=dict)
    seq: int = 0  # of the last published feed
    _lines: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the history; an empty folder has none yet."""
        board = cls(folder=folder)
        path = folder / HISTORY
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return board
        except (OSError, ValueError) as err:
            raise AgencyError(f"cannot read {path}") from err
        for number, line in enumerate(lines, start=1):
            try:
                board._recall(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError) as err:
                raise AgencyError(f"cannot read {path}, line {number}") from err
            board._lines.append(line)
        return board

    @classmethod
    @contextmanager
    def changing(cls, folder: Path) -> Iterator[Self]:
        """Lock and read the history."""
        with only_one(folder):
            yield cls.load(folder)

    def _recall(self, told: Mapping[str, object]) -> None:
        """Apply a line of the history; raise `ValueError`, `KeyError` or `TypeError`."""
        if told["change"] == "publish":
            seq = told["seq"]
            if type(seq) is not int:
                raise ValueError("no number")
            self.seq = max(self.seq, seq)
            return
        item = Item(**told["item"])  # type: ignore[arg-type] # checked below
        if (
            not isinstance(item.feature, dict)
            or not {"geometry", "time"} <= item.feature.keys()
            or not {"title", "until"} <= item.properties.keys()
            or type(item.version) is not int
            or not all(
                isinstance(one, str)
                for one in (item.kind, item.item_id, item.state, item.changed)
            )
        ):
            raise ValueError("no item")
        self.items[item.item_id] = item

    def list(self, kind: str, *, closed: bool = False) -> Iterable[Item]:
        """Return the open items of a kind, oldest first; with `closed`, all items."""
        return (
            item
            for item in self.items.values()
            if item.kind == kind and (closed or item.state == "open")
        )

    def new(
        self, kind: str, item_id: str, feature: Mapping[str, object], now: datetime
    ) -> Item:
        """Add an item."""
        if item_id in self.items:
            raise AgencyError(f"{item_id} already exists. Update it, or use a new id")
        return self._keep(
            "new",
            Item(
                kind=kind,
                item_id=item_id,
                version=1,
                state="open",
                changed=time_text(now),
                feature=feature,
            ),
            now,
        )

    def update(
        self, kind: str, item_id: str, feature: Mapping[str, object], now: datetime
    ) -> Item:
        """Replace the contents of an item."""
        before = self._open(kind, item_id)
        return self._keep(
            "update",
            Item(
                kind=kind,
                item_id=item_id,
                version=before.version + 1,
                state="open",
                changed=time_text(now),
                feature=feature,
            ),
            now,
        )

    def close(self, kind: str, item_id: str, now: datetime) -> Item:
        """Close an item, so that homes show that it is over and accept no more answers."""
        before = self._open(kind, item_id)
        return self._keep(
            "close",
            Item(
                kind=kind,
                item_id=item_id,
                version=before.version + 1,
                state="closed",
                changed=time_text(now),
                feature=before.feature,
            ),
            now,
        )

    def _open(self, kind: str, item_id: str) -> Item:
        item = self.items.get(item_id)
        if item is None or item.kind != kind:
            raise AgencyError(f"there is no {kind} {item_id}")
        if item.state != "open":
            raise AgencyError(f"{item_id} is closed, which is final. Use a new id")
        return item

    def published(self, seq: int, token: str, now: datetime) -> None:
        """Record the number of a published feed, so that it never decreases."""
        digest = hashlib.sha256(token.encode("ascii")).hexdigest()
        self._write("publish", now, {"seq": seq, "sha256": digest})
        self.seq = seq

    def _keep(self, change: str, item: Item, now: datetime) -> Item:
        told = {
            "kind": item.kind,
            "item_id": item.item_id,
            "version": item.version,
            "state": item.state,
            "changed": item.changed,
            "feature": item.feature,
        }
        self._write(change, now, {"item": told})
        self.items[item.item_id] = item
        return item

    def _write(self, change: str, now: datetime, told: Mapping[str, object]) -> None:
        line = {"at": time_text(now), "change": change, **told}
        lines = [*self._lines, json.dumps(line, ensure_ascii=False, sort_keys=True)]
        write_whole(self.folder / HISTORY, ("\n".join(lines) + "\n").encode("utf-8"))
        self._lines = lines


def read_item(kind: str, path: Path, now: datetime) -> tuple[str, dict[str, object]]:
    """Read a TOML file; return the ID and the feature for homes (JSON-FG 1.0)."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise AgencyError(f"cannot read {path}: {err.strerror}") from err
    except (ValueError, RecursionError) as err:
        raise AgencyError(f"{path} is not TOML in UTF-8: {err}") from err
    known = {*_LINES[kind], *_TEXTS[kind], *_OTHERS[kind]}
    if unknown := sorted(told.keys() - known):
        raise AgencyError(f"{path} has an unknown setting: {unknown[0]}")
    item_id = told.get("id")
    if not isinstance(item_id, str) or not _ID.fullmatch(item_id):
        raise AgencyError("id must be 1 to 200 plain characters without spaces")
    properties: dict[str, object] = {}
    for name in _LINES[kind]:
        if name in told:
            properties[name] = _words(name, told[name], _LINE)
    for name in _TEXTS[kind]:
        if name in told:
            properties[name] = _words(name, told[name], _TEXT, lines=True)
    for name in ("title", "text"):
        if name not in properties:
            raise AgencyError(
                f"{name} is missing, so people would have nothing to read"
            )
    if kind == REQUEST:
        for name, rule in _NEEDED.items():
            if name not in properties:
                raise AgencyError(f"{name} is missing (rule: {rule})")
        if "labels" in told:
            properties["labels"] = _labels(told["labels"])
    until = _moment("until", told.get("until"))
    _check_until(until, now)
    properties["until"] = time_text(until)
    return item_id, {
        "type": "Feature",
        "featureType": kind,
        "id": item_id,
        "geometry": read_area(told.get("area"), path.parent),
        "place": None,
        "time": _window(told.get("window"), now) if kind == REQUEST else None,
        "properties": properties,
    }


def check_open(item: Item, now: datetime) -> None:
    """Raise for an open item that homes would reject, as earlier versions kept some."""
    geometry, until = item.feature["geometry"], str(item.properties["until"])
    assert isinstance(geometry, dict)
    ends_at = datetime.fromisoformat(until)
    if item.state != "open" or ends_at <= now:
        return
    try:
        check_geometry(geometry)
        if item.kind == REQUEST:
            _check_until(ends_at, now)
            time = item.feature["time"]
            assert isinstance(time, dict)
            _check_window_end(datetime.fromisoformat(time["interval"][1]), now)
    except AgencyError as err:
        raise AgencyError(
            f"{item.item_id} can't be published: {err}. Update it, or close it"
        ) from err


def _check_until(until: datetime, now: datetime) -> None:
    if not now < until <= now + LONGEST_OPEN:
        raise AgencyError(
            f"until must be within the next {LONGEST_OPEN.days} days (rule: no"
            " request is open forever)"
        )


def _words(name: str, value: object, longest: int, *, lines: bool = False) -> str:
    if (
        not isinstance(value, str)
        or not any(map(str.isalnum, value))
        or len(value) > longest
        or not is_plain(value, keep="\n\t" if lines else "")
    ):
        what = "text" if lines else "one line"
        raise AgencyError(f"{name} must be {what} of at most {longest} characters")
    return value.strip()


def _labels(value: object) -> list[str]:
    if not isinstance(value, list) or any(one not in LABELS for one in value):
        raise AgencyError(f"labels can be: {', '.join(LABELS)}")
    return [label for label in LABELS if label in value]


def _moment(name: str, value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise AgencyError(
            f"{name} must be a time with a time zone, such as 2026-11-24T01:30:00+01:00"
        )
    if not 2000 < value.year < 3000:
        raise AgencyError(f"{name} must be in the years 2001 to 2999")
    # In milliseconds, as in the feed.
    return datetime.fromisoformat(time_text(value))


def _window(value: object, now: datetime) -> dict[str, object]:
    if not isinstance(value, list) or len(value) != 2:
        raise AgencyError(
            "window must list two times, start and end (rule: a request covers a"
            " limited time)"
        )
    begins, ends = (_moment("window", one) for one in value)
    if not begins < ends:
        raise AgencyError("window ends before it begins")
    if ends - begins > LONGEST_WINDOW:
        raise AgencyError("window is longer than 12 hours (rule: at most 12 hours)")
    _check_window_end(ends, now)
    return {"interval": [time_text(begins), time_text(ends)]}


def _check_window_end(ends: datetime, now: datetime) -> None:
    if ends > now:
        raise AgencyError(
            "window ends in the future (rule: no one is asked to watch for you)"
        )
