"""Test that age and the officer's program open encrypted files completely or not at all."""

from collections.abc import Callable
import io
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import example, given, strategies as st
import pytest

from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.signing import age as officer, age_keys, bech32
from custom_components.doorwatch.engine.sharing.signing.age import (
    AgeWriter,
    read_recipient,
)
from tests.age_program import SealedError, desk, make_identity
from tests.series import examples

CHUNK = 65536
SEALED = CHUNK + 16  # with its tag
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

# Sizes around the chunk boundaries, where errors are likely.
sizes = st.integers(0, 300) | st.builds(
    lambda pieces, around: max(pieces * CHUNK + around, 0),
    st.integers(0, 3),
    st.integers(-17, 17),
)
cuts = st.lists(st.integers(0, 4 * CHUNK) | st.integers(0, 40), max_size=12)


def plain_of(size: int) -> bytes:
    """Return bytes that differ from those nearby."""
    return b"".join(each.to_bytes(4) for each in range(size // 4 + 1))[:size]


def seal(plain: bytes, recipients: list[str], at: list[int]) -> bytes:
    """Encrypt, writing in pieces that end at these offsets."""
    out = io.BytesIO()
    writer = AgeWriter(out.write, [read_recipient(one) for one in recipients])
    places = [0, *sorted(min(place, len(plain)) for place in at), len(plain)]
    for begin, end in pairwise(places):
        writer.write(plain[begin:end])
    writer.finish()
    return out.getvalue()


def recipient_of(identity: X25519PrivateKey) -> str:
    """Return the public half as a recipient."""
    return age_keys.recipient_of(identity)


def opened(sealed: bytes, identity: X25519PrivateKey) -> bytes:
    """Decrypt the whole file with the officer's program."""
    reader = officer.AgeReader(io.BytesIO(sealed), [identity])
    parts = []
    while part := reader.read(CHUNK):
        parts.append(part)
    return b"".join(parts)


@examples(25)
@given(size=sizes, at=cuts, others=st.integers(0, 15), place=st.integers(0, 15))
@example(size=0, at=[], others=0, place=0)
@example(size=CHUNK, at=[CHUNK], others=15, place=15)
def test_however_it_is_written_age_and_the_officer_open_it(
    tmp_path: Path, size: int, at: list[int], others: int, place: int
) -> None:
    """Every recipient can open it."""
    identity = X25519PrivateKey.generate()
    recipients = [recipient_of(X25519PrivateKey.generate()) for _ in range(others)]
    recipients.insert(min(place, others), desk().recipient)
    recipients.append(recipient_of(identity))
    plain = plain_of(size)
    sealed = seal(plain, recipients, at)
    (tmp_path / "sealed").write_bytes(sealed)
    assert desk().open(tmp_path / "sealed") == plain
    assert opened(sealed, identity) == plain
    pieces = max(-(-size // CHUNK), 1)
    assert len(sealed) == _payload(sealed) + size + 16 * pieces


_IDENTITY = X25519PrivateKey.generate()


def _flip(sealed: bytes, where: float, bit: int) -> bytes:
    at = int(where * len(sealed))
    return sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :]


def _cut(sealed: bytes, where: float, bit: int) -> bytes:
    return sealed[: int(where * len(sealed))]


def _cut_at_a_border(sealed: bytes, where: float, bit: int) -> bytes:
    begin = _payload(sealed)
    pieces = (len(sealed) - begin) // SEALED
    return sealed[: begin + int(where * (pieces + 1)) * SEALED] if pieces else b""


def _swap(sealed: bytes, where: float, bit: int) -> bytes:
    begin = _payload(sealed)
    first, second = sealed[begin : begin + SEALED], sealed[begin + SEALED :][:SEALED]
    return sealed[:begin] + second + first + sealed[begin + 2 * SEALED :]


def _repeat(sealed: bytes, where: float, bit: int) -> bytes:
    begin = _payload(sealed)
    return sealed[: begin + SEALED] + sealed[begin:]


def _append(sealed: bytes, where: float, bit: int) -> bytes:
    return sealed + bytes([bit])


def _insert(sealed: bytes, where: float, bit: int) -> bytes:
    at = int(where * len(sealed))
    return sealed[:at] + bytes([bit]) + sealed[at:]


def _end_again(sealed: bytes, where: float, bit: int) -> bytes:
    return sealed + sealed[-16:]


def _payload(sealed: bytes) -> int:
    """Return the offset of the first chunk."""
    return sealed.index(b"\n", sealed.index(b"\n--- ") + 1) + 1 + 16


@examples(150)
@given(
    size=sizes,
    change=st.sampled_from(
        [
            _flip,
            _flip,
            _flip,
            _cut,
            _cut_at_a_border,
            _swap,
            _repeat,
            _append,
            _insert,
            _end_again,
        ]
    ),
    where=st.floats(0, 1, exclude_max=True) | st.floats(0, 0.01),
    bit=st.integers(0, 7),
)
def test_whatever_was_changed_or_cut_off_is_refused(
    size: int,
    change: Callable[[bytes, float, int], bytes],
    where: float,
    bit: int,
) -> None:
    """Only `AgencyError` is raised."""
    plain = plain_of(size)
    sealed = seal(plain, [recipient_of(_IDENTITY)], [])
    changed = change(sealed, where, bit)
    if changed == sealed:  # the change made no difference
        assert opened(changed, _IDENTITY) == plain
        return
    with pytest.raises(AgencyError):
        opened(changed, _IDENTITY)


def test_no_bit_of_a_short_file_can_be_changed(tmp_path: Path) -> None:
    """Every bit is checked with the officer's program, and the header with age."""
    sealed = seal(b"short", [recipient_of(_IDENTITY)], [])
    for at in range(len(sealed)):
        for bit in range(8):
            with pytest.raises(AgencyError):
                opened(_flip_at(sealed, at, bit), _IDENTITY)
    ours = seal(b"short", [desk().recipient], [])
    for at in range(0, len(ours), 17):
        (tmp_path / "sealed").write_bytes(_flip_at(ours, at, 0))
        with pytest.raises(SealedError):
            desk().open(tmp_path / "sealed")


def _flip_at(sealed: bytes, at: int, bit: int) -> bytes:
    return sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :]


@examples(300)
@given(st.data())
def test_what_is_no_recipient_is_refused_by_both_sides(data: st.DataObject) -> None:
    """A recipient that both accept has only one spelling."""
    good = recipient_of(_IDENTITY)
    at = data.draw(st.integers(0, len(good)))
    letter = data.draw(st.sampled_from([*_BECH32, "1", "b", "Q", "\u0131", "\n", ""]))
    text = data.draw(
        st.sampled_from(
            [
                good[:at] + letter + good[at + 1 :],
                good[:at] + letter + good[at:],
                good.upper(),
                good + "q",
                good[:-1] + "qq" + good[-1:],
                " " + good,
                good.replace("age1", "agf1"),
            ]
        )
        | st.text(alphabet=_BECH32, min_size=58, max_size=58).map("age1".__add__)
        | st.text(max_size=70)
    )
    if text == good:
        return
    with pytest.raises(ValueError, match="recipient|Error|key|Invalid"):
        read_recipient(text)
    with pytest.raises(AgencyError):
        age_keys.read_recipient(text)


@examples(30)
@given(st.binary(min_size=32, max_size=32))
@example(bytes(32))
@example(bytes([1, *bytes(31)]))
@example(
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
)
@example(
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
)
@example(
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
)
def test_both_sides_take_the_same_points(point: bytes) -> None:
    """All points are accepted except a few for which everyone derives the same secret."""
    text = officer_bech32(point)
    try:
        age_keys.read_recipient(text)
    except AgencyError:
        with pytest.raises(ValueError):
            read_recipient(text)
        return
    assert read_recipient(text).public_bytes_raw() == point


def officer_bech32(point: bytes) -> str:
    """Encode any 32 bytes as a recipient."""
    return bech32.encode("age", point)


@examples(40)
@given(
    st.binary(max_size=300)
    | st.binary(max_size=200).map(b"age-encryption.org/v1\n".__add__)
    | st.lists(
        st.sampled_from(
            [
                b"-> X25519 ",
                b"-> ",
                b"\n",
                b"--- ",
                b"A" * 43,
                b"A" * 64,
                b"A" * 22,
                b"-> scrypt AAAA 63\n",
                b" ",
                b"=",
                b"\0",
                b"A" * 70_000,
            ]
        ),
        max_size=14,
    ).map(lambda parts: b"age-encryption.org/v1\n" + b"".join(parts))
)
def test_what_is_no_age_file_is_refused_with_a_word(data: bytes) -> None:
    """Only `AgencyError` is raised."""
    with pytest.raises(AgencyError):
        opened(data, _IDENTITY)


def test_another_identity_opens_nothing(tmp_path: Path) -> None:
    """Neither age nor the officer's program opens a file with the wrong key."""
    (tmp_path / "sealed").write_bytes(seal(b"x", [desk().recipient], []))
    with pytest.raises(SealedError):
        make_identity().open(tmp_path / "sealed")
    with pytest.raises(AgencyError, match="others"):
        opened((tmp_path / "sealed").read_bytes(), _IDENTITY)
