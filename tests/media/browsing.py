"""Use the media browser as people do."""

from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.outside.errors import OutsideError
from tests.sharing_fixtures import Home, command, record

ROOT = "media-source://doorwatch"


async def search(
    client: MockHAClientWebSocket, query: str, identifier: str = "", **more: object
) -> list[dict[str, Any]]:
    """Search in a folder."""
    answer = await command(
        client,
        type="media_source/search_media",
        media_content_id=f"{ROOT}/{identifier}" if identifier else ROOT,
        search_query=query,
        **more,
    )
    assert answer["success"], answer
    found: list[dict[str, Any]] = answer["result"]["result"]
    return found


@pytest.fixture
async def berlin(hass: HomeAssistant) -> None:
    """Set a time zone ahead of UTC before anything is recorded."""
    await hass.config.async_set_time_zone("Europe/Berlin")


@pytest.fixture(autouse=True)
async def ready(berlin: None, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up the media browser, and an agency that doesn't answer.

    A clock that a test moves fires all timers, including that of an agency.
    """
    monkeypatch.setattr(
        home.data.outside,
        "fetch",
        AsyncMock(side_effect=OutsideError("cannot_connect")),
    )
    assert await async_setup_component(home.hass, "media_source", {})


async def browse(client: MockHAClientWebSocket, identifier: str = "") -> dict[str, Any]:
    """Open a folder."""
    answer = await command(
        client,
        type="media_source/browse_media",
        media_content_id=f"{ROOT}/{identifier}" if identifier else ROOT,
    )
    assert answer["success"], answer
    result: dict[str, Any] = answer["result"]
    return result


def titles(listed: list[dict[str, Any]]) -> list[str]:
    """Return the listed titles."""
    return [child["title"] for child in listed]


def ids(listed: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the listed clips."""
    return [child["media_content_id"].rsplit("/", 1)[-1] for child in listed]


async def keep(
    home: Home,
    doorbell: MockConfigEntry,
    file: Path,
    number: int,
    started: datetime,
    kind: EventKind = EventKind.RING,
    labels: tuple[str, ...] = (),
) -> Clip:
    """Record a clip at the given time."""
    return await home.hass.async_add_executor_job(
        lambda: record(
            home.data,
            doorbell.entry_id,
            file,
            f"0199c0de-0000-7000-8000-{number:012x}",
            started=started,
            kind=kind,
            labels=dict.fromkeys(labels, "onvif"),
        )
    )


def within_front(result: dict[str, Any], home: Home) -> bool:
    """Return whether only clips of Front are listed, as a search in its folder must."""
    listed: list[dict[str, Any]] = result.get("children", result.get("result", []))
    return ids(listed) in ([], [home.clip.clip_id])
