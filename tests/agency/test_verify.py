"""`verify` says what each check proved, and records homes and shares."""

from collections.abc import Callable
from dataclasses import replace
import hashlib
import json
from pathlib import Path
import shutil
import subprocess

from cryptography.hazmat.primitives.asymmetric import ec, utils
import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.homes import Homes
from agency.doorwatch_agency.desk.record import Desk
from agency.doorwatch_agency.package.unpack import unpack
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    encode,
    fingerprint,
    sign,
    sign_bytes,
    thumbprint,
)
from tests.agency.officer import Officer, kinds, known, officer
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    SHARE_ID,
    Made,
    make_intent,
    make_package,
    make_zip,
    new_key,
)

from .tarballs import PARTS, change, manifest, read_parts, resign, write_parts

__all__ = ["officer"]


def home(made: Made) -> str:
    """Return the fingerprint that the owner reads out."""
    return fingerprint(thumbprint(made.key.public_key()))


@pytest.fixture
def another(clip: Clip, made: Made, tmp_path: Path) -> Callable[..., Made]:
    """Return a function that makes more packages, of the same home by default."""

    def make(name: str, **options: object) -> Made:
        return make_package(
            make_intent(clip, tmp_path / "staging"),
            tmp_path / f"{name}.tar",
            share_id=str(options.get("share_id", name)),
            key=made.key if options.get("same_home", True) else new_key(),
        )

    return make


@pytest.fixture
def zipped(clip: Clip, tmp_path: Path) -> Callable[..., Made]:
    """Return a function that makes zips to hand over, of a new home by default."""

    def make(name: str, key: ec.EllipticCurvePrivateKey | None = None) -> Made:
        return make_zip(
            make_intent(clip, tmp_path / "staging"),
            tmp_path / f"{name}.zip",
            share_id=name,
            key=key or new_key(),
        )

    return make


def test_a_good_package_is_accepted_in_plain_words(
    made: Made, officer: Officer
) -> None:
    """The output says for each check what it proved and what it did not."""
    code, out = officer.verify(made.package.path)
    assert code == 0
    assert out.count("OK  ") == 7
    assert out.count("?   ") == 1
    assert "Not proved yet: it is the first package" in out
    assert home(made) in out
    assert "Not proved: what the camera saw, or when" in out
    assert "a copy with something left out" in out
    assert "had compared your fingerprint" in out
    assert "ffprobe can read it: 4." in out
    assert "is marked with a question mark." in out
    assert out.endswith("Not checked: whether its home withdrew it. Add --inbox.\n")
    assert kinds(officer.desk) == ["verified"]


def test_identity_is_proved_by_the_fingerprint_that_the_owner_read_out(
    made: Made, officer: Officer, another: Callable[..., Made]
) -> None:
    """The identity stays proved for later packages."""
    code, out = officer.verify(
        made.package.path, "--fingerprint", home(made).lower().replace(" ", "-")
    )
    assert code == 0
    assert "Proved: the key is the one" in out
    code, out = officer.verify(another("second").package.path)
    assert code == 0
    assert "Proved: it is the same home" in out


def test_what_is_no_folder_is_named(officer: Officer, tmp_path: Path) -> None:
    """A missing folder is not a refused package."""
    code, out = officer.check(tmp_path / "doorwatch-none")
    assert code == 1
    assert f"{tmp_path}/doorwatch-none is not a folder" in out
    assert kinds(officer.desk) == []


@pytest.mark.parametrize("label", ["", "a\nb", "\x1b[2J", "x" * 100_000])
def test_a_label_is_one_line_that_can_be_seen(
    officer: Officer, tmp_path: Path, label: str
) -> None:
    """Labels are in the record and on terminals."""
    code, out = officer.check(tmp_path, "--label", label)
    assert code == 1
    assert "the label must be one line of at most 200 characters" in out
    assert kinds(officer.desk) == []


def test_the_record_says_what_was_accepted(
    made: Made, officer: Officer, another: Callable[..., Made]
) -> None:
    """The line has label and case once they are known, and a copy is not a refusal."""
    officer.verify(made.package.path, "--label", "12 Elm Street", "--case", "C-1")
    officer.verify(made.package.path, "--again")
    officer.verify(made.package.path)
    officer.verify(another("second").package.path, "--officer", "Ann")
    *_, first, again, copy, second = Desk(officer.desk).reading().entries
    assert (
        first.data.items()
        >= {
            "share": SHARE_ID,
            "home": thumbprint(made.key.public_key()),
            "label": "12 Elm Street",
            "case": "C-1",
            "officer": None,
            "by_hand": False,
            "fingerprint": False,
            "again": False,
            "retention_days": 30,
        }.items()
    )
    assert again.data == {**first.data, "again": True, "bag": again.data["bag"]}
    assert copy.kind == "verified_before"
    assert copy.data["bag"] not in (first.data["bag"], again.data["bag"])
    assert (copy.data["label"], copy.data["case"]) == ("12 Elm Street", "C-1")
    assert (second.data["label"], second.data["officer"]) == ("12 Elm Street", "Ann")
    assert "case" not in second.data


def test_later_packages_are_compared_with_the_first(
    made: Made, officer: Officer, another: Callable[..., Made]
) -> None:
    """Without a fingerprint, the output says that it is the same unproved home."""
    officer.verify(made.package.path)
    code, out = officer.verify(another("second").package.path)
    assert code == 0
    assert "Not proved yet, but it is the same home" in out


def test_another_fingerprint_than_the_owners_is_refused(
    made: Made, officer: Officer
) -> None:
    """No home is recorded."""
    other = fingerprint(thumbprint(new_key().public_key()))
    code, out = officer.verify(made.package.path, "--fingerprint", other)
    assert code == 1
    assert "REFUSED" in out
    assert known(officer.desk) == Homes()
    assert kinds(officer.desk) == ["refused_package"]


def test_another_homes_key_under_the_same_label_is_caught(
    made: Made, officer: Officer, another: Callable[..., Made]
) -> None:
    """The label belongs to another key."""
    officer.verify(made.package.path, "--label", "12 Elm Street")
    stranger = another("stranger", same_home=False)
    code, out = officer.verify(stranger.package.path, "--label", "12 Elm Street")
    assert code == 1
    assert "another home's key" in out
    code, _ = officer.verify(another("second").package.path, "--label", "12 Elm Street")
    assert code == 0
    assert officer.verify(stranger.package.path, "--label", "14 Elm Street")[0] == 0


def test_a_home_that_uploads_and_hands_over_has_one_label(
    made: Made,
    officer: Officer,
    another: Callable[..., Made],
    zipped: Callable[..., Made],
) -> None:
    """A label can have one key for uploaded packages and one for zips, but no third key."""
    label = ["--label", "12 Elm Street"]
    assert officer.verify(made.package.path, *label)[0] == 0
    by_hand = zipped("by-hand")
    code, out = officer.verify(by_hand.package.path, *label)
    assert code == 0
    assert "Its label also stands for another key" in out
    assert "Not proved yet: it is the first package with this key" in out
    for stranger in (zipped("other"), another("stranger", same_home=False)):
        code, out = officer.verify(stranger.package.path, *label)
        assert code == 1
        assert "another home's key" in out
    # Both keys keep the label, with and without the option.
    for again in (another("second"), zipped("third", key=by_hand.key)):
        for more in (label, ["--again"]):
            code, out = officer.verify(again.package.path, *more)
            assert code == 0, out
            assert "also stands for another key" in out
    assert {home.label for home in known(officer.desk).homes.values()} == {label[1]}


def test_a_label_of_before_is_for_one_key_until_its_way_is_known(
    made: Made, officer: Officer, zipped: Callable[..., Made], tmp_path: Path
) -> None:
    """A homes.json does not say how packages of a key arrived."""
    old, name = tmp_path / "homes.json", thumbprint(made.key.public_key())
    old_home = {"first_seen": "2026-01-02", "proved": None, "label": "Elm"}
    old.write_text(json.dumps({"homes": {name: old_home}, "shares": {}}))
    officer.desk = tmp_path / "taken-over"
    command = ["desk", "new", str(officer.desk), "--homes", str(old)]
    assert main(command) == 0
    by_hand = zipped("by-hand").package.path
    assert officer.verify(by_hand, "--label", "Elm")[0] == 1
    code, out = officer.verify(made.package.path)
    assert code == 0
    assert "the same home as on 2026-01-02" in out
    assert officer.verify(by_hand, "--label", "Elm")[0] == 0


def test_the_same_share_again_is_caught(
    made: Made, officer: Officer, another: Callable[..., Made]
) -> None:
    """It is a copy, other contents under the same share id, or a share of another home."""
    _, out = officer.verify(made.package.path)
    assert "verify again with --fingerprint and --again" in out
    code, out = officer.verify(made.package.path)
    assert code == 1
    assert "It is a copy, not a new one" in out
    assert officer.verify(made.package.path, "--again")[0] == 0
    changed = another("changed", share_id=SHARE_ID)
    code, out = officer.verify(changed.package.path, "--again")
    assert code == 1
    assert "with different contents" in out
    stranger = another("stranger", share_id=SHARE_ID, same_home=False)
    code, out = officer.verify(stranger.package.path, "--again")
    assert code == 1
    assert "signed with another home's key" in out


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("where", [0.0, 0.3, 0.99])
def test_one_changed_byte_in_any_part_is_refused(
    made: Made, officer: Officer, tmp_path: Path, name: str, where: float
) -> None:
    """No home is recorded."""
    _, parts = read_parts(made.package.path)
    at = int(len(parts[name]) * where)
    changed = change(made.package.path, tmp_path / "changed.tar", name, at)
    code, out = officer.verify(changed)
    assert code == 1
    assert "BAD " in out
    assert known(officer.desk) == Homes()
    assert kinds(officer.desk) == ["refused_package"]


def test_a_package_for_another_agency_is_refused(made: Made, officer: Officer) -> None:
    """The package was passed on or sent to the wrong agency."""
    code, out = officer.verify(made.package.path, agency="https://other.example")
    assert code == 1
    assert "not for you" in out


def test_digests_signed_anew_by_another_key_are_refused(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """The statement still names the first home."""
    changed = resign(made.package.path, tmp_path / "x.tar", new_key(), lambda _: None)
    assert officer.verify(changed)[0] == 1


def _statement(made: Made, **changes: object) -> Callable[[dict[str, bytes]], None]:
    """Change the statement, and sign it with the home's key."""

    def edit(parts: dict[str, bytes]) -> None:
        share = json.loads(parts["data/share.json"])
        claims: dict[str, object] = {
            "iss": thumbprint(made.key.public_key()),
            "aud": ORIGIN,
            "jti": SHARE_ID,
            "iat": NOW,
        }
        for name, value in changes.items():
            if name in ("iss", "aud", "jti", "iat", "exp"):
                claims[name] = value
            elif value is None:
                del share[name]
            else:
                share[name] = value
        parts["data/share.json"] = canonical_json(share) + b"\n"
        token = sign(DocumentKind.SHARE, claims | {"share": share}, made.key)
        parts["share.jws"] = token.encode()

    return edit


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"iss": "someone"}, "a different home"),
        ({"jti": "another"}, "a different number"),
        ({"share_id": "another"}, "a different number"),
        ({"iat": 2**35}, "future"),
        ({"iat": "now"}, "does not say when"),
        ({"exp": NOW + 1}, "says more than"),
        ({"exp": 2**36}, "says more than"),
        ({"file": None}, "a different video"),
        ({"file": {"sha256": "ab" * 32}}, "a different video"),
        ({"consent": None}, "consent record"),
        ({"consent": {"record_id": SHARE_ID}}, "consent record"),
        ({"consent": {"pii_processing": {"privacy_notice": {}}}}, "consent record"),
    ],
)
def test_a_wrong_statement_is_refused_even_with_the_homes_signature(
    made: Made,
    officer: Officer,
    tmp_path: Path,
    changes: dict[str, object],
    says: str,
) -> None:
    """The home may be faulty or dishonest."""
    edit = _statement(made, **changes)
    changed = resign(made.package.path, tmp_path / "x.tar", made.key, edit)
    code, out = officer.verify(changed)
    assert code == 1
    assert says in out


def test_a_statement_that_was_signed_anew_as_homes_do_is_fine(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """The other statements are therefore refused only because of their changes."""
    edit = _statement(made)
    changed = resign(made.package.path, tmp_path / "x.tar", made.key, edit)
    code, out = officer.verify(changed)
    assert code == 0, out


def _put(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.update({name: content})


@pytest.mark.parametrize(
    "edit",
    [
        _put("bagit.txt", b"BagIt-Version: 0.97\n"),
        _put("share.jws", b"a.b"),
        _put("share.jws", b"e30.e30.AA"),
        _put("data/share.json", b"[]"),
        _put("data/share.json", b"{}"),
        _put("data/share.json", b'{"a":1,"a":1}'),
        _put("data/share.json", b'{"a":' * 100_000),
        _put("data/clip.mp4", b"not a video"),
    ],
)
def test_odd_parts_are_refused_even_with_the_homes_signature(
    made: Made,
    officer: Officer,
    tmp_path: Path,
    edit: Callable[[dict[str, bytes]], None],
) -> None:
    """The output is a reason, not a traceback."""
    changed = resign(made.package.path, tmp_path / "x.tar", made.key, edit)
    code, out = officer.verify(changed)
    assert code == 1
    assert "REFUSED" in out


@pytest.mark.parametrize("typ", list(DocumentKind))
def test_another_kind_of_document_is_no_statement(
    made: Made, officer: Officer, tmp_path: Path, typ: DocumentKind
) -> None:
    """A receipt with the same key is not a share."""
    _, parts = read_parts(made.package.path)
    claims = {
        "iss": thumbprint(made.key.public_key()),
        "aud": ORIGIN,
        "jti": SHARE_ID,
        "iat": NOW,
        "share": json.loads(parts["data/share.json"]),
    }
    edit = _put("share.jws", sign(typ, claims, made.key).encode())
    changed = resign(made.package.path, tmp_path / "x.tar", made.key, edit)
    assert officer.verify(changed)[0] == (0 if typ is DocumentKind.SHARE else 1)


@pytest.mark.parametrize("content", ["not a video", "sound only", "shorter"])
def test_a_video_that_is_none_is_refused(
    clip: Clip, officer: Officer, tmp_path: Path, content: str
) -> None:
    """The home signed the file."""
    intent = make_intent(clip, tmp_path / "staging")
    path = intent.staged.path
    if content == "not a video":
        path.write_bytes(b"not a video at all")
    elif content == "sound only":
        command = ["ffmpeg", "-y", "-v", "error", "-i", str(clip.path), "-vn"]
        subprocess.run([*command, "-c", "copy", str(path)], check=True, timeout=60)
    else:
        path.write_bytes(path.read_bytes()[:5000])
    staged = replace(
        intent.staged,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size=path.stat().st_size,
    )
    made = make_package(replace(intent, staged=staged), tmp_path / "package.tar")
    code, out = officer.verify(made.package.path)
    assert code == 1
    assert "BAD  Video can be read" in out


def test_without_ffprobe_the_video_is_not_looked_at(
    made: Made, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output names the missing program."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    code, out = officer.verify(made.package.path)
    assert code == 0
    assert "?    Video can be read" in out
    assert "not installed" in out


def test_a_bag_with_something_put_in_is_refused(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """The bag has an additional file, a missing file, or a link."""
    bag = unpack(made.package.path, tmp_path / "case").bag
    (bag / "extra").write_text("x")
    assert officer.check(bag)[0] == 1
    (bag / "extra").unlink()
    (bag / "home.pem").rename(tmp_path / "home.pem")
    assert officer.check(bag)[0] == 1
    (bag / "home.pem").symlink_to(tmp_path / "home.pem")
    code, out = officer.check(bag)
    assert code == 1
    assert "not a plain file" in out
    (bag / "home.pem").unlink()
    shutil.copy(tmp_path / "home.pem", bag / "home.pem")
    assert officer.check(bag)[0] == 0


def test_too_large_a_part_is_not_read(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """The bag was not opened with `open`."""
    bag = unpack(made.package.path, tmp_path / "case").bag
    with (bag / "bagit.txt").open("r+b") as file:
        file.truncate(3 << 20)
    code, out = officer.check(bag)
    assert code == 1
    assert "too large" in out


def test_a_damaged_memory_is_named(made: Made, officer: Officer) -> None:
    """The record stays unchanged."""
    record = officer.desk / "record.jsonl"
    record.write_text("x\n")
    code, out = officer.verify(made.package.path)
    assert code == 1
    assert f"{record} is damaged: line 1" in out
    assert record.read_text() == "x\n"


def _restated(made: Made, target: Path, **claims: object) -> Path:
    """Sign another statement and the whole package with the same home's key."""
    _, parts = read_parts(made.package.path)
    share = json.loads(parts["data/share.json"])
    statement = {
        "iss": thumbprint(made.key.public_key()),
        "aud": ORIGIN,
        "jti": SHARE_ID,
        "iat": NOW,
        "share": share,
        **claims,
    }

    def edit(parts: dict[str, bytes]) -> None:
        share_json = canonical_json(statement["share"]) + b"\n"
        parts["data/share.json"] = share_json.replace(b'"@half@"', b'"\\ud800"')
        parts["share.jws"] = _sign_raw(statement, made.key).encode()

    return resign(made.package.path, target, made.key, edit)


def _sign_raw(claims: dict[str, object], key: ec.EllipticCurvePrivateKey) -> str:
    """Sign JSON with unpaired surrogates."""
    header = {"alg": "ES256", "typ": DocumentKind.SHARE.value}
    signed = ".".join(
        encode(json.dumps(part).replace('"@half@"', '"\\ud800"').encode())
        for part in (header, claims)
    )
    r, s = utils.decode_dss_signature(sign_bytes(signed.encode(), key))
    return f"{signed}.{encode(r.to_bytes(32) + s.to_bytes(32))}"


@pytest.mark.parametrize("issued", [-(10**20), -(10**12), True, 1.5, None])
def test_a_time_that_is_none_is_refused_in_words(
    made: Made, officer: Officer, tmp_path: Path, issued: object
) -> None:
    """A home can sign any number, and the command must not fail on it."""
    odd = _restated(made, tmp_path / "odd.tar", iat=issued)
    code, out = officer.verify(odd)
    assert code == 1
    assert "does not say when it was made" in out
    assert "REFUSED" in out


def test_half_a_character_is_refused_in_words(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """JSON allows unpaired surrogates, but UTF-8 does not."""
    _, parts = read_parts(made.package.path)
    share = json.loads(parts["data/share.json"])
    share["consent"]["pii_processing"]["privacy_notice"]["notice"]["note"] = "@half@"
    code, out = officer.verify(_restated(made, tmp_path / "odd.tar", share=share))
    assert code == 1
    assert "not JSON with a single meaning" in out
    assert "REFUSED" in out


def test_a_key_of_an_unknown_kind_is_refused_in_words(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """The key is on an obsolete curve."""
    package = tmp_path / "odd.tar"
    top, parts = read_parts(made.package.path)
    command = ["openssl", "ecparam", "-name", "secp112r1", "-genkey", "-noout"]
    key = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    parts["home.pem"] = subprocess.run(
        ["openssl", "ec", "-pubout"],
        input=key,
        check=True,
        capture_output=True,
        timeout=60,
    ).stdout
    tags = [name for name in parts if not name.startswith(("data/", "tagmanifest"))]
    parts["tagmanifest-sha256.txt"] = manifest({name: parts[name] for name in tags})
    code, out = officer.verify(write_parts(package, top, parts))
    assert code == 1
    assert "home.pem: it is not a P-256 key" in out
