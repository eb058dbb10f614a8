"""Send the requests of tus 1.0 (core, creation, termination) to one server.

https://tus.io/protocols/resumable-upload: POST creates an upload and returns its
address, HEAD returns the offset, PATCH sends data from there.
"""

from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from typing import Final

import aiohttp
from yarl import URL

from ...outside.door import Outside
from ...outside.errors import OutsideError
from ...time_limit import time_limit
from ..errors import DeliveryError

# Seconds for a request without a body, including the response headers.
_ANSWER: Final = 60.0

_TUS: Final = {"Tus-Resumable": "1.0.0"}
_GONE: Final = (404, 410)
# Temporary errors: timed out, locked by an unfinished request, too early, too many
# requests.
_PASSING: Final = (408, 423, 425, 429)
_NOT_IMPLEMENTED: Final = 501


class UploadGoneError(Exception):
    """The server does not know the upload, or has another one at its address."""


class OffsetChangedError(Exception):
    """The server's offset is not the expected one."""


class ContradictedError(Exception):
    """The server's offset is impossible: it lost or duplicated data."""


class TusClient:
    """Send requests to one endpoint, and raise for error responses."""

    def __init__(
        self, outside: Outside, endpoint: str, local: bool, upload_code: str | None
    ) -> None:
        """Initialize with the endpoint and its upload code."""
        self._outside = outside
        self._local = local
        self._endpoint = URL(endpoint)
        self._headers = dict(_TUS)
        if upload_code:
            self._headers["Authorization"] = f"Bearer {upload_code}"

    def on_same_origin(self, url: str) -> bool:
        """Return whether an address has the origin of the endpoint."""
        try:
            parsed = URL(url)
            return (
                parsed.origin() == self._endpoint.origin()
                and parsed.user is None
                and parsed.password is None
            )
        except ValueError:
            return False

    async def create(self, metadata: Mapping[str, str], size: int) -> str:
        """Create the upload and return its address."""
        answer = await self.request(
            "POST",
            str(self._endpoint),
            headers={
                "Upload-Length": str(size),
                "Upload-Metadata": ",".join(
                    f"{name} {b64encode(value.encode()).decode()}"
                    for name, value in metadata.items()
                ),
            },
        )
        location = answer.get("Location")
        if not location:
            raise DeliveryError("agency_unavailable", permanent=False)
        try:
            url = str(self._endpoint.join(URL(location)).with_fragment(None))
        except ValueError:
            raise DeliveryError("agency_moved", permanent=True) from None
        if not self.on_same_origin(url):
            raise DeliveryError("agency_moved", permanent=True)
        return url

    async def offset(self, url: str, size: int) -> int:
        """Return the number of bytes of the upload that the server has."""
        answer = await self.request("HEAD", url)
        offset = _number(answer, "Upload-Offset")
        length = _number(answer, "Upload-Length") if "Upload-Length" in answer else size
        if length != size:
            raise UploadGoneError
        if offset > size:
            raise ContradictedError
        return offset

    async def send(
        self, url: str, offset: int, size: int, data: AsyncGenerator[bytes]
    ) -> int:
        """Send the rest of an upload and return the new offset."""
        answer = await self.request(
            "PATCH",
            url,
            headers={
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(size - offset),
                "Upload-Offset": str(offset),
            },
            data=data,
        )
        return _number(answer, "Upload-Offset")

    async def remove(self, url: str) -> bool:
        """Remove an upload; return whether the server supports that."""
        try:
            await self.request("DELETE", url)
        except UploadGoneError:
            return True
        except OffsetChangedError:
            return False
        except DeliveryError as error:
            if not error.permanent:
                raise
            return False
        return True

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: AsyncGenerator[bytes] | None = None,
    ) -> Mapping[str, str]:
        """Send a request and return the headers of a successful response."""
        try:
            session = self._outside.session(url, local=self._local)
            async with (
                time_limit(_ANSWER if data is None else None),
                session.request(
                    method,
                    URL(url, encoded=True),
                    headers={**self._headers, **(headers or {})},
                    data=data,
                    allow_redirects=False,
                ) as response,
            ):
                _check(response.status)
                return response.headers.copy()
        except OutsideError, aiohttp.ClientError, TimeoutError:
            # Not chained, because these errors contain the address.
            raise DeliveryError("agency_unavailable", permanent=False) from None


def _check(status: int) -> None:
    """Raise the error for a status, unless it is successful."""
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise DeliveryError("agency_moved", permanent=True)
    if status in _GONE:
        raise UploadGoneError
    if status == 409:
        raise OffsetChangedError
    if status in (401, 403):
        raise DeliveryError("agency_unauthorized", permanent=True)
    if status == 413:
        raise DeliveryError("agency_too_large", permanent=True)
    if (400 <= status < 500 and status not in _PASSING) or status == _NOT_IMPLEMENTED:
        raise DeliveryError("agency_refused", permanent=True)
    raise DeliveryError("agency_unavailable", permanent=False)


def _number(answer: Mapping[str, str], name: str) -> int:
    """Return a header that must be a number of bytes."""
    text = answer.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise DeliveryError("agency_unavailable", permanent=False)
    return int(text)
