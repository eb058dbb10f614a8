"""The commands `open` and `decrypt`."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ..errors import AgencyError
from ..package.members import LARGEST_CLIP
from ..package.unpack import Opened, Package, unpacking
from ..printing import printable
from ..signing.age import decrypt_file
from ..signing.age_keys import load_identities
from .inboxes import bucket_options, is_bucket, share_in_bucket
from .opened import noting, share_of
from .record import Desk, desk_options, path_text

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
    """Add what opens packages."""
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
    bucket_options(opening)
    opening.add_argument(
        "--again",
        action="store_true",
        help="for s3://: open it though someone took it out of the inbox before",
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
    decrypt_file(options.package, options.target, _identities(options))
    print(f"Decrypted to {options.target}. Nothing in it is verified yet.")
    return 0


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A package, how the record names it, and of a bucket what arrived there."""

    package: Package
    place: str
    share_id: str | None = None
    sha256: str | None = None


def _run_open(options: argparse.Namespace) -> int:
    """Open a package into a folder, and say how it came."""
    desk, folder = Desk.at(options), options.folder.resolve()
    at = path_text(folder)
    desk.check()
    identities = _identities(options)
    source = _source(options)
    with unpacking(
        source.package,
        options.folder,
        identities=identities,
        largest=options.largest,
    ) as opened:
        if source.sha256 not in (None, opened.sha256):
            raise AgencyError(
                "the bucket has a different file under this number than the intake"
                " received"
            )
        bag = opened.bag
        share = share_of(bag)
        if source.share_id not in (None, share):
            raise AgencyError(f"it is the package of another share, {share}")
        with noting(opened), desk.changing():
            case = desk.case(share) or folder.name.strip()[:200] or None
            desk.append(
                "opened",
                {
                    "share": share,
                    "case": case,
                    "package": source.place,
                    "bag": f"{at}/{bag.name}",
                    "sha256": opened.sha256,
                    "size": opened.size,
                    "encrypted": opened.encrypted,
                    "zipped": opened.zipped,
                },
            )
    print(f"Opened in {bag}. Nothing in it is verified yet.")
    if case is not None:
        print(f"The record names the case {case}. Another: --case NAME.")
    print(_how_it_came(opened))
    print("The cover sheet says:")
    print()
    sheet = (bag / "data/cover-sheet.txt").read_bytes().decode("utf-8", "replace")
    for line in sheet.split("\n"):
        print(f"  {printable(line, keep=chr(9))}".rstrip())
    return 0


def _source(options: argparse.Namespace) -> _Source:
    if not is_bucket(options.package):
        path = Path(options.package)
        return _Source(package=path, place=path_text(path.resolve()))
    inbox, share_id = share_in_bucket(options.package, options)
    taken, record = inbox.take(share_id, again=options.again)
    return _Source(
        package=taken,
        place=path_text(str(taken)),
        share_id=share_id,
        sha256=record.sha256,
    )


def _how_it_came(opened: Opened) -> str:
    if opened.zipped:
        return _BY_HAND
    return _ENCRYPTED if opened.encrypted else _NOT_ENCRYPTED
