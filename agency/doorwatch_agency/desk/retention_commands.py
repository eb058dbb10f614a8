"""The commands about retention: `due`, `hold`, `delete`."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
import json

from ..errors import AgencyError
from ..printing import printable
from ..times import time_text
from .answer_commands import say_odd
from .deletion import File, InBucket, Plan, carry_out, plan
from .inbox import SHARE_ID, TAKEN, WAITING, Inbox, Record
from .inboxes import inbox_of, inbox_option
from .receipts import stated_days
from .record import Desk, check_name, desk_options
from .retention import Kept, shares_of
from .withdrawals import check_withdrawal, list_withdrawals

_REACH = (
    "Not reached: copies, backups, what was exported, printed or moved elsewhere, and"
    " what a disk keeps of a deleted file until it is overwritten. The record, reports,"
    " receipts, and the intake's notes stay. They contain no recording."
)


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands about retention."""
    listing = add("due", help="list what is due for deletion by the terms agreed to")
    listing.add_argument(
        "--within",
        type=int,
        default=0,
        metavar="DAYS",
        help="include what is due within this many days",
    )
    listing.add_argument("--all", action="store_true", help="list everything you hold")
    listing.add_argument("--json", action="store_true", help="print it for programs")
    inbox_option(listing, "the intake's inbox, for withdrawals that wait")
    desk_options(listing)
    listing.set_defaults(run=_run_due)

    holding = add("hold", help="keep a share longer, such as for a court")
    holding.add_argument("share", help="the number of the share")
    holding.add_argument(
        "--until",
        type=_day,
        required=True,
        metavar="DATE",
        help="such as 2027-03-01; today ends a hold",
    )
    holding.add_argument("--reason", required=True, help="one line for the record")
    inbox_option(holding, "the intake's inbox, for a package that no one opened")
    desk_options(holding)
    holding.set_defaults(run=_run_hold)

    deleting = add("delete", help="delete what the record names of a share")
    deleting.add_argument("share", help="the number of the share")
    inbox_option(deleting, "the intake's inbox, to look there too")
    deleting.add_argument("--reason", help="one line for the record")
    deleting.add_argument(
        "--due", metavar="DATE", help="the day that `due` says, or none; for --yes"
    )
    deleting.add_argument(
        "--yes", action="store_true", help="don't ask; needs --reason and --due"
    )
    desk_options(deleting)
    deleting.set_defaults(run=_run_delete)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is not a date such as 2027-03-01"
        ) from None


def _run_due(options: argparse.Namespace) -> int:
    """List what is due for deletion, and why."""
    if options.within < 0:
        raise AgencyError("--within must be a number of days, 0 or more")
    now = datetime.now(UTC)
    desk = Desk.at(options).reading()
    inbox, known = inbox_of(options), shares_of(desk)
    odd: list[str] = []
    stray: list[str] = []
    if inbox is not None:
        _add_unopened(inbox, known, stray)
    kept = {name: one for name, one in known.items() if one.is_here}
    asked = _asked(inbox, desk, kept, odd)
    failed = max(say_odd(odd), say_odd(stray, "package"))
    ends = now + timedelta(days=options.within)
    for one in kept.values():
        found = check_withdrawal(inbox, one, desk.shares)
        one.told_deleted = found is not None and found.passed is False
    states = {name: _state(one, name in asked, now, ends) for name, one in kept.items()}
    shown = [
        (kept[name], state)
        for name, state in states.items()
        if (options.all or state not in ("kept", "no_term", "held"))
        and options.case in (None, kept[name].case)
    ]
    shown.sort(key=lambda one: (one[0].due_at or ends, one[0].share))
    if options.json:
        told = [_told(one, state) for one, state in shown]
        print(json.dumps({"at": time_text(now), "shares": told}, indent=1))
        return failed
    for one, state in shown:
        _print(one, state)
    if not shown:
        print("Nothing is due.")
    for line in _rest(list(states.values()), kept, ends, everything=options.all):
        print(line)
    if inbox is None:
        print("Not looked at: the inbox, and what homes withdrew. Add --inbox.")
    return failed


def _asked(
    inbox: Inbox | None, desk: Desk, kept: dict[str, Kept], odd: list[str]
) -> set[str]:
    """Return the shares with a waiting withdrawal, and add those only the intake knows."""
    if inbox is None:
        return set()
    asked = set()
    for one in list_withdrawals(inbox, desk.shares, odd):
        asked.add(one.share_id)
        kept.setdefault(one.share_id, Kept(share=one.share_id, home=one.home))
    return asked


def _add_unopened(inbox: Inbox, known: dict[str, Kept], odd: list[str]) -> None:
    """Add packages that were not opened at this desk, with the days in their receipt."""
    for listed in inbox.listed(odd, taken=True):
        one = known.setdefault(listed.share_id, Kept(share=listed.share_id))
        if not one.is_here:
            _add_received(one, inbox, listed.state, listed.record)


def _add_received(one: Kept, inbox: Inbox, state: str, record: Record) -> None:
    """Add the intake's record of a package and the days in its receipt."""
    one.unopened = state
    one.home = one.home or record.home
    one.received_at = one.received_at or record.received_at
    if one.term is None:
        one.receipt_days = stated_days(inbox.receipt(one.share))


def _state(one: Kept, asked: bool, now: datetime, ends: datetime) -> str:
    if one.begun is not None or one.incomplete:
        return "unfinished"
    if one.told_deleted:
        return "answered_deleted"
    if asked:
        return "withdrawal"
    if one.is_held(now):
        return "held"
    if one.due_at is None:
        if one.unopened is not None:
            return "not_opened"
        return "no_term" if one.verified else "not_verified"
    return "due" if one.due_at <= ends else "kept"


_SAYS = {
    "unfinished": "a deletion did not end, or left something. Delete it again",
    "answered_deleted": "the home was told that it is deleted, but the record does not"
    " say so. Delete it",
    "withdrawal": "the home asks you to delete it, and waits for an answer",
    "no_term": "no number of days was agreed to. Your terms decide",
    "not_verified": "opened, but not verified, so its terms are not known",
    "not_opened": "its terms are not known, since its receipt states no days",
}
_UNOPENED = {
    WAITING: "Never opened: it is in the inbox",
    TAKEN: "Not opened at this desk: someone took it out of the inbox",
}


def _says(one: Kept, state: str) -> str:
    if state == "held":
        return f"held until {one.held_until}: {one.held_for}"
    if one.due_at is None or one.since is None or state in _SAYS:
        return _SAYS[state]
    verb = "due" if state == "due" else "kept until"
    noted = "received" if one.counts_from_arrival else "first seen"
    return (
        f"{verb} {one.due_at.date()}, {one.term} days after it was {noted} on"
        f" {one.since.date()}"
    )


def _print(one: Kept, state: str) -> None:
    print(f"{one.share}  {printable(_says(one, state))}")
    about = (("Case", one.case), ("Label", one.label))
    told = ", ".join(f"{name}: {printable(text)}" for name, text in about if text)
    if told:
        print(f"     {told}")
    if one.unopened is not None:
        print(f"     {_UNOPENED[one.unopened]}")


def _told(one: Kept, state: str) -> dict[str, object]:
    return {
        "share": one.share,
        "state": state,
        "due_at": None if one.due_at is None else time_text(one.due_at),
        "since": None if one.since is None else time_text(one.since),
        "received_at": one.received_at,
        "retention_days": one.term,
        "held_until": None if one.held_until is None else one.held_until.isoformat(),
        "held_for": one.held_for,
        "opened": one.unopened is None,
        "home": one.home,
        "case": one.case,
        "label": one.label,
    }


def _rest(
    states: list[str], kept: dict[str, Kept], ends: datetime, *, everything: bool
) -> Iterator[str]:
    """Yield counts of the shares that are not listed."""
    later = sorted(
        one.due_at
        for one, state in zip(kept.values(), states, strict=True)
        if state == "kept" and one.due_at is not None and one.due_at > ends
    )
    if later:
        yield f"The next is due on {later[0].date()}."
    if everything:
        return
    for state, what in (
        ("held", "held longer"),
        ("no_term", "without a number of days"),
    ):
        if count := states.count(state):
            yield f"Also {what}: {count} (--all lists them)."


def _run_hold(options: argparse.Namespace) -> int:
    """Record that a share is kept longer, or no longer."""
    check_name("reason", options.reason)
    inbox = inbox_of(options)
    with Desk.at(options).changing() as desk, ExitStack() as stack:
        one = _known(desk, options.share, inbox)
        taking = one.unopened is not None and inbox is not None
        if inbox is not None and taking:  # without this, a withdrawal would delete it
            stack.enter_context(inbox.changing(options.share))
            stack.enter_context(inbox.taking(options.share, again=True))
        desk.append(
            "held",
            {
                "share": options.share,
                "until": options.until.isoformat(),
                "reason": options.reason,
            },
        )
    if options.until <= datetime.now(UTC).date():
        print(f"{options.share} is not held anymore.")
    else:
        print(f"{options.share} is held until {options.until}. `delete` refuses it.")
    if taking:
        print("It is not in the inbox anymore, so a withdrawal waits for you.")
    print("The home is not told. It was told your terms, and holds you to them.")
    return 0


def _known(desk: Desk, share: str, inbox: Inbox | None) -> Kept:
    """Return a share of the record, or one that only the inbox has."""
    one = shares_of(desk).get(share)
    if one is not None and one.is_here:
        return one
    record = None
    if inbox is not None and SHARE_ID.fullmatch(share) and inbox.package(share):
        record = inbox.record(share)
    if inbox is not None and record is not None:
        one = one or Kept(share=share)
        _add_received(one, inbox, WAITING, record)
    if one is None:
        more = "" if inbox is not None else ". If it is in the inbox, add --inbox"
        raise AgencyError(f"this desk has no share {printable(share)}{more}")
    return one


def _run_delete(options: argparse.Namespace) -> int:
    """List what is deleted, ask for confirmation, delete, and record both steps."""
    inbox = inbox_of(options)
    desk = Desk.at(options).reading()
    planned = _plan(desk, options.share, inbox)
    due_at = _known(desk, options.share, inbox).due_at
    day = "none" if due_at is None else due_at.date().isoformat()
    if options.yes and None in (options.reason, options.due):
        raise AgencyError(
            "with --yes, say why with --reason, and with --due the day that `due` says, or"
            f" none. It is {day}"
        )
    if options.due not in (None, day):
        raise AgencyError(f"it is due on another day: {day}")
    _list(planned)
    early = due_at is not None and due_at > datetime.now(UTC)
    reason = options.reason
    if reason is None:
        reason = _ask("Why, in one line for the record? ")
    check_name("reason", reason)
    if not options.yes and not _agreed(day if early and options.due is None else None):
        print("Nothing was deleted.")
        return 1
    with desk.changing():
        made = _plan(desk, options.share, inbox)
        told = {
            "share": options.share,
            "stage": "intent",
            "reason": reason,
        } | made.told()
        desk.append("deleted", told)
        went, left = carry_out(told, inbox)
        left = [*made.left, *left]
        desk.append(
            "deleted",
            {
                "share": options.share,
                "stage": "done",
                "reason": reason,
                "files": [file.told() for file in went],
                "left": [printable(str(path)) for path, _ in left],
                "missing": [printable(str(path)) for path in made.missing],
            },
        )
    print(f"Deleted {_files(len(went))}. The record has their digests.")
    print(_REACH)
    for path, why in left:
        print(f"STILL THERE: {printable(str(path))}: {why}")
    if left:
        print("Look at these yourself, then delete again.")
        return 1
    if inbox is not None and options.share in _asked(inbox, desk, {}, []):
        print(f"The home waits: doorwatch-agency answer {options.share} deleted ...")
    return 0


def _plan(desk: Desk, share: str, inbox: Inbox | None) -> Plan:
    one, now = _known(desk, share, inbox), datetime.now(UTC)
    if one.is_held(now):
        today = now.date()
        raise AgencyError(
            f"{share} is held until {one.held_until}: {one.held_for}. To end that:"
            f" doorwatch-agency hold {share} --until {today} --reason ..."
        )
    if one.gone and one.unopened is None:
        raise AgencyError(f"the record says that {share} was deleted already")
    return plan(one, inbox)


def _list(made: Plan) -> None:
    files: list[File | InBucket] = [*made.stored, *made.files, *made.marks]
    print(f"To be deleted, for good: {_files(len(files))}")
    for file in files:
        print(f"     {printable(str(file.path))}")
    for path in made.missing:
        print(f"Not there: {printable(str(path))}. If you moved it, delete it there.")
    for path, why in made.left:
        print(f"Not deleted: {printable(str(path))}: {why}")
    if not files and not made.missing and not made.left:
        print("The record names no file. Delete what you hold yourself; this notes it.")


def _files(count: int) -> str:
    return f"{count} file{'s' if count != 1 else ''}"


def _agreed(day: str | None) -> bool:
    """Ask for `yes`, or for the date until which it must be kept."""
    if day is None:
        return _ask("Delete them? [yes/no] ").lower() == "yes"
    return _ask(f"It is kept until {day}. To delete it now, type that day: ") == day


def _ask(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        raise AgencyError(
            "no one answered. Add --yes to delete without asking"
        ) from None
