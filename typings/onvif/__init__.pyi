# The part of onvif-zeep-async that we use, which has no types. Responses are created at
# run time from the device's WSDL.
from datetime import timedelta
from typing import Any

from zeep.settings import Settings

from .client import AsyncTransportProtocolErrorHandler

class _Client:
    transport: AsyncTransportProtocolErrorHandler
    settings: Settings

class ONVIFService:
    transport: AsyncTransportProtocolErrorHandler
    zeep_client: _Client
    zeep_client_authless: _Client
    async def close(self) -> None: ...
    def __getattr__(self, name: str) -> Any: ...

class ONVIFCamera:
    dt_diff: timedelta | None
    xaddrs: dict[str, str]
    services: dict[tuple[str, str | None], ONVIFService]
    def __init__(
        self,
        host: str,
        port: int,
        user: str | None,
        passwd: str | None,
        wsdl_dir: str = ...,
        encrypt: bool = ...,
        no_cache: bool = ...,
        adjust_time: bool = ...,
    ) -> None: ...
    async def update_xaddrs(self) -> None: ...
    async def create_onvif_service(
        self,
        name: str,
        port_type: str | None = None,
        read_timeout: int | None = None,
        write_timeout: int | None = None,
    ) -> ONVIFService: ...
    async def close(self) -> None: ...
