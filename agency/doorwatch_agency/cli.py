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

_ENCRYPTED = (
    "It was encrypted, and opened with your identity: nobody without it could read it on"
    " the way or on your server, and it is as it was encrypted.\n"
    "Not proved: who encrypted it. Anybody can encrypt to you; `verify` says who signed."
)
_BY_HAND = (
    "It is a zip, as homes make it for agencies that take files from a person only. A"
    " person handed it over or uploaded it; it was not encrypted.\n"
    "Not proved: who that was, when, and who could read it on the way. Whoever carried it,"
    " `verify` says which home signed it, and that nothing changed since."
)
_NOT_ENCRYPTED = (
    "This file was not encrypted. Homes send encrypted packages: if you did not decrypt it"
    " yourself, ask who did, and who could read it."
)
_RECEIPT = (
    "It states, signed for the home: which file you received (its digest), when, how long"
    " you keep recordings, and when you first verified it.\n"
    "Not proved by it: that anybody watched the recording, nor that it will be deleted in"
    " time. The home can hold you to your word, no more."
)
_WITHDRAWALS = (
    "Each was signed with the key of the home that sent the share. Not proved: who in the"
    " home asked.\n"
    "A withdrawal asks; it cannot recall copies. Delete what you hold, or refuse and say"
    " why: doorwatch-agency answer SHARE deleted|refused --text ..."
)
_ANSWERED = {
    "deleted": "This command deleted nothing: your word is that package, opened folder and"
    " copies are gone. The home cannot check it, but keeps your signed answer.",
    "refused": "The person is told that you keep the recording, with your words.",
}
_MARKS = {True: "OK  ", False: "BAD ", None: "?   "}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when refused, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (AgencyError, OSError) as err:
        print(f"doorwatch-agency: {printable(str(err))}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doorwatch-agency", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    keys = commands.add_parser("keys", help="make keys, or show their fingerprint")
    keys.add_argument("--root", type=Path, help="signs the document; kept offline")
    keys.add_argument("--online", type=Path, help="kept where the intake runs")
    keys.add_argument("--age", type=Path, help="opens packages; not for the intake")
    keys.add_argument("--passphrase-file", type=Path, help="protects the root key")
    keys.set_defaults(run=_keys)

    out = commands.add_parser("publish", help="sign the discovery document")
    out.add_argument("settings", type=Path, help="agency.toml")
    out.add_argument("--root", type=Path, required=True)
    out.add_argument("--passphrase-file", type=Path)
    out.add_argument(
        "--online",
        type=Path,
        action="append",
        required=True,
        help="an online key, private or public; again for more",
    )
    out.add_argument("--site", type=Path, required=True, help="the site's folder")
    out.add_argument(
        "--days", type=int, default=90, help="how long it is valid, at most 400"
    )
    out.add_argument("--next-root", type=Path, help="announce this root's public key")
    out.add_argument("--seq", type=int, default=1, help="the least number to use")
    out.add_argument("--new-root", action="store_true", help="homes must start anew")
    out.add_argument("--origin", help="instead of the one in agency.toml")
    out.add_argument("--upload-endpoint", help="instead of the one in agency.toml")
    out.set_defaults(run=_publish)

    opening = commands.add_parser("open", help="decrypt and unpack a package safely")
    opening.add_argument(
        "package", type=Path, help="SHARE.tar.age, SHARE.tar, or a zip"
    )
    opening.add_argument("folder", type=Path, help="empty, or not there yet")
    _add_identity(opening)
    opening.add_argument("--largest", type=int, default=LARGEST_CLIP, metavar="BYTES")
    opening.set_defaults(run=_open)

    decrypting = commands.add_parser("decrypt", help="decrypt only, as age -d does")
    decrypting.add_argument("package", type=Path, help="SHARE.tar.age")
    decrypting.add_argument("target", type=Path, help="SHARE.tar, not there yet")
    _add_identity(decrypting)
    decrypting.set_defaults(run=_decrypt)

    check = commands.add_parser("verify", help="verify an opened package")
    check.add_argument("bag", type=Path, help="the folder that `open` named")
    check.add_argument(
        "--agency",
        required=True,
        help="your origin, https://...; for a zip that of your page for uploads",
    )
    check.add_argument("--homes", type=Path, required=True, help="what is remembered")
    check.add_argument("--fingerprint", help="as the owner read it out")
    check.add_argument("--label", help="your own word for this home")
    check.add_argument("--again", action="store_true", help="it was received before")
    check.add_argument("--inbox", type=Path, help="compare with the intake's record")
    check.add_argument(
        "--document",
        type=Path,
        action="append",
        help="your published document, to tell whether a request was yours; again for"
        " those of before",
    )
    check.set_defaults(run=_verify)

    receipt = commands.add_parser("receipt", help="tell the home that you opened it")
    receipt.add_argument("bag", type=Path, help="opened and verified")
    receipt.add_argument("--homes", type=Path, required=True, help="what is remembered")
    _add_signing(receipt)
    where = receipt.add_mutually_exclusive_group(required=True)
    where.add_argument("--inbox", type=Path, help="of the intake, which serves it")
    where.add_argument("--receipts", type=Path, help="or the folder that you serve")
    receipt.add_argument("--received-at", help="2026-11-03T17:04:09Z; without --inbox")
    receipt.set_defaults(run=_receipt)

    listing = commands.add_parser("withdrawals", help="what homes ask to have deleted")
    listing.add_argument("--inbox", type=Path, required=True, help="of the intake")
    listing.add_argument("--all", action="store_true", help="the answered ones too")
    listing.set_defaults(run=_withdrawals)

    answering = commands.add_parser("answer", help="answer a withdrawal, once")
    answering.add_argument("share", help="as `withdrawals` lists it")
    answering.add_argument("result", choices=RESULTS)
    answering.add_argument("--text", default="", help="one line that the person reads")
    answering.add_argument("--inbox", type=Path, required=True, help="of the intake")
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
        help="your age identity file; again for more",
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
        raise AgencyError("say which: --root, --online, --age")
    if root is not None:
        _root_key(root, _passphrase(options))
    if online is not None:
        if online.exists():
            load_key(online)
            print(f"Online key {online} is there already.")
        else:
            make_key(online)
            print(f"Online key {online} was made.")
    if age is not None:
        _age_key(age)
    return 0


def _root_key(root: Path, passphrase: bytes | None) -> None:
    if root.exists():
        key, word = load_key(root, passphrase), "is there already"
    else:
        key, word = make_key(root, passphrase), "was made: keep it offline, with a copy"
    name = jws.thumbprint(key.public_key())
    print(f"Root key {root} {word}.")
    print("Fingerprint of the root, to be printed where people can trust it:")
    print(f"  {jws.fingerprint(name)}")
    print(f"The same as an RFC 7638 thumbprint: {name}")


def _age_key(path: Path) -> None:
    if path.exists():
        identities, word = load_identities(path), "is there already"
    else:
        identities = [make_identity(path)]
        word = "was made: without it no package can be opened, so keep a copy"
    print(f"age identity {path} {word}.")
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
            f"--days must be 1 to {jws.LONGEST_DAYS}: homes go by no document for longer"
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
    print(f"Published {done.path}, number {done.seq}, valid {options.days} days.")
    print(f"Root: {jws.fingerprint(done.root_thumbprint)}")
    return 0


def _public(path: Path) -> ec.EllipticCurvePublicKey:
    """Read a public key, or the public half of a private one."""
    pem = path.read_bytes()
    if b"PRIVATE KEY" in pem:
        return load_key(path).public_key()
    return load_public_key(pem)


def _decrypt(options: argparse.Namespace) -> int:
    decrypt_file(options.package, options.target, _identities(options))
    print(f"Decrypted into {options.target}. Nothing in it is verified yet.")
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
    print(f"Opened into {bag}. Nothing in it is verified yet.")
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
            raise AgencyError(f"the intake knows no share {share_id}")
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
        print("REFUSED. What follows the failed check was not looked at.")
        return 1
    save_homes(options.homes, homes)
    print("ACCEPTED: unaltered since it was signed by this home's installation.")
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
        print(f"     Asked on {printable(one.requested_at)} by the home's clock,")
        print(f"     came on {printable(one.came_at)}, answered: {one.result}")
        if one.text:
            print(f"     Your words: {printable(one.text)}")
        print(f"     Home: {jws.fingerprint(one.home)}")
    print(_WITHDRAWALS if found else "No withdrawal waits for you.")
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
        f"Answered {options.share}: {options.result}. The home asks again and gets it."
    )
    print(_ANSWERED[options.result])
    return 0
