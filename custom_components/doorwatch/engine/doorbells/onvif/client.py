"""Connect to an ONVIF device: its clock, identity and services.

Every address that a device reports is used with the host that the person entered.
Behind a router or with two networks, devices report hosts that can't be reached. It
also prevents sending the login to another host.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
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
# Seconds for one step; slow processors take long to compute a digest.
STEP_TIMEOUT: Final = 20.0
# The login uses the device's time, so that a wrong clock does no harm. If it is refused
# anyway, a clock that is off by more than this (seconds) is named as the cause.
CLOCK_OFF: Final = 60.0
# Maximum size of a response, decompressed. Fifty messages are 50 KB, the profiles of a
# camera with four lenses 64 KB, those of a recorder for 32 cameras 250 KB. Parsing this
# much blocks the event loop for a third of a second.
LARGEST_ANSWER: Final = 512 * 1024
# An image of twelve megapixels has 5 MB.
LARGEST_SNAPSHOT: Final = 8 * 1024 * 1024
_BLOCK: Final = 65536
# Seconds for one request, as in the library; a step or a pull ends earlier.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=90, connect=30)
# Devices don't always follow the standard. Without the library's "huge tree", the
# parser limits depth, names and texts; entities are refused in both cases.
LENIENT: Final = Settings(strict=False)
# The errors of a request. From ValueError on, they mean an invalid response.
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
def ignore_faults() -> Iterator[None]:
    """Ignore refused requests and invalid responses, but not a lost connection."""
    try:
        yield
    except (DoorbellError, *_FAILURES) as error:
        if _request_problem(error) in ("timeout", "cannot_connect"):
            raise


def _request_problem(error: Exception) -> str:
    """Return the translation key of an error."""
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
    """Read and decompress a body in blocks; close the connection if it is too large.

    `limit` is in bytes. Raises `DoorbellError`.
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
    """A response that is read only up to a maximum size."""

    @override
    async def read(self) -> bytes:
        return await _read(self, LARGEST_ANSWER)


class _Transport(AsyncTransportProtocolErrorHandler):
    """Send requests like the library, but without debug logs of their content.

    Stream addresses contain passwords, and webhook addresses are secret themselves.
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
    """Connect to one device until closed; failed requests raise `DoorbellError`."""

    def __init__(
        self, host: str, port: int, username: str | None, password: str | None
    ) -> None:
        """Initialize with address and login; nothing is sent before `connect`."""
        self._host = host
        self._login = (username or "", password or "")
        self._camera = ONVIFCamera(
            host, port, username or "", password or "", no_cache=True
        )
        self._session: aiohttp.ClientSession | None = None
        self._making: set[asyncio.Future[ONVIFService]] = set()
        self._date: datetime | None = None
        # Whether the device has reported its ONVIF services.
        self._is_onvif = False
        # Seconds by which the device's clock is ahead of ours, or None if unknown.
        self.clock_offset: float | None = None
        # The time that the device's clock showed, and when that was (monotonic).
        self.clock: tuple[datetime, float] | None = None

    @property
    def has_events(self) -> bool:
        """Whether the device has an event service."""
        return EVENTS_NAMESPACE in self._camera.xaddrs

    async def close(self) -> None:
        """Close the connections completely, even if cancelled; may be called twice."""
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

    @contextlib.asynccontextmanager
    async def step(
        self, seconds: float = STEP_TIMEOUT, refusal: str = "request_refused"
    ) -> AsyncGenerator[None]:
        """Limit the time of requests, and convert their errors to `DoorbellError`.

        `refusal` is the problem if an ONVIF device refuses a request. The error
        contains no address.
        """
        try:
            async with time_limit(seconds):
                yield
        except _FAILURES as error:
            problem = _request_problem(error)
            refused = isinstance(error, Fault | TransportError)
        else:
            return
        if problem == "invalid_auth":
            if not self._login[0]:
                problem = "login_missing"
            elif self.clock_offset is not None and abs(self.clock_offset) > CLOCK_OFF:
                problem = "clock_off"
        elif problem == "not_onvif" and refused and self._is_onvif:
            problem = refusal
        raise DoorbellError(problem)

    async def connect(self) -> None:
        """Read the clock and the addresses of the services."""
        async with self.step():
            await self._measure_clock()
            # This reads them with the service made here, and resets the clock.
            await self.service("devicemgmt")
            await self._camera.update_xaddrs()
            self._is_onvif = True
            self._set_clock()
        self._camera.xaddrs = {
            namespace: self.on_host(xaddr)
            for namespace, xaddr in self._camera.xaddrs.items()
            if xaddr
        }

    async def _measure_clock(self) -> None:
        """Read the device's clock, with a login only if required."""
        devices = await self.service("devicemgmt")
        begun = time.time()
        try:
            try:
                answer = await devices.authless_GetSystemDateAndTime()
            except (Fault, TransportError) as error:
                if _request_problem(error) != "invalid_auth":
                    raise
                # Use the Date header of the refusal for the time of the login.
                await self._take_offset(self._date, begun, 0.0)
                devices = await self.service("devicemgmt")
                begun = time.time()
                answer = await devices.GetSystemDateAndTime()
        except Fault as error:
            if _request_problem(error) == "invalid_auth":
                raise
            answer = None  # the device has no clock
        if (told := time_of(answer)) is not None:
            # The time is in whole seconds, so half a second has passed on average.
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
        # They are recreated with the new offset on their next use.
        for service in list(self._camera.services.values()):
            await service.close()
        self._camera.services.clear()

    def _set_clock(self) -> None:
        if self.clock_offset is not None:
            self._camera.dt_diff = timedelta(seconds=self.clock_offset)

    async def identity(self) -> DeviceIdentity:
        """Query the device's identity."""
        async with self.step():
            devices = await self.service("devicemgmt")
            told = await devices.GetDeviceInformation()
            try:
                interfaces = await devices.GetNetworkInterfaces()
            except Fault as error:
                if is_auth_error(error):
                    raise
                interfaces = []  # the request is optional
        return DeviceIdentity(
            mac=mac_of(interfaces),
            serial=text_of(told.SerialNumber),
            make=text_of(told.Manufacturer),
            model=text_of(told.Model),
            firmware=text_of(told.FirmwareVersion),
        )

    async def snapshot(self, uri: str) -> bytes | None:
        """Fetch the current image; return None if it is not a JPEG."""
        async with (
            self.step(),
            self._open_session().get(uri, allow_redirects=False) as response,
        ):
            if response.status != 200:
                return None
            content = await _read(response, LARGEST_SNAPSHOT)
        return content if content.startswith(b"\xff\xd8") else None

    async def service(self, name: str, port_type: str | None = None) -> ONVIFService:
        """Return a service that supports both kinds of login."""
        # The library closes only services that are complete. A cancelled caller must
        # not leave the connections of an incomplete one open.
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
        """Set the address of a service that the device has just created."""
        uri = normalize_url(address)
        self._camera.xaddrs[f"{EVENTS_NAMESPACE}/{port_type}"] = self.on_host(uri or "")

    def on_host(self, address: str) -> str:
        """Return an address from the device with the known host."""
        return on_host(address, self._host)

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the session, and create it for the first request.

        Certificates are not verified, because doorbells sign their own; digest
        authentication protects the password.
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
        """Refuse redirects to another host, which would receive the whole request."""
        if request.url.host != URL(self.on_host("http://device")).host:
            raise aiohttp.ClientError("sent to another host")
        return await handler(request)

    async def _note_date(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """Store the time in the response's Date header."""
        response = await handler(request)
        with contextlib.suppress(ValueError):
            date = parsedate_to_datetime(response.headers.get("Date", ""))
            self._date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return response
