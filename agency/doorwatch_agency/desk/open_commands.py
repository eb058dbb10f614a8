"""The commands `open` and `decrypt`."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ..errors import AgencyError, why
from ..package.findings import Finding
from ..package.members import LARGEST_CLIP
from ..package.unpack import Opened, Package, unpacking
from ..package.zips import is_zip
from ..printing import printable
from ..signing.age import decrypt_file
from ..signing.age_keys import load_identities
from .inbox import SHARE_ID, GoneError, Inbox
from .inbox_folder import inbox_around
from .inboxes import bucket_options, inbox_of, is_bucket, share_in_bucket
from .opened import noting, share_of
from .record import Desk, desk_options, path_text
from .withdrawals import refuse_deleted

_LONGEST = 500  # characters of an error in the record
_ENCRYPTED = (
    "It was encrypted, and opened with your identity. No one without an identity that it"
    " was encrypted to could read it on the way or on your server, and it is exactly as"
    " it was encrypted.\n"
    "Not proved: who encrypted it. Anyone can encrypt to you. `verify` says which"
    " home signed it."
)
_BY_HAND = (
    "It is a zip, which homes make for agencies that accept files only from a"
    " person. A person handed it over or uploaded it. It was not encrypted.\n"
    "Not proved: who that was, when, and who could read it on the way. Whoever"
    " carried it, `verify` says which home signed it, and whether anything changed"
    " since."
)
_NOT_ENCRYPTED = (
    "This file was not encrypted. Homes send encrypted packages. If you did not"
    " decrypt it yourself, ask who did, and who could read it."
)


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands that open packages."""
    opening = add("open", help="decrypt and unpack a package safely")
    opening.add_argument(
        "package", help="SHARE.tar.age, SHARE.tar, a zip, or s3://BUCKET/SHARE"
    )
    opening.add_argument("folder", type=Path, help="the folder of the case")
    desk_options(opening)
    _add_identity(opening)
    opening.add_argument(
        "--largest",
        type=int,
        default=LARGEST_CLIP,
        metavar="BYTES",
        help="the largest video to accept",
    )
    where = opening.add_mutually_exclusive_group()
    where.add_argument(
        "--inbox",
        help="the intake's inbox (or s3://BUCKET), for a package that is not in it"
        " anymore",
    )
    where.add_argument(
        "--no-inbox", action="store_true", help="no intake of yours received it"
    )
    bucket_options(opening)
    opening.add_argument(
        "--again",
        action="store_true",
        help="open it though someone took it out of the inbox before",
    )
    opening.set_defaults(run=_run_open)

    decrypting = add("decrypt", help="decrypt only, as age -d does")
    decrypting.add_argument("package", type=Path, help="SHARE.tar.age")
    decrypting.add_argument("target", type=Path, help="SHARE.tar, a new file")
    _add_identity(decrypting)
    decrypting.set_defaults(run=_run_decrypt)


def _add_identity(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--identity",
        type=Path,
        action="append",
        default=[],
        help="your age identity file; repeat for more",
    )


def _identities(options: argparse.Namespace) -> list[X25519PrivateKey]:
    return [one for path in options.identity for one in load_identities(path)]


def _run_decrypt(options: argparse.Namespace) -> int:
    """Decrypt a package without opening it."""
    if inbox_around(options.package) is not None:
        raise AgencyError(
            f"{options.package} is in an inbox, where its home can withdraw it. Use `open`,"
            " or move it out first"
        )
    decrypt_file(options.package, options.target, _identities(options))
    print(f"Decrypted to {options.target}. Nothing in it is verified yet.")
    return 0


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A package and its inbox."""

    package: Package
    place: str | None = None  # None: the location in the inbox after it was taken
    inbox: Inbox | None = None
    share_id: str | None = None
    again: bool = True


def _run_open(options: argparse.Namespace) -> int:
    """Open a package into a folder and print how it was received."""
    desk, folder = Desk.at(options), options.folder.resolve()
    desk.check()
    try:
        return _open(options, desk, folder)
    except (AgencyError, OSError) as err:
        _note_failed(desk, options.package, err)
        raise


def _note_failed(desk: Desk, package: str, err: AgencyError | OSError) -> None:
    """Add to the record that a package could not be opened, and why."""
    share_id = package.rpartition("/")[2].removesuffix(".tar.age")
    with suppress(AgencyError), desk.changing():  # the first error is the one to report
        desk.append(
            "open_failed",
            {
                "share": share_id if SHARE_ID.fullmatch(share_id) else None,
                "name": printable(package)[:_LONGEST],
                "reason": printable(why(err))[:_LONGEST],
            },
        )


def _open(options: argparse.Namespace, desk: Desk, folder: Path) -> int:
    at = path_text(folder)
    identities = _identities(options)
    source = _source(options)
    with (
        _saying_why(source),
        unpacking(
            source.package,
            options.folder,
            identities=identities,
            largest=options.largest,
        ) as opened,
    ):
        bag = opened.bag
        share = share_of(bag)
        if source.share_id not in (None, share):
            raise AgencyError(f"it is the package of another share, {share}")
        with noting(opened), desk.changing(), _taking(source, opened, desk) as taken:
            place, asked = taken
            case = desk.case_of_package(share, opened.sha256)
            case = case or folder.name.strip()[:200] or None
            desk.append(
                "opened",
                {
                    "share": share,
                    "case": case,
                    "package": place,
                    "bag": f"{at}/{bag.name}",
                    "sha256": opened.sha256,
                    "size": opened.size,
                    "encrypted": opened.encrypted,
                    "zipped": opened.zipped,
                },
            )
    print(f"Opened in {bag}. Nothing in it is verified yet.")
    if source.place is None:
        print(f"Taken out of the inbox. The file as it arrived: {printable(place)}")
    if asked is not None:
        print(asked.says)
    if case is not None:
        print(f"The record names the case {case}. Another: --case NAME.")
    print(_how_it_came(opened))
    print("The cover sheet says:")
    print()
    sheet = (bag / "data/cover-sheet.txt").read_bytes().decode("utf-8", "replace")
    for line in sheet.split("\n"):
        print(f"  {printable(line, keep=chr(9))}".rstrip())
    return 0


@contextmanager
def _saying_why(source: _Source) -> Iterator[None]:
    """Raise the reason if a package disappears while it is read."""
    try:
        yield
    except GoneError:
        if source.inbox is not None and source.share_id is not None:
            source.inbox.to_open(source.share_id, again=True)
        raise


@contextmanager
def _taking(
    source: _Source, opened: Opened, desk: Desk
) -> Iterator[tuple[str, Finding | None]]:
    """Take the package out of its inbox; yield its location and its withdrawal.

    Also for a copy outside the inbox, since the intake answers withdrawals as long as
    the package is in the inbox.
    """
    share, inbox = share_of(opened.bag), source.inbox
    if inbox is None:
        yield str(source.place), refuse_deleted(None, share, desk)
        return
    with inbox.changing(share), inbox.taking(share, again=source.again) as taken:
        asked = refuse_deleted(inbox, share, desk)
        record = inbox.record(share)
        if (
            opened.encrypted
            and record is not None
            and record.sha256 not in (None, opened.sha256)
        ):
            raise AgencyError(
                "it is a different file under this number than the intake received"
            )
        yield source.place or path_text(taken), asked


def _source(options: argparse.Namespace) -> _Source:
    """Find the package and the inbox that contains its withdrawals."""
    found: tuple[Inbox, str] | None
    if is_bucket(options.package):
        found = share_in_bucket(options.package, options)
    else:
        found = inbox_around(Path(options.package))
    if found is not None:
        inbox, share_id = found
        package, _ = inbox.to_open(share_id, again=options.again)
        path_text(str(package))
        return _Source(
            package=package, inbox=inbox, share_id=share_id, again=options.again
        )
    path = Path(options.package)
    if options.inbox is None and not options.no_inbox and not _is_zip(path):
        raise AgencyError(
            "add the intake's inbox with --inbox, since its home can withdraw it there."
            " If no intake of yours received it, add --no-inbox"
        )
    return _Source(
        package=path, place=path_text(path.resolve()), inbox=inbox_of(options)
    )


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return is_zip(file)


def _how_it_came(opened: Opened) -> str:
    if opened.zipped:
        return _BY_HAND
    return _ENCRYPTED if opened.encrypted else _NOT_ENCRYPTED
