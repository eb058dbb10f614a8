"""The commands `keys` and `publish`."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
import time

from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..files import only_one
from ..signing import jws
from ..signing.age_keys import load_identities, make_identity, recipient_of
from ..signing.keys import load_key, load_public_key, make_key
from .key_change import tell_keys
from .past import KEPT, Past, Version
from .publish import WELL_KNOWN, publish, read_settings


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands `keys` and `publish`."""
    keys = add("keys", help="create keys, or show their fingerprints")
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
    keys.set_defaults(run=_run_keys)

    out = add("publish", help="sign and publish the discovery document")
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
    out.add_argument(
        "--seq", type=int, metavar="NUMBER", help="use this number, above all earlier"
    )
    out.add_argument(
        "--new-root",
        action="store_true",
        help="publish even if homes must add you again",
    )
    out.add_argument("--origin", help="use this one, not the one in agency.toml")
    out.add_argument(
        "--upload-endpoint", help="use this one, not the one in agency.toml"
    )
    out.set_defaults(run=_run_publish)


def _passphrase(options: argparse.Namespace) -> bytes | None:
    path: Path | None = options.passphrase_file
    return path.read_bytes().rstrip(b"\r\n") if path else None


def _run_keys(options: argparse.Namespace) -> int:
    """Create missing keys and print the public ones."""
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


def _run_publish(options: argparse.Namespace) -> int:
    """Sign the document, keep a copy, and write the website."""
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
    root = load_key(options.root, _passphrase(options))
    online = {path: _public(path) for path in options.online}
    folder = options.settings.parent
    with only_one(folder):
        past = Past.read(options.site / WELL_KNOWN, folder / KEPT, options.root)
        done = publish(
            settings,
            past,
            root=root,
            online=list(online.values()),
            now=int(time.time()),
            days=options.days,
            next_root=jws.thumbprint(_public(next_root)) if next_root else None,
            number=options.seq,
            new_root=options.new_root,
        )
    print(f"Published {past.target}, number {done.seq}, valid for {options.days} days.")
    print(f"Fingerprint of the root key: {jws.fingerprint(done.root)}")
    print(f"A copy is in {past.kept}, and its number beside the root key. Keep both.")
    for remark in past.remarks(done.root):
        print(f"Note: {remark}")
    named = {jws.thumbprint(key): path for path, key in online.items()}
    for line in (*tell_keys(past, done, named), *_tell_root(past.last, done)):
        print(line)
    return 0


def _tell_root(last: Version | None, now: Version) -> Iterator[str]:
    """Yield how homes treat a root key that the last document did not announce."""
    if last is None:
        return
    if last.group is not now.group:
        yield "Homes that know you refuse this document until they add you again."
    elif now.root not in last.next_roots:
        yield (
            "Homes that know you refuse this document, and say that it is signed with a"
            " key that you didn't announce. Nothing is sent to you from there until an"
            " administrator compares your new fingerprint and renews your entry. In"
            " homes with Doorwatch 0.1, they remove it and add you again. Print a new"
            " leaflet, and hand it out where people can trust it."
        )


def _public(path: Path) -> ec.EllipticCurvePublicKey:
    """Read a public key, or the public part of a private key."""
    pem = path.read_bytes()
    if b"PRIVATE KEY" in pem:
        return load_key(path).public_key()
    return load_public_key(pem)
