"""Test the system health information through its websocket command."""

import json
from pathlib import Path
import shutil
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch import system_health
from custom_components.doorwatch.domain.data import DATA
from tests.repository import ROOT
from tests.sharing_fixtures import Home, prepare, tap

PACKAGE = ROOT / "custom_components/doorwatch"


@pytest.fixture(autouse=True)
async def ready(home: Home) -> None:
    """Set up system health."""
    assert await async_setup_component(home.hass, "system_health", {})
    await home.hass.async_block_till_done()


async def shown(home: Home) -> dict[str, Any]:
    """Request the information and wait for all values."""
    client = await home.connect_as(home.admin)
    await client.send_json_auto_id({"type": "system_health/info"})
    values: dict[str, Any] = {}
    while True:
        message = await client.receive_json(timeout=20)
        if message["type"] == "result":
            assert message["success"], message
            continue
        event = message["event"]
        if event["type"] == "initial":
            values |= event["data"]["doorwatch"]["info"]
        elif event["type"] == "update" and event["domain"] == "doorwatch":
            assert event["success"], event
            values[event["key"]] = event["data"]
        elif event["type"] == "finish":
            return values


async def test_a_home_that_is_well(home: Home, no_blocking_calls: None) -> None:
    """Each value has a translated name, and reading the values doesn't block the event loop."""
    values = await shown(home)

    assert values["library_folder"] == "ok"
    assert values["clips"] == 2
    assert values["space_used"].endswith(" GB")
    assert values["space_limit"] == "20 GB"
    assert float(values["free_space"].removesuffix(" GB")) > 0
    # Nothing listens at the doorbells' addresses.
    assert values["doorbells_connected"] == "0 / 2"
    assert values["recording_problems"] == "cannot_connect"
    assert values["agencies_available"] == "1 / 1"
    assert values["shares_waiting"] == 0
    assert "FFmpeg" in values["media_library"]
    assert "PyAV" in values["media_library"]
    texts = json.loads((PACKAGE / "translations/en.json").read_text())
    assert set(texts["system_health"]["info"]) == set(values)


async def test_nothing_is_told_that_a_report_should_not_hold(home: Home) -> None:
    """The page shows no names, addresses, folders, logins or ids, because all users can read it."""
    told = json.dumps(await shown(home))

    for secret in (
        "Front",
        "Back",
        "Harbour",
        "agency.example",
        "127.0.0.1",
        "hunter2",
        "viewer",
        "open sesame",
        str(home.data.library.folder),
        home.front.entry_id,
        home.clip.clip_id,
    ):
        assert secret not in told


async def test_shares_that_wait_are_counted(home: Home) -> None:
    """Shares within the cancel window also count."""
    client = await home.connect_as(home.admin)
    ready_ = await prepare(client, home)
    answer = await tap(client, home, ready_["confirmation"])
    assert answer["success"], answer
    home.configure(keep_gb=0)

    values = await shown(home)

    assert values["shares_waiting"] == 1
    assert values["space_limit"] == "-"


async def test_a_folder_that_is_gone_is_said(home: Home) -> None:
    """The other values are still shown."""
    folder = home.data.library.folder
    await home.hass.async_add_executor_job(shutil.rmtree, folder)

    values = await shown(home)

    assert values["library_folder"] == {
        "type": "failed",
        "error": "folder_not_writable",
    }
    assert values["free_space"]["type"] == "failed"
    assert values["doorbells_connected"] == "0 / 2"


async def test_a_disk_that_does_not_answer_is_said(home: Home) -> None:
    """The page doesn't wait for the disk."""
    answers = threading.Event()

    def hangs(_folder: Path) -> bool:
        return answers.wait(30)

    with (
        patch.object(Path, "is_dir", hangs),
        patch.object(system_health, "PATIENCE", 0.2),
    ):
        try:
            values = await shown(home)
        finally:
            answers.set()

    assert values["library_folder"] == {"type": "failed", "error": "timeout"}


async def test_before_anything_is_open(home: Home, hass: HomeAssistant) -> None:
    """The command doesn't open the library."""
    data = hass.data.pop(DATA)
    try:
        values = await shown(home)
    finally:
        hass.data[DATA] = data

    for key in ("library_folder", "clips", "space_used", "shares_waiting"):
        assert values[key] == {"type": "failed", "error": "library_unavailable"}
