"""An ONVIF doorbell: SOAP over HTTP on loopback, in this event loop.

Use by `async with onvif_device(stream, sub_stream) as device`; then `device.ring()`,
`device.motion(True)`, `device.events.drop()`, `device.clock_offset = 3600`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
import time
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from tests.ports import own_port

from . import events as topics
from .events import Events
from .soap import HttpDigest, Refusal, Request, envelope, fault, read

ALL_TOPICS: Final = (
    topics.MOTION,
    topics.MOTION_ALARM,
    topics.PERSON,
    topics.VISITOR,
    topics.VEHICLE,
)
# The first and last bytes identify it as a JPEG.
SNAPSHOT: Final = b"\xff\xd8\xff\xe0" + bytes(64) + b"\xff\xd9"
_PUBLIC: Final = {"GetSystemDateAndTime", "GetServices", "GetCapabilities"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A media profile and the address of its video.

    `name`: its token if None. `configuration`: the token of its video source
    configuration, a separate one if None. `analytics`: the token of its analytics
    configuration, if any.
    """

    token: str
    stream: str
    width: int
    height: int
    encoding: str = "H264"
    source: str = "000"
    name: str | None = None
    configuration: str | None = None
    analytics: str | None = None


class OnvifDevice:
    """One device. All attributes can be changed while it runs.

    `login` is (user, password). `auth`: "wsse" accepts only WS-Security, "http" only
    HTTP digest, "either" both. `clock_offset`: seconds by which its clock is ahead.
    `tolerance`: the greatest age or lead of a login in seconds, unlimited if None.
    `sends_to`: status and address of the redirect for all requests. `advertises`: the
    host in its addresses, that of the request if None. `misbehaves`: replacement
    responses for operations and "snapshot".
    """

    def __init__(self, profiles: tuple[Profile, ...]) -> None:
        self.profiles = profiles
        self.login = ("viewer", "s3cret")
        self.auth = "wsse"
        self.clock_offset = 0.0
        self.tolerance: float | None = 10.0
        self.time_needs_login = False
        self.time_is_told = True
        self.mac: str | None = "EC:71:DB:00:11:22"
        self.serial = "192168001020"
        self.make, self.model = "Maker", "Video Doorbell"
        self.has_services = True
        self.has_snapshot = True
        self.advertises: str | None = None
        self.speaks_onvif = True
        self.sends_to: tuple[int, str] | None = None
        self.misbehaves: dict[
            str, Callable[[web.Request], Awaitable[web.StreamResponse]]
        ] = {}
        self.picture = SNAPSHOT
        self.refused = 0
        self.asked: list[str] = []
        self.events = Events(self.clock, ALL_TOPICS)
        self.port = own_port()
        self._digest = HttpDigest()
        self._runner: web.AppRunner | None = None

    def clock(self) -> float:
        """Return the Unix time of its clock."""
        return time.time() + self.clock_offset

    # Events at the door

    def ring(
        self, *, ago: float = 0.0, source: tuple[tuple[str, str], ...] | None = None
    ) -> None:
        """Press and release the button."""
        self.events.tell(topics.VISITOR, True, ago=ago, source=source)
        self.events.tell(topics.VISITOR, False, ago=ago, source=source)

    def motion(
        self,
        there: bool,
        *,
        topic: str = topics.MOTION,
        source: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        """Start or stop motion; `source` is the video source if not the default."""
        self.events.tell(topic, there, source=source)

    async def start(self) -> None:
        """Listen, on the same port as before if it was started before."""
        app = web.Application()
        app.router.add_post("/onvif/event/{number}", self._on_subscription)
        app.router.add_post("/onvif/{service}", self._on_service)
        app.router.add_get("/snapshot", self._on_snapshot)
        app.on_response_prepare.append(self._date_answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self._runner = runner

    async def stop(self) -> None:
        """Switch off: subscriptions are lost and connections are cut."""
        self.events.drop()
        if (runner := self._runner) is not None:
            self._runner = None
            await runner.cleanup()

    async def move(self) -> None:
        """Start again on another port, like a device whose address changed."""
        await self.stop()
        self.port = own_port()
        await self.start()

    @property
    def address(self) -> str:
        """The address of its services."""
        return f"http://{self.advertises or '127.0.0.1'}:{self.port}"

    async def _date_answer(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self.clock(), usegmt=True)

    async def _on_service(self, request: web.Request) -> web.StreamResponse:
        if self.sends_to is not None:
            status, location = self.sends_to
            # Clients follow either.
            name = "URI" if status == 302 else "Location"
            return web.Response(status=status, headers={name: location})
        if not self.speaks_onvif:
            return web.Response(text="<html>It works!</html>", content_type="text/html")
        return await self._answer(request, None)

    async def _on_subscription(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, int(request.match_info["number"]))

    async def _on_snapshot(self, request: web.Request) -> web.StreamResponse:
        if not self._digest.takes(
            request.headers.get("Authorization"), "GET", *self.login
        ):
            return self._challenge()
        if (misbehave := self.misbehaves.get("snapshot")) is not None:
            return await misbehave(request)
        return web.Response(body=self.picture, content_type="image/jpeg")

    async def _answer(
        self, http: web.Request, number: int | None
    ) -> web.StreamResponse:
        try:
            request = read(await http.read())
        except ValueError:
            return web.Response(status=400)
        self.asked.append(request.operation)
        if (misbehave := self.misbehaves.get(request.operation)) is not None:
            return await misbehave(http)
        try:
            if (refused := self._refused(http, request)) is not None:
                self.refused += 1
                return refused
            if (
                request.operation == "SetSynchronizationPoint"
                and not self.events.synchronizes
            ):
                return web.Response(status=404)
            body = await self._body(request, number)
        except Refusal as refusal:
            return web.Response(
                status=400, text=fault(refusal), content_type="application/soap+xml"
            )
        return web.Response(text=envelope(body), content_type="application/soap+xml")

    def _refused(self, http: web.Request, request: Request) -> web.Response | None:
        """Check the login; return None if it is accepted."""
        public = _PUBLIC - (
            {"GetSystemDateAndTime"} if self.time_needs_login else set()
        )
        if request.operation in public:
            return None
        if self.auth in ("http", "either") and self._digest.takes(
            http.headers.get("Authorization"), "POST", *self.login
        ):
            return None
        if self.auth in ("wsse", "either") and (token := request.token) is not None:
            now = datetime.fromtimestamp(self.clock(), UTC)
            fresh = self.tolerance is None or abs(token.age(now)) <= self.tolerance
            if fresh and token.is_of(*self.login):
                return None
        if self.auth == "http":
            return self._challenge()
        raise Refusal("NotAuthorized", "Sender not Authorized")

    def _challenge(self) -> web.Response:
        return web.Response(
            status=401, headers={"WWW-Authenticate": self._digest.challenge}
        )

    async def _body(self, request: Request, number: int | None) -> str:
        if number is not None:
            match request.operation:
                case "PullMessages":
                    return await self.events.pull(request, number)
                case "Renew":
                    return self.events.renew(request, number)
                case "Unsubscribe":
                    return self.events.unsubscribe(number)
                case "SetSynchronizationPoint":
                    return self.events.synchronize(number)
        match request.operation:
            case "GetSystemDateAndTime":
                return self._date_and_time()
            case "GetServices" if self.has_services:
                return self._services()
            case "GetCapabilities":
                return self._capabilities()
            case "GetDeviceInformation":
                return (
                    "<tds:GetDeviceInformationResponse>"
                    f"<tds:Manufacturer>{self.make}</tds:Manufacturer>"
                    f"<tds:Model>{self.model}</tds:Model>"
                    "<tds:FirmwareVersion>v3.0</tds:FirmwareVersion>"
                    f"<tds:SerialNumber>{self.serial}</tds:SerialNumber>"
                    "<tds:HardwareId>IPC</tds:HardwareId>"
                    "</tds:GetDeviceInformationResponse>"
                )
            case "GetNetworkInterfaces" if self.mac:
                return (
                    "<tds:GetNetworkInterfacesResponse>"
                    '<tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled>'
                    f"<tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>{self.mac}"
                    "</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
                    "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
                )
            case "GetProfiles":
                profiles = "".join(_profile(each) for each in self.profiles)
                return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"
            case "GetStreamUri":
                return self._uri("GetStreamUri", self._named(request).stream)
            case "GetSnapshotUri" if self.has_snapshot:
                self._named(request)
                return self._uri("GetSnapshotUri", f"{self.address}/snapshot")
            case "GetEventProperties":
                return self.events.properties()
            case "Subscribe":
                return self.events.subscribe(request, self.address)
            case "CreatePullPointSubscription":
                return self.events.create(request, self.address)
            case "GetServiceCapabilities":
                return (
                    "<trt:GetServiceCapabilitiesResponse>"
                    f'<trt:Capabilities SnapshotUri="{str(self.has_snapshot).lower()}">'
                    "<trt:ProfileCapabilities/><trt:StreamingCapabilities/>"
                    "</trt:Capabilities></trt:GetServiceCapabilitiesResponse>"
                )
        raise Refusal("ActionNotSupported", "not implemented", receiver=True)

    def _date_and_time(self) -> str:
        now = datetime.fromtimestamp(self.clock(), UTC)
        told = (
            f"<tt:UTCDateTime><tt:Time><tt:Hour>{now.hour}</tt:Hour>"
            f"<tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second>"
            f"</tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
            "</tt:UTCDateTime>"
        )
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
            "<tt:DateTimeType>NTP</tt:DateTimeType>"
            "<tt:DaylightSavings>false</tt:DaylightSavings>"
            f"{told if self.time_is_told else ''}"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _services(self) -> str:
        services = "".join(
            f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace>"
            f"<tds:XAddr>{self.address}/onvif/{name}</tds:XAddr><tds:Version>"
            "<tt:Major>2</tt:Major><tt:Minor>40</tt:Minor></tds:Version></tds:Service>"
            for name, namespace in (
                ("device_service", "http://www.onvif.org/ver10/device/wsdl"),
                ("media_service", "http://www.onvif.org/ver10/media/wsdl"),
                ("event_service", "http://www.onvif.org/ver10/events/wsdl"),
            )
        )
        return f"<tds:GetServicesResponse>{services}</tds:GetServicesResponse>"

    def _capabilities(self) -> str:
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities>"
            f"<tt:Device><tt:XAddr>{self.address}/onvif/device_service</tt:XAddr></tt:Device>"
            f"<tt:Events><tt:XAddr>{self.address}/onvif/event_service</tt:XAddr>"
            "<tt:WSSubscriptionPolicySupport>true</tt:WSSubscriptionPolicySupport>"
            f"<tt:WSPullPointSupport>{str(self.events.offers_pull_points).lower()}"
            "</tt:WSPullPointSupport>"
            "<tt:WSPausableSubscriptionManagerInterfaceSupport>false"
            "</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>"
            f"<tt:Media><tt:XAddr>{self.address}/onvif/media_service</tt:XAddr>"
            "<tt:StreamingCapabilities/></tt:Media>"
            "</tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _named(self, request: Request) -> Profile:
        token = request.text("ProfileToken")
        for profile in self.profiles:
            if profile.token == token:
                return profile
        raise Refusal("NoProfile", "There is no such profile")

    def _uri(self, operation: str, uri: str) -> str:
        return (
            f"<trt:{operation}Response><trt:MediaUri><tt:Uri>{escape(uri)}</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
            "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
            f"<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:{operation}Response>"
        )


def _profile(profile: Profile) -> str:
    token = quoteattr(profile.token)
    name = profile.token if profile.name is None else profile.name
    configuration = profile.configuration
    if configuration is None:
        configuration = f"vs_{profile.source}"
    analytics = ""
    if profile.analytics is not None:
        analytics = (
            f"<tt:VideoAnalyticsConfiguration token={quoteattr(profile.analytics)}>"
            "<tt:Name>va</tt:Name><tt:UseCount>1</tt:UseCount>"
            "<tt:AnalyticsEngineConfiguration/><tt:RuleEngineConfiguration/>"
            "</tt:VideoAnalyticsConfiguration>"
        )
    return (
        f'<trt:Profiles token={token} fixed="true">'
        f"<tt:Name>{escape(name)}</tt:Name>"
        f"<tt:VideoSourceConfiguration token={quoteattr(configuration)}>"
        f"<tt:Name>vs</tt:Name><tt:UseCount>1</tt:UseCount>"
        f"<tt:SourceToken>{escape(profile.source)}</tt:SourceToken>"
        f'<tt:Bounds x="0" y="0" width="{profile.width}" height="{profile.height}"/>'
        "</tt:VideoSourceConfiguration>"
        f"<tt:VideoEncoderConfiguration token={quoteattr(f've_{profile.token}')}>"
        f"<tt:Name>ve</tt:Name><tt:UseCount>1</tt:UseCount>"
        f"<tt:Encoding>{profile.encoding}</tt:Encoding><tt:Resolution>"
        f"<tt:Width>{profile.width}</tt:Width><tt:Height>{profile.height}</tt:Height>"
        "</tt:Resolution><tt:Quality>4</tt:Quality></tt:VideoEncoderConfiguration>"
        f"{analytics}</trt:Profiles>"
    )


@contextlib.asynccontextmanager
async def onvif_device(
    stream: str, sub_stream: str | None = None
) -> AsyncIterator[OnvifDevice]:
    """Run a device whose profiles have these streams."""
    profiles = [Profile(token="main", stream=stream, width=2560, height=1920)]
    if sub_stream:
        profiles.append(Profile(token="sub", stream=sub_stream, width=640, height=480))
    device = OnvifDevice(tuple(profiles))
    await device.start()
    try:
        yield device
    finally:
        await device.stop()
        await asyncio.sleep(0)  # let the closed connections end
