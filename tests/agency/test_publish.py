"""Homes accept the document that the agency publishes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import hashlib
from itertools import count
import json
from pathlib import Path
import shutil
import stat
import subprocess
import sys
import time
from typing import Any
from unittest.mock import patch

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.files import write_whole
from agency.doorwatch_agency.publishing import past
from agency.doorwatch_agency.publishing.past import KEPT
from agency.doorwatch_agency.signing import bech32
from custom_components.doorwatch.engine.sharing.agency import (
    AgencyDocument,
    AgencyPin,
    GroupDocument,
)
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.jws import fingerprint
from tests.repository import ROOT

ORIGIN = "https://police.example"
SETTINGS = f"""
origin = "{ORIGIN}"
name = "Example Police"
jurisdiction = "NL"
contact = "desk@police.example"
terms_file = "terms.txt"
retention_file = "retention.txt"
retention_days = 30
upload_endpoint = "{ORIGIN}/files/"
upload_code_required = true
age_recipients = ["{{recipient}}"]
receipts_uri = "{ORIGIN}/receipts"
"""

MIRROR = "https://cdn.example/police.jws"


def recipient(desk: Path) -> str:
    """Return the recipient of the identity, as age derives it."""
    command = ["age-keygen", "-y", str(desk / "age-identity.txt")]
    found = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=30
    )
    return found.stdout.strip()


def settings(desk: Path) -> str:
    """Write agency.toml."""
    return SETTINGS.format(recipient=recipient(desk))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder with settings, texts and keys."""
    age = tmp_path / "age-identity.txt"
    assert main(["keys", "--age", str(age)]) == 0
    (tmp_path / "agency.toml").write_text(settings(tmp_path))
    (tmp_path / "terms.txt").write_bytes(b"Used for one case.\r\nNot passed on.\r\n")
    (tmp_path / "retention.txt").write_text("Deleted after 30 days.\n")
    (tmp_path / "stick").mkdir()
    keys = ["keys", "--root", str(tmp_path / "stick/root.pem")]
    assert main([*keys, "--online", str(tmp_path / "online.pem")]) == 0
    return tmp_path


def publish(desk: Path, *more: str, root: str = "stick/root.pem") -> int:
    """Publish into the site's folder."""
    command = ["publish", str(desk / "agency.toml"), "--root", str(desk / root)]
    command += ["--online", str(desk / "online.pem"), "--site", str(desk / "site")]
    return main([*command, *more])


def fetched(
    desk: Path, pin: AgencyPin | None = None
) -> tuple[AgencyDocument, AgencyPin]:
    """Read the document as a home does."""
    token = (desk / "site" / WELL_KNOWN.lstrip("/")).read_text()
    document, new = read_document(
        token, url=ORIGIN + WELL_KNOWN, pin=pin, now=time.time()
    )
    assert isinstance(document, AgencyDocument)
    return document, new


def test_a_root_key_is_not_made_on_a_stick_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key would be written to this machine's disk; no other file is made either."""
    stick, online = tmp_path / "stick", tmp_path / "online.pem"
    keys = ["keys", "--root", str(stick / "root.pem"), "--online", str(online)]
    assert main(keys) == 1
    assert f"{stick} does not exist" in capsys.readouterr().err
    assert not stick.exists()
    assert not online.exists()


def test_a_home_accepts_the_document(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All settings arrive, and the printed fingerprint is the one that homes show."""
    assert main(["keys", "--root", str(desk / "stick/root.pem")]) == 0
    assert publish(desk) == 0
    document, pin = fetched(desk)
    assert document.name == "Example Police"
    assert document.terms == "Used for one case.\nNot passed on."
    assert document.retention_days == 30
    assert document.upload_code_required
    assert document.receipts_uri == f"{ORIGIN}/receipts"
    assert document.age_recipients == (recipient(desk),)
    assert document.seq == 1
    assert (document.expires_at - document.issued_at).days == 90
    out = capsys.readouterr().out
    assert out.count(fingerprint(pin.root_thumbprint)) == 2
    assert pin.root_thumbprint in out


def test_the_feed_may_be_at_other_hosts(desk: Path) -> None:
    """The feed is signed, and homes ask one of the hosts."""
    text = f'{settings(desk)}\nrequests_uri = "{MIRROR}"\n'
    (desk / "agency.toml").write_text(f'{text}requests_mirrors = ["{MIRROR}/2"]\n')
    assert publish(desk) == 0
    document, _ = fetched(desk)
    assert document.requests_uri == MIRROR
    assert document.requests_mirrors == (f"{MIRROR}/2",)


def test_the_number_counts_up(desk: Path) -> None:
    """Homes accept each document after the one before."""
    publish(desk)
    _, pin = fetched(desk)
    publish(desk, "--days", "7")
    document, pin = fetched(desk, pin)
    assert document.seq == 2
    assert document.expires_at - document.issued_at == timedelta(days=7)
    publish(desk, "--days", "400")
    document, pin = fetched(desk, pin)
    assert document.expires_at - document.issued_at == timedelta(days=400)
    publish(desk, "--seq", "40")
    assert fetched(desk, pin)[0].seq == 40


def number(desk: Path) -> int:
    """Return the number of the published document."""
    return fetched(desk)[0].seq


def test_a_site_that_was_lost_does_not_start_again(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Copies of the number are next to the settings and next to the root key."""
    assert publish(desk) == publish(desk) == 0
    _, pin = fetched(desk)
    shutil.rmtree(desk / "site")
    capsys.readouterr()
    assert publish(desk) == 0
    assert "doorwatch-agency was missing. Number 2 was" in capsys.readouterr().out
    assert fetched(desk, pin)[0].seq == 3
    shutil.rmtree(desk / "site")
    shutil.rmtree(desk / KEPT)
    assert publish(desk) == 0
    assert "names number 3, but no copy" in capsys.readouterr().out
    assert fetched(desk, pin)[0].seq == 4
    (desk / "stick/root.pem.last").unlink()
    shutil.rmtree(desk / "site")
    assert publish(desk) == 0
    assert "root.pem.last was missing" in capsys.readouterr().out
    assert fetched(desk, pin)[0].seq == 5


def test_a_site_of_before_is_gone_on_from_and_kept(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The site may be from a backup, or from a version that kept no copies."""
    assert publish(desk) == 0
    site = desk / "site" / WELL_KNOWN.lstrip("/")
    first = site.read_text()
    shutil.rmtree(desk / KEPT)
    (desk / "stick/root.pem.last").unlink()
    capsys.readouterr()
    assert publish(desk) == 0
    said = capsys.readouterr().out
    assert "had no copy of number 1. It has one now" in said
    assert "root.pem.last was missing" in said
    copies = sorted((desk / KEPT).iterdir())
    assert [path.name[:5] for path in copies] == ["0001-", "0002-"]
    assert [path.read_text() for path in copies] == [first, site.read_text()]
    site.write_text(first)
    assert publish(desk) == 0
    assert "had number 1, but number 2 was the last" in capsys.readouterr().out
    assert number(desk) == 3


def test_a_first_number_is_said_to_be_one(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first publication explains how to continue after a loss; later ones don't."""
    assert publish(desk) == 0
    assert "they refuse number 1. Publish again, with --seq" in capsys.readouterr().out
    assert publish(desk) == 0
    assert "Note:" not in capsys.readouterr().out


def test_no_number_and_no_time_goes_back(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Homes would refuse lower numbers; `--seq` publishes despite an earlier wrong clock."""
    assert publish(desk, "--seq", "7") == 0
    for wanted in ("0", "7"):
        assert publish(desk, "--seq", wanted) == 1
        assert "use at least 8" in capsys.readouterr().err
    now = time.time()
    with patch.object(time, "time", lambda: now - 900):
        assert publish(desk) == 1
    assert "Set the clock" in capsys.readouterr().err
    assert number(desk) == 7
    with patch.object(time, "time", lambda: now + 9 * 86_400):
        assert publish(desk) == 0
    assert publish(desk) == 1
    assert "--seq 9 publishes anyway" in capsys.readouterr().err
    assert publish(desk, "--seq", "9") == publish(desk) == 0
    assert number(desk) == 10


def test_killed_at_any_write_no_number_is_taken_twice(desk: Path) -> None:
    """A document that homes may have seen keeps its number."""
    seen: dict[int, str] = {}
    site = desk / "site" / WELL_KNOWN.lstrip("/")
    assert publish(desk) == 0
    for stop in (1, 2, 3):
        seen[number(desk)] = site.read_text()
        calls = count(1)

        def killed(
            *told: Any, stop: int = stop, calls: Iterator[int] = calls, **more: Any
        ) -> None:
            if next(calls) == stop:
                raise KeyboardInterrupt
            write_whole(*told, **more)

        with (
            patch.object(past, "write_whole", killed),
            patch.object(past, "write_public", killed),
            pytest.raises(KeyboardInterrupt),
        ):
            publish(desk)
        assert site.read_text() == seen[max(seen)]
        (desk / "agency.toml").write_text(settings(desk) + f"# {stop}\n")
        assert publish(desk) == 0
        assert number(desk) not in seen
        for path in (desk / KEPT).iterdir():
            told = int(path.name[:4])
            assert seen.setdefault(told, path.read_text()) == path.read_text()
    assert number(desk) == 6


def test_a_note_that_cannot_be_written_stops_the_publication(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No number is used, and an unreadable note leads to a hint about `--seq`."""
    note = desk / "stick/root.pem.last"
    note.mkdir()
    assert publish(desk) == 1
    assert not (desk / "site").exists()
    assert not (desk / KEPT).exists()
    note.rmdir()
    note.write_text("7")
    capsys.readouterr()
    assert publish(desk) == 1
    assert "publish with --seq" in capsys.readouterr().err


def test_another_machine_with_the_same_key_is_found_out(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The warning says that two documents have the same number."""
    assert publish(desk) == 0
    note = desk / "stick/root.pem.last"
    told = json.loads(note.read_text())
    note.write_text(json.dumps(told | {"sha256": "ab" * 32}))
    capsys.readouterr()
    assert publish(desk) == 0
    assert "Number 1 was given to two documents" in capsys.readouterr().out
    published = (desk / "site" / WELL_KNOWN.lstrip("/")).read_bytes()
    told = json.loads(note.read_text())
    assert told["sha256"] == hashlib.sha256(published).hexdigest()
    assert stat.S_IMODE(note.stat().st_mode) == 0o600


def test_an_online_key_is_changed_with_two_of_them(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output says which key to sign with, and warns about a change without overlap."""
    new = desk / "new.pem"
    main(["keys", "--online", str(new)])
    now = time.time() - 40 * 86_400

    def at(days: float, *keys: Path) -> str:
        capsys.readouterr()
        command = ["publish", str(desk / "agency.toml"), "--site", str(desk / "site")]
        command += ["--root", str(desk / "stick/root.pem")]
        for key in keys:
            command += ["--online", str(key)]
        with patch.object(time, "time", lambda: now + days * 86_400):
            assert main(command) == 0
        return capsys.readouterr().out

    old = desk / "online.pem"
    said = at(0, old)
    assert "online.pem, new" in said
    assert "Sign with" not in said
    said = at(1, old, new)
    assert "online.pem, since number 1" in said
    assert "new.pem, new" in said
    after = datetime.fromtimestamp(now, UTC) + timedelta(days=1, hours=14)
    assert f"old key until {after:%Y-%m-%d %H:%M} UTC" in said
    assert len(fetched(desk)[0].keys) == 2
    said = at(32, new)
    assert "new.pem, since number 2" in said
    assert "No longer listed: " in said
    assert "WARNING" not in said
    said = at(33, old)
    assert "online.pem, new" in said
    assert "WARNING: no listed key was published 14 hours ago" in said


def test_a_root_is_changed_by_announcing_it(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A home follows an announced root key; another one is not published without `--new-root`."""
    main(["keys", "--root", str(desk / "next.pem")])
    publish(desk)
    assert publish(desk, root="next.pem") == 1
    assert publish(desk, "--next-root", str(desk / "next.pem")) == 0
    first, pin = fetched(desk)
    assert publish(desk, root="next.pem") == 0
    second, pin = fetched(desk, pin)
    assert second.root_thumbprint == first.next_root_thumbprint
    assert publish(desk) == 1  # the old root key is no longer valid
    assert "every home has to compare your new" in capsys.readouterr().err
    assert publish(desk, "--new-root") == 0
    said = capsys.readouterr().out
    assert "compares your new fingerprint and renews your entry" in said
    assert fetched(desk)[0].seq == 4
    with pytest.raises(SharingError, match="unknown_root"):
        fetched(desk, pin)


def test_addresses_may_come_from_the_command_line(desk: Path) -> None:
    """The options are for trials on one machine."""
    origin = "http://127.0.0.1:1080"
    endpoint = f"{origin}/files/"
    text = (desk / "agency.toml").read_text().replace("receipts_uri", "# ")
    (desk / "agency.toml").write_text(text)
    assert publish(desk, "--origin", origin, "--upload-endpoint", endpoint) == 0
    token = (desk / "site" / WELL_KNOWN.lstrip("/")).read_text()
    document, _ = read_document(
        token, url=origin + WELL_KNOWN, pin=None, now=time.time()
    )
    assert isinstance(document, AgencyDocument)
    assert document.upload_endpoint == endpoint


def test_online_keys_may_be_public_and_several(desk: Path) -> None:
    """The machine of the root key needs only the public part of the online key."""
    pem = subprocess.run(
        ["openssl", "pkey", "-in", str(desk / "online.pem"), "-pubout"],
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout
    (desk / "public.pem").write_bytes(pem)
    main(["keys", "--root", str(desk / "r2.pem"), "--online", str(desk / "o2.pem")])
    assert publish(desk, "--online", str(desk / "public.pem")) == 0
    keys = fetched(desk)[0].keys
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_keys_are_private_and_never_written_over(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second call shows the same fingerprint."""
    root = desk / "stick/root.pem"
    assert stat.S_IMODE(root.stat().st_mode) == 0o600
    before = root.read_bytes()
    command = ["keys", "--root", str(root), "--online", str(desk / "online.pem")]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert main(command) == 0
    out = capsys.readouterr().out
    assert out == shown
    assert "already exists" in out
    assert root.read_bytes() == before


def test_a_root_key_may_have_a_passphrase(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The encrypted key needs its passphrase."""
    (desk / "phrase").write_text("correct horse\n")
    phrase = ["--passphrase-file", str(desk / "phrase")]
    assert main(["keys", "--root", str(desk / "locked.pem"), *phrase]) == 0
    assert "ENCRYPTED" in (desk / "locked.pem").read_text()
    assert publish(desk, root="locked.pem") == 1
    assert "passphrase" in capsys.readouterr().err
    assert publish(desk, *phrase, root="locked.pem") == 0
    assert fetched(desk)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"Example Police"', '""', "name"),
        ('"Example Police"', '"a\\u202eb"', "name"),
        ('"Example Police"', '"\\u3164"', "name"),
        ('"Example Police"', '"\\u200d"', "name"),
        ('"Example Police"', '"--"', "name"),
        ('"NL"', "5", "jurisdiction"),
        ("retention_days = 30", "retention_days = 0", "retention_days"),
        ("retention_days = 30", "retention_days = true", "retention_days"),
        ("upload_code_required = true", "upload_code_required = 1", "upload_code"),
        (f'origin = "{ORIGIN}"', 'origin = "http://police.example"', "https"),
        (f'origin = "{ORIGIN}"', 'origin = "https://police.example/"', "origin"),
        (f'origin = "{ORIGIN}"', 'origin = "https://Police.example"', "origin"),
        (f'origin = "{ORIGIN}"', 'origin = "https://polícia.example"', "accept"),
        (f'origin = "{ORIGIN}"', 'origin = "https://x:y"', "address"),
        (f'origin = "{ORIGIN}"', "", "origin"),
        (f'"{ORIGIN}/files/"', '"https://evil.example/"', "upload_endpoint"),
        (f'upload_endpoint = "{ORIGIN}/files/"', "", "upload_endpoint"),
        (f'"{ORIGIN}/receipts"', '"https://u@police.example/"', "accept"),
        ('"terms.txt"', '"none.txt"', "none.txt: No such file"),
        ('terms_file = "terms.txt"', "", "terms_file"),
        ('"NL"', '"NL"\nrequests_uri = "http://cdn.example/f"', "https"),
        ('"NL"', f'"NL"\nrequests_mirrors = ["{MIRROR}"]', "requests_uri"),
        ('"NL"', f'"NL"\nrequests_uri = "{MIRROR}"\nrequests_mirrors = 1', "list"),
        (
            '"NL"',
            f'"NL"\nrequests_uri = "{MIRROR}"\nrequests_mirrors = ["{MIRROR}"]',
            "once",
        ),
        (
            '"NL"',
            f'"NL"\nrequests_uri = "{MIRROR}"\nrequests_mirrors = ["http://c.example"]',
            "https",
        ),
        ("retention_days", "retention_dyas", "retention_dyas"),
        ('"NL"', "NL", "TOML"),
    ],
)
def test_what_a_home_would_refuse_is_not_published(
    desk: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    """The error names the reason."""
    (desk / "agency.toml").write_text(settings(desk).replace(old, new))
    assert publish(desk) == 1
    assert says in capsys.readouterr().err
    assert not (desk / "site").exists()


def _spelt(data: bytes) -> str:
    return bech32.encode("age", data)


GOOD = _spelt(bytes([9] * 32))


@pytest.mark.parametrize(
    "listed",
    [
        None,
        "[]",
        f'"{GOOD}"',
        "[5]",
        '["age1"]',
        f'["{GOOD[:-1]}"]',
        f'["{GOOD[:-1]}{"q" if GOOD[-1] != "q" else "p"}"]',
        f'["{GOOD.upper()}"]',
        f'["{GOOD[:9] + GOOD[9:].upper()}"]',
        f'[" {GOOD}"]',
        f'["{GOOD}", "{GOOD}"]',
        f'["{_spelt(bytes([9] * 31))}"]',
        f'["{_spelt(bytes([9] * 33))}"]',
        f'["{_spelt(bytes(32))}"]',  # its secret is public
        f'["{bech32.encode("age-secret-key-", bytes([9] * 32))}"]',
        '["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ"]',
        str([_spelt(bytes([at + 1] * 32)) for at in range(17)]),
    ],
)
def test_nothing_is_published_without_recipients_that_homes_accept(
    desk: Path, capsys: pytest.CaptureFixture[str], listed: str | None
) -> None:
    """Homes never send unencrypted packages."""
    line = f'age_recipients = ["{recipient(desk)}"]'
    new = "" if listed is None else f"age_recipients = {listed}"
    (desk / "agency.toml").write_text(settings(desk).replace(line, new))
    assert publish(desk) == 1
    err = capsys.readouterr().err
    assert "age recipient" in err
    assert "Traceback" not in err
    assert not (desk / "site").exists()


def test_sixteen_recipients_are_fine(desk: Path) -> None:
    """Each person who may open packages can have an identity."""
    many = [_spelt(bytes([at + 1] * 32)) for at in range(16)]
    text = settings(desk).replace(f'["{recipient(desk)}"]', str(many))
    (desk / "agency.toml").write_text(text)
    assert publish(desk) == 0
    assert fetched(desk)[0].age_recipients == tuple(many)


@pytest.mark.parametrize("text", [b"", b" \n", b"a\x1b[2J", b"\xff", b"x" * 50_001])
def test_terms_must_be_readable_text(desk: Path, text: bytes) -> None:
    """The terms must not be empty, too long, or contain hidden characters."""
    (desk / "terms.txt").write_bytes(text)
    assert publish(desk) == 1


def test_wrong_keys_and_files_are_named(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The errors cover wrong keys, missing keys and settings, and an unreadable document."""
    script = (
        "openssl genpkey -algorithm ed25519 -out ed.pem;"
        "openssl ecparam -name secp384r1 -genkey -noout -out p384.pem;"
        "openssl pkey -in ed.pem -pubout -out edpub.pem"
    )
    subprocess.run(["sh", "-c", script], cwd=desk, check=True, timeout=30)
    for root in ("ed.pem", "p384.pem", "terms.txt", "none.pem"):
        assert publish(desk, root=root) == 1
    for online in ("ed.pem", "edpub.pem", "terms.txt", "none.pem"):
        assert publish(desk, "--online", str(desk / online)) == 1
    for days in ("0", "401", "36500"):
        assert publish(desk, "--days", days) == 1
        assert "--days must be 1 to 400" in capsys.readouterr().err
    (desk / "site/.well-known").mkdir(parents=True)
    (desk / "site" / WELL_KNOWN.lstrip("/")).write_text("spoilt")
    assert publish(desk) == 1
    (desk / "agency.toml").unlink()
    assert publish(desk) == 1
    assert main(["keys"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_it_runs_without_home_assistant(desk: Path) -> None:
    """The module runs from its own folder, without the integration."""
    folder = ROOT / "agency"
    script = (
        "import runpy, sys\n"
        "try:\n    runpy.run_module('doorwatch_agency', run_name='__main__')\n"
        "except SystemExit as err:\n    code = err.code\n"
        "odd = [name for name in sys.modules if name.split('.')[0] in"
        " ('homeassistant', 'custom_components', 'jwt', 'aiohttp')]\n"
        "assert not odd, odd\nsys.exit(code)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, "keys", "--root", str(desk / "stick/root.pem")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Fingerprint" in run.stdout


def test_the_document_is_plain_to_other_software(desk: Path) -> None:
    """`jose` verifies the document with its embedded key."""
    publish(desk)
    document = desk / "site" / WELL_KNOWN.lstrip("/")
    header = json.loads(
        subprocess.run(
            ["jose", "b64", "dec", "-i", "-"],
            input=document.read_bytes().split(b".")[0],
            capture_output=True,
            check=True,
            timeout=30,
        ).stdout
    )
    (desk / "root.jwk").write_text(json.dumps(header["jwk"]))
    run = subprocess.run(
        ["jose", "jws", "ver", "-i", str(document), "-k", "root.jwk", "-O", "-"],
        cwd=desk,
        capture_output=True,
        check=True,
        timeout=30,
    )
    claims = json.loads(run.stdout)
    assert claims["iss"] == ORIGIN
    assert claims["exp"] - claims["iat"] == 90 * 86_400


GROUP = f"""
kind = "group"
origin = "{ORIGIN}"
name = "Elm Street neighbours"
jurisdiction = "Elm Street and Oak Lane"
contact = "block@elm.example"
requests_uri = "https://cdn.example/elm.jws"
requests_mirrors = ["https://mirror.example/elm.jws"]
"""


def test_a_group_publishes_with_nowhere_to_send_to(desk: Path) -> None:
    """A home recognizes the group's document."""
    (desk / "agency.toml").write_text(GROUP)
    assert publish(desk) == 0
    token = (desk / "site" / WELL_KNOWN.lstrip("/")).read_text()
    document, pin = read_document(
        token, url=ORIGIN + WELL_KNOWN, pin=None, now=time.time()
    )
    assert isinstance(document, GroupDocument)
    assert document.jurisdiction == "Elm Street and Oak Lane"
    assert document.requests_mirrors == ("https://mirror.example/elm.jws",)
    assert pin.group
    assert publish(desk) == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (f'upload_endpoint = "{ORIGIN}/files/"', "no upload_endpoint"),
        ('age_recipients = ["age1x"]', "no age_recipients"),
        ('terms_file = "terms.txt"', "no terms_file"),
        ("upload_code_required = false", "no upload_code_required"),
        (f'receipts_uri = "{ORIGIN}/r"', "no receipts_uri"),
    ],
)
def test_a_group_can_say_nothing_of_clips(
    desk: Path, capsys: pytest.CaptureFixture[str], more: str, says: str
) -> None:
    """Homes would ignore these settings, so the command refuses them."""
    (desk / "agency.toml").write_text(f"{GROUP}{more}\n")
    assert publish(desk) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"group"', '"club"', "kind"),
        ('requests_uri = "https://cdn.example/elm.jws"', "", "requests_uri"),
        ('"Elm Street neighbours"', '""', "name"),
        (f'origin = "{ORIGIN}"', "", "origin"),
    ],
)
def test_a_group_that_a_home_would_refuse_is_not_published(
    desk: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    """The error names the reason."""
    (desk / "agency.toml").write_text(GROUP.replace(old, new))
    assert publish(desk) == 1
    assert says in capsys.readouterr().err


def test_an_agency_does_not_become_a_group_unseen(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Homes that know the other kind would refuse the document."""
    assert publish(desk) == 0
    agency = (desk / "agency.toml").read_text()
    (desk / "agency.toml").write_text(GROUP)
    assert publish(desk) == 1
    assert "other kind" in capsys.readouterr().err
    assert publish(desk, "--new-root") == 0
    (desk / "agency.toml").write_text(agency)
    assert publish(desk) == 1
