"""Test that the age program opens encrypted files completely or not at all."""

import itertools
from pathlib import Path
import random
import tracemalloc

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.signing.age import (
    CHUNK,
    AgeWriter,
    read_recipient,
)
from tests.age_program import Identity, SealedError, make_identity

# Points of small order, from RFC 7748 and the author of the curve.
LOW_ORDER = [
    bytes(32),
    bytes([1, *bytes(31)]),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]
ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@pytest.fixture(scope="module")
def identities() -> list[Identity]:
    """Return three identities."""
    return [make_identity() for _ in range(3)]


def seal(
    content: bytes, target: Path, identities: list[Identity], step: int = 10_007
) -> Path:
    """Encrypt to all identities, writing in pieces that do not match the chunk size."""
    with target.open("wb") as file:
        writer = AgeWriter(
            file.write, [read_recipient(one.recipient) for one in identities]
        )
        for piece in itertools.batched(content, step, strict=False):
            writer.write(bytes(piece))
        writer.finish()
    return target


def bech32(prefix: str, data: bytes, *, padding: int = 0) -> str:
    """Encode bytes as bech32, independently of the tested code."""
    number = int.from_bytes(data) << 4 | padding
    values = [number >> 5 * place & 31 for place in reversed(range(52))]
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    remainder = 1
    for value in [*spread, *values, *bytes(6)]:
        top, remainder = remainder >> 25, (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(
            (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
        ):
            remainder ^= term if top >> bit & 1 else 0
    check = [(remainder ^ 1) >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1" + "".join(ALPHABET[value] for value in values + check)


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 20 * CHUNK + 4321]
)
def test_age_opens_every_size(
    size: int, identities: list[Identity], tmp_path: Path
) -> None:
    """The sizes include those around the chunk boundaries."""
    content = random.Random(size).randbytes(size)
    sealed = seal(content, tmp_path / "sealed.age", identities[:1])
    assert identities[0].open(sealed) == content
    assert size < 32 or content[:32] not in sealed.read_bytes()


def test_each_recipient_opens_it_and_nobody_else(
    identities: list[Identity], tmp_path: Path
) -> None:
    """Recipients are, for example, an officer's key and a spare key."""
    sealed = seal(b"a clip", tmp_path / "sealed.age", identities[:2])
    assert [one.open(sealed) for one in identities[:2]] == [b"a clip"] * 2
    with pytest.raises(SealedError):
        identities[2].open(sealed)


def test_the_same_content_is_never_sealed_alike(
    identities: list[Identity], tmp_path: Path
) -> None:
    """Each file has its own file key, so two results have nothing in common."""
    one, other = (
        seal(bytes(1000), tmp_path / name, identities[:1]).read_bytes()
        for name in ("one.age", "other.age")
    )
    assert len(one) == len(other)
    assert not {one[at : at + 16] for at in range(60, len(one) - 16)} & {
        other[at : at + 16] for at in range(60, len(other) - 16)
    }


def test_without_a_recipient_nothing_is_sealed() -> None:
    """Nobody could open the file."""
    written: list[bytes] = []
    with pytest.raises(ValueError, match="nobody"):
        AgeWriter(written.append, [])
    assert not written


@pytest.mark.parametrize("piece", range(4))
def test_a_cut_at_a_border_is_noticed(
    piece: int, identities: list[Identity], tmp_path: Path
) -> None:
    """The remaining chunks are complete, but the last is not marked as the last."""
    content = random.Random(piece).randbytes(4 * CHUNK)
    sealed = seal(content, tmp_path / "sealed.age", identities[:1])
    everything = sealed.read_bytes()
    header = len(everything) - 4 * (CHUNK + 16)
    sealed.write_bytes(everything[: header + piece * (CHUNK + 16)])
    with pytest.raises(SealedError):
        identities[0].open(sealed)


def test_a_writer_that_was_not_finished_made_nothing_of_use(
    identities: list[Identity], tmp_path: Path
) -> None:
    """The process may be killed before it calls `finish`."""
    path = tmp_path / "sealed.age"
    with path.open("wb") as file:
        writer = AgeWriter(file.write, [read_recipient(identities[0].recipient)])
        writer.write(bytes(3 * CHUNK))
    with pytest.raises(SealedError):
        identities[0].open(path)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_flipped_bit_is_noticed(
    data: st.DataObject, identities: list[Identity], tmp_path: Path
) -> None:
    """The bit may be in the header, in a chunk or in a tag."""
    sealed = tmp_path / "sealed.age"
    seal(bytes(CHUNK + 10), sealed, identities[:1])
    changed = bytearray(sealed.read_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(
        st.integers(0, 7)
    )
    sealed.write_bytes(changed)
    with pytest.raises(SealedError):
        identities[0].open(sealed)


def test_memory_does_not_grow_with_the_file(identities: list[Identity]) -> None:
    """64 MiB are written through one writer."""
    block = bytes(1 << 20)
    writer = AgeWriter(lambda _: None, [read_recipient(identities[0].recipient)])
    tracemalloc.start()
    try:
        for _ in range(64):
            writer.write(block)
        writer.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_recipients_are_read_as_age_writes_them(identities: list[Identity]) -> None:
    """The bech32 encoder of these tests agrees."""
    for one in identities:
        assert (
            bech32("age", read_recipient(one.recipient).public_bytes_raw())
            == one.recipient
        )


@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_point_of_low_order_is_refused(point: bytes) -> None:
    """With such a point every home would derive the same, publicly known secret."""
    with pytest.raises(ValueError):
        read_recipient(bech32("age", point))


def test_what_is_no_recipient_is_refused(identities: list[Identity]) -> None:
    """Any wrong character, other kinds of keys and other spellings are refused."""
    good = identities[0].recipient
    key = read_recipient(good).public_bytes_raw()
    for place in range(len(good)):
        other = "q" if good[place] != "q" else "p"
        with pytest.raises(ValueError):
            read_recipient(good[:place] + other + good[place + 1 :])
    for text in (
        "",
        "age1",
        good.upper(),
        f" {good}",
        f"{good}\n",
        good[:-1],
        f"{good}q",
        bech32("agf", key),
        bech32("age", key, padding=1),
        "age1pq1" + good[4:],
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA",
    ):
        with pytest.raises(ValueError):
            read_recipient(text)
