"""Identity files are compatible with age in both directions."""

from pathlib import Path
import re
import stat
import subprocess

from hypothesis import given, strategies as st
import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.signing import bech32
from agency.doorwatch_agency.signing.age_keys import load_identities, recipient_of

_FORM = re.compile(
    r"# created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)\n"
    r"# public key: (age1[0-9a-z]{58})\n"
    r"AGE-SECRET-KEY-1[0-9A-Z]{58}\n"
)


def _keygen(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["age-keygen", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def test_an_identity_is_made_as_age_keygen_makes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is like one of age-keygen, with mode 0600; age derives the same recipient."""
    path, theirs = tmp_path / "age-identity.txt", tmp_path / "theirs.txt"
    assert main(["keys", "--age", str(path)]) == 0
    _keygen("-o", theirs)
    ours = _FORM.fullmatch(path.read_text())
    assert ours is not None
    assert _FORM.fullmatch(theirs.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _keygen("-y", path).strip() == ours[2]
    assert f"  {ours[2]}\n" in capsys.readouterr().out


def test_an_identity_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second call prints the same recipient."""
    path = tmp_path / "age-identity.txt"
    assert main(["keys", "--age", str(path)]) == 0
    before = path.read_bytes()
    first = capsys.readouterr().out
    assert main(["keys", "--age", str(path)]) == 0
    assert "already exists" in (again := capsys.readouterr().out)
    assert again.splitlines()[-1] == first.splitlines()[-1]
    assert path.read_bytes() == before


def test_a_file_of_age_keygen_is_read(tmp_path: Path) -> None:
    """A file may hold several identities with comments between them."""
    text = _keygen() + "\n# the second\r\n" + _keygen().replace("\n", "\r\n")
    path = tmp_path / "several.txt"
    path.write_text(text)
    found = [recipient_of(identity) for identity in load_identities(path)]
    assert found == re.findall(r"# public key: (age1\S+)", text)


@pytest.mark.parametrize("spoil", ["cut", "small", "letter", "empty", "none", "ssh"])
def test_what_is_no_identity_is_named_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: str
) -> None:
    """The error doesn't show the line, which may be a truncated secret."""
    path = tmp_path / "spoilt.txt"
    secret = _keygen().splitlines()[-1]
    text = {
        "cut": secret[:-1],
        "small": secret.lower(),
        "letter": secret[:-1] + ("Q" if secret[-1] != "Q" else "P"),
        "empty": "# public key: age1\n",
        "none": "\0\xff",
        "ssh": "-----BEGIN OPENSSH PRIVATE KEY-----",
    }[spoil]
    path.write_text(text)
    with pytest.raises(AgencyError):
        load_identities(path)
    assert main(["keys", "--age", str(path)]) == 1
    captured = capsys.readouterr()
    assert "spoilt.txt" in captured.err
    assert spoil != "ssh" or "SSH keys" in captured.err
    assert secret[20:40].upper() not in (captured.out + captured.err).upper()
    assert path.read_text() == text


@given(st.binary(max_size=100))
def test_any_bytes_survive_bech32(data: bytes) -> None:
    """Decoding returns the encoded bytes."""
    assert bech32.decode("age", bech32.encode("age", data)) == data


@given(st.binary(min_size=1, max_size=40), st.data())
def test_one_wrong_letter_is_noticed(data: bytes, drawn: st.DataObject) -> None:
    """A wrong letter is detected at any position."""
    text = bech32.encode("age", data)
    at = drawn.draw(st.integers(4, len(text) - 1))
    wrong = drawn.draw(st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l1bioA "))
    if wrong != text[at]:
        with pytest.raises(ValueError):
            bech32.decode("age", text[:at] + wrong + text[at + 1 :])
