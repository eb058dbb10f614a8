"""Open a stream to find its problem, if any."""

import asyncio
import contextlib
import errno
from functools import cache
import logging
import socket
import time
from typing import Final
from urllib.parse import urlsplit

import av
from av.container import InputContainer

from .address import DEFAULT_PORTS
from .base import DoorbellError, StreamSource
from .describe import Camera, ask_camera

_LOGGER = logging.getLogger(__name__)

PROBE_TIMEOUT: Final = 10.0
_BUSY_PAUSE: Final = 1.0

# The default ports by scheme.
_PORTS: Final = {**DEFAULT_PORTS, "https": 443, "rtmp": 1935, "rtmps": 443}

# The codecs that can be recorded, by FFmpeg's names.
VIDEO_CODECS: Final = frozenset({"h264", "hevc"})
# The digests that FFmpeg 9 supports; it uses the last one that a camera offers.
_DIGESTS: Final = frozenset({"md5", "md5-sess"})


async def probe_stream(source: StreamSource, timeout: float = PROBE_TIMEOUT) -> None:
    """Connect, and wait for the first frame of a stream that can be recorded.

    `timeout` in seconds applies to each of connecting, opening and the first packet.
    Raises `DoorbellError`, which never contains the address.
    """
    await asyncio.to_thread(_probe, source, timeout)


def classify_error(
    error: BaseException, *, waited: float | None = None, allowed: float | None = None
) -> str:
    """Return the problem of an error of opening or reading a stream.

    FFmpeg raises the same errors for no data and for invalid data. Pass the seconds
    that passed and the timeout, both, to detect a timeout.
    """
    if isinstance(error, DoorbellError):
        return error.problem
    silent = waited is not None and allowed is not None and waited >= allowed * 0.9
    match error:
        case av.HTTPUnauthorizedError() | av.HTTPForbiddenError():
            return "invalid_auth"
        case av.HTTPNotFoundError() | av.HTTPBadRequestError():
            return "not_found"
        case av.ExitError() | TimeoutError():
            return "timeout"
        case av.InvalidDataError() | av.OSError() if silent:
            return "timeout"
        case av.ProtocolNotFoundError() | av.ArgumentError():
            return "invalid_address"
        case av.DecoderNotFoundError():
            return "unsupported_codec"
        case av.InvalidDataError() | av.DemuxerNotFoundError() | UnicodeError():
            return "not_a_stream"
        case av.HTTPError() | av.HTTPClientError():
            return "refused"
        case OSError() if error.errno == errno.ETIMEDOUT:
            return "timeout"
        case OSError() if error.errno == errno.EPROTONOSUPPORT:
            return "udp_only"
        case OSError() | EOFError():
            # FFmpeg reports failed name resolution as EIO.
            return "cannot_connect"
    _log_once(type(error).__name__)
    return "unknown_problem"


def explain_refusal(problem: str, address: str, timeout: float) -> str:
    """Return a more exact problem by asking the camera, if its login failed.

    Blocks.
    """
    if problem == "invalid_auth":
        with contextlib.suppress(DoorbellError):
            offered = asyncio.run(ask_camera(address, Camera.digests, timeout))
            if offered and offered[-1] not in _DIGESTS:
                return "unsupported_login"
    return problem


@cache
def _log_once(name: str) -> None:
    """Log the type of an unknown error, as its text may contain an address."""
    _LOGGER.warning("A stream failed with an unknown error: %s", name)


def open_options(source: StreamSource) -> dict[str, str]:
    """Return the options to open a source with, including the protocol whitelist."""
    return {**source.options, "protocol_whitelist": ",".join(source.protocols)}


def _probe(source: StreamSource, timeout: float, *, again: bool = True) -> None:
    _knock(source.address, timeout)
    begun = time.monotonic()
    try:
        with av.open(
            source.address,
            format=source.container,
            options=open_options(source),
            timeout=timeout,
        ) as container:
            _check(container)
            return
    except (av.FFmpegError, OSError, UnicodeError) as error:
        problem = classify_error(
            error, waited=time.monotonic() - begun, allowed=timeout
        )
    if problem == "refused" and again:
        # Cameras refuse a connection while they close another session.
        time.sleep(_BUSY_PAUSE)
        _probe(source, timeout, again=False)
        return
    if problem == "cannot_connect":
        problem = "refused"  # the test connection succeeded
    problem = explain_refusal(problem, source.address, timeout)
    # Raised outside of the handler, because FFmpeg's error contains the address.
    raise DoorbellError(problem)


def _knock(address: str, timeout: float) -> None:
    """Open a test connection, to tell an unreachable host from a silent stream.

    Raises `DoorbellError`.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host:
        raise DoorbellError("invalid_address")
    port = port or _PORTS.get(parts.scheme, 80)
    with contextlib.suppress(OSError, UnicodeError):
        socket.create_connection((host, port), timeout).close()
        return
    raise DoorbellError("cannot_connect")


def _check(container: InputContainer) -> None:
    if not container.streams.video:
        raise DoorbellError("no_video")
    video = container.streams.video[0]
    # An unknown codec has no context.
    if not (context := video.codec_context) or context.name not in VIDEO_CODECS:
        raise DoorbellError("unsupported_codec")
    if not any(packet.size for packet in container.demux(video)):
        raise DoorbellError("no_video")
    if not video.width or not video.height:
        raise DoorbellError("not_a_stream")
