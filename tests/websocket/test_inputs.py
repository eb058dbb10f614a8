"""Test that everything that a page may send is limited in length."""

from collections.abc import Iterator

import pytest
import voluptuous as vol

from custom_components.doorwatch.websocket import COMMANDS
from custom_components.doorwatch.websocket.inputs import MOST_DOORBELLS
from tests.sharing_fixtures import Home, command

# Values without a length, and values of a known set.
SHORT = (bool, int, float, None)
NARROWS = (vol.Length, vol.Range, vol.Coerce, vol.In)


def without_limit(schema: object, at: str, *, limited: bool = False) -> Iterator[str]:
    """Yield the paths of unlimited values; a limit must come before its value."""
    match schema:
        case vol.All():
            # Checking that a value is a string takes the same time for a long string.
            first, *then = schema.validators
            for each in (*then, first) if first is str else schema.validators:
                limited |= isinstance(each, vol.Length) and each.max is not None
                yield from without_limit(each, at, limited=limited)
        case vol.Any():
            for each in schema.validators:
                yield from without_limit(each, at, limited=limited)
        case vol.ExactSequence():
            for each in schema.validators:
                yield from without_limit(each, at)
        case dict() if all(isinstance(key, vol.Marker) for key in schema):
            for key, value in schema.items():
                if key.schema not in ("id", "type"):
                    yield from without_limit(value, f"{at}.{key}")
        case dict() | list():
            if not limited:
                yield at
            pairs = schema.items() if isinstance(schema, dict) else enumerate(schema)
            for key, value in pairs:
                if not isinstance(key, int):
                    yield from without_limit(key, f"{at} by")
                yield from without_limit(value, f"{at}[]")
        case _ if schema in SHORT or isinstance(schema, NARROWS):
            pass
        case _ if not limited:
            yield at


def test_every_string_list_and_mapping_that_a_page_may_send_has_a_limit() -> None:
    """All commands and validating functions are checked."""
    found = [
        one
        for each in COMMANDS
        for name, schema in [(vars(each)["_ws_command"], vars(each)["_ws_schema"])]
        for one in without_limit(schema.schema if schema else {}, name)
    ]

    assert not found


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        (str, ["x"]),
        (vol.All(str, vol.Length(min=1)), ["x"]),
        (vol.All(str, vol.Length(max=9)), []),
        ([int], ["x"]),
        # Too late: the whole list was validated.
        (vol.All([int], vol.Length(max=9)), ["x"]),
        (vol.All(vol.Length(max=9), [str]), ["x[]"]),
        (vol.All(vol.Length(max=9), {str: int}), ["x by"]),
        ({vol.Required("a"): {vol.Optional("b"): vol.Any(None, str)}}, ["x.a.b"]),
        (vol.Match(r"^.*$"), ["x"]),
        (vol.ExactSequence([int, str]), ["x"]),
        (dict, ["x"]),
        (len, ["x"]),
    ],
)
def test_what_has_none_is_found(schema: object, found: list[str]) -> None:
    """The path of the value is returned."""
    assert list(without_limit(schema, "x")) == found


@pytest.mark.parametrize(
    ("kind", "key"), [("clips/list", "since"), ("seen/mark", "seen")]
)
async def test_times_by_doorbell_are_as_many_as_a_home_can_have(
    home: Home, kind: str, key: str
) -> None:
    """A page may send removed doorbells, up to a limit."""
    client = await home.connect()
    many = {str(each): "2026-11-03T12:00:00Z" for each in range(MOST_DOORBELLS)}

    some = await command(client, type=f"doorwatch/{kind}", **{key: many})
    more = await command(
        client, type=f"doorwatch/{kind}", **{key: {**many, "": "2026-11-03T12:00:00Z"}}
    )

    assert some["success"], some
    assert more["error"]["code"] == "invalid_format"
