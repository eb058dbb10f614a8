"""The command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from . import commands
from .errors import AgencyError
from .feed_commands import add_commands
from .members import LARGEST_CLIP
from .printing import printable
from .withdrawals import RESULTS

_DESCRIPTION = "Publish as an agency, and open and verify what homes send."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when refused, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (AgencyError, OSError) as err:
        print(f"doorwatch-agency: {printable(_why(err))}", file=sys.stderr)
        return 1


def _why(err: AgencyError | OSError) -> str:
    if isinstance(err, OSError) and err.filename is not None:
        return f"{err.filename}: {err.strerror}"
    return str(err)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doorwatch-agency", description=_DESCRIPTION)
    words = parser.add_subparsers(required=True, metavar="COMMAND")

    keys = words.add_parser("keys", help="create keys, or show their fingerprints")
    keys.add_argument(
        "--root", type=Path, help="signs the discovery document; keep it offline"
    )
    keys.add_argument(
        "--online", type=Path, help="signs receipts, answers, and the feed"
    )
    keys.add_argument(
        "--age", type=Path, help="opens packages; keep it away from the intake"
    )
    keys.add_argument(
        "--passphrase-file", type=Path, help="file with the passphrase of the root key"
    )
    keys.set_defaults(run=commands.run_keys)

    out = words.add_parser("publish", help="sign and publish the discovery document")
    out.add_argument("settings", type=Path, help="agency.toml")
    out.add_argument("--root", type=Path, required=True, help="your root key")
    out.add_argument(
        "--passphrase-file", type=Path, help="file with the passphrase of the root key"
    )
    out.add_argument(
        "--online",
        type=Path,
        action="append",
        required=True,
        help="an online key, private or public; repeat for more",
    )
    out.add_argument("--site", type=Path, required=True, help="your website's folder")
    out.add_argument(
        "--days",
        type=int,
        default=90,
        help="days until it expires, at most 400 (default: 90)",
    )
    out.add_argument(
        "--next-root", type=Path, help="announce this key as the next root key"
    )
    out.add_argument("--seq", type=int, default=1, help="the lowest number to use")
    out.add_argument(
        "--new-root",
        action="store_true",
        help="publish even if homes must add you again",
    )
    out.add_argument("--origin", help="use this one, not the one in agency.toml")
    out.add_argument(
        "--upload-endpoint", help="use this one, not the one in agency.toml"
    )
    out.set_defaults(run=commands.run_publish)

    opening = words.add_parser("open", help="decrypt and unpack a package safely")
    opening.add_argument(
        "package", type=Path, help="SHARE.tar.age, SHARE.tar, or a zip"
    )
    opening.add_argument("folder", type=Path, help="a new or empty folder")
    _add_identity(opening)
    opening.add_argument(
        "--largest",
        type=int,
        default=LARGEST_CLIP,
        metavar="BYTES",
        help="the largest video to accept",
    )
    opening.set_defaults(run=commands.run_open)

    decrypting = words.add_parser("decrypt", help="decrypt only, as age -d does")
    decrypting.add_argument("package", type=Path, help="SHARE.tar.age")
    decrypting.add_argument("target", type=Path, help="SHARE.tar, a new file")
    _add_identity(decrypting)
    decrypting.set_defaults(run=commands.run_decrypt)

    check = words.add_parser("verify", help="verify an opened package")
    check.add_argument("bag", type=Path, help="the folder that `open` created")
    check.add_argument(
        "--agency",
        required=True,
        help="your origin, https://...; for a zip, the origin of your upload page",
    )
    check.add_argument(
        "--homes", type=Path, required=True, help="file that remembers homes and shares"
    )
    check.add_argument(
        "--fingerprint", help="the home's fingerprint, as the owner read it out"
    )
    check.add_argument("--label", help="your own name for this home")
    check.add_argument(
        "--again", action="store_true", help="accept a share that you received before"
    )
    check.add_argument(
        "--inbox", type=Path, help="compare with what the intake recorded"
    )
    check.add_argument(
        "--document",
        type=Path,
        action="append",
        help="your published document, to check whether a request was yours; repeat"
        " for earlier ones",
    )
    check.set_defaults(run=commands.run_verify)

    receipt = words.add_parser(
        "receipt", help="tell the home that you opened and verified it"
    )
    receipt.add_argument("bag", type=Path, help="the opened and verified folder")
    receipt.add_argument(
        "--homes", type=Path, required=True, help="file that remembers homes and shares"
    )
    _add_signing(receipt)
    where = receipt.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--inbox", type=Path, help="the intake's inbox; the intake serves the receipt"
    )
    where.add_argument(
        "--receipts", type=Path, help="or the folder that your web server serves"
    )
    receipt.add_argument(
        "--received-at", help="such as 2026-11-03T17:04:09Z; needed without --inbox"
    )
    receipt.set_defaults(run=commands.run_receipt)

    listing = words.add_parser("withdrawals", help="list what homes ask you to delete")
    listing.add_argument("--inbox", type=Path, required=True, help="the intake's inbox")
    listing.add_argument("--all", action="store_true", help="include answered ones")
    listing.set_defaults(run=commands.run_withdrawals)

    answering = words.add_parser("answer", help="answer a withdrawal; this is final")
    answering.add_argument("share", help="the number that `withdrawals` shows")
    answering.add_argument("result", choices=RESULTS)
    answering.add_argument("--text", default="", help="one line for the person to read")
    answering.add_argument(
        "--inbox", type=Path, required=True, help="the intake's inbox"
    )
    _add_signing(answering)
    answering.set_defaults(run=commands.run_answer)
    add_commands(words.add_parser)
    return parser


def _add_signing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--online", type=Path, required=True, help="your online key")
    command.add_argument(
        "--site", type=Path, required=True, help="the folder that `publish` wrote to"
    )


def _add_identity(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--identity",
        type=Path,
        action="append",
        default=[],
        help="your age identity file; repeat for more",
    )
