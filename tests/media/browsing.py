"""The media browser, as people go through it."""

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
    """Type into the search field of a folder."""
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
    """Live in a zone where it is later than in UTC, before anything is recorded."""
    await hass.config.async_set_time_zone("Europe/Berlin")


@pytest.fixture(autouse=True)
async def ready(berlin: None, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the media browser, and no agency that answers.

    A clock that a test sets brings all timers forward, that of an agency's too.
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
    """Name what is listed."""
    return [child["title"] for child in listed]


def ids(listed: list[dict[str, Any]]) -> list[str]:
    """Tell which clips are listed."""
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
    """Record a clip at a time of our choice."""
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
    """Whether nothing but what Front has is listed: a search looks below its folder."""
    listed: list[dict[str, Any]] = result.get("children", result.get("result", []))
    return ids(listed) in ([], [home.clip.clip_id])
