"""Test the issue about clips that not every browser can play."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.signals import SIGNAL_CLIP_SAVED
from tests.repairs.fixes import begin, go_on, open_issues

pytestmark = pytest.mark.usefixtures("installed")


def clip_of(doorbell_id: str, **changes: Any) -> Clip:
    """Make a clip as recorders announce it."""
    now = dt_util.utcnow()
    clip = Clip(
        clip_id="0199c0de-0000-7000-8000-00000000000f",
        doorbell_id=doorbell_id,
        event_id="0199c0de-0000-7000-8000-00000000000f",
        part=1,
        event="ring",
        started_at=now,
        ended_at=now,
        timezone="UTC",
        path=Path("clip.mp4"),
        size=1,
        sha256="",
        video_codec="hevc",
        audio_codec="aac",
        width=640,
        height=360,
        frames=1,
        gaps=(),
        protected=False,
        recovered=False,
        state=ClipState.SAVED,
    )
    return replace(clip, **changes)


@pytest.mark.lesson(9)
async def test_that_not_every_browser_plays_it_is_said_once_for_each_doorbell(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The issue explains the options, and a confirmed issue doesn't appear again."""
    issue_id = f"not_every_browser_{demo.entry_id}"
    for doorbell_id in (demo.entry_id, "gone"):
        async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(doorbell_id))
    assert open_issues(hass) == {issue_id}
    result = await begin(hass, issue_id)
    assert result["description_placeholders"] == {
        "name": "Front door",
        "codec": "H.265",
    }
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not open_issues(hass)

    async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id))
    assert not open_issues(hass)
    # The issue appears again after the doorbell changed to H.264 and back.
    for codec in ("h264", "hevc"):
        async_dispatcher_send(
            hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id, video_codec=codec)
        )
    assert open_issues(hass) == {issue_id}
    async_dispatcher_send(
        hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id, video_codec="h264")
    )
    assert not open_issues(hass)


@pytest.mark.lesson(9)
async def test_a_browser_that_plays_everything_is_nothing_to_repair(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """All browsers play H.264 with AAC. Removing the doorbell removes the issue."""
    async_dispatcher_send(
        hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id, video_codec="h264")
    )
    assert not open_issues(hass)
    async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id))
    result = await begin(hass, f"not_every_browser_{demo.entry_id}")
    await hass.config_entries.async_remove(demo.entry_id)

    assert not open_issues(hass)
    assert (await go_on(hass, result))["reason"] == "not_loaded"
