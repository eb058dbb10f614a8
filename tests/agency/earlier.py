"""Compare how an earlier version and this version continue an inbox of the earlier one.

`earlier.json` holds the inbox of revision 0ca7bb81 with one share in each state, keys and
requests of its homes, and the answers of that version after a restart. This program made
it with a checkout of that revision and its npm packages:

    git worktree add ../earlier 0ca7bb81 && (cd ../earlier/agency/intake && npm install)
    faketime -m '2025-01-02 08:00:00' python -m tests.agency.earlier make ../earlier
    python -m tests.agency.earlier record ../earlier
    python -m tests.agency.earlier compare ../earlier

The inbox is made in the past, so that its times are before the times of its continuation.
`compare` lets both versions continue the same inbox, and prints the differences. Later
times and new signatures always differ, so only the content of signed tokens is compared.
"""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
import difflib
import hashlib
import json
import os
from pathlib import Path
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.sharing.model import Edits
from custom_components.doorwatch.engine.sharing.signing.jws import decode, thumbprint
from tests import videos, waiting
from tests.engine.sharing.evidence import ORIGIN, make_clip
from tests.repository import ROOT

from .office import Office
from .officer import deleting

DATA = Path(__file__).with_name("earlier.json")
_HOOK = Path(__file__).with_name("kill_at.mjs")
_KEYS = ("root.pem", "online.pem", "age-identity.txt", "home.pem")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_TOKEN = re.compile(r"[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}", re.ASCII)
_DESK = ("--officer", "jones")
_SMALL = b"a package"
_LONG_AGO = datetime(2025, 1, 1, 7, tzinfo=UTC)


def _id(name: str) -> str:
    return f"{name:-<16}"


class Earlier:
    """An agency with fixed keys, served by the programs of one version."""

    def __init__(self, folder: Path, code: Path, keys: dict[str, str]) -> None:
        """Install the given keys, if any, and publish."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.code = code / "agency"
        for name, text in keys.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)
        self.office = Office(folder, origin=ORIGIN, max_bytes=1 << 20)
        if keys:
            self.office.home_key = load_key(folder / "home.pem")
            self.office.home = thumbprint(self.office.home_key.public_key())
        self.intake = self.office.intake
        self.intake.source = self.code / "intake"
        self.intake.through = ["sh", "-c", 'umask 022; exec "$@"', "sh"]
        self.inbox = self.intake.inbox
        self.began = datetime.now(UTC).replace(microsecond=0)
        self.told: list[Any] = []
        self._said = 0

    def told_by(self, ending: int) -> None:
        """Have the intake run a program with this exit code for each package."""
        told = self.folder / "told"
        told.write_text(
            f'#!/bin/sh\necho "$@" >> {self.folder}/told.txt\nexit {ending}\n'
        )
        told.chmod(0o755)
        self.intake.add_options("--on-package", str(told))

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Send a request to the intake, and record the answer."""
        connection = self.office.connect()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, named)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kept = [f"{name}: {value}" for name, value in answer.getheaders()]
        lines = [self._plain(line) for line in kept if not line.startswith("Date:")]
        said = self._plain(content.decode())
        self.told.append([f"{method} {path}", answer.status, lines, said])
        return content

    def upload(self, name: str, content: bytes, upto: int | None = None) -> None:
        """Send a package up to the byte `upto`, or all of it."""
        assert self.office.create(len(content), _id(name)) == 201
        assert self.office.patch(content[:upto], 0, _id(name)) == 204

    def run(self, *command: str | Path) -> str:
        """Run the officer's command, and record its output."""
        done = subprocess.run(
            [sys.executable, "-m", "doorwatch_agency", *map(str, command)],
            env=os.environ | {"PYTHONPATH": str(self.code)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = self._plain(done.stdout + done.stderr)
        self.told.append([str(command[0]), done.returncode, said])
        return done.stdout

    def note_log(self) -> None:
        """Record the intake's new log lines, sorted."""
        lines = self.intake.said()
        self.told.append(["log", sorted(map(self._plain, lines[self._said :]))])
        self._said = len(lines)

    def note_files(self) -> None:
        """Record the files in the inbox and the calls of the program, sorted."""
        told = self.folder / "told.txt"
        told.write_text("".join(sorted(told.read_text().splitlines(keepends=True))))
        for name, (mode, content) in kept(self.folder).items():
            if name.startswith("inbox") or name == "told.txt":
                self.told.append([name, mode, self._said_by(content)])

    def _said_by(self, content: bytes | None) -> object:
        if content is None:
            return None
        try:
            return self._plain(content.decode())
        except ValueError:
            return hashlib.sha256(content).hexdigest()

    def _plain(self, text: str) -> Any:
        """Replace everything that differs between runs with placeholders."""
        if _TOKEN.fullmatch(text):
            return ["signed", *map(self._plain, self._opened(text))]
        text = text.replace(str(self.folder), "FOLDER")
        text = text.replace(f":{self.intake.port}", ":PORT")
        text = re.sub(r'"iat":(\d+)', self._second, text)
        text = _TIME.sub(self._moment, _DATE.sub("DATE", text))
        return _DAY.sub(self._day, text)

    def _opened(self, token: str) -> tuple[str, str]:
        header, claims = (decode(part).decode() for part in token.split(".")[:2])
        named = json.loads(header)
        online = load_key(self.office.online).public_key()
        if "jwk" in named:
            key = jws.embedded_key(token)
        else:
            assert named["kid"] == jws.thumbprint(online)
            key = online
        jws.verify(token, named["typ"], key)
        return header, claims

    def _second(self, match: re.Match[str]) -> str:
        now = int(match[1]) >= int(self.began.timestamp())
        return '"iat":"NOW"' if now else match[0]

    def _moment(self, match: re.Match[str]) -> str:
        return "NOW" if datetime.fromisoformat(match[0]) >= self.began else match[0]

    def _day(self, match: re.Match[str]) -> str:
        day = date.fromisoformat(match[0])
        return "LATER" if day >= self.began.date() else match[0]


def kept(folder: Path) -> dict[str, tuple[str, bytes | None]]:
    """Return the mode and the content of all files and folders below a folder."""
    found: dict[str, tuple[str, bytes | None]] = {}
    for path in sorted(folder.rglob("*")):
        mode = f"{stat.S_IMODE(path.stat().st_mode):04o}"
        content = None if path.is_dir() else path.read_bytes()
        found[str(path.relative_to(folder))] = (mode, content)
    return found


def _request(office: Office, name: str, content: bytes) -> str:
    asked = {
        "schema": "doorwatch-withdrawal/1",
        "sha256": hashlib.sha256(content).hexdigest(),
        "requested_at": f"{_LONG_AGO:%Y-%m-%dT%H:%M:%SZ}",
    }
    return office.withdrawal(content, jti=_id(name), withdrawal=asked)


def lay_out(data: dict[str, Any], folder: Path, began: datetime) -> None:
    """Restore the inbox, with the times of unfinished uploads set to now."""
    now = f"{began.isoformat(timespec='milliseconds')[:-6]}Z"
    for name, (mode, content) in data["files"].items():
        path = folder / name
        if content is None:
            path.mkdir()
        elif isinstance(content, str):
            path.write_text(content.replace("NOW", now))
        else:
            path.write_bytes(base64.b64decode("".join(content)))
        path.chmod(int(mode, 8))


def continued(folder: Path, code: Path, data: dict[str, Any]) -> list[Any]:
    """Continue the inbox with the given programs; return all answers, output and files."""
    agency = Earlier(folder, code, data["keys"])
    lay_out(data, folder, agency.began)
    agency.told_by(0)
    requests: dict[str, str] = data["requests"]
    with agency.intake:
        _wait_for_told(agency, "untold")
        for name in data["shares"]:
            agency.ask("HEAD", f"/uploads/{_id(name)}", Tus_Resumable="1.0.0")
            agency.ask("GET", f"/receipts/{_id(name)}")
        _finish(agency, "half", 4)
        _wait_for_told(agency, "half")
        _create_again(agency)
        for name, token in requests.items():
            if name != "held":  # officers open the package first
                _withdraw(agency, token)
        _office_day(agency, requests)
        agency.intake.stop()
        agency.note_log()
        agency.intake.start()
        for name in ("held", "opened", "half", "no-receipt"):
            agency.ask("GET", f"/receipts/{_id(name)}")
        for token in requests.values():
            _withdraw(agency, token)
        agency.intake.stop()
        agency.note_log()
    agency.note_files()
    return agency.told


def _wait_for_told(agency: Earlier, name: str) -> None:
    def told() -> bool:
        assert not agency.intake.ended
        return f"command done {_id(name)}" in agency.intake.said()

    waiting.block_until(told)


def _finish(agency: Earlier, name: str, offset: int) -> None:
    agency.ask(
        "PATCH",
        f"/uploads/{_id(name)}",
        _SMALL[offset:],
        Tus_Resumable="1.0.0",
        Upload_Offset=str(offset),
        Content_Type="application/offset+octet-stream",
    )
    agency.ask("HEAD", f"/uploads/{_id(name)}", Tus_Resumable="1.0.0")
    agency.ask("GET", f"/receipts/{_id(name)}")


def _create_again(agency: Earlier) -> None:
    """Create an upload again as a home that lost its state: with the same size, then another."""
    for size in (len(_SMALL), len(_SMALL) + 1):
        metadata = {"share_id": _id("plain"), "home": agency.office.home}
        written = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}"
            for name, value in (metadata | {"ledger": "cd" * 32}).items()
        )
        agency.ask(
            "POST",
            "/uploads",
            Tus_Resumable="1.0.0",
            Upload_Length=str(size),
            Upload_Metadata=written,
        )


def _withdraw(agency: Earlier, token: str) -> None:
    agency.ask("POST", "/withdrawals", token.encode(), Content_Type="application/jose")


def _open(agency: Earlier, name: str) -> None:
    """Take a package out of the inbox, verify it, and make the receipt."""
    folder, share = agency.folder, _id(name)
    if not (folder / "desk").exists():
        agency.run("desk", "new", folder / "desk")
    at = ("--desk", folder / "desk", *_DESK)
    package = folder / f"{share}.tar.age"
    (agency.inbox / package.name).rename(package)
    case = folder / f"case-{name}"
    bag, inbox = case / f"doorwatch-{share}", ("--inbox", agency.inbox)
    opening = ("open", package, case, "--identity", agency.office.identity)
    # That version did not require `--inbox`.
    agency.run(*opening, *(inbox if agency.code == ROOT / "agency" else ()), *at)
    agency.run("verify", bag, "--agency", ORIGIN, *inbox, *at)
    agency.run("receipt", bag, *inbox, *_signing(agency), *at)


def _answer(agency: Earlier, name: str, result: str) -> None:
    at = ("--desk", agency.folder / "desk", *_DESK, "--inbox", agency.inbox)
    text = ("--text", f"It is {result}.")
    agency.run("answer", _id(name), result, *text, *_signing(agency), *at)


def _signing(agency: Earlier) -> tuple[str | Path, ...]:
    return "--online", agency.office.online, "--site", agency.intake.public


def _office_day(agency: Earlier, requests: dict[str, str]) -> None:
    desk = ("--desk", agency.folder / "desk")
    inbox = ("--inbox", agency.inbox)
    _open(agency, "held")
    _withdraw(agency, requests["held"])
    agency.run("withdrawals", *inbox, *desk)
    _answer(agency, "pending", "deleted")
    _answer(agency, "opened", "refused")
    _answer(agency, "held", "deleted")  # the package still exists
    agency.run("due", "--all", *inbox, *desk)
    asked = ["--yes"]
    if agency.code == ROOT / "agency":  # that version had no further requirements
        asked = deleting(agency.folder / "desk", _id("held"))
    agency.run("delete", _id("held"), *asked, *inbox, *desk, *_DESK)
    _answer(agency, "held", "deleted")
    _answer(agency, "refused", "deleted")  # already answered
    _answer(agency, "asked-again", "refused")
    agency.run("withdrawals", "--all", *inbox, *desk)


def made(folder: Path, code: Path) -> dict[str, Any]:
    """Make an inbox with a share in each state."""
    agency = Earlier(folder / "whole", code, {})
    office, requests = agency.office, {}
    (agency.folder / "home.pem").write_bytes(
        office.home_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    keys = {name: (agency.folder / name).read_text() for name in _KEYS}

    options = list(agency.intake.options)
    key = options.index("--signing-key")
    agency.intake.options = options[:key] + options[key + 2 :]
    with agency.intake:
        for name in ("no-receipt", "no-receipt-gone"):
            agency.upload(name, _SMALL)
    agency.intake.options = list(options)
    agency.told_by(1)
    with agency.intake:
        agency.upload("untold", _SMALL)
        waiting.block_until(lambda: "command failed" in agency.intake.log.read_text())
    agency.intake.options = options

    scene = replace(videos.SMALL, width=320, height=176, bitrate=50_000, gop=5)
    clip = make_clip(videos.make(scene).path, started_at=_LONG_AGO, ended_at=_LONG_AGO)
    packages = {
        name: office.sealed(clip, _id(name), Edits(start=2.0, end=2.3))
        for name in ("held", "opened")
    }
    with agency.intake:
        for name, content in packages.items():
            agency.upload(name, content)
        _open(agency, "opened")
        agency.upload("empty", _SMALL, 0)
        agency.upload("half", _SMALL, 4)
        for name in (
            "plain",
            "withdrawn",
            "pending",
            "deleted",
            "refused",
            "asked-again",
        ):
            agency.upload(name, _SMALL)
        taken = ("pending", "deleted", "refused", "asked-again")
        for name in taken:
            (agency.inbox / f"{_id(name)}.tar.age").unlink()
        for name in ("withdrawn", *taken):
            requests[name] = _request(office, name, _SMALL)
            assert office.withdraw(requests[name])[0] == 200
        _answer(agency, "deleted", "deleted")
        _answer(agency, "refused", "refused")
        _answer(agency, "asked-again", "refused")
    assert not any(told[1] for told in agency.told)
    requests["asked-again"] = _request(office, "asked-again", _SMALL)
    for name, content in packages.items():
        requests[name] = _request(office, name, content)
    requests["no-receipt-gone"] = _request(office, "no-receipt-gone", _SMALL)

    for name, killed, request in _killed(folder, code, keys):
        if request is not None:
            requests[name] = request
        for path in killed.inbox.rglob(f"{_id(name)}*"):
            shutil.copy2(path, agency.inbox / path.relative_to(killed.inbox))

    names = {path.stem.rstrip("-") for path in agency.inbox.glob(".incoming/*.json")}
    files = {
        name: (mode, _written(name, content))
        for name, (mode, content) in kept(agency.folder).items()
        if name.startswith("inbox")
    }
    return {
        "keys": keys,
        "requests": requests,
        "shares": sorted(names),
        "files": files,
    }


def _killed(
    folder: Path, code: Path, keys: dict[str, str]
) -> Iterator[tuple[str, Earlier, str | None]]:
    """Kill the intake before each change of its files, while a share arrives or is deleted.

    Each kill gets a separate inbox, because the next start finishes interrupted work.
    """
    seen = set()
    for kind in ("arriving", "deleting"):
        for number in range(1, 60):
            name = f"{kind}-{number}"
            agency = Earlier(folder / name, code, keys)
            armed = agency.folder / "armed"
            agency.intake.environment = {
                "NODE_OPTIONS": f"--import={_HOOK}",
                "ARMED": str(armed),
                "KILL_AT": str(number),
            }
            request = None
            with agency.intake:
                assert agency.office.create(len(_SMALL), _id(name)) == 201
                if kind == "deleting":
                    assert agency.office.patch(_SMALL, 0, _id(name)) == 204
                    request = _request(agency.office, name, _SMALL)
                armed.touch()
                try:
                    if request is None:
                        agency.office.patch(_SMALL, 0, _id(name))
                    else:
                        agency.office.withdraw(request)
                    break  # all steps are covered
                except OSError:
                    pass
            state = str(
                [
                    (path.replace(_id(name), "ID"), len(content or b""))
                    for path, (_, content) in kept(agency.inbox).items()
                ]
            )
            if state not in seen:
                seen.add(state)
                yield name, agency, request


def _written(name: str, content: bytes | None) -> object:
    if content is None:
        return None
    try:
        text = content.decode()
    except ValueError:
        coded = base64.b64encode(content).decode()
        return [coded[at : at + 100] for at in range(0, len(coded), 100)]
    if name.startswith("inbox/.incoming/") and '"finished":true' not in text:
        text = re.sub(r'("creation_date":")[^"]+', r"\1NOW", text)
    return text


def _lines(told: list[Any]) -> list[str]:
    return [json.dumps(one) for one in told]


def _main(how: str, checkout: Path) -> int:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if how == "make":
            _write(made(folder, checkout), [])
            return 0
        data = json.loads(DATA.read_text())
        before = continued(folder / "before", checkout, data)
        if how == "record":
            _write(data, before)
            return 0
        now = _lines(continued(folder / "now", ROOT, data))
    found = [
        *difflib.unified_diff(_lines(before), now, "before", "now", n=0, lineterm="")
    ]
    equal = f"{len(now)} answers, lines and files are equal"
    sys.stdout.write("\n".join(found or [equal]) + "\n")
    return 1 if found else 0


def _write(data: dict[str, Any], told: list[Any]) -> None:
    """Write the result with one line for each answer."""
    text = json.dumps(data | {"continued": []}, indent=1).removesuffix("[]\n}")
    lines = ",\n".join(f"  {line}" for line in _lines(told))
    DATA.write_text(f"{text}[\n{lines}\n ]\n}}\n")


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2]).resolve()))
