"""Withdrawals: who may send them, what the intake deletes, and the answers."""

import base64
from collections.abc import Callable, Iterator
import hashlib
from pathlib import Path
from typing import Any

import pytest
import pytest_socket

from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    thumbprint,
)
from tests.engine.sharing.evidence import SHARE_ID, new_key
from tests.series import series

from .killing import each_kill
from .office import ANSWER, Office

CONTENT = bytes(range(256)) * 100


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Return an office that received a package."""
    office = Office(tmp_path)
    with office.intake:
        office.upload(CONTENT)
        yield office


@pytest.fixture(scope="module")
def unmoved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office with a package for the refused requests; tests must not change it."""
    pytest_socket.enable_socket()
    office = Office(tmp_path_factory.mktemp("office"))
    with office.intake:
        office.upload(CONTENT)
        yield office


def _answer(office: Office, token: str, status: int, answer: str) -> dict[str, Any]:
    """Check an answer, and return its content."""
    assert status == 200
    claims = office.opened(answer, ANSWER)
    assert claims["jti"] == SHARE_ID
    said: dict[str, Any] = claims["answer"]
    assert said["schema"] == "doorwatch-withdrawal-answer/1"
    assert said["withdrawal_sha256"] == hashlib.sha256(token.encode()).hexdigest()
    assert said.keys() == {"schema", "result", "text", "at", "withdrawal_sha256"}
    assert len(said["text"]) <= 2000
    return said


def test_what_is_still_in_the_inbox_is_deleted(office: Office) -> None:
    """A repeated request gets the same answer, also after a restart."""
    token = office.withdrawal(CONTENT)
    first = _answer(office, token, *office.withdraw(token))
    assert first["result"] == "deleted"
    assert not any(office.intake.inbox.rglob("*.tar*"))
    assert not any(office.intake.inbox.rglob("*.removed"))
    assert _answer(office, token, *office.withdraw(token)) == first
    office.intake.kill()
    office.intake.start()
    assert _answer(office, token, *office.withdraw(token)) == first
    again = office.withdrawal(CONTENT, iat=1_700_000_000)
    said = _answer(office, again, *office.withdraw(again))
    assert (said["result"], said["at"]) == ("deleted", first["at"])
    assert office.receipt()[0] == 200, "it was received all the same"


def test_what_an_officer_took_is_for_the_officer_to_decide(office: Office) -> None:
    """The answer to the home is "pending"."""
    office.package.rename(office.folder / "case.tar.age")
    token = office.withdrawal(CONTENT)
    first = _answer(office, token, *office.withdraw(token))
    assert first["result"] == "pending"
    assert _answer(office, token, *office.withdraw(token)) == first
    assert (office.folder / "case.tar.age").exists()


def test_a_forged_answer_is_not_signed_by_the_intake(office: Office) -> None:
    """The intake repeats only answers that a key of the agency signed."""
    office.package.rename(office.folder / "case.tar.age")
    token = office.withdrawal(CONTENT)
    first = _answer(office, token, *office.withdraw(token))
    file = office.intake.inbox / f".withdrawals/{SHARE_ID}.answer"
    claims = {"answer": first | {"result": "deleted"}}
    again = office.withdrawal(CONTENT, iat=1_700_000_000)
    for key, result in ((new_key(), "pending"), (load_key(office.online), "deleted")):
        file.write_text(jws.sign(ANSWER, claims, key))
        assert _answer(office, again, *office.withdraw(again))["result"] == result
    header, body, _ = file.read_text().split(".")
    file.write_text(f"{header}.{body}.{'A' * 86}")
    assert _answer(office, again, *office.withdraw(again))["result"] == "pending"


def test_no_upload_code_is_needed(tmp_path: Path) -> None:
    """The home's signature is enough."""
    office = Office(tmp_path, upload_code="a long enough code")
    with office.intake:
        assert office.withdraw(office.withdrawal(CONTENT))[0] == 404


def test_without_a_signing_key_nothing_is_promised(tmp_path: Path) -> None:
    """The package is deleted, but the answer is an empty 202."""
    office = Office(tmp_path, signs=False)
    with office.intake:
        office.upload(CONTENT)
        assert office.withdraw(office.withdrawal(CONTENT)) == (202, "")
        assert not office.package.exists()


STRANGER = new_key()

REFUSED: dict[str, tuple[Callable[[Office], str], int]] = {
    "another home": (
        lambda office: office.withdrawal(
            CONTENT, key=STRANGER, iss=thumbprint(STRANGER.public_key())
        ),
        403,
    ),
    "another's name": (lambda office: office.withdrawal(CONTENT, key=STRANGER), 403),
    "other contents": (lambda office: office.withdrawal(CONTENT + b"x"), 403),
    "another agency": (
        lambda office: office.withdrawal(CONTENT, aud="https://other.example"),
        403,
    ),
    "the future": (lambda office: office.withdrawal(CONTENT, iat=9_999_999_999), 403),
    "unknown share": (lambda office: office.withdrawal(CONTENT, jti="u" * 32), 404),
    "odd share": (lambda office: office.withdrawal(CONTENT, jti="../" * 9), 400),
    "no share": (lambda office: office.withdrawal(CONTENT, jti=None), 400),
    "no time": (lambda office: office.withdrawal(CONTENT, iat="today"), 400),
    "another schema": (lambda office: office.withdrawal(CONTENT, withdrawal={}), 400),
    "no object": (lambda office: office.withdrawal(CONTENT, withdrawal=None), 400),
    "another kind": (
        lambda office: office.withdrawal(CONTENT, typ=DocumentKind.CONSENT),
        400,
    ),
    "nothing": (lambda office: "nothing", 400),
    "no JWS": (lambda office: "e30.e30.AA", 400),
    "empty parts": (lambda office: "..", 400),
    "changed signature": (lambda office: _swap(office.withdrawal(CONTENT)), 403),
}


def _swap(token: str) -> str:
    """Change the first character of the signature."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


@pytest.mark.parametrize("name", REFUSED)
def test_nobody_else_can_withdraw(unmoved: Office, name: str) -> None:
    """The package stays."""
    make, status = REFUSED[name]
    assert unmoved.withdraw(make(unmoved))[0] == status
    assert unmoved.package.read_bytes() == CONTENT
    assert not any((unmoved.intake.inbox / ".withdrawals").iterdir())


def test_a_name_that_occurs_twice_is_refused(unmoved: Office) -> None:
    """Different parsers could use different values."""
    header, _, _ = unmoved.withdrawal(CONTENT).split(".")
    claims = base64.urlsafe_b64encode(b'{"iss":"a","iss":"b"}').decode().rstrip("=")
    assert unmoved.withdraw(f"{header}.{claims}.AA")[0] == 400


def test_an_unfinished_share_cannot_be_withdrawn(office: Office) -> None:
    """The home ends the upload instead."""
    assert office.create(10, "u" * 32) == 201
    assert office.withdraw(office.withdrawal(b"", jti="u" * 32))[0] == 404


def test_only_short_bodies_of_the_right_kind_are_read(unmoved: Office) -> None:
    """Anyone can post withdrawals."""
    token = unmoved.withdrawal(CONTENT).encode()
    kind = {"Content_Type": "application/jose"}
    assert unmoved.call("POST", "/withdrawals", token)[0] == 415
    assert (
        unmoved.call("POST", "/withdrawals", token, Content_Type="text/plain")[0] == 415
    )
    assert unmoved.call("POST", "/withdrawals", b"x" * 65537, **kind)[0] == 413
    assert unmoved.call("POST", "/withdrawals", b"x" * 65536, **kind)[0] == 400
    chunked = {"Transfer_Encoding": "chunked"} | kind
    assert unmoved.call("POST", "/withdrawals", b"0\r\n\r\n", **chunked)[0] == 411
    assert unmoved.call("GET", "/withdrawals")[0] == 404
    assert unmoved.call("PUT", "/withdrawals", token, **kind)[0] == 405
    assert unmoved.package.exists()


def test_only_so_many_are_taken_in_a_minute(tmp_path: Path) -> None:
    """Requests that the share's home did not sign don't count."""
    office = Office(tmp_path, uploads_per_minute=3)
    with office.intake:
        office.upload(CONTENT)
        token = office.withdrawal(CONTENT)
        unknown = office.withdrawal(CONTENT, jti="x" * 32)
        stranger = office.withdrawal(CONTENT, key=new_key())
        found = [
            office.withdraw(one)[0]
            for one in ["nothing", unknown, stranger] * 3 + [token] * 4
        ]
    assert found == [400, 404, 403] * 3 + [200, 200, 200, 429]


@series
def test_a_kill_at_any_point_neither_loses_nor_invents_a_deletion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill before any change of a file, the next start or request finishes the deletion."""
    killed = 0
    for kill in each_kill(tmp_path, monkeypatch):
        office = Office(kill.folder)
        token = office.withdrawal(CONTENT)
        with office.intake:
            office.upload(CONTENT)
            kill.armed.touch()
            try:
                said = _answer(office, token, *office.withdraw(token))
            except OSError:
                killed = kill.at
            else:
                assert said["result"] == "deleted"
                break
        kill.armed.unlink()
        gone = not office.package.exists()
        with office.intake:
            left = list((kill.folder / "inbox").rglob("*.removed"))
            assert left == [], "what was taken out is deleted at the start"
            assert office.package.exists() is not gone
            said = _answer(office, token, *office.withdraw(token))
            assert said["result"] == "deleted"
            assert not office.package.exists()
    assert killed >= 8
