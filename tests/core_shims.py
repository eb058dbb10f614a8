"""Make pytest-homeassistant-custom-component 0.13.375 work with Home Assistant 2026.11.

The package was made for 2026.10. pytest refuses to start when there is a release for
2026.11: then delete this file and its option in pyproject.toml. pytest loads this plugin
before the others.
"""

from importlib.metadata import requires
from typing import Any, Final

# Core replaces httpx with httpx2, so import core before the pytest plugins that import
# httpx.
import homeassistant  # noqa: F401 - imported for its side effects
from packaging.requirements import Requirement
from packaging.version import Version
import pytest
from pytest_homeassistant_custom_component import patch_json, patch_recorder, patch_time  # noqa: F401 - they patch core

from homeassistant.components import logger  # isort: skip
from homeassistant.helpers import entity_registry as er, restore_state as rs  # isort: skip
from pytest_homeassistant_custom_component.syrupy import (  # isort: skip
    HomeAssistantSnapshotSerializer,
)

PACKAGE: Final = "pytest-homeassistant-custom-component"

# Removed in 2026.11. Only `common.async_call_logger_set_level` uses it, which no test
# calls.
vars(logger).setdefault("_clear_logger_overwrites", None)

# Added in 2026.11; remove it from snapshots, like `compat_aliases`.
_serializable_entry = (
    HomeAssistantSnapshotSerializer._serializable_entity_registry_entry
)


def _without_compat_name(data: er.RegistryEntry) -> Any:
    serializable = _serializable_entry(data)
    serializable.pop("compat_name", None)
    return serializable


setattr(  # noqa: B010 - mypy refuses assignments to methods
    HomeAssistantSnapshotSerializer,
    "_serializable_entity_registry_entry",
    staticmethod(_without_compat_name),
)


# `mock_restore_cache` sets this attribute; 2026.11 has two dicts and a listener
# instead.
def _set_last_states(
    data: rs.RestoreStateData, states: dict[str, rs.StoredState]
) -> None:
    data.last_states_by_entity_id = states
    data.hass.bus.async_listen(
        er.EVENT_ENTITY_REGISTRY_UPDATED,
        data._async_entity_registry_entry_created,
        event_filter=rs._entity_registry_entry_created_filter,
    )


if hasattr(rs.RestoreStateData, "async_get_stored_state"):
    setattr(  # noqa: B010 - mypy does not know the attribute
        rs.RestoreStateData,
        "last_states",
        property(lambda data: data.last_states_by_entity_id, _set_last_states),
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start if the package supports the newest tested core version."""
    made_for = max(
        Version(specifier.version)
        for requirement in map(Requirement, requires(PACKAGE) or ())
        if requirement.name == "homeassistant"
        for specifier in requirement.specifier
    )
    newest = max(
        Version(lock.stem) for lock in config.rootpath.glob("requirements/*.txt")
    )
    if made_for.release[:2] >= newest.release[:2]:
        raise pytest.UsageError(
            f"{PACKAGE} is made for Home Assistant {made_for} now: delete"
            " tests/core_shims.py, and its option in pyproject.toml."
        )
