"""A conversation with an ONVIF device: its clock, who it is, its services.

Every address that a device names is used with the host that the person named: behind a
router, or with two networks, devices name hosts that lead nowhere, and a login goes to
nobody else this way.
"""

import asyncio
from collections.abc import Iterator
import contextlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import time
from typing import Final, override

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from onvif import ONVIFCamera, ONVIFService
from onvif.client import AsyncTransportProtocolErrorHandler
from onvif.exceptions import ONVIFError
from onvif.util import is_auth_error, normalize_url
from yarl import URL
from zeep.exceptions import Error, Fault, TransportError
from zeep.settings import Settings
from zeep.utils import get_version

from ...time_limit import time_limit
from ..base import DoorbellError
from .answers import DeviceIdentity, mac_of, on_host, text_of, time_of

EVENTS_NAMESPACE: Final = "http://www.onvif.org/ver10/events/wsdl"
# Seconds for one step of a conversation; small processors compute a digest slowly.
STEP_TIMEOUT: Final = 20.0
# A login is made with the device's time, so that a wrong clock refuses nothing. When it
# is refused all the same, a clock that is off by more than this (seconds) is named too.
CLOCK_OFF: Final = 60.0
# Bytes of an answer, unpacked. Fifty messages are 50 KB, the profiles of a camera with
# four lenses 64 KB, those of a recorder for 32 cameras a quarter of a megabyte. To read
# this much takes the event loop a third of a second.
LARGEST_ANSWER: Final = 512 * 1024
# A picture of twelve megapixels has 5 MB.
LARGEST_SNAPSHOT: Final = 8 * 1024 * 1024
_BLOCK: Final = 65536
# Seconds for one request, as the library has it: a step or a pull ends before.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=90, connect=30)
# Devices break rules. Without the library's "huge tree", the parser limits depth, names
# and texts; entities are refused with and without it.
LENIENT: Final = Settings(strict=False)
# What a conversation can fail with. The last ones: an answer that is none.
_FAILURES: Final = (
    ONVIFError,
    Error,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    ValueError,
    AttributeError,
    TypeError,
    RecursionError,
)


@contextlib.contextmanager
def translate_errors(
    client: OnvifClient | None = None, refusal: str = "request_refused"
) -> Iterator[None]:
    """Turn what a conversation fails with into `DoorbellError`, without any address.

    `refusal` is the problem when a device that speaks ONVIF refuses what it is asked.
    """
    try:
        yield
    except DoorbellError:
        raise
    except _FAILURES as error:
        problem = _problem_of(error)
        refused = isinstance(error, Fault | TransportError)
    else:
        return
    if client is not None:
        if problem == "invalid_auth":
            if not client.has_login:
                problem = "login_missing"
            elif client.clock_is_off:
                problem = "clock_off"
        elif problem == "not_onvif" and refused and client.is_onvif:
            problem = refusal
    raise DoorbellError(problem)


@contextlib.contextmanager
def ignore_faults() -> Iterator[None]:
    """Go on without what a device refuses or answers oddly; silence is its end."""
    try:
        with translate_errors():
            yield
    except DoorbellError as error:
        if error.problem in ("timeout", "cannot_connect"):
            raise


def _problem_of(error: Exception) -> str:
    """Say what is wrong by a translation key."""
    match error:
        case TransportError() if error.status_code in (401, 403):
            return "invalid_auth"
        case Fault():
            return "invalid_auth" if is_auth_error(error) else "not_onvif"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientConnectionError() | OSError():
            return "cannot_connect"
    return "not_onvif"


async def _read(response: ClientResponse, limit: int) -> bytes:
    """Read a body, unpacked block by block; hang up when it has more bytes than that.

    Raises `DoorbellError`.
    """
    body = bytearray()
    try:
        async for block in response.content.iter_chunked(_BLOCK):
            body += block
            if len(body) > limit:
                break
        else:
            return bytes(body)
    finally:
        if not response.content.at_eof():
            response.close()
    raise DoorbellError("not_onvif")


class _Answer(ClientResponse):
    """An answer that is not read for ever, whatever a device sends."""

    @override
    async def read(self) -> bytes:
        return await _read(self, LARGEST_ANSWER)


class _Transport(AsyncTransportProtocolErrorHandler):
    """Sends as the library does, but writes no letters and answers into debug logs.

    Stream addresses hold passwords, those of webhooks are secrets themselves.
    """

    @override
    async def _post_internal(
        self, address: str, message: str | bytes, headers: dict[str, str]
    ) -> tuple[ClientResponse, bytes]:
        headers = {"User-Agent": f"Zeep/{get_version()}", **headers}
        try:
            response = await self.session.post(address, data=message, headers=headers)
            return response, await response.read()
        except RuntimeError as error:
            if self.session.closed:
                raise aiohttp.ClientConnectionError("closed meanwhile") from error
            raise


class OnvifClient:
    """Talks to one device, until closed. All that may fail raises `DoorbellError`."""

    def __init__(
        self, host: str, port: int, username: str | None, password: str | None
    ) -> None:
        """Take where it is and the login; nothing is sent before `connect`."""
        self._host = host
        self._login = (username or "", password or "")
        self._camera = ONVIFCamera(
            host, port, username or "", password or "", no_cache=True
        )
        self._session: aiohttp.ClientSession | None = None
        self._making: set[asyncio.Future[ONVIFService]] = set()
        self._date: datetime | None = None
        # Whether it said which services of ONVIF it has.
        self.is_onvif = False
        # Seconds by which the device's clock is ahead of ours; None: it did not tell.
        self.clock_offset: float | None = None
        # What its clock showed as it told it, and when that was (monotonic).
        self.clock: tuple[datetime, float] | None = None

    @property
    def has_login(self) -> bool:
        """Whether there is a user name to log in with."""
        return bool(self._login[0])

    @property
    def clock_is_off(self) -> bool:
        """Whether the clock may be why a right login is refused."""
        return self.clock_offset is not None and abs(self.clock_offset) > CLOCK_OFF

    @property
    def has_events(self) -> bool:
        """Whether it has the service that tells of events."""
        return EVENTS_NAMESPACE in self._camera.xaddrs

    async def close(self) -> None:
        """Hang up, to the end also when cancelled; may be called twice."""
        hanging_up = asyncio.ensure_future(self._hang_up())
        cancelled: asyncio.CancelledError | None = None
        while not hanging_up.done():
            try:
                await asyncio.shield(hanging_up)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _hang_up(self) -> None:
        await asyncio.gather(*self._making, return_exceptions=True)
        await self._camera.close()
        if (session := self._session) is not None:
            self._session = None
            await session.close()

    async def connect(self) -> None:
        """Read the clock, and which services there are."""
        with translate_errors(self):
            async with time_limit(STEP_TIMEOUT):
                await self._measure_clock()
                # It reads them with the service that is made here, and forgets the clock.
                await self.service("devicemgmt")
                await self._camera.update_xaddrs()
                self.is_onvif = True
                self._set_clock()
        self._camera.xaddrs = {
            namespace: self.on_host(xaddr)
            for namespace, xaddr in self._camera.xaddrs.items()
            if xaddr
        }

    async def _measure_clock(self) -> None:
        """Read the device's clock, with a login only when it wants one."""
        devices = await self.service("devicemgmt")
        begun = time.time()
        try:
            try:
                answer = await devices.authless_GetSystemDateAndTime()
            except (Fault, TransportError) as error:
                if _problem_of(error) != "invalid_auth":
                    raise
                # Its answer was dated at least, and so is the login then.
                await self._take_offset(self._date, begun, 0.0)
                devices = await self.service("devicemgmt")
                begun = time.time()
                answer = await devices.GetSystemDateAndTime()
        except Fault as error:
            if _problem_of(error) == "invalid_auth":
                raise
            answer = None  # one that has no clock to show
        if (told := time_of(answer)) is not None:
            # It tells whole seconds: on average half of one has passed.
            await self._take_offset(told, begun, 0.5)
        elif self.clock_offset is None:
            await self._take_offset(self._date, begun, 0.5)

    async def _take_offset(
        self, told: datetime | None, begun: float, fraction: float
    ) -> None:
        if told is None:
            return
        now = time.time()
        ours = (begun + now) / 2
        self.clock = (
            told + timedelta(seconds=fraction),
            time.monotonic() - (now - begun) / 2,
        )
        self.clock_offset = round(told.timestamp() + fraction - ours, 1)
        self._set_clock()
        # Made anew with the clock when they are asked for next.
        for service in list(self._camera.services.values()):
            await service.close()
        self._camera.services.clear()

    def _set_clock(self) -> None:
        if self.clock_offset is not None:
            self._camera.dt_diff = timedelta(seconds=self.clock_offset)

    async def identity(self) -> DeviceIdentity:
        """Ask who it is."""
        with translate_errors(self):
            async with time_limit(STEP_TIMEOUT):
                devices = await self.service("devicemgmt")
                told = await devices.GetDeviceInformation()
                try:
                    interfaces = await devices.GetNetworkInterfaces()
                except Fault as error:
                    if is_auth_error(error):
                        raise
                    interfaces = []  # it does not tell, which is allowed
        return DeviceIdentity(
            mac=mac_of(interfaces),
            serial=text_of(told.SerialNumber),
            make=text_of(told.Manufacturer),
            model=text_of(told.Model),
            firmware=text_of(told.FirmwareVersion),
        )

    async def snapshot(self, uri: str) -> bytes | None:
        """Fetch the picture of now, None when it is none."""
        with translate_errors():
            async with (
                time_limit(STEP_TIMEOUT),
                self._open_session().get(uri, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    return None
                content = await _read(response, LARGEST_SNAPSHOT)
        return content if content.startswith(b"\xff\xd8") else None

    async def service(self, name: str, port_type: str | None = None) -> ONVIFService:
        """Return a service, which asks with either kind of login."""
        # The library closes only what it has finished: whoever stops waiting for a
        # service would leave its connections behind.
        making = asyncio.ensure_future(
            self._camera.create_onvif_service(name, port_type)
        )
        self._making.add(making)
        making.add_done_callback(self._making.discard)
        service = await asyncio.shield(making)
        service.transport = _Transport(self._open_session())
        for client in (service.zeep_client, service.zeep_client_authless):
            client.transport = service.transport
            client.settings = LENIENT
        return service

    def lead_to(self, port_type: str, address: str) -> None:
        """Say where a service is that was made just now."""
        uri = normalize_url(address)
        self._camera.xaddrs[f"{EVENTS_NAMESPACE}/{port_type}"] = self.on_host(uri or "")

    def on_host(self, address: str) -> str:
        """Return an address that the device named, with the host that we know."""
        return on_host(address, self._host)

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the one session of this conversation.

        Doorbells make their own certificates, so none is checked; the digests are what
        keeps the password a secret.
        """
        if self._session is None:
            middlewares: list[aiohttp.ClientMiddlewareType] = [
                self._note_date,
                self._stay,
            ]
            if self._login[0]:
                middlewares.insert(0, aiohttp.DigestAuthMiddleware(*self._login))
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=False, keepalive_timeout=4),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=middlewares,
                response_class=_Answer,
                timeout=_TIMEOUT,
            )
        return self._session

    async def _stay(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """Ask nobody else: a device may send us on, with all that we said to it."""
        if request.url.host != URL(self.on_host("http://device")).host:
            raise aiohttp.ClientError("sent to another host")
        return await handler(request)

    async def _note_date(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """Remember when the device says that it answered."""
        response = await handler(request)
        with contextlib.suppress(ValueError):
            date = parsedate_to_datetime(response.headers.get("Date", ""))
            self._date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return response
