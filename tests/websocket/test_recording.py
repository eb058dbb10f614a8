"""The command that records now."""

from dataclasses import replace

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from tests.sharing_fixtures import Home, command


async def test_record_now(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[DoorbellEvent] = []
    recorder = home.front.runtime_data.recorder
    monkeypatch.setattr(recorder, "trigger", told.append)
    client = await home.connect()
    ask = {
        "type": "doorwatch/clips/record",
        "doorbell_id": home.front.entry_id,
        "duration": 20,
    }

    answer = await command(client, **ask)
    assert answer["error"]["code"] == "doorbell_offline"
    assert "Front" in answer["error"]["message"]
    home.front.runtime_data._on_health(replace(recorder.health, connected=True))
    assert (await command(client, **ask))["success"]
    for duration in (1, 601, "20", True):
        answer = await command(client, **ask | {"duration": duration})
        assert not answer["success"]
    answer = await command(client, **ask | {"doorbell_id": home.agency.entry_id})
    assert not answer["success"]

    [event] = told
    assert (event.kind, event.lasts) == (EventKind.MANUAL, 20)
    viewer = await home.user("Kim", read=[home.front])
    client = await home.connect(await home.login(viewer))
    assert (await command(client, **ask))["error"]["code"] == "not_allowed"
