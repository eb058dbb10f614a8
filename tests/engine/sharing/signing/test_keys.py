"""Test the separate key for each agency."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import stat
import subprocess

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.jws import thumbprint
from custom_components.doorwatch.engine.sharing.signing.keys import HomeKeys


def name(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the thumbprint of a key."""
    return thumbprint(key.public_key())


def test_a_key_stays_the_same_and_each_agency_has_its_own(tmp_path: Path) -> None:
    """Two agencies cannot tell that they receive from the same home."""
    keys = HomeKeys(tmp_path / "keys")
    first = name(keys.for_agency("01AGENCY"))
    assert name(HomeKeys(tmp_path / "keys").for_agency("01AGENCY")) == first
    assert name(keys.for_agency("01OTHER")) != first


def test_only_this_user_can_read_a_key(tmp_path: Path) -> None:
    """The folder has mode 0700 and the file 0600, even if the folder existed with another mode."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o755)
    HomeKeys(folder).for_agency("01AGENCY")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_openssl_reads_the_key_file(tmp_path: Path) -> None:
    """The key can be moved to another system."""
    HomeKeys(tmp_path).for_agency("a")
    command = ["openssl", "pkey", "-in", str(tmp_path / "a.pem"), "-noout", "-check"]
    subprocess.run(command, check=True, timeout=30, capture_output=True)


def test_threads_that_ask_at_once_get_one_key(tmp_path: Path) -> None:
    """Only one key is created."""
    keys = HomeKeys(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda _: name(keys.for_agency("a")), range(16))
    assert len(set(found)) == 1


def test_a_forgotten_key_is_gone(tmp_path: Path) -> None:
    """The next key is a different one; forgetting a missing key is not an error."""
    keys = HomeKeys(tmp_path)
    first = name(keys.for_agency("a"))
    keys.forget("a")
    keys.forget("a")
    assert name(keys.for_agency("a")) != first


def _other_kind() -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("content", [lambda: b"", lambda: b"garbage", _other_kind])
def test_a_damaged_key_is_never_replaced(
    tmp_path: Path, content: Callable[[], bytes]
) -> None:
    """A new key would make this a different home for the agency."""
    damaged = content()
    (tmp_path / "a.pem").write_bytes(damaged)
    with pytest.raises(SharingError, match="key_unreadable"):
        HomeKeys(tmp_path).for_agency("a")
    assert (tmp_path / "a.pem").read_bytes() == damaged


@pytest.mark.parametrize("agency_id", ["", "../a", "a/b", "a.pem", "x" * 65, "ä"])
def test_an_id_is_never_a_path(tmp_path: Path, agency_id: str) -> None:
    """Only valid ids are used as file names."""
    keys = HomeKeys(tmp_path)
    with pytest.raises(ValueError):
        keys.for_agency(agency_id)
    with pytest.raises(ValueError):
        keys.forget(agency_id)


def test_what_lets_others_at_the_keys_is_taken_away(tmp_path: Path) -> None:
    """A backup that was restored manually may have other modes; symlinks are not followed."""
    folder = tmp_path / "keys"
    keys = HomeKeys(folder)
    assert keys.mend() == []
    for agency in ("a", "b"):
        keys.for_agency(agency)
    assert keys.mend() == []
    other = tmp_path / "other"
    other.write_text("somebody else's")
    other.chmod(0o644)
    (folder / "c.pem").symlink_to(other)
    folder.chmod(0o755)
    (folder / "a.pem").chmod(0o640)
    assert keys.mend() == ["keys", "a.pem"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(other.stat().st_mode) == 0o644
    assert keys.mend() == []
