"""A simulated Ring cloud: its API and its push messages."""

from collections.abc import Callable
from datetime import UTC, datetime
import json
import re
from typing import Any, ClassVar
from unittest.mock import patch
import uuid

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import (
    AiohttpClientMocker,
    AiohttpClientMockResponse,
)
from yarl import URL

DOORBOT = 987654
API = "https://api.ring.com"

type Notify = Callable[[dict[str, Any], str, Any], None]


class Push:
    """Firebase messages without the network connection."""

    clients: ClassVar[list[Push]] = []

    def __init__(self, callback: Notify, *_args: object, **_more: object) -> None:
        self.notify = callback
        self.clients.append(self)

    async def checkin_or_register(self) -> str:
        return "push-token"

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


class RingCloud:
    """A home with one doorbell at the front door."""

    def __init__(self, hass: HomeAssistant, mock: AiohttpClientMocker) -> None:
        self.hass = hass
        self.plan = True
        self.history: list[dict[str, Any]] = []
        # The addresses of the videos by event ID.
        self.videos: dict[int, str] = {}
        self.entry = MockConfigEntry(
            domain="ring",
            title="someone@example.org",
            unique_id="someone@example.org",
            version=1,
            minor_version=3,
            data={
                "device_id": str(uuid.uuid4()),
                "username": "someone@example.org",
                "token": {
                    "access_token": "access",
                    "refresh_token": "refresh",
                    "token_type": "Bearer",
                    "expires_in": 14400,
                    "scope": "client",
                },
            },
        )
        for method in ("get", "post", "patch"):
            mock.request(  # type: ignore[no-untyped-call] # the plugin has no types
                method, re.compile(rf"{API}/.*"), side_effect=self._answer
            )

    async def set_up(self) -> None:
        """Set up core's integration."""
        self.entry.add_to_hass(self.hass)
        await self.set_up_again()

    async def set_up_again(self) -> None:
        """Set up core's integration again after it was unloaded."""
        Push.clients.clear()
        with patch("ring_doorbell.listen.eventlistener.FcmPushClient", Push):
            assert await self.hass.config_entries.async_setup(self.entry.entry_id)
            await self.hass.async_block_till_done()

    async def poll(self) -> None:
        """Trigger core's poll, which otherwise runs each minute."""
        await self.entry.runtime_data.devices_coordinator.async_refresh()
        await self.hass.async_block_till_done()

    def happens(
        self, kind: str, event_id: int, at: datetime | None = None
    ) -> dict[str, Any]:
        """Add an event, whose video is not ready yet, to the history."""
        row = {
            "id": event_id,
            "created_at": (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "answered": False,
            "events": [],
            "kind": kind,
            "favorite": False,
            "snapshot_url": "",
            "recording": {"status": "processing"},
            "doorbot": {"id": DOORBOT, "description": "Front Door"},
            "duration": 22,
        }
        self.history.insert(0, row)
        return row

    async def push(self, kind: str, event_id: int) -> None:
        """Push an event immediately, before its video exists."""
        category = {
            "ding": "com.ring.pn.live-event.ding",
            "motion": "com.ring.pn.live-event.motion",
        }[kind]
        message = {
            "data": {
                "android_config": json.dumps({"category": category, "body": "…"}),
                "data": json.dumps(
                    {
                        "device": {
                            "e2ee_enabled": False,
                            "id": DOORBOT,
                            "kind": "cocoa_doorbell",
                            "name": "Front Door",
                        },
                        "event": {
                            "ding": {
                                "id": str(event_id),
                                "created_at": datetime.now(UTC).strftime(
                                    "%Y-%m-%dT%H:%M:%S.%fZ"
                                ),
                                "subtype": kind,
                                "detection_type": None,
                            },
                            "eventito": {"type": kind, "timestamp": 0},
                            "riid": "0",
                            "is_sidewalk": False,
                            "live_session": {"streaming_data_hash": "…"},
                        },
                        "location": {"id": "location"},
                    }
                ),
                "img": "",
                "version": "2.0.0",
            }
        }
        (client,) = Push.clients
        client.notify(message, "persistent-id", None)
        await self.hass.async_block_till_done()

    async def ready(self, event_id: int, address: str) -> None:
        """Make the video available and let core find it by polling."""
        for row in self.history:
            if row["id"] == event_id:
                row["recording"] = {"status": "ready"}
        self.videos[event_id] = address
        await self.poll()

    def entity_id(self, domain: str, key: str) -> str:
        """Return the ID of an entity of the doorbell."""
        found = er.async_get(self.hass).async_get_entity_id(
            domain, "ring", f"{DOORBOT}-{key}"
        )
        assert found is not None
        return found

    async def _answer(
        self, method: str, url: URL, _data: object
    ) -> AiohttpClientMockResponse:
        return AiohttpClientMockResponse(method, url, **self._content(method, url.path))

    def _content(self, method: str, path: str) -> dict[str, Any]:
        answers: dict[str, Callable[[], Any]] = {
            "/clients_api/session": lambda: {"profile": {"id": 999999}},
            "/clients_api/dings/active": list,
            "/clients_api/ring_devices": self._devices,
            f"/clients_api/doorbots/{DOORBOT}/health": lambda: {
                "device_health": {
                    "average_signal_strength": -39,
                    "latest_signal_strength": -58,
                    "wifi_name": "ring_mock_wifi",
                }
            },
            f"/clients_api/doorbots/{DOORBOT}/history": lambda: [
                dict(row) for row in self.history
            ],
            "/groups/v1/locations/location/groups": lambda: {"device_groups": []},
        }
        if method.upper() == "PATCH" and path == "/clients_api/device":
            return {"status": 204}
        if play := re.fullmatch(r"/clients_api/dings/(\d+)/share/play", path):
            return {"json": {"url": self.videos[int(play[1])]}}
        return {"json": answers[path]()}

    def _devices(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "authorized_doorbots": [],
            "chimes": [],
            "stickup_cams": [],
            "other": [],
            "doorbots": [
                {
                    "address": "123 Main St",
                    "alerts": {"connection": "online"},
                    "battery_life": 4081,
                    "description": "Front Door",
                    "device_id": "aacdef123",
                    "external_connection": False,
                    "features": {
                        "advanced_motion_enabled": False,
                        "motion_message_enabled": False,
                        "motions_enabled": True,
                        "people_only_enabled": False,
                        "shadow_correction_enabled": False,
                        "show_recordings": self.plan,
                    },
                    "firmware_version": "1.4.26",
                    "id": DOORBOT,
                    "kind": "cocoa_doorbell",
                    "latitude": 12.0,
                    "location_id": "location",
                    "longitude": -70.12345,
                    "motion_snooze": None,
                    "owned": True,
                    "owner": {"first_name": "Home", "id": 999999, "last_name": "…"},
                    "settings": {
                        "chime_settings": {"duration": 3, "enable": True, "type": 0},
                        "doorbell_volume": 1,
                        "enable_vod": True,
                        "motion_detection_enabled": True,
                    },
                    "subscribed": True,
                    "subscribed_motions": True,
                    "time_zone": "America/New_York",
                }
            ],
        }
