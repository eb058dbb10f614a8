"""What each command of the desk does, and says on the terminal."""

import argparse
from pathlib import Path
import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from . import jws
from .age import decrypt_file
from .age_keys import load_identities, make_identity, recipient_of
from .answered import vouched_by
from .desk import Inbox, Signer
from .errors import AgencyError
from .homes import load_homes, save_homes
from .keys import load_key, load_public_key, make_key
from .opened import save_opened
from .printing import printable
from .publish import publish, read_settings
from .receipts import make_receipt, place_receipt
from .unpack import Opened, unpack
from .verify import Expectation, Verification
from .withdrawals import answer_withdrawal, list_withdrawals

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


def _signer(options: argparse.Namespace) -> Signer:
    return Signer.load(options.site, load_key(options.online))


def _identities(options: argparse.Namespace) -> list[X25519PrivateKey]:
    return [one for path in options.identity for one in load_identities(path)]


def _passphrase(options: argparse.Namespace) -> bytes | None:
    path: Path | None = options.passphrase_file
    return path.read_bytes().rstrip(b"\r\n") if path else None


def run_keys(options: argparse.Namespace) -> int:
    """Make keys that are not there yet, and show what of them is public."""
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


def run_publish(options: argparse.Namespace) -> int:
    """Sign the document, and write the site."""
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


def run_decrypt(options: argparse.Namespace) -> int:
    """Decrypt a package without opening it."""
    decrypt_file(options.package, options.target, _identities(options))
    print(f"Decrypted to {options.target}. Nothing in it is verified yet.")
    return 0


def run_open(options: argparse.Namespace) -> int:
    """Open a package into a folder, and say how it came."""
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


def run_verify(options: argparse.Namespace) -> int:
    """Print each finding; 1 when one of them is bad."""
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


def run_receipt(options: argparse.Namespace) -> int:
    """Sign a receipt, and place it where the home asks for it."""
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


def run_withdrawals(options: argparse.Namespace) -> int:
    """List what homes want deleted."""
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


def run_answer(options: argparse.Namespace) -> int:
    """Sign what became of a withdrawal."""
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
