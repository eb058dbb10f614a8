"""Run repair flows as a browser does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from aiohttp.web import Request
from homeassistant.auth.models import RefreshToken
from homeassistant.components.http import KEY_HASS_REFRESH_TOKEN_ID
from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.core_interfaces import current_request


@contextmanager
def asked_by(token: RefreshToken) -> Iterator[None]:
    """Let the following calls use this login."""
    reset = current_request.set(cast(Request, {KEY_HASS_REFRESH_TOKEN_ID: token.id}))
    yield
    current_request.reset(reset)


async def begin(hass: HomeAssistant, issue_id: str) -> RepairsFlowResult:
    """Start the repair."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return await manager.async_init(DOMAIN, data={"issue_id": issue_id})


async def go_on(
    hass: HomeAssistant, result: RepairsFlowResult, **answers: Any
) -> RepairsFlowResult:
    """Submit the form."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return await manager.async_configure(result["flow_id"], answers)


def open_issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of the current issues."""
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


def issues(hass: HomeAssistant) -> set[str]:
    """Return the translation keys of the current issues."""
    return {
        str(issue.translation_key)
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


async def start_fix(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, issue_id: str
) -> dict[str, object]:
    """Start the fix flow of an issue, as a browser does."""
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    response = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id}
    )
    assert response.status == 200, await response.text()
    found: dict[str, object] = await response.json()
    return found


async def answer_fix(
    hass_client: ClientSessionGenerator, step: dict[str, object], answer: object
) -> dict[str, object]:
    """Submit a step."""
    client = await hass_client()
    response = await client.post(
        f"/api/repairs/issues/fix/{step['flow_id']}", json=answer
    )
    found: dict[str, object] = await response.json()
    assert response.status in (200, 400), found
    return found
