"""The feed: one signed static file with all requests and bulletins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ..errors import AgencyError
from ..files import write_public
from ..signing import jws
from .items import HISTORY, REQUEST, Board, Item, check_open
from .signer import Signer

# The most that homes read.
MOST_ITEMS = 1000
MOST_CHARACTERS = 4_000_000
LONGEST_DAYS = 30
# Keep closed items this long, so that homes that fetch rarely learn of the end.
CLOSED_STAYS = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class PublishedFeed:
    """The result of publishing."""

    path: Path
    seq: int
    items: int
    last: int  # the previous number in the history; 0: none
    missing: bool  # the website had no feed


@dataclass(frozen=True, kw_only=True)
class _Present:
    """The feed on the website."""

    seq: int = 0
    issued_at: int = 0
    items: int = 0


def feed_path(site: Path, signer: Signer) -> Path:
    """Return the feed's path, from its address in the published document."""
    if signer.requests_uri is None:
        raise AgencyError(
            "the published document has no requests_uri. Add it to agency.toml and"
            " publish the document, so homes can find the feed"
        )
    parts = PurePosixPath(unquote(urlsplit(signer.requests_uri).path)).parts[1:]
    if not parts or ".." in parts:
        raise AgencyError("requests_uri must lead to a file on your website")
    return site.joinpath(*parts)


def publish_feed(
    board: Board,
    site: Path,
    signer: Signer,
    *,
    now: datetime,
    days: int,
    number: int | None = None,
) -> PublishedFeed:
    """Sign the feed and write it to the website's folder, atomically.

    `seq` is one more than in the history and on the website, or `number`. Raise if the
    history has less than the website, because homes would lose the missing items.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise AgencyError(f"--days must be 1 to {LONGEST_DAYS}")
    target = feed_path(site, signer)
    shown = list(_shown(board.items.values(), now))
    if len(shown) > MOST_ITEMS:
        raise AgencyError(f"homes read at most {MOST_ITEMS} items. Close some")
    if signer.group:
        # A group's requests were never published, so homes need not learn that they are
        # closed.
        shown = [
            item for item in shown if (item.kind, item.state) != (REQUEST, "closed")
        ]
        if any(item.kind == REQUEST for item in shown):
            raise AgencyError(
                "a group can only publish bulletins, and homes show none of its"
                " requests. Close them"
            )
    for item in shown:
        check_open(item, now)
    issued = int(now.timestamp())
    present = _present(target, signer)
    seq = _number(board, target, present, number, issued)
    token = jws.sign(
        jws.REQUESTS,
        {
            "iss": signer.origin,
            "iat": issued,
            "exp": issued + days * 86_400,
            "seq": seq,
            "feed": {
                "type": "FeatureCollection",
                "conformsTo": ["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"],
                "features": [_feature(item) for item in shown],
            },
        },
        signer.key,
    )
    if len(token) > MOST_CHARACTERS:
        raise AgencyError(
            "the feed is longer than homes read. Close some items, or shorten them"
        )
    last, missing = board.seq, not target.exists()
    # Record the number before the feed is written, so that it is never used again.
    board.published(seq, token, now)
    write_public(target, token.encode("ascii"))
    return PublishedFeed(
        path=target, seq=seq, items=len(shown), last=last, missing=missing
    )


def _number(
    board: Board, target: Path, present: _Present, wanted: int | None, issued: int
) -> int:
    """Return the next number; raise if there is none."""
    last = max(present.seq, board.seq)
    if wanted is not None:
        if wanted <= last:
            raise AgencyError(
                f"number {last} is taken already, and homes never go back. Leave out"
                f" --seq, or use at least {last + 1}"
            )
        return wanted
    if present.seq > board.seq:
        knows = f"ends at number {board.seq}" if board.seq else "knows of no feed"
        raise AgencyError(
            f"{target} has number {present.seq} with {count_of(present.items)}, but"
            f" {board.folder / HISTORY} {knows}. Name the right folder with --feed, or"
            " restore the history from a backup. If it is lost, add what is still open"
            f" again, and use --seq {last + 1}: homes drop everything else"
        )
    if present.issued_at > issued:
        raise AgencyError(
            "the published feed was signed at a later time than this machine's clock"
            " shows, so homes would take a new one for an old one. Set the clock. If the"
            f" clock was wrong then, no home has accepted that feed, and --seq {last + 1}"
            " publishes anyway"
        )
    return last + 1


def count_of(items: int) -> str:
    """Return a count with its noun."""
    return f"{items} item{'s' if items != 1 else ''}"


def check_feed(site: Path, signer: Signer, now: datetime) -> dict[str, object]:
    """Verify the published feed as a home would; return its claims."""
    target = feed_path(site, signer)
    claims = _read(target, signer)
    if jws.has_ended(claims, now.timestamp()):
        raise AgencyError(f"{target} has expired. Publish it again")
    return claims


def _shown(items: Iterable[Item], now: datetime) -> Iterable[Item]:
    """Yield the items that homes still need."""
    oldest = now - CLOSED_STAYS
    for item in items:
        over = item.changed if item.state == "closed" else str(item.properties["until"])
        if datetime.fromisoformat(over) > oldest:
            yield item


def _feature(item: Item) -> dict[str, object]:
    return {
        **item.feature,
        "properties": {
            **item.properties,
            "state": item.state,
            "version": item.version,
            "changed": item.changed,
        },
    }


def _present(target: Path, signer: Signer) -> _Present:
    """Read the published feed.

    A feed signed with a key that the document no longer lists is ignored, as homes do.
    """
    if not target.exists() or not _is_vouched(target, signer):
        return _Present()
    claims = _read(target, signer)
    seq, issued, feed = claims.get("seq"), claims.get("iat"), claims.get("feed")
    features = feed.get("features") if isinstance(feed, dict) else None
    return _Present(
        seq=seq if type(seq) is int else 0,
        issued_at=issued if type(issued) is int else 0,
        items=len(features) if isinstance(features, list) else 0,
    )


def _is_vouched(target: Path, signer: Signer) -> bool:
    """Return whether the feed names a key that the document lists."""
    try:
        name = jws.named_key(target.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return True  # the problem is reported when it is read
    return name in map(jws.thumbprint, signer.vouched)


def _read(target: Path, signer: Signer) -> dict[str, object]:
    """Verify the feed with the keys that the document lists; return its claims."""
    try:
        token = target.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as err:
        raise AgencyError(f"cannot read the published feed, {target}") from err
    problem = AgencyError("the document lists no key")
    if not _is_vouched(target, signer):
        raise AgencyError(
            f"{target} was signed with a key that your document does not list, or no"
            " longer lists, so homes refuse it. Publish the feed again with your"
            " current key"
        )
    for key in signer.vouched:
        try:
            claims = jws.verify(token, jws.REQUESTS, key)
        except AgencyError as err:
            problem = err
            continue
        if claims.get("iss") != signer.origin:
            raise AgencyError(f"{target} is another agency's feed")
        return claims
    raise AgencyError(f"{target} exists, but {problem}") from problem
