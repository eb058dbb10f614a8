"""The card's types match those of the commands."""

import pytest
import voluptuous as vol

from scripts import generate_types


def test_the_types_are_those_of_the_commands_as_they_are() -> None:
    """Run `python -m scripts.generate_types` if this fails."""
    assert generate_types.FILE.read_text() == generate_types.generate()


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({vol.Required("id"): int, vol.Required("name"): str}, "{ name: string; }"),
        ({vol.Optional("at"): vol.Any(None, int, float)}, "{ at?: null | number; }"),
        (vol.All(vol.In(("ring", "motion")), vol.Length(max=9)), '"ring" | "motion"'),
        (vol.All(vol.Length(max=9), {str: int}), "Readonly<Record<string, number>>"),
        ([vol.ExactSequence([float, float])], "readonly (readonly [number, number])[]"),
    ],
)
def test_a_request_is_what_the_schema_takes(schema: object, written: str) -> None:
    assert generate_types.request(schema) == written


def test_what_has_no_type_in_the_card_is_not_guessed() -> None:
    with pytest.raises(TypeError, match="bytes"):
        generate_types.Answers().write(bytes)
    with pytest.raises(KeyError):
        generate_types.request(bytes)
