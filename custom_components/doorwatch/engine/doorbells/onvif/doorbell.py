"""Run an ONVIF doorbell: video over RTSP, motion and rings from event subscriptions."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
import logging
import time
from typing import Final, override

from ...backoff import backoff
from ..base import LOGIN_PROBLEMS, Doorbell, DoorbellError, DoorbellEvent, StreamSource
from ..rtsp import RtspDoorbell
from .answers import DeviceIdentity, on_host
from .client import OnvifClient
from .events import EventTracker, kinds_of, read_message
from .pull import PullPoint, PullResponse, SubscriptionLost, subscribe, topics_of
from .push import Consumer, PushPoint, subscribe_push
from .video_sources import (
    VideoSource,
    VideoSourceFilter,
    find_streams,
    find_video_sources,
    is_main_of,
    video_source_in,
)

_LOGGER = logging.getLogger(__name__)

# Seconds between attempts to connect, doubled each time.
_FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
# Seconds after refused credentials, since some devices lock the account.
_REFUSED_PAUSE: Final = 480.0
# Seconds after which clock and addresses are read again.
_LOOK_AGAIN: Final = 3600.0
# Seconds of the first pull, which only returns the current states.
_FIRST_PULL: Final = 1.0
# Seconds between pulls of a device that responds immediately without messages.
_HASTE: Final = 1.0
# With these problems, the video at this address is not of this door.
_ELSEWHERE: Final = frozenset({"other_device", "lens_missing"})


class OnvifDoorbell(Doorbell):
    """A doorbell that uses the capabilities its device reports, not its model."""

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        *,
        stream: str,
        sub_stream: str | None = None,
        mac: str | None = None,
        serial: str | None = None,
        video_source: str | None = None,
        consumer: Consumer | None = None,
    ) -> None:
        """Initialize with address, login, and the identity stored at setup.

        `stream` and `sub_stream` are the stored stream addresses without login.
        `video_source` is the token of the chosen video source. Without it, the first
        one is recorded, and the events of all count. `consumer` receives the messages
        of a device without pull points. Raises `DoorbellError`.
        """
        super().__init__()
        self._host, self._port = host, port
        self._username, self._password = username, password
        self._mac, self._serial = mac, serial
        self._video_source = video_source
        # The number of video sources; 0 before the device was queried.
        self.video_sources = 0
        self._source_filter = VideoSourceFilter()
        # `_moves` counts how often the video was found to be of another door.
        # `_elsewhere` is the problem then, until the door is found again; a device that
        # stops responding doesn't reset it.
        self._moves = 0
        self._elsewhere: str | None = None
        self._consumer = consumer
        self._transport = PullPoint.transport
        self._main = on_host(stream, host)
        self._video = RtspDoorbell(
            self._main,
            username,
            password,
            sub_address=on_host(sub_stream, host) if sub_stream else None,
        )
        self._snapshot: str | None = None
        self._client: OnvifClient | None = None
        self._task: asyncio.Task[None] | None = None
        self._tracker = EventTracker(self.dropped.call)
        self.hears_events = False
        self._talks = self._subscriptions = self._renewals = self._failures = 0
        self._identity: DeviceIdentity | None = None
        self._told: tuple[bool | None, str | None, float | None] | None = None

    @override
    async def start(self) -> None:
        """Start connecting in the background, even if the device doesn't respond."""
        self._task = asyncio.create_task(self._work(), name="doorwatch onvif")

    @override
    async def stop(self) -> None:
        if (task := self._task) is not None:
            self._task = None
            task.cancel()
            await asyncio.wait([task])

    @override
    def stream_source(self) -> StreamSource:
        moves = self._moves
        return self._checked(self._video.stream_source(), moves)

    @override
    def sub_stream_source(self) -> StreamSource | None:
        moves = self._moves
        source = self._video.sub_stream_source()
        return None if source is None else self._checked(source, moves)

    def _checked(self, source: StreamSource, moves: int) -> StreamSource:
        """Let the reader of a stream know when it no longer shows this door.

        Called on the reader's thread. So `_moves` is read before the source and
        `_elsewhere`, and written after them.
        """
        if self._elsewhere is not None:
            raise DoorbellError(self._elsewhere)
        return replace(source, is_right=lambda: self._moves == moves)

    @property
    @override
    def sees_motion(self) -> bool:
        return self._tracker.moving

    @override
    async def snapshot(self) -> bytes | None:
        client, uri = self._client, self._snapshot
        if client is None or uri is None:
            return None
        try:
            return await client.snapshot(uri)
        except DoorbellError:
            return None

    @override
    def diagnostics(self) -> Mapping[str, object]:
        identity = self._identity
        return {
            "video": "rtsp/tcp",
            "events": None if self.hears_events is None else self._transport,
            "hears_events": self.hears_events,
            "problem": self.problem,
            "offers": sorted(self.offers),
            "lenses": self.video_sources,
            "sub_stream": self._video.sub_stream_source() is not None,
            "snapshot": self._snapshot is not None,
            "clock_offset": self.clock_offset,
            "subscriptions": self._subscriptions,
            "renewals": self._renewals,
            "failures": self._failures,
            "make": identity.make if identity else None,
            "model": identity.model if identity else None,
            "firmware": identity.firmware if identity else None,
        }

    async def _work(self) -> None:
        """Stay connected, with growing pauses while the device doesn't respond."""
        in_a_row = 0
        while True:
            talked = self._talks
            problem = await self._attempt()
            if self._talks > talked:
                in_a_row = 0
            if problem is None:
                continue
            in_a_row += 1
            self._failures += 1
            self._tell(self._tracker.lost(time.monotonic(), self._transport))
            # After the device's clock was set, valid credentials fail until the clock
            # is read again. So the first failure after a connection isn't reported.
            if in_a_row > 1 or self._talks == talked or problem not in LOGIN_PROBLEMS:
                self._set(
                    hears=None if self.hears_events is None else False, problem=problem
                )
            refused = problem in LOGIN_PROBLEMS
            longest = _REFUSED_PAUSE if refused else LONGEST_PAUSE
            await asyncio.sleep(backoff(in_a_row - 1, _FIRST_PAUSE, longest))

    async def _attempt(self) -> str | None:
        """Connect once until the connection ends; return the problem, if any."""
        client = OnvifClient(self._host, self._port, self._username, self._password)
        try:
            await self._converse(client)
        except DoorbellError as error:
            return error.problem
        except Exception as error:  # noqa: BLE001 - a bug must not end the task
            # The text of the error may contain an address.
            _LOGGER.error(
                "The connection to a doorbell failed: %s", type(error).__name__
            )
            return "not_onvif"
        finally:
            self._client = None
            await client.close()
        return None

    async def _converse(self, client: OnvifClient) -> None:
        """Query the device, then receive events until it is time to query it again."""
        await client.connect()
        self.clock_offset = client.clock_offset
        identity = await client.identity()
        if not identity.is_same(self._mac, self._serial):
            raise DoorbellError("other_device")
        self._identity = identity
        self._client = client
        await self._find_video(client)
        self.offers = kinds_of(await topics_of(client))
        until = time.monotonic() + _LOOK_AGAIN
        while time.monotonic() < until:
            point = await self._subscribe(client)
            if point is None:
                self._talks += 1
                # No subscription: events come from another source, if any.
                self._set(hears=None, problem=None)
                await asyncio.sleep(until - time.monotonic())
                return
            there = True
            try:
                await self._listen(point, until)
            except SubscriptionLost:
                # The device probably restarted, so query it again.
                there = False
                _LOGGER.debug("A subscription was lost; subscribing again")
                await asyncio.sleep(_HASTE)
                return
            except DoorbellError:
                there = False
                raise
            finally:
                self._renewals += point.renewals
                point.close()
                if there:
                    # Also if cancelled: devices allow only a few subscriptions.
                    await point.end()

    async def _subscribe(self, client: OnvifClient) -> PullPoint | PushPoint | None:
        """Create a pull point, or else subscribe to pushed messages."""
        point: PullPoint | PushPoint | None = await subscribe(client)
        if point is None and client.has_events and self._consumer is not None:
            point = await subscribe_push(client, self._consumer, self.dropped.call)
        if point is not None:
            self._transport = point.transport
        return point

    async def _find_video(self, client: OnvifClient) -> None:
        """Query the current stream addresses; the next connection uses them."""
        sources, profiles = await find_video_sources(client)
        wanted, self.video_sources = self._video_source, len(sources)
        source: VideoSource | None = sources[0]
        if wanted is not None:
            source = video_source_in(sources, wanted)
        if source is None:
            raise DoorbellError("lens_missing")
        self._source_filter = VideoSourceFilter(profiles, wanted)
        streams = await find_streams(client, source)
        self._snapshot = streams.snapshot
        before, self._main = self._main, streams.main
        self._video = RtspDoorbell(
            streams.main,
            self._username,
            self._password,
            sub_address=streams.sub,
        )
        self._elsewhere = None
        # Usually the video source has a new address, which the next connection uses.
        # But if another source has the old address now, the reader must reconnect.
        if wanted is not None and streams.main != before:
            others = (one for one in sources if one is not source)
            moved = True  # also if the query fails, since it is not repeated
            try:
                moved = await is_main_of(client, others, before)
            finally:
                self._moves += moved

    async def _listen(self, point: PullPoint | PushPoint, until: float) -> None:
        """Receive events until `until`, or until a new subscription is needed."""
        self._talks += 1
        self._subscriptions += 1
        self._tracker.subscribed(time.monotonic())
        self._set(hears=point.is_heard or None, problem=None)
        await self._take(await point.next(_FIRST_PULL))
        self._set(hears=point.is_heard or None, problem=None)
        while time.monotonic() < until and await point.keep():
            begun = time.monotonic()
            answer = await point.next()
            await self._take(answer)
            self._set(hears=point.is_heard or None, problem=None)
            if not answer.messages and answer.arrived - begun < _HASTE:
                await asyncio.sleep(_HASTE)

    async def _take(self, answer: PullResponse) -> None:
        if not answer.messages and answer.current is None:
            return  # a timeout without any response
        told = [
            one
            for message in answer.messages
            for one in await read_message(message)
            if not self._source_filter.is_anothers(one.source)
        ]
        self._tell(
            self._tracker.take(told, answer.current, answer.arrived, self._transport)
        )

    def _tell(self, events: list[DoorbellEvent]) -> None:
        for event in events:
            self.events.call(event)

    def _set(self, *, hears: bool | None, problem: str | None) -> None:
        self.hears_events, self.problem = hears, problem
        if problem in _ELSEWHERE:
            gone = self._elsewhere is None
            self._elsewhere = problem
            self._moves += gone
        told = (hears, problem, self.clock_offset)
        # Report refused credentials again, since a reauth flow may have been dismissed.
        if told != self._told or problem in LOGIN_PROBLEMS:
            self._told = told
            self.changes.call()
