"""Helpers that set up a real Home Assistant and check it from outside."""

import json
from pathlib import Path
import time
from typing import Any

import aiohttp
from homeassistant.util import dt as dt_util

from tests.e2e.ha import Home, HomeAssistantProcess
from tests.waiting import until

LENGTHS = {"pre_roll": 3, "post_roll": 4, "longest_clip": 120}


async def add_rtsp_doorbell(home: Home, address: str) -> None:
    """Add a doorbell that receives events through its webhook."""
    await home.add(
        {"next_step_id": "rtsp"},
        {"stream": address},
        {"webhook": True, "lengths": LENGTHS},
    )


def webhook_of(config: Path) -> str | None:
    """Find the doorbell's webhook in Home Assistant's stored entries."""
    stored = config / ".storage" / "core.config_entries"
    if not stored.exists():
        return None
    for entry in json.loads(stored.read_text())["data"]["entries"]:
        if webhook := entry["data"].get("webhook_id"):
            return str(webhook)
    return None


async def tell(machine: HomeAssistantProcess, event: str) -> float:
    """Send an event to the doorbell's webhook; return the Unix time of the event."""

    async def known() -> str | None:
        return webhook_of(machine.config)

    webhook = await until(known, "the webhook")
    at = time.time()
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{machine.url}/api/webhook/{webhook}", json={"event": event}
        ) as got,
    ):
        assert got.status == 200, await got.text()
    return at


async def a_clip(home: Home, *, seconds: int = 12) -> dict[str, Any]:
    """Return the newest clip; record one if there is none."""
    clips = await home.clips()
    return clips[0] if clips else await recorded(home, seconds)


async def recorded(home: Home, seconds: int = 5) -> dict[str, Any]:
    """Record on demand and return the clip."""
    await until(lambda: connected(home), "the stream")
    [doorbell] = (await home.command(type="doorwatch/doorbells"))["doorbells"]
    before = {clip["clip_id"] for clip in await home.clips()}
    await home.command(
        type="doorwatch/record",
        doorbell_id=doorbell["doorbell_id"],
        duration=seconds,
    )

    async def made() -> dict[str, Any] | None:
        return next(
            (
                clip
                for clip in await home.clips()
                if clip["clip_id"] not in before and "manual" in clip["kinds"]
            ),
            None,
        )

    return await until(made, "the clip")


async def has_seen_clips(home: Home) -> None:
    """Let the user have seen clips of each doorbell, so that there is no first run."""
    found = (await home.command(type="doorwatch/doorbells"))["doorbells"]
    now = dt_util.utcnow().isoformat()
    await home.command(
        type="doorwatch/seen/mark", seen={each["doorbell_id"]: now for each in found}
    )


async def connected(home: Home) -> bool | None:
    """Return True once the doorbell's stream is connected."""
    found = (await home.command(type="doorwatch/doorbells"))["doorbells"]
    return True if found and all(each["connected"] for each in found) else None
