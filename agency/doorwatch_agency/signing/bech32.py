"""Bech32 (BIP 173), the encoding of age's keys, with a checksum."""

from collections.abc import Iterable, Sequence

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6  # characters


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate(_GENERATOR):
            if top >> bit & 1:
                check ^= part
    return check


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _regroup(values: Iterable[int], width: int, into: int, *, pad: bool) -> list[int]:
    """Convert groups of `width` bits to groups of `into` bits."""
    bits = held = 0
    groups = []
    for value in values:
        bits, held = bits << width | value, held + width
        while held >= into:
            held -= into
            groups.append(bits >> held)
            bits &= (1 << held) - 1
    if pad and held:
        groups.append(bits << (into - held))
    elif not pad and (bits or held >= width):
        raise ValueError("left over bits")
    return groups


def encode(prefix: str, data: bytes) -> str:
    """Encode bytes in lower case."""
    values = _regroup(data, 8, 5, pad=True)
    check = _polymod([*_expand(prefix), *values, *[0] * _CHECKSUM]) ^ 1
    values += [check >> 5 * (_CHECKSUM - 1 - at) & 31 for at in range(_CHECKSUM)]
    return f"{prefix}1{_spell(values)}"


def _spell(values: Sequence[int]) -> str:
    return "".join(_LETTERS[value] for value in values)


def decode(prefix: str, text: str) -> bytes:
    """Decode; raise `ValueError` for another prefix, encoding or checksum."""
    start = f"{prefix}1"
    if not text.startswith(start) or len(text) < len(start) + _CHECKSUM:
        raise ValueError("another prefix, or too short")
    values = [_LETTERS.index(letter) for letter in text[len(start) :]]
    if _polymod([*_expand(prefix), *values]) != 1:
        raise ValueError("the checksum does not fit")
    return bytes(_regroup(values[:-_CHECKSUM], 5, 8, pad=False))
