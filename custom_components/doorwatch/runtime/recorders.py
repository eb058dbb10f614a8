"""Choose the source of a doorbell's clips: the clip recorder or a recording provider."""

from collections.abc import Callable
from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..const import (
    CONF_CAMERA,
    CONF_LONGEST,
    CONF_ON_EVENT,
    CONF_ONE_CONNECTION,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_PROVIDER,
    DEFAULT_LONGEST,
    DEFAULT_POST_ROLL,
    DEFAULT_PRE_ROLL,
)
from ..data import EngineData
from ..engine.clips.files.plain import read_plain_file
from ..engine.doorbells.base import Doorbell
from ..engine.recording.model import ClipSink, HealthCallback, RecorderOptions
from ..engine.recording.recorder import ClipRecorder
from ..engine.recording.sightings import LateCallback
from ..fetched.clips import FetchedClips
from ..fetched.providers import PROVIDERS

type Recorder = ClipRecorder | FetchedClips


def recorder_for(
    hass: HomeAssistant,
    entry: ConfigEntry,
    doorbell: Doorbell,
    domain: EngineData,
    sink: ClipSink,
    *,
    on_health: HealthCallback,
    on_error: Callable[[str], None],
    on_ongoing: Callable[[], None],
    on_late: LateCallback,
    last_thumbnail: Callable[[], Path | None],
) -> Recorder:
    """Return the recorder that gets the doorbell's events and adds clips to the sink."""
    if provider := entry.data.get(CONF_PROVIDER):

        def last_image() -> bytes | None:
            if (path := last_thumbnail()) is None:
                return None
            return read_plain_file(path, domain.library.folder)

        return FetchedClips(
            hass,
            entry,
            PROVIDERS[provider](hass, entry.data[CONF_CAMERA], domain.outside),
            sink,
            saved_clip=domain.library.get,
            on_health=on_health,
            on_error=on_error,
            last_image=last_image,
        )
    options = entry.options
    sub_stream = doorbell.sub_stream_source()
    return ClipRecorder(
        entry.title,
        doorbell.stream_source,
        sink,
        RecorderOptions(
            pre_roll=options.get(CONF_PRE_ROLL, DEFAULT_PRE_ROLL),
            post_roll=options.get(CONF_POST_ROLL, DEFAULT_POST_ROLL),
            longest=options.get(CONF_LONGEST, DEFAULT_LONGEST),
            on_event=options.get(CONF_ON_EVENT, False),
            one_connection=options.get(CONF_ONE_CONNECTION, False),
        ),
        on_health=on_health,
        on_error=on_error,
        on_ongoing=on_ongoing,
        on_late=on_late,
        loop=hass.loop,
        sub_source=(
            None
            if sub_stream is None
            else lambda: doorbell.sub_stream_source() or sub_stream
        ),
    )
