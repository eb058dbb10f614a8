"""Test that errors of packages become messages for people."""

import errno

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.doorwatch.actions.problems import (
    translated,
    translated_error,
    translating,
)
from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.sharing.errors import SharingError


@pytest.mark.parametrize(
    ("error", "key", "callers"),
    [
        (SharingError("clip_changed"), "clip_changed", True),
        (SharingError("disk_full"), "disk_full", False),
        (LibraryError("library_missing"), "library_missing", False),
        (OSError(errno.ENOSPC, "full"), "disk_full", False),
        (OSError(errno.EROFS, "read-only"), "folder_not_writable", False),
    ],
)
def test_what_a_room_raises_is_the_callers_mistake_or_ours(
    error: SharingError | LibraryError | OSError, key: str, callers: bool
) -> None:
    """Core logs our errors, but only returns errors of the caller."""
    found = translated_error(error)

    assert (found.translation_domain, found.translation_key) == (DOMAIN, key)
    assert isinstance(found, HomeAssistantError)
    assert isinstance(found, ServiceValidationError) is callers
    with pytest.raises(type(found)) as caught, translating():
        raise error
    assert caught.value.translation_key == key
    assert caught.value.__cause__ is error


def test_other_mistakes_stay_what_they_are() -> None:
    """Bugs aren't translated."""
    with pytest.raises(ZeroDivisionError), translating():
        raise ZeroDivisionError


def test_names_stand_in_the_sentence() -> None:
    """Messages with a placeholder contain the name."""
    found = translated("folder_not_writable", {"folder": "/share"})

    assert found.translation_placeholders == {"folder": "/share"}
    assert translated("folder_not_writable").translation_placeholders is None
