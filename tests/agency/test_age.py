"""Compare decryption with the age program: both must open and refuse the same files."""

import base64
from collections.abc import Callable
from functools import cache
import hmac
from pathlib import Path
import random
import stat
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.signing import age
from agency.doorwatch_agency.signing.age_keys import load_identities, make_identity
from tests.engine.sharing.evidence import Made
from tests.repository import ROOT

CHUNK = 65536
SEALED = CHUNK + 16
SIZES = (0, 1, 65535, 65536, 65537, 131072, 20_000_003)


class Desk:
    """The command and the age program, with the same identity."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.identity = folder / "identity.txt"
        make_identity(self.identity)

    def recipient(self, identity: Path | None = None) -> str:
        command = ["age-keygen", "-y", str(identity or self.identity)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()

    def encrypt(self, plain: bytes, *recipients: str) -> bytes:
        """Encrypt with age."""
        options = [
            word for one in recipients or (self.recipient(),) for word in ("-r", one)
        ]
        return subprocess.run(
            ["age", *options], input=plain, capture_output=True, check=True, timeout=60
        ).stdout

    def theirs(self, sealed: bytes) -> bytes | None:
        """Decrypt with age; return None if age refuses."""
        done = subprocess.run(
            ["age", "-d", "-i", str(self.identity)],
            input=sealed,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return None if done.returncode else done.stdout

    def ours(self, sealed: bytes, *identities: Path) -> bytes | None:
        """Decrypt with the command; return None if it refuses, and check that no file is left."""
        source, target = self.folder / "x.tar.age", self.folder / "out/x.tar"
        source.write_bytes(sealed)
        target.parent.mkdir(exist_ok=True)
        command = ["decrypt", str(source), str(target)]
        for one in identities or (self.identity,):
            command += ["--identity", str(one)]
        code = main(command)
        left = sorted(target.parent.iterdir())
        if code:
            assert left == []
            return None
        assert left == [target]
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        plain = target.read_bytes()
        target.unlink()
        return plain


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with an identity."""
    return Desk(tmp_path)


def _content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_what_age_encrypted_is_decrypted(desk: Desk, size: int) -> None:
    """The sizes are around multiples of the chunk size, and one is large."""
    plain = _content(size)
    assert desk.ours(desk.encrypt(plain)) == plain


def _seal(desk: Desk, chunks: list[tuple[bytes, bool]], header: bytes = b"") -> bytes:
    """Encrypt as age does, but with the given chunks."""
    key, nonce = _content(16), _content(17)[:16]
    (identity,) = load_identities(desk.identity)
    public = identity.public_key()
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrap = _derive(
        ephemeral.exchange(public),
        share + public.public_bytes_raw(),
        b"age-encryption.org/v1/X25519",
    )
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), key, None)
    text = age.MAGIC + header + b"-> X25519 " + _base64(share) + b"\n" + _base64(body)
    text += b"\n---"
    mac = _mac(key, text)
    payload = b"".join(
        ChaCha20Poly1305(_derive(key, nonce, b"payload")).encrypt(
            at.to_bytes(11) + bytes([last]), chunk, None
        )
        for at, (chunk, last) in enumerate(chunks)
    )
    return text + b" " + mac + b"\n" + nonce + payload


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _mac(key: bytes, text: bytes) -> bytes:
    derived = _derive(key, b"", b"header")
    return _base64(hmac.digest(derived, text, "sha256"))


def test_both_open_what_is_sealed_by_the_rules(desk: Desk) -> None:
    """The files of `_seal` are valid, so the following tests fail only because of their changes."""
    full = _content(CHUNK)
    for chunks in ([(b"", True)], [(full, True)], [(full, False), (b"end", True)]):
        sealed = _seal(desk, chunks)
        plain = b"".join(chunk for chunk, _ in chunks)
        assert desk.theirs(sealed) == plain
        assert desk.ours(sealed) == plain


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"x" * CHUNK, False), (b"", True)],  # an empty last chunk after a full chunk
        [(b"x" * CHUNK, False)],  # no last chunk
        [(b"x" * 100, False), (b"y", True)],  # a short chunk in the middle
        [(b"x" * CHUNK, True), (b"y", True)],  # two last chunks
        [(b"x", True), (b"y", True)],
        [(b"", False)],
        [(b"x" * (CHUNK + 1), True)],  # a chunk that is too large
        [],
    ],
)
def test_chunks_against_the_rules_are_refused_by_both(
    desk: Desk, chunks: list[tuple[bytes, bool]]
) -> None:
    """The chunks have valid tags."""
    sealed = _seal(desk, chunks)
    assert desk.theirs(sealed) is None
    assert desk.ours(sealed) is None


@pytest.mark.parametrize(
    "stanza",
    [
        b"-> future 1 2 3\nYWJj\n",
        b"-> x-grease \x7e!\n\n",
        b"-> empty\n\n",
        b"-> long " + b"a" * 500 + b"\n" + (b"A" * 64 + b"\n") * 3 + b"\n",
        b"-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n" + b"A" * 43 + b"\n",
        b"-> X25519-next x\n" + b"A" * 63 + b"\n",
    ],
)
def test_stanzas_of_other_kinds_are_passed_over_as_age_does(
    desk: Desk, stanza: bytes
) -> None:
    """Later versions of age may add stanza types, and some files contain random ones (grease)."""
    sealed = _seal(desk, [(b"hello", True)], stanza)
    assert desk.ours(sealed) == desk.theirs(sealed)


@pytest.mark.parametrize(
    "stanza",
    [
        b"-> \n\n",
        b"-> two  spaces\n\n",
        b"-> trailing \n\n",
        b"-> tab\there\n\n",
        b"-> \xc3\xbc\n\n",
        b"->\n\n",
        b"-> cr\r\n\r\n",
        b"-> body\nYWJ\n",  # not canonical
        b"-> body\nYWJj=\n",
        b"-> body\nYW Jj\n",
        b"-> body\n" + b"A" * 68 + b"\n",
        b"-> body\n" + b"A" * 64 + b"\n",  # no short last line
        b"-> X25519\nYWJj\n",
        b"-> X25519 YWJj\n" + b"A" * 43 + b"\n",
        b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n",  # a point of low order
        b"-> X25519 " + b"C" * 42 + b"A more\n" + b"A" * 43 + b"\n",
        b"-> X25519 " + b"C" * 42 + b"A\n" + b"A" * 44 + b"\n",
        b"hello\n",
    ],
)
def test_malformed_stanzas_are_refused_by_both(desk: Desk, stanza: bytes) -> None:
    """The MAC is valid for the malformed stanzas."""
    sealed = _seal(desk, [(b"hello", True)], stanza)
    assert desk.theirs(sealed) is None
    assert desk.ours(sealed) is None


def test_a_header_without_an_end_does_not_fill_the_memory(desk: Desk) -> None:
    """Memory is limited for endless headers of short or long lines."""
    for endless in (b"-> x\n" + b"A" * 64 + b"\n", b"-> " + b"x" * 100):
        assert desk.ours(age.MAGIC + endless * 3000) is None


PLACES = [
    *("version", "kind", "share", "body", "MAC", "nonce"),
    *(f"{part} {at}" for part in ("chunk", "tag") for at in range(3)),
]


def _place(sealed: bytes, name: str) -> int:
    """Return the offset of a named part in a file of three chunks."""
    mac = sealed.index(b"\n---") + 5
    nonce = sealed.index(b"\n", mac) + 1
    stanza = sealed.index(b"X25519")
    part, _, number = name.partition(" ")
    chunk = nonce + 16 + int(number or 0) * SEALED
    return {
        "version": 3,
        "kind": stanza,
        "share": stanza + 12,
        "body": mac - 9,
        "MAC": mac + 4,
        "nonce": nonce + 5,
        "chunk": chunk + 9,
        "tag": min(chunk + SEALED, len(sealed)) - 3,
    }[part]


@pytest.mark.parametrize("name", PLACES)
def test_one_flipped_bit_anywhere_is_refused_by_both(desk: Desk, name: str) -> None:
    """The bits are in the header, the MAC, the nonce, and each chunk and its tag."""
    sealed = desk.encrypt(_content(2 * CHUNK + 1000))
    assert desk.ours(sealed) is not None
    at = _place(sealed, name)
    for bit in range(8):
        changed = bytearray(sealed)
        changed[at] ^= 1 << bit
        assert desk.ours(bytes(changed)) is None, bit
        assert desk.theirs(bytes(changed)) is None, bit


def test_what_is_cut_off_or_longer_is_refused_by_both(desk: Desk) -> None:
    """Truncated files, files with more bytes, and swapped chunks are refused."""
    plain = _content(2 * CHUNK)
    sealed = desk.encrypt(plain)
    payload = len(sealed) - 2 * SEALED - 16
    for length in (
        *(0, 5, len(age.MAGIC), payload - 40, payload - 1, payload, payload + 15),
        *(payload + 16, payload + 17, payload + 16 + 15, payload + 16 + SEALED - 1),
        *(payload + 16 + SEALED, payload + 16 + SEALED + 1, len(sealed) - 16),
        len(sealed) - 1,
    ):
        assert desk.theirs(sealed[:length]) is None, length
        assert desk.ours(sealed[:length]) is None, length
    for longer in (sealed + b"x", sealed + sealed[-SEALED:], sealed + bytes(SEALED)):
        assert desk.theirs(longer) is None
        assert desk.ours(longer) is None
    first, second = sealed[payload + 16 :][:SEALED], sealed[-SEALED:]
    assert desk.ours(sealed[: payload + 16] + second + first) is None


def test_each_of_several_recipients_can_open_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another identity is refused with a reason."""
    others = [desk.folder / f"{at}.txt" for at in range(3)]
    for other in others:
        make_identity(other)
    sealed = desk.encrypt(
        b"hello",
        *(desk.recipient(one) for one in (others[0], desk.identity, others[1])),
    )
    for one in (desk.identity, *others[:2]):
        assert desk.ours(sealed, one) == b"hello"
    assert desk.ours(sealed, others[2], desk.identity) == b"hello"
    capsys.readouterr()
    assert desk.ours(sealed, others[2]) is None
    assert "encrypted to others" in capsys.readouterr().err


def test_nothing_is_written_over(desk: Desk) -> None:
    """An existing target or link is not overwritten."""
    source, target = desk.folder / "x.tar.age", desk.folder / "x.tar"
    source.write_bytes(desk.encrypt(b"hello"))
    identities = load_identities(desk.identity)
    target.symlink_to(desk.folder / "elsewhere")
    with pytest.raises(AgencyError, match="overwritten"):
        age.decrypt_file(source, target, identities)
    assert not (desk.folder / "elsewhere").exists()
    target.unlink()
    target.write_bytes(b"mine")
    with pytest.raises(AgencyError, match="overwritten"):
        age.decrypt_file(source, target, identities)
    assert target.read_bytes() == b"mine"
    assert not (desk.folder / ".x.tar.part").exists()


def _armored(desk: Desk) -> bytes:
    """Encrypt to armored text with age."""
    command = ["age", "-a", "-r", desk.recipient()]
    return subprocess.run(
        command, input=b"hello", capture_output=True, check=True, timeout=60
    ).stdout


def _with_passphrase(_: Desk) -> bytes:
    return _sealed_with_passphrase()


@cache
def _sealed_with_passphrase() -> bytes:
    """Encrypt with a passphrase, which age reads from a terminal."""
    with tempfile.TemporaryDirectory() as name:
        target, plain = Path(name) / "passphrase.age", Path(name) / "plain"
        plain.write_bytes(b"hello")
        subprocess.run(
            ["script", "-qec", f"age -p -o {target} {plain}", "/dev/null"],
            input=b"secret\nsecret\n",
            capture_output=True,
            check=True,
            timeout=60,
        )
        return target.read_bytes()


def _to_ssh(desk: Desk, kind: str) -> bytes:
    """Encrypt to an SSH key with age."""
    return desk.encrypt(b"hello", _ssh_key(kind))


def _ssh_key(kind: str) -> str:
    """Make a public key in the format of SSH."""
    if kind == "ed25519":
        public: Ed25519PublicKey | RSAPublicKey = (
            Ed25519PrivateKey.generate().public_key()
        )
    else:
        public = rsa.generate_private_key(65537, 2048).public_key()
    form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return public.public_bytes(*form).decode()


def _header_of(stanza: bytes) -> bytes:
    """Return the start of a file for a recipient type that the installed age lacks."""
    return age.MAGIC + stanza + b"--- " + b"A" * 43 + b"\n" + bytes(100)


UNSUPPORTED: dict[str, tuple[Callable[[Desk], bytes], str]] = {
    "armored": (_armored, "text (armored age), which is not supported"),
    "armored, after a line": (lambda desk: b"\r\n" + _armored(desk), "armored age"),
    "passphrase": (_with_passphrase, "with a passphrase (scrypt)"),
    "SSH": (lambda desk: _to_ssh(desk, "ed25519"), "to an SSH key (ssh-ed25519)"),
    "old SSH": (lambda desk: _to_ssh(desk, "rsa"), "to an SSH key (ssh-rsa)"),
    "hybrid": (
        lambda _: _header_of(b"-> mlkem768x25519 YWJj\n" + b"A" * 43 + b"\n"),
        "to a hybrid, post-quantum recipient (mlkem768x25519)",
    ),
    "a plugin's": (
        lambda _: _header_of(b"-> piv-p256 YWJj YWJj\nYWJj\n"),
        "to another kind of recipient (piv-p256)",
    ),
    "two kinds": (
        lambda _: _header_of(b"-> scrypt a 1\n\n-> new\n\n-> x-grease\n\n"),
        "with a passphrase (scrypt) and to another kind of recipient (new), which",
    ),
    "another version": (
        lambda desk: desk.encrypt(b"hello").replace(b"/v1\n", b"/v2\n", 1),
        "Another version made it",
    ),
    "sent as text": (
        lambda desk: desk.encrypt(b"hello").replace(b"\n", b"\r\n"),
        "sent as text",
    ),
}


@pytest.mark.usefixtures("a_desk")
@pytest.mark.parametrize("kind", UNSUPPORTED)
@pytest.mark.parametrize("command", ["decrypt", "open"])
def test_what_is_not_supported_is_named(
    desk: Desk, capsys: pytest.CaptureFixture[str], kind: str, command: str
) -> None:
    """The error names the unsupported format, with and without an identity."""
    make, says = UNSUPPORTED[kind]
    package, target = desk.folder / "package.tar.age", desk.folder / "target"
    package.write_bytes(make(desk))
    where = ["--no-inbox"] if command == "open" else []
    for more in ([], ["--identity", str(desk.identity)]):
        assert main([command, str(package), str(target), *where, *more]) == 1
        err = capsys.readouterr().err
        assert says in err
        assert "others" not in err
        assert not target.exists()


def test_one_recipient_of_ours_among_others_is_enough(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a matching identity, the error names the other types of recipients."""
    ssh = _ssh_key("ed25519")
    assert desk.ours(desk.encrypt(b"hello", ssh, desk.recipient())) == b"hello"
    other = desk.folder / "other.txt"
    make_identity(other)
    capsys.readouterr()
    assert desk.ours(desk.encrypt(b"hello", ssh, desk.recipient()), other) is None
    err = capsys.readouterr().err
    assert "encrypted to others, also to an SSH key (ssh-ed25519), which" in err


def test_a_large_file_is_decrypted_in_little_memory(desk: Desk) -> None:
    """The file is larger than the address space of the process."""
    large, sealed = desk.folder / "large", desk.folder / "large.age"
    with large.open("wb") as file:
        file.truncate(400 << 20)
    subprocess.run(
        ["age", "-r", desk.recipient(), "-o", str(sealed), str(large)],
        check=True,
        timeout=120,
    )
    target = desk.folder / "out.tar"
    command = ["prlimit", f"--as={256 << 20}", sys.executable, "-m"]
    command += ["agency.doorwatch_agency", "decrypt", str(sealed), str(target)]
    subprocess.run(
        [*command, "--identity", str(desk.identity)],
        check=True,
        timeout=240,
        cwd=ROOT,
    )
    subprocess.run(["cmp", str(large), str(target)], check=True, timeout=120)


@pytest.mark.usefixtures("a_desk")
def test_an_encrypted_package_is_opened_and_noted(
    desk: Desk, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """An encrypted package is decrypted and unpacked in one step.

    An unencrypted package is opened with a note.
    """
    package = desk.folder / "package.tar.age"
    package.write_bytes(desk.encrypt(made.package.path.read_bytes()))
    case = desk.folder / "case"
    assert main(["open", str(package), str(case), "--no-inbox"]) == 1
    assert "--identity" in capsys.readouterr().err
    assert not case.exists()
    command = ["open", str(package), str(case), "--identity", str(desk.identity)]
    command.append("--no-inbox")
    assert main(command) == 0
    assert (
        "No one without an identity that it was encrypted to could read it"
        in capsys.readouterr().out
    )
    found = {path.name for path in case.iterdir()}
    bag = f"doorwatch-{made.context.share_id}"
    assert found == {bag, f"{bag}.opened.json"}
    by_hand = desk.folder / "by-hand.tar"
    subprocess.run(
        ["age", "-d", "-i", desk.identity, "-o", by_hand, package],
        check=True,
        timeout=60,
    )
    opening = ["open", str(by_hand), str(desk.folder / "second")]
    assert main(opening) == 1
    assert "add --no-inbox" in capsys.readouterr().err
    assert main([*opening, "--no-inbox"]) == 0
    assert "was not encrypted" in capsys.readouterr().out


@pytest.mark.usefixtures("a_desk")
@pytest.mark.parametrize("where", [0.0001, 0.5, 0.9999])
def test_a_changed_encrypted_package_leaves_nothing(
    desk: Desk, made: Made, where: float
) -> None:
    """No file is left even if the change is near the end of the package."""
    sealed = bytearray(desk.encrypt(made.package.path.read_bytes()))
    sealed[int(len(sealed) * where)] ^= 4
    package, case = desk.folder / "package.tar.age", desk.folder / "case"
    package.write_bytes(sealed)
    command = ["open", str(package), str(case), "--identity", str(desk.identity)]
    command.append("--no-inbox")
    assert main(command) == 1
    assert not case.exists()
    package.write_bytes(desk.encrypt(made.package.path.read_bytes())[:-1])
    assert main(command) == 1
    assert not case.exists()
