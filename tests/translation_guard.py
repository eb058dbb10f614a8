"""Fail each test in which Home Assistant shows a text of Doorwatch that has no translation.

Each form, error, abort, exception, repair and entity that a test creates is looked up in
translations/en.json with its placeholders. This also checks texts whose keys are computed
at run time.
"""

from collections.abc import Iterator, Mapping
from functools import cache
import json
import string
from typing import Any

from homeassistant import config_entries, data_entry_flow
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import EntityPlatform
from homeassistant.helpers.selector import SelectSelector
import pytest

from tests.repository import ROOT

DOMAIN = "doorwatch"
PACKAGE = ROOT / "custom_components" / DOMAIN

type Flow = data_entry_flow.FlowHandler[Any, Any, Any]
type Result = Mapping[str, Any]


@cache
def texts() -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(
        (PACKAGE / "translations/en.json").read_text()
    )
    return content


@cache
def icons() -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads((PACKAGE / "icons.json").read_text())
    return content


def look_up(tree: Mapping[str, Any], *path: str) -> Any:
    """Return the value at a path, or None."""
    node: Any = tree
    for part in path:
        if not isinstance(node, Mapping):
            return None
        node = node.get(part)
    return node


def placeholders_in(text: str) -> set[str]:
    """Return the names of a text's placeholders."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class Missing:
    """The texts that were needed but are missing."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def want(
        self, *path: str, placeholders: Mapping[str, object] | None = None
    ) -> None:
        """Record a text that is missing or has placeholders without values."""
        text = look_up(texts(), *path)
        name = ".".join(path)
        if not isinstance(text, str):
            self.found.add(name)
        elif placeholders is not None:
            for placeholder in placeholders_in(text) - set(placeholders):
                self.found.add(f"{name}: nothing is given for {{{placeholder}}}")

    def check_step(self, place: tuple[str, ...], result: Result) -> None:
        """Record the missing texts of a step."""
        given = result.get("description_placeholders") or {}
        match result["type"]:
            case data_entry_flow.FlowResultType.FORM:
                self.check_form(place, result, given)
            case data_entry_flow.FlowResultType.MENU:
                step = result["step_id"]
                for option in result["menu_options"]:
                    self.want(
                        *place, "step", step, "menu_options", option, placeholders=given
                    )
            case data_entry_flow.FlowResultType.ABORT:
                self.want(*place, "abort", result["reason"], placeholders=given)
            case data_entry_flow.FlowResultType.SHOW_PROGRESS:
                self.want(
                    *place, "progress", result["progress_action"], placeholders=given
                )

    def check_form(
        self, place: tuple[str, ...], result: Result, given: Mapping[str, object]
    ) -> None:
        """Record fields without a name or description, and errors without a text."""
        step = (*place, "step", result["step_id"])
        if look_up(texts(), *step, "title") is None:
            self.want(*step, "description", placeholders=given)
        for name in ("title", "description"):
            if look_up(texts(), *step, name) is not None:
                self.want(*step, name, placeholders=given)
        for problem in (result.get("errors") or {}).values():
            self.want(*place, "error", problem, placeholders=given)
        schema = result.get("data_schema")
        fields = schema.schema if schema is not None else {}
        self.check_fields(step, fields, given)

    def check_fields(
        self,
        step: tuple[str, ...],
        fields: Mapping[Any, object],
        given: Mapping[str, object],
    ) -> None:
        """Record fields and choices without a text."""
        for marker, kind in fields.items():
            field = str(marker)
            if isinstance(kind, data_entry_flow.section):
                inner = (*step, "sections", field)
                self.want(*inner, "name")
                self.check_fields(inner, kind.schema.schema, given)
                continue
            self.want(*step, "data", field, placeholders=given)
            self.want(*step, "data_description", field, placeholders=given)
            if isinstance(kind, SelectSelector):
                key = kind.config.get("translation_key")
                options = kind.config["options"] if key else []
                for option in options:
                    if isinstance(option, str):
                        self.want("selector", str(key), "options", option)

    def check_entity(self, platform: str, entity: Entity) -> None:
        """Record an entity without a name or an icon."""
        key = entity.translation_key
        if key is None:
            return
        # `_attr_name` is None if the entity has its device's name, or the agency's
        # title of a request.
        named_otherwise = hasattr(entity, "_attr_name")
        if not named_otherwise and entity.device_class is None:
            self.want("entity", platform, key, "name")
        if entity.device_class is None and entity.entity_picture is None:
            path = ("entity", platform, key, "default")
            if look_up(icons(), *path) is None:
                self.found.add(f"icons.json: {'.'.join(path)}")


def place_of(manager: object, flow: Flow) -> tuple[str, ...] | None:
    """Return the path of a flow's texts, or None for flows of other integrations."""
    hass = flow.hass
    if isinstance(manager, config_entries.ConfigEntriesFlowManager):
        return ("config",) if flow.handler == DOMAIN else None
    if isinstance(manager, config_entries.OptionsFlowManager):
        entry = hass.config_entries.async_get_entry(flow.handler)
        return ("options",) if entry and entry.domain == DOMAIN else None
    if isinstance(manager, RepairsFlowManager) and flow.handler == DOMAIN:
        issue = ir.async_get(hass).async_get_issue(DOMAIN, flow.context["issue_id"])
        if issue is not None and issue.translation_key is not None:
            return ("issues", issue.translation_key, "fix_flow")
    return None


@pytest.fixture(autouse=True)
def no_text_is_missing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that used a missing text."""
    missing = Missing()
    handle_step = data_entry_flow.FlowManager._async_handle_step
    make_error = HomeAssistantError.__init__
    make_issue = ir.IssueRegistry.async_get_or_create
    add_entity = EntityPlatform._async_add_entity

    async def checked_step(
        manager: Any, flow: Flow, step_id: str, user_input: Any
    ) -> Any:
        place = place_of(manager, flow)
        result = await handle_step(manager, flow, step_id, user_input)
        if place is not None:
            missing.check_step(place, result)
        return result

    def checked_error(error: HomeAssistantError, *args: object, **more: Any) -> None:
        make_error(error, *args, **more)
        if more.get("translation_domain") == DOMAIN:
            missing.want(
                "exceptions",
                str(more.get("translation_key")),
                "message",
                placeholders=more.get("translation_placeholders") or {},
            )

    def checked_issue(
        registry: ir.IssueRegistry, domain: str, issue_id: str, **more: Any
    ) -> ir.IssueEntry:
        if domain == DOMAIN:
            given = more.get("translation_placeholders") or {}
            key = more["translation_key"]
            missing.want("issues", key, "title", placeholders=given)
            if not more["is_fixable"]:
                missing.want("issues", key, "description", placeholders=given)
        return make_issue(registry, domain, issue_id, **more)

    async def checked_entity(
        platform: EntityPlatform, entity: Entity, *args: Any, **more: Any
    ) -> None:
        await add_entity(platform, entity, *args, **more)
        if platform.platform_name == DOMAIN:
            missing.check_entity(platform.domain, entity)

    monkeypatch.setattr(data_entry_flow.FlowManager, "_async_handle_step", checked_step)
    monkeypatch.setattr(HomeAssistantError, "__init__", checked_error)
    monkeypatch.setattr(ir.IssueRegistry, "async_get_or_create", checked_issue)
    monkeypatch.setattr(EntityPlatform, "_async_add_entity", checked_entity)
    yield
    assert not missing.found, f"texts that nobody wrote: {sorted(missing.found)}"
