"""The commands that answer a home: `receipt`, `withdrawals`, `answer`."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
import sys

from ..errors import AgencyError
from ..printing import printable
from ..publishing.signer import Signer
from ..signing import jws
from .deletion import still_there
from .inbox_folder import served, served_text
from .inboxes import bucket_options, inbox_of, inbox_option, the_inbox
from .opened import share_of
from .receipts import make_receipt
from .record import Desk, desk_option, desk_options
from .reporting import check_again
from .retention import shares_of
from .withdrawals import (
    RESULTS,
    find_withdrawal,
    list_withdrawals,
    make_answer,
    refuse_deleted,
)

_RECEIPT = (
    "It states, signed for the home, which file you received (its digest), when you"
    " received it, how long you keep recordings, and when you first verified it.\n"
    "Not proved by it: that anyone watched the recording, or that it will be deleted"
    " in time. The home can hold you to your word, nothing more."
)
_WITHDRAWALS = (
    "Each was signed with the key of the home that sent the share: by your record, or,"
    " if you did not verify it yet, by the intake's. Not proved: who in the home asked.\n"
    "A withdrawal is a request and cannot recall copies. Delete what you hold, or"
    " refuse and say why: doorwatch-agency answer SHARE deleted|refused --text ..."
)
_ANSWERED = {
    "deleted": (
        "This command deleted nothing. With this answer, you state that the package,"
        " the opened folder, and all copies are gone. The home cannot check that,"
        " but keeps your signed answer."
    ),
    "refused": "The person is told that you keep the recording, and reads your text.",
}


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands that answer a home."""
    receipt = add("receipt", help="tell the home that you opened and verified it")
    receipt.add_argument("bag", type=Path, help="the opened and verified folder")
    desk_options(receipt)
    _add_signing(receipt)
    where = receipt.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--inbox",
        help="the intake's inbox (or s3://BUCKET); the intake serves the receipt",
    )
    where.add_argument(
        "--receipts", type=Path, help="or the folder that your web server serves"
    )
    bucket_options(receipt)
    receipt.add_argument(
        "--received-at", help="such as 2026-11-03T17:04:09Z; needed without --inbox"
    )
    receipt.set_defaults(run=_run_receipt)

    listing = add("withdrawals", help="list what homes ask you to delete")
    inbox_option(listing, "the intake's inbox", required=True)
    listing.add_argument("--all", action="store_true", help="include answered ones")
    desk_option(listing)
    listing.set_defaults(run=_run_withdrawals)

    answering = add("answer", help="answer a withdrawal; this is final")
    answering.add_argument("share", help="the number that `withdrawals` shows")
    answering.add_argument("result", choices=RESULTS)
    answering.add_argument("--text", default="", help="one line for the person to read")
    answering.add_argument(
        "--replace",
        action="store_true",
        help="replace an answer that you did not give, and that no listed key signed",
    )
    inbox_option(answering, "the intake's inbox", required=True)
    desk_options(answering)
    _add_signing(answering)
    answering.set_defaults(run=_run_answer)


def _add_signing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--online", type=Path, required=True, help="your online key")
    command.add_argument(
        "--site", type=Path, required=True, help="the folder that `publish` wrote to"
    )


def _signer(options: argparse.Namespace) -> Signer:
    return Signer.load(options.site, options.online)


def _run_receipt(options: argparse.Namespace) -> int:
    """Sign a receipt and store it where the home fetches it."""
    signer, bag = _signer(options), options.bag.resolve()
    share_id, inbox = share_of(bag), inbox_of(options)
    file: Path = (options.receipts or Path()) / share_id
    alone = nullcontext() if inbox is None else inbox.changing(share_id)
    desk = Desk.at(options).reading()
    check_again(desk, bag)
    with desk.changing(), alone:
        asked = refuse_deleted(inbox, share_id, desk)
        receipt, token = make_receipt(
            bag,
            desk.known,
            signer,
            served=served_text(file) if inbox is None else inbox.receipt(share_id),
            inbox=inbox,
            received_at=options.received_at,
        )
        noted = {name: receipt[name] for name in ("sha256", "size", "received_at")}
        retention = receipt["retention"]
        days = retention.get("days") if isinstance(retention, dict) else None
        with (
            served(file, token)
            if inbox is None
            else inbox.giving_receipt(share_id, token)
        ):
            desk.append(
                "receipt_given", {"share": share_id, "retention_days": days} | noted
            )
    place = file if inbox is None else inbox.receipt_place(share_id)
    print(f"Receipt written: {place}")
    print(_RECEIPT)
    if asked is not None:
        print(asked.says)
    return 0


def _run_withdrawals(options: argparse.Namespace) -> int:
    """List the withdrawals of homes."""
    desk = None if options.desk is None else Desk.of(options.desk).reading()
    odd: list[str] = []
    shares = {} if desk is None else desk.shares
    inbox = the_inbox(options)
    found = list_withdrawals(inbox, shares, odd, everything=options.all)
    for one in found:
        print(f"{one.share_id}  {one.result}")
        print(f"     Requested on {printable(one.requested_at)} by the home's clock,")
        print(f"     arrived on {printable(one.came_at)}, answer: {one.result}")
        if one.text:
            print(f"     Your text: {printable(one.text)}")
        print(f"     Home: {jws.fingerprint(one.home)}")
        if desk is not None:
            for name, text in (
                ("Label", desk.label(one.home)),
                ("Case", desk.case(one.share_id)),
            ):
                if text is not None:
                    print(f"     {name}: {printable(text)}")
    print(_WITHDRAWALS if found else "No withdrawals are waiting.")
    return say_odd(odd)


def say_odd(odd: list[str], what: str = "withdrawal") -> int:
    """Print each invalid file of the intake; return 1 if there are any, else 0."""
    for text in odd:
        print(f"Not a {what}: {printable(text)}", file=sys.stderr)
    return 1 if odd else 0


def _run_answer(options: argparse.Namespace) -> int:
    """Sign the answer to a withdrawal."""
    signer = _signer(options)
    inbox = the_inbox(options)
    with Desk.at(options).changing() as desk, inbox.changing(options.share):
        asked = find_withdrawal(inbox, options.share, desk.shares)
        answer, token = make_answer(
            inbox,
            asked,
            signer,
            result=options.result,
            text=options.text,
            replace=options.replace,
        )
        if options.result == "deleted":
            _check_gone(desk, options.share)
        with inbox.giving_answer(
            asked.share_id, token, asked.request_sha256, replaces=asked.answer
        ):
            desk.append(
                "withdrawal_answered",
                {
                    "share": asked.share_id,
                    "home": asked.home,
                    "result": options.result,
                    "text": answer["text"],
                },
            )
    print(
        f"Answered {options.share}: {options.result}. The home gets your answer the"
        " next time it asks."
    )
    if answer["text"] != options.text:
        print(f"It was answered before, in words that stay: {printable(asked.text)}")
    print(_ANSWERED[options.result])
    return 0


def _check_gone(desk: Desk, share: str) -> None:
    """Raise if the record names a file of the share that still exists."""
    kept = shares_of(desk).get(share)
    if kept is not None and (found := still_there(kept)):
        raise AgencyError(
            f"it is not deleted: {found[0]} still exists. Delete it first:"
            f" doorwatch-agency delete {share}"
        )
