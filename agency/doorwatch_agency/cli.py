"""The command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys
import time

from cryptography.hazmat.primitives.asymmetric import ec

from . import jws
from .errors import AgencyError
from .homes import load_homes, save_homes
from .keys import load_key, load_public_key, make_key
from .printing import printable
from .publish import publish, read_settings
from .unpack import LARGEST_CLIP, unpack
from .verify import Expectation, Verification

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
    keys.add_argument("--root", type=Path, required=True, help="kept offline")
    keys.add_argument("--online", type=Path, help="kept where the intake runs")
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
    out.add_argument("--days", type=int, default=90, help="how long it is valid")
    out.add_argument("--next-root", type=Path, help="announce this root's public key")
    out.add_argument("--seq", type=int, default=1, help="the least number to use")
    out.add_argument("--new-root", action="store_true", help="homes must start anew")
    out.add_argument("--origin", help="instead of the one in agency.toml")
    out.add_argument("--upload-endpoint", help="instead of the one in agency.toml")
    out.set_defaults(run=_publish)

    opening = commands.add_parser("open", help="unpack a package safely")
    opening.add_argument("package", type=Path)
    opening.add_argument("folder", type=Path, help="empty, or not there yet")
    opening.add_argument("--largest", type=int, default=LARGEST_CLIP, metavar="BYTES")
    opening.set_defaults(run=_open)

    check = commands.add_parser("verify", help="verify an opened package")
    check.add_argument("bag", type=Path, help="the folder that `open` named")
    check.add_argument("--agency", required=True, help="your origin, https://...")
    check.add_argument("--homes", type=Path, required=True, help="what is remembered")
    check.add_argument("--fingerprint", help="as the owner read it out")
    check.add_argument("--label", help="your own word for this home")
    check.add_argument("--again", action="store_true", help="it was received before")
    check.set_defaults(run=_verify)
    return parser


def _passphrase(options: argparse.Namespace) -> bytes | None:
    path: Path | None = options.passphrase_file
    return path.read_bytes().rstrip(b"\r\n") if path else None


def _keys(options: argparse.Namespace) -> int:
    passphrase = _passphrase(options)
    root: Path = options.root
    if root.exists():
        key, word = load_key(root, passphrase), "is there already"
    else:
        key, word = make_key(root, passphrase), "was made: keep it offline, with a copy"
    print(f"Root key {root} {word}.")
    online: Path | None = options.online
    if online is not None:
        if online.exists():
            load_key(online)
            print(f"Online key {online} is there already.")
        else:
            make_key(online)
            print(f"Online key {online} was made.")
    name = jws.thumbprint(key.public_key())
    print("Fingerprint of the root, to be printed where people can trust it:")
    print(f"  {jws.fingerprint(name)}")
    print(f"The same as an RFC 7638 thumbprint: {name}")
    return 0


def _publish(options: argparse.Namespace) -> int:
    settings = read_settings(
        options.settings,
        {"origin": options.origin, "upload_endpoint": options.upload_endpoint},
    )
    if options.days < 1:
        raise AgencyError("--days must be at least 1")
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


def _open(options: argparse.Namespace) -> int:
    bag = unpack(options.package, options.folder, largest=options.largest)
    print(f"Opened into {bag}. Nothing in it is verified yet. The cover sheet says:")
    print()
    sheet = (bag / "data/cover-sheet.txt").read_bytes().decode("utf-8", "replace")
    for line in sheet.split("\n"):
        print(f"  {printable(line, keep=chr(9))}".rstrip())
    return 0


def _verify(options: argparse.Namespace) -> int:
    homes = load_homes(options.homes)
    expected = Expectation(
        agency=options.agency.rstrip("/"),
        fingerprint=options.fingerprint,
        label=options.label,
        again=options.again,
    )
    findings = Verification(options.bag.resolve(), expected, homes).run()
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
