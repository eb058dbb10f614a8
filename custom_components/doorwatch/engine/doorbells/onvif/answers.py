"""Convert responses of ONVIF devices from the types of the WSDL."""

from dataclasses import dataclass
from datetime import UTC, datetime
import re
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from ..base import DoorbellError

_ENCODINGS: Final = frozenset({"H264", "H265", "HEVC"})
_MAC: Final = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_HOST: Final = re.compile(r"[0-9A-Za-z_.:%-]+")
_SCHEMES: Final = frozenset({"http", "https", "rtsp", "rtsps"})
# Maximum length of a token in characters; ONVIF allows 64.
_LONGEST_TOKEN: Final = 256
_NO_MAC: Final = "00:00:00:00:00:00"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceIdentity:
    """The identity of a device. `mac` is lowercase with colons."""

    mac: str | None
    serial: str | None
    make: str | None = None
    model: str | None = None
    firmware: str | None = None

    @property
    def unique(self) -> str:
        """An identifier that doesn't depend on the address; empty if there is none."""
        return self.mac or self.serial or ""

    def is_same(self, mac: str | None, serial: str | None) -> bool:
        """Return whether the MAC matches, or the serial number if a MAC is missing."""
        if self.mac and mac:
            return self.mac == mac
        return bool(self.serial) and self.serial == serial


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceStreams:
    """The addresses of a device's video, without login."""

    main: str
    sub: str | None
    snapshot: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaProfile:
    """A media profile.

    `recordable` is whether its codec is supported. `source` is the token of its video
    source. `configuration` and `analytics` are the tokens of the configurations by
    which events may name the source. Each is empty if it is missing.
    """

    token: str
    name: str | None
    recordable: bool
    source: str
    configuration: str
    analytics: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """The number of pixels of the image."""
        return self.width * self.height


def text_of(value: object) -> str | None:
    """Return the text of a value, or None if it is empty."""
    text = str(value).strip() if value is not None else ""
    return text or None


def time_of(answer: Any) -> datetime | None:
    """Parse the date and time of a device, or return None if they are invalid."""
    told: Any = getattr(answer, "UTCDateTime", None)
    try:
        return datetime(
            told.Date.Year,
            told.Date.Month,
            told.Date.Day,
            told.Time.Hour,
            told.Time.Minute,
            min(told.Time.Second, 59),
            tzinfo=UTC,
        )
    except AttributeError, TypeError, ValueError:
        return None


def mac_of(interfaces: Any) -> str | None:
    """Return the MAC of the last interface that is enabled.

    Some devices first list an interface with the same MAC in every device.
    """
    found = None
    for interface in interfaces or ():
        text = text_of(getattr(getattr(interface, "Info", None), "HwAddress", None))
        mac = mac_in(text or "")
        if interface.Enabled and mac:
            found = mac
    return found


def mac_in(text: str) -> str | None:
    """Parse a MAC in any notation, or return None if it is invalid."""
    letters = re.sub(r"[:.\-\s]", "", text).lower()
    mac = ":".join(letters[n : n + 2] for n in range(0, len(letters), 2))
    return mac if _MAC.fullmatch(mac) and mac != _NO_MAC else None


def profiles_of(answer: Any) -> list[MediaProfile]:
    """Return the profiles in the device's order."""
    found = []
    for profile in answer or ():
        video = profile.VideoEncoderConfiguration
        source = profile.VideoSourceConfiguration
        analytics = profile.VideoAnalyticsConfiguration
        size = video.Resolution if video is not None else None
        found.append(
            MediaProfile(
                token=profile.token,
                name=text_of(profile.Name),
                recordable=(
                    video is not None and str(video.Encoding).upper() in _ENCODINGS
                ),
                source=_token_of(source, "SourceToken"),
                configuration=_token_of(source, "token"),
                analytics=_token_of(analytics, "token"),
                # Either may be missing, as devices don't always follow the standard.
                width=(size is not None and size.Width) or 0,
                height=(size is not None and size.Height) or 0,
            )
        )
    return found


def _token_of(configuration: Any, name: str) -> str:
    token = text_of(getattr(configuration, name, None)) or ""
    return token if len(token) <= _LONGEST_TOKEN else ""


def on_host(address: str, host: str) -> str:
    """Return an address with its host replaced; raises `DoorbellError`."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise DoorbellError("not_onvif") from None
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise DoorbellError("not_onvif")
    bracketed = f"[{host}]" if ":" in host else host
    return urlunsplit(parts._replace(netloc=f"{bracketed}{port}"))


def split_host(text: str) -> tuple[str, int | None]:
    """Split the address of a device into its host and optional port.

    Accepts a complete URL, too. Raises `DoorbellError`.
    """
    text = text.strip()
    if text.count(":") > 1 and "[" not in text and "//" not in text:
        text = f"[{text}]"
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise DoorbellError("invalid_host") from None
    if not host or not _HOST.fullmatch(host) or port == 0:
        raise DoorbellError("invalid_host")
    return host, port
