"""The commands `request`, `bulletin` and `feed`."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..errors import AgencyError
from ..printing import printable
from .areas import size_of
from .feed import check_feed, count_of, publish_feed
from .items import BULLETIN, REQUEST, Board, Item, read_item
from .signer import Signer

_NOT_YET = (
    "No one sees it until you run `doorwatch-agency feed publish`. Then everyone"
    " can, because it is a public file. You are not told who reads it, or who has a"
    " camera there."
)


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add `request`, `bulletin` and `feed`; `add` creates a parser for a name."""
    for kind, what in (
        (REQUEST, "ask for recordings of one incident"),
        (BULLETIN, "tell the neighborhood something"),
    ):
        group = add(kind, help=what)
        deeds = group.add_subparsers(required=True, metavar="WHAT")
        for deed, does, how in (
            ("new", _new, "add one"),
            ("update", _update, "change one"),
        ):
            command = deeds.add_parser(deed, help=f"{how}, as a TOML file says")
            command.add_argument("settings", type=Path, help=f"{kind}.toml")
            _add_folder(command)
            command.set_defaults(run=does, kind=kind)
        closing = deeds.add_parser("close", help="end it; this is final")
        closing.add_argument("id")
        _add_folder(closing)
        closing.set_defaults(run=_close, kind=kind)
        listing = deeds.add_parser("list", help="list the open ones")
        listing.add_argument("--all", action="store_true", help="include closed ones")
        _add_folder(listing)
        listing.set_defaults(run=_list, kind=kind)

    feed = add("feed", help="publish requests and bulletins")
    deeds = feed.add_subparsers(required=True, metavar="WHAT")
    out = deeds.add_parser("publish", help="sign and publish the feed")
    _add_folder(out)
    out.add_argument(
        "--days",
        type=int,
        default=14,
        help="days until it expires, at most 30 (default: 14)",
    )
    out.add_argument(
        "--seq", type=int, metavar="NUMBER", help="use this number, above all earlier"
    )
    out.set_defaults(run=_publish)
    check = deeds.add_parser("check", help="verify the published feed, as homes do")
    check.set_defaults(run=_check)
    for command in (out, check):
        command.add_argument(
            "--online", type=Path, required=True, help="your online key"
        )
        command.add_argument(
            "--site",
            type=Path,
            required=True,
            help="the folder that `publish` wrote to",
        )


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--feed",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where the history is kept (default: this folder)",
    )


def _new(options: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    told = read_item(options.kind, options.settings, now)
    with Board.changing(options.feed) as board:
        _tell(board.new(options.kind, *told, now))
    print(_NOT_YET)
    return 0


def _update(options: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    told = read_item(options.kind, options.settings, now)
    with Board.changing(options.feed) as board:
        _tell(board.update(options.kind, *told, now))
    print(_NOT_YET)
    return 0


def _close(options: argparse.Namespace) -> int:
    with Board.changing(options.feed) as board:
        item = board.close(options.kind, options.id, datetime.now(UTC))
    print(f"Closed {item.item_id}. Homes learn this from your next `feed publish`.")
    return 0


def _list(options: argparse.Namespace) -> int:
    found = list(Board.load(options.feed).list(options.kind, closed=options.all))
    for item in found:
        _tell(item)
    if not found:
        print(f"There is no open {options.kind}.")
    return 0


def _tell(item: Item) -> None:
    told = item.properties
    geometry = item.feature["geometry"]
    assert isinstance(geometry, dict)
    print(f"{item.item_id}  {item.state}, version {item.version}, {item.changed}")
    print(f"     {printable(str(told['title']))}")
    time = item.feature["time"]
    if isinstance(time, dict):
        begins, ends = time["interval"]
        print(f"     Window: {begins} to {ends}")
    print(
        f"     Area: {size_of(geometry):.3f} square kilometers; {item.state}"
        + (f" until {told['until']}" if item.state == "open" else "")
    )


def _publish(options: argparse.Namespace) -> int:
    signer = Signer.load(options.site, options.online)
    with Board.changing(options.feed) as board:
        done = publish_feed(
            board,
            options.site,
            signer,
            now=datetime.now(UTC),
            days=options.days,
            number=options.seq,
        )
    print(
        f"Published {done.path}, number {done.seq}, {count_of(done.items)}, valid for"
        f" {options.days} days."
    )
    if not done.last and done.seq == 1:
        print(
            "Note: No earlier feed was found. If homes know one of yours already, they"
            " refuse number 1. Publish again, with --seq and a number above your last."
        )
    elif done.last and done.missing:
        print(f"Note: {done.path} was missing. Number {done.last} was the last.")
    return 0


def _check(options: argparse.Namespace) -> int:
    signer = Signer.load(options.site, options.online)
    claims = check_feed(options.site, signer, datetime.now(UTC))
    feed = claims.get("feed")
    features = feed.get("features") if isinstance(feed, dict) else None
    if not isinstance(features, list):
        raise AgencyError("the published feed has no list of items")
    print(f"Number {claims.get('seq')}, {count_of(len(features))}, signed by your key.")
    for feature in features:
        if not isinstance(feature, dict):
            raise AgencyError("the published feed has an entry that is not an item")
        told = feature.get("properties")
        told = told if isinstance(told, dict) else {}
        print(
            f"     {printable(str(feature.get('id')))}  {told.get('state', 'open')},"
            f" version {told.get('version', 1)}: {printable(str(told.get('title')))}"
        )
    return 0
