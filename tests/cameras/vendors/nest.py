"""A simulated Google Device Access: its REST API and Pub/Sub messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import time
from typing import Any
from unittest.mock import patch

from aiohttp import web
from google import pubsub_v1
from google_nest_sdm.streaming_manager import encode_pubsub_message
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.outside_servers import serve

PROJECT = "project-id"
DEVICE = f"enterprises/{PROJECT}/devices/front-door"


class NestCloud:
    """One battery doorbell that streams by WebRTC only and has clips of its events."""

    def __init__(self, hass: HomeAssistant, clip: bytes) -> None:
        self.hass = hass
        self.clip = clip
        self.port = 0
        self.protocol = "WEB_RTC"
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.entry = MockConfigEntry(
            domain="nest",
            title="Nest",
            unique_id=PROJECT,
            data={
                "sdm": {},
                "auth_implementation": "imported-cred",
                "project_id": PROJECT,
                "cloud_project_id": "cloud-id",
                "subscription_name": "projects/cloud-id/subscriptions/doorwatch",
                "token": {
                    "access_token": "some-token",
                    "refresh_token": "some-refresh-token",
                    "expires_at": time.time() + 86400,
                    "token_type": "Bearer",
                    "scope": "https://www.googleapis.com/auth/sdm.service",
                },
            },
        )

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Set up core's integration for this cloud."""
        hass = self.hass
        assert await async_setup_component(hass, "application_credentials", {})
        await async_import_client_credential(
            hass, "nest", ClientCredential("id", "secret"), "imported-cred"
        )
        async with serve(self._answer) as port:
            self.port = port
            with (
                patch(
                    "homeassistant.components.nest.api.API_URL",
                    f"http://127.0.0.1:{port}",
                ),
                patch(
                    "google_nest_sdm.subscriber_client.pubsub_v1.SubscriberAsyncClient",
                    lambda credentials: self,
                ),
            ):
                self.entry.add_to_hass(hass)
                assert await hass.config_entries.async_setup(self.entry.entry_id)
                await hass.async_block_till_done()
                try:
                    yield
                finally:
                    await hass.config_entries.async_unload(self.entry.entry_id)

    async def tell(
        self, session: str, kind: str | None, at: datetime, *, ended: bool = False
    ) -> None:
        """Send a message about an event or its clip."""
        event = (
            {
                "sdm.devices.events.CameraClipPreview.ClipPreview": {
                    "eventSessionId": session,
                    "previewUrl": f"http://127.0.0.1:{self.port}/clip/{session}.mp4",
                }
            }
            if kind is None
            else {
                f"sdm.devices.events.{kind}": {
                    "eventSessionId": session,
                    "eventId": f"{session}-{kind}",
                }
            }
        )
        await self.messages.put(
            {
                "eventId": f"{session}-{kind}-{ended}",
                "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds"),
                "resourceUpdate": {"name": DEVICE, "events": event},
                "userId": "some-user-id",
                "eventThreadId": session,
                "eventThreadState": "ENDED" if ended else "STARTED",
                "resourceGroup": [DEVICE],
            }
        )

    def device(self) -> dr.DeviceEntry:
        """Return core's device of the doorbell."""
        (device,) = dr.async_entries_for_config_entry(
            dr.async_get(self.hass), self.entry.entry_id
        )
        return device

    # The part of Pub/Sub that the library uses.

    async def streaming_pull(
        self, requests: object
    ) -> AsyncIterator[pubsub_v1.types.StreamingPullResponse]:
        return self._pulled()

    async def _pulled(self) -> AsyncIterator[pubsub_v1.types.StreamingPullResponse]:
        number = 0
        while True:
            message = await self.messages.get()
            number += 1
            yield pubsub_v1.types.StreamingPullResponse(
                received_messages=[
                    pubsub_v1.types.ReceivedMessage(
                        ack_id=str(number), message=encode_pubsub_message(message)
                    )
                ]
            )

    async def acknowledge(self, **_more: object) -> None:
        """Acknowledge messages."""

    # The part of the REST API that the library uses.

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/clip/"):
            return web.Response(body=self.clip, content_type="video/mp4")
        if request.path.endswith("/structures"):
            return web.json_response({"structures": []})
        return web.json_response(
            {
                "devices": [
                    {
                        "name": DEVICE,
                        "type": "sdm.devices.types.DOORBELL",
                        "assignee": f"enterprises/{PROJECT}/structures/home",
                        "traits": {
                            "sdm.devices.traits.Info": {"customName": "Front Door"},
                            "sdm.devices.traits.CameraLiveStream": {
                                "maxVideoResolution": {"width": 640, "height": 480},
                                "videoCodecs": ["H264"],
                                "audioCodecs": ["AAC"],
                                "supportedProtocols": [self.protocol],
                            },
                            "sdm.devices.traits.CameraPerson": {},
                            "sdm.devices.traits.CameraMotion": {},
                            "sdm.devices.traits.DoorbellChime": {},
                            "sdm.devices.traits.CameraClipPreview": {},
                        },
                        "parentRelations": [],
                    }
                ]
            }
        )
