"""Check the request that a package answers, the agency's documents and the declaration."""

from pathlib import Path

import pytest

from agency.doorwatch_agency.signing import jws
from custom_components.doorwatch.engine.sharing.signing.jws import jwk_of
from tests.agency.scripts import run
from tests.engine.sharing.answering import ONLINE
from tests.engine.sharing.evidence import ORIGIN, Made, agency_token

from .answers import answering, document, later
from .officer import Officer, officer

__all__ = ["answering", "document", "later", "officer"]


def both(
    officer: Officer, package: Path, *documents: Path
) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return the exit codes and the outputs, each on one line, of the command and the script."""
    more = [each for path in documents for each in ("--document", str(path))]
    code, words = officer.verify(package, *more)
    given = [each for path in documents for each in ("-d", path)]
    script = run(*given, package, ORIGIN)
    said = script.stdout + script.stderr
    return (code, " ".join(words.split())), (script.returncode, " ".join(said.split()))


def test_a_request_of_the_agency_is_said_to_be_its_own(
    answering: Made, officer: Officer, document: Path
) -> None:
    """The agency's document lists the key of the feed."""
    command, script = both(officer, answering.package.path, document)
    assert command[0] == script[0] == 0
    assert "OK Answered request" in command[1]
    assert (
        "It answers the request 2025-0001, version 1, of the case PL1300-2025-0001."
        in command[1]
    )
    assert 'it answers the request "2025-0001", version 1' in script[1]
    for words in (command[1], script[1]):
        assert "dated 2024-12-31" in words
        assert "so this request is yours" in words
        assert "declaration.txt is the draft that the person read" in words
        assert "No one has signed it" in words


def test_without_a_document_nobody_can_tell_whose_request_it_was(
    answering: Made, officer: Officer
) -> None:
    """Without a document, only the match with the included feed is proved."""
    command, script = both(officer, answering.package.path)
    assert command[0] == script[0] == 0
    assert "? Answered request" in command[1]
    assert "Not checked: whether this request is yours" in command[1]
    assert "not checked: whether this request is yours" in script[1]


def test_after_a_rotation_the_document_of_before_tells(
    answering: Made, officer: Officer, document: Path, later: Path
) -> None:
    """Without the earlier document, the output says that the key is not listed."""
    command, script = both(officer, answering.package.path, later)
    assert command[0] == script[0] == 0
    name = jws.thumbprint(ONLINE.public_key())
    for words in (command[1], script[1]):
        assert "your document does not list" in words
        assert name in words
    command, script = both(officer, answering.package.path, later, document)
    assert (command[0], script[0]) == (1, 0)  # the command knows the share already
    command = officer.verify(
        answering.package.path,
        "--again",
        *("--document", str(later), "--document", str(document)),
    )
    assert command[0] == 0
    assert "so this request is yours" in " ".join(command[1].split())
    assert "so this request is yours" in script[1]


def test_the_folder_of_all_documents_tells_too(
    answering: Made, officer: Officer, document: Path, later: Path, tmp_path: Path
) -> None:
    """The folder is one that `publish` keeps; documents of trials are ignored."""
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "0001-2026-11-01.jws").write_text(document.read_text())
    (folder / "0002-2026-11-02.jws").write_text(later.read_text())
    trial = agency_token(iss="http://127.0.0.1:1080")
    (folder / "0003-2026-11-03.jws").write_text(trial)
    command, script = both(officer, answering.package.path, folder)
    assert command[0] == script[0] == 0
    assert "so this request is yours" in " ".join(command[1].split())
    assert "so this request is yours" in script[1]
    for path in folder.iterdir():
        path.write_text(trial)
    code, said = officer.verify(
        answering.package.path, "--again", "--document", str(folder)
    )
    assert code == 1
    assert "none of the agency's documents" in said


def test_what_else_a_document_says_of_a_key_changes_nothing(
    answering: Made, officer: Officer, tmp_path: Path
) -> None:
    """Homes read only four members of a key."""
    path = tmp_path / "more"
    key = jwk_of(ONLINE.public_key()) | {"alg": "ES256", "key_ops": ["sign"]}
    path.write_text(agency_token(keys={"keys": [key]}))
    command, script = both(officer, answering.package.path, path)
    assert command[0] == script[0] == 0
    assert "so this request is yours" in command[1]
    assert "so this request is yours" in script[1]


def test_a_document_is_looked_at_though_no_request_is_answered(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """A wrong document is reported even if the package answers no request."""
    path = tmp_path / "odd"
    path.write_text("nonsense")
    command, script = both(officer, made.package.path, path)
    assert (command[0], script[0]) == (1, 2)
    assert "odd is not an agency's document" in command[1]
    assert "odd is not an agency's document" in script[1]


@pytest.mark.parametrize("what", ["nonsense", "another agency's", "changed"])
def test_a_document_that_is_none_of_the_agency_is_not_taken(
    answering: Made, officer: Officer, tmp_path: Path, what: str
) -> None:
    """The error doesn't blame the package."""
    path = tmp_path / "odd"
    token = agency_token()
    if what == "another agency's":
        token = agency_token(iss="https://other.example")
    elif what == "changed":
        token = token[:-8] + ("A" * 8)
    path.write_text("nonsense" if what == "nonsense" else token)
    command, script = both(officer, answering.package.path, path)
    assert command[0] == 1
    assert "REFUSED" not in command[1]
    assert script[0] == 2
