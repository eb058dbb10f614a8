"""Test the canonical encoding of documents."""

from hypothesis import given, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.signing.canonical import (
    canonical_json,
    strict_json_object,
)
from custom_components.doorwatch.engine.sharing.signing.jws import decode, encode


@given(st.binary(max_size=100))
def test_base64url_goes_both_ways(data: bytes) -> None:
    """Every byte string has exactly one spelling."""
    assert decode(encode(data)) == data


@pytest.mark.parametrize(
    "text", ["AB", "AAAAAB", "AAB", "AAAAAAB", "A", "AA==", "A+/A"]
)
def test_base64url_has_no_other_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="spelling|base64url"):
        decode(text)


def test_inner_objects_are_replaced_before_outer_ones() -> None:
    found = strict_json_object(
        b'{"a": [{"b": 1}, {}]}',
        hook=lambda each: each if "a" in each else len(each),
    )
    assert found == {"a": [1, 0]}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_canonical_json_reads_back_as_what_was_written(value: object) -> None:
    """The JSON is a single line, and writing it again gives the same bytes."""
    line = canonical_json({"value": value})
    assert b"\n" not in line
    again = strict_json_object(line)
    assert canonical_json(again) == line


def test_half_a_surrogate_pair_does_not_stop_anything() -> None:
    """JSON allows a lone surrogate, UTF-8 does not."""
    assert canonical_json({"note": "\ud800"}) == b'{"note":"?"}'
