"""Test the bounded memory of clips that cards were notified of."""

from dataclasses import replace

from homeassistant.core import HomeAssistant

from custom_components.doorwatch.access.shown_clips import MOST_REMEMBERED, ShownClips
from tests.sharing_fixtures import Home


async def test_the_memory_of_shown_clips_is_bounded(
    hass: HomeAssistant, home: Home
) -> None:
    """The oldest entries are removed first."""
    memory = ShownClips()
    memory.add(home.back_clip)
    for number in range(MOST_REMEMBERED):
        memory.add(replace(home.clip, clip_id=str(number)))

    memory.add(home.clip)

    assert memory.doorbell_of(home.back_clip.clip_id) is None
    assert memory.doorbell_of(home.clip.clip_id) == home.front.entry_id
