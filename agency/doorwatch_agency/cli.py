"""The command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys
import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from . import jws
from .age import decrypt_file
from .age_keys import load_identities, make_identity, recipient_of
from .answered import vouched_by
from .desk import Inbox, Signer
from .errors import AgencyError
from .feed_commands import add_commands
from .homes import load_homes, save_homes
from .keys import load_key, load_public_key, make_key
from .members import LARGEST_CLIP
from .opened import save_opened
from .printing import printable
from .publish import publish, read_settings
from .receipts import make_receipt, place_receipt
from .unpack import Opened, unpack
from .verify import Expectation, Verification
from .withdrawals import RESULTS, answer_withdrawal, list_withdrawals

_DESCRIPTION = "Publish as an agency, and open and verify what homes send."
_ENCRYPTED = (
    "It was encrypted, and opened with your identity. No one without it could read"
    " it on the way or on your server, and it is exactly as it was encrypted.\n"
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
_RECEIPT = (
    "It states, signed for the home, which file you received (its digest), when you"
    " received it, how long you keep recordings, and when you first verified it.\n"
    "Not proved by it: that anyone watched the recording, or that it will be deleted"
    " in time. The home can hold you to your word, nothing more."
)
_WITHDRAWALS = (
    "Each was signed with the key of the home that sent the share. Not proved: who"
    " in the home asked.\n"
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
_MARKS = {True: "OK  ", False: "BAD ", None: "?   "}


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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    keys = commands.add_parser("keys", help="create keys, or show their fingerprints")
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
    keys.set_defaults(run=_keys)

    out = commands.add_parser("publish", help="sign and publish the discovery document")
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
    out.set_defaults(run=_publish)

    opening = commands.add_parser("open", help="decrypt and unpack a package safely")
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
    opening.set_defaults(run=_open)

    decrypting = commands.add_parser("decrypt", help="decrypt only, as age -d does")
    decrypting.add_argument("package", type=Path, help="SHARE.tar.age")
    decrypting.add_argument("target", type=Path, help="SHARE.tar, a new file")
    _add_identity(decrypting)
    decrypting.set_defaults(run=_decrypt)

    check = commands.add_parser("verify", help="verify an opened package")
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
    check.set_defaults(run=_verify)

    receipt = commands.add_parser(
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
    receipt.set_defaults(run=_receipt)

    listing = commands.add_parser(
        "withdrawals", help="list what homes ask you to delete"
    )
    listing.add_argument("--inbox", type=Path, required=True, help="the intake's inbox")
    listing.add_argument("--all", action="store_true", help="include answered ones")
    listing.set_defaults(run=_withdrawals)

    answering = commands.add_parser("answer", help="answer a withdrawal; this is final")
    answering.add_argument("share", help="the number that `withdrawals` shows")
    answering.add_argument("result", choices=RESULTS)
    answering.add_argument("--text", default="", help="one line for the person to read")
    answering.add_argument(
        "--inbox", type=Path, required=True, help="the intake's inbox"
    )
    _add_signing(answering)
    answering.set_defaults(run=_answer)
    add_commands(commands.add_parser)
    return parser


def _add_signing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--online", type=Path, required=True, help="your online key")
    command.add_argument(
        "--site", type=Path, required=True, help="the folder that `publish` wrote to"
    )


def _signer(options: argparse.Namespace) -> Signer:
    return Signer.load(options.site, load_key(options.online))


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


def _passphrase(options: argparse.Namespace) -> bytes | None:
    path: Path | None = options.passphrase_file
    return path.read_bytes().rstrip(b"\r\n") if path else None


def _keys(options: argparse.Namespace) -> int:
    root: Path | None = options.root
    online: Path | None = options.online
    age: Path | None = options.age
    if root is None and online is None and age is None:
        raise AgencyError("choose at least one: --root, --online, --age")
    if root is not None:
        _root_key(root, _passphrase(options))
    if online is not None:
        if online.exists():
            load_key(online)
            print(f"Online key {online} already exists.")
        else:
            make_key(online)
            print(f"Created online key {online}.")
    if age is not None:
        _age_key(age)
    return 0


def _root_key(root: Path, passphrase: bytes | None) -> None:
    if root.exists():
        key, word = load_key(root, passphrase), "already exists."
    else:
        key, word = (
            make_key(root, passphrase),
            "was created. Keep it offline, with a copy.",
        )
    name = jws.thumbprint(key.public_key())
    print(f"Root key {root} {word}")
    print("Fingerprint of the root key, to print where people can trust it:")
    print(f"  {jws.fingerprint(name)}")
    print(f"As an RFC 7638 thumbprint: {name}")


def _age_key(path: Path) -> None:
    if path.exists():
        identities, word = load_identities(path), "already exists."
    else:
        identities = [make_identity(path)]
        word = "was created. Keep a copy: without it, no package can be opened."
    print(f"age identity {path} {word}")
    print("For age_recipients in agency.toml:")
    for identity in identities:
        print(f"  {recipient_of(identity)}")


def _publish(options: argparse.Namespace) -> int:
    settings = read_settings(
        options.settings,
        {"origin": options.origin, "upload_endpoint": options.upload_endpoint},
    )
    if not 1 <= options.days <= jws.LONGEST_DAYS:
        raise AgencyError(
            f"--days must be 1 to {jws.LONGEST_DAYS}, since homes accept no document"
            " for longer"
        )
    next_root: Path | None = options.next_root
    done = publish(
        settings,
        options.site,
        root=load_key(options.root, _passphrase(options)),
        online=[_public(path) for path in options.online],
        now=int(time.time()),
        days=options.days,
        next_root=jws.thumbprint(_public(next_root)) if next_root else None,
        at_least=options.seq,
        new_root=options.new_root,
    )
    print(f"Published {done.path}, number {done.seq}, valid for {options.days} days.")
    print(f"Fingerprint of the root key: {jws.fingerprint(done.root_thumbprint)}")
    return 0


def _public(path: Path) -> ec.EllipticCurvePublicKey:
    """Read a public key, or the public half of a private one."""
    pem = path.read_bytes()
    if b"PRIVATE KEY" in pem:
        return load_key(path).public_key()
    return load_public_key(pem)


def _decrypt(options: argparse.Namespace) -> int:
    decrypt_file(options.package, options.target, _identities(options))
    print(f"Decrypted to {options.target}. Nothing in it is verified yet.")
    return 0


def _open(options: argparse.Namespace) -> int:
    opened = unpack(
        options.package,
        options.folder,
        identities=_identities(options),
        largest=options.largest,
    )
    bag = opened.bag
    save_opened(opened)
    print(f"Opened in {bag}. Nothing in it is verified yet.")
    print(_how_it_came(opened))
    print("The cover sheet says:")
    print()
    sheet = (bag / "data/cover-sheet.txt").read_bytes().decode("utf-8", "replace")
    for line in sheet.split("\n"):
        print(f"  {printable(line, keep=chr(9))}".rstrip())
    return 0


def _how_it_came(opened: Opened) -> str:
    if opened.zipped:
        return _BY_HAND
    return _ENCRYPTED if opened.encrypted else _NOT_ENCRYPTED


def _verify(options: argparse.Namespace) -> int:
    homes = load_homes(options.homes)
    bag: Path = options.bag.resolve()
    record = None
    if options.inbox is not None:
        share_id = bag.name.removeprefix("doorwatch-")
        record = Inbox(options.inbox).record(share_id)
        if record is None:
            raise AgencyError(f"the intake has no share {share_id}")
    agency = options.agency.rstrip("/")
    documents: list[Path] | None = options.document
    expected = Expectation(
        agency=agency,
        fingerprint=options.fingerprint,
        label=options.label,
        again=options.again,
        record=record,
        vouched=vouched_by(documents, agency=agency) if documents else None,
    )
    findings = Verification(bag, expected, homes).run()
    for finding in findings:
        print(f"{_MARKS[finding.passed]} {finding.title}")
        print(f"     {finding.says}")
        if finding.not_proved:
            print(f"     Not proved: {finding.not_proved}")
    if any(finding.passed is False for finding in findings):
        print("REFUSED. The checks after the failed one were not made.")
        return 1
    save_homes(options.homes, homes)
    print("ACCEPTED: signed by whoever holds this home's key, and unaltered since.")
    if any(finding.passed is None for finding in findings):
        print("Not proved or not checked: what is marked with a question mark.")
    return 0


def _receipt(options: argparse.Namespace) -> int:
    inbox = Inbox(options.inbox) if options.inbox is not None else None
    share_id, token = make_receipt(
        options.bag.resolve(),
        load_homes(options.homes),
        _signer(options),
        inbox=inbox,
        received_at=options.received_at,
    )
    folder = inbox.receipts if inbox is not None else options.receipts
    print(f"Receipt written: {place_receipt(folder, share_id, token)}")
    print(_RECEIPT)
    return 0


def _withdrawals(options: argparse.Namespace) -> int:
    found = [
        one
        for one in list_withdrawals(Inbox(options.inbox))
        if options.all or one.result == "pending"
    ]
    for one in found:
        print(f"{one.share_id}  {one.result}")
        print(f"     Requested on {printable(one.requested_at)} by the home's clock,")
        print(f"     arrived on {printable(one.came_at)}, answer: {one.result}")
        if one.text:
            print(f"     Your text: {printable(one.text)}")
        print(f"     Home: {jws.fingerprint(one.home)}")
    print(_WITHDRAWALS if found else "No withdrawals are waiting.")
    return 0


def _answer(options: argparse.Namespace) -> int:
    answer_withdrawal(
        Inbox(options.inbox),
        options.share,
        _signer(options),
        result=options.result,
        text=options.text,
    )
    print(
        f"Answered {options.share}: {options.result}. The home gets your answer the"
        " next time it asks."
    )
    print(_ANSWERED[options.result])
    return 0
