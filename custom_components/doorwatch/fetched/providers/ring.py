"""Fetch recordings that Ring keeps, through core's camera of the last recording.

That camera is disabled by default, and exists only with the manufacturer's plan. When
motion or a ring is reported, it still shows the previous recording, so a new recording
is recognized by its changed ID.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent, Label
from ...engine.doorbells.labels import labels_in
from ...engine.outside.downloads import download
from ...engine.outside.errors import OutsideError
from ...registry import async_follow_states, camera_object
from .base import (
    LARGEST,
    LONGEST,
    ProviderError,
    Recording,
    RecordingMark,
    RecordingProvider,
    of_event,
)

_LAST_RECORDING: Final = "-last_recording"
# A person watched live; nothing happened at the door.
_LIVE_VIEW: Final = "on_demand"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """What the camera of the last recording shows now."""

    recording_id: str
    address: str


class RingProvider(RecordingProvider):
    """Wait until the recording of an event replaces the previous one."""

    @override
    @classmethod
    def lacks(cls, hass: HomeAssistant, camera: er.RegistryEntry) -> str | None:
        return None if _last_recording(hass, camera) else "needs_plan"

    @override
    @classmethod
    def wants_enabled(
        cls, hass: HomeAssistant, camera: er.RegistryEntry
    ) -> er.RegistryEntry | None:
        found = _last_recording(hass, camera)
        return found if found is not None and found.disabled else None

    @override
    def mark(self) -> RecordingMark:
        """Return the last recording before the event."""
        shown = self._shown()
        return RecordingMark(recording_id=shown.recording_id if shown else None)

    @override
    def follow(self, on_change: Callable[[], None]) -> Callable[[], None]:
        if (entry := self._entry()) is None:
            return lambda: None

        return async_follow_states(self._hass, entry.id, lambda _event: on_change())

    @override
    async def find(
        self, event: DoorbellEvent, mark: RecordingMark, taken: Collection[str]
    ) -> Recording | None:
        if (entry := self._entry()) is None:
            raise ProviderError("needs_plan")
        if entry.disabled:
            raise ProviderError("recordings_disabled")
        if (shown := self._shown()) is None:
            return None
        if shown.recording_id == mark.recording_id or shown.recording_id in taken:
            return None
        row = self._row(entry, shown.recording_id)
        if row is None:
            # Only the change shows that the recording is new. If changes may have been
            # missed, it can be the recording of any later event.
            if not mark.watched:
                return None
            if mark.recording_id is not None:
                return Recording(recording_id=shown.recording_id, started_at=None)
            mark.recording_id = shown.recording_id
            return None
        created_at = row["created_at"]
        if row.get("kind") == _LIVE_VIEW or not of_event(created_at, event):
            return None
        return Recording(
            recording_id=shown.recording_id,
            started_at=created_at,
            labels=_labels(row),
        )

    @override
    async def fetch(self, recording: Recording, path: Path) -> None:
        # The address is valid for some minutes: read it now, and never store it.
        shown = self._shown()
        if shown is None or shown.recording_id != recording.recording_id:
            raise ProviderError("recording_gone")
        try:
            await download(
                self._outside, shown.address, path, limit=LARGEST, timeout=LONGEST
            )
        except OutsideError as err:
            raise ProviderError(err.problem) from None

    def _entry(self) -> er.RegistryEntry | None:
        registry = er.async_get(self._hass)
        camera = registry.entities.get_entry(self._camera)
        return None if camera is None else _last_recording(self._hass, camera)

    def _shown(self) -> _Shown | None:
        """Read the entity itself, because any token can write to the state machine."""
        entry = self._entry()
        entity = None if entry is None else camera_object(self._hass, entry.id)
        attributes = (entity.extra_state_attributes if entity else None) or {}
        recording_id = attributes.get("last_video_id")
        address = attributes.get("video_url")
        if recording_id is None or not isinstance(address, str):
            return None
        return _Shown(recording_id=str(recording_id), address=address)

    def _row(
        self, entry: er.RegistryEntry, recording_id: str
    ) -> Mapping[str, Any] | None:
        """Return the integration's history row of a recording, or None."""
        config_entry = self._hass.config_entries.async_get_entry(
            entry.config_entry_id or ""
        )
        try:
            device = config_entry.runtime_data.devices.get_video_device(  # type: ignore[union-attr] # AttributeError: nothing is known
                int(entry.unique_id.removesuffix(_LAST_RECORDING))
            )
            for row in device.last_history:
                if str(row["id"]) == recording_id and isinstance(
                    row["created_at"], datetime
                ):
                    found: Mapping[str, Any] = row
                    return found
        except AttributeError, LookupError, TypeError, ValueError:
            # These are internals of the integration, which may change.
            pass
        return None


def _labels(row: Mapping[str, Any]) -> frozenset[Label]:
    """Return the labels that Ring reports, in whatever form."""
    seen = row.get("cv_properties")
    if not isinstance(seen, dict):
        return frozenset()
    words = [str(seen.get("detection_type"))]
    if seen.get("person_detected") is True:
        words.append(Label.PERSON)
    return labels_in(words)


@callback
def _last_recording(
    hass: HomeAssistant, camera: er.RegistryEntry
) -> er.RegistryEntry | None:
    """Return the same device's camera of the last recording, even if it is disabled."""
    if camera.device_id is None:
        return None
    entities = er.async_entries_for_device(
        er.async_get(hass), camera.device_id, include_disabled_entities=True
    )
    for entity in entities:
        if (
            entity.domain == Platform.CAMERA
            and entity.platform == camera.platform
            and entity.unique_id.endswith(_LAST_RECORDING)
        ):
            return entity
    return None
