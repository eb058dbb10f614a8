"""What an ONVIF device answers, taken out of the shapes of its WSDL."""

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
# Characters of a token; the rules allow 64.
_LONGEST_TOKEN: Final = 256
_NO_MAC: Final = "00:00:00:00:00:00"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceIdentity:
    """Who a device is. `mac` is in small letters with colons."""

    mac: str | None
    serial: str | None
    make: str | None = None
    model: str | None = None
    firmware: str | None = None

    @property
    def unique(self) -> str:
        """What stays the same wherever it is; empty when it tells nothing."""
        return self.mac or self.serial or ""

    def is_same(self, mac: str | None, serial: str | None) -> bool:
        """Whether it is the device with this MAC, or else this serial number."""
        if self.mac and mac:
            return self.mac == mac
        return bool(self.serial) and self.serial == serial


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceStreams:
    """Where the video of a device is, without any login."""

    main: str
    sub: str | None
    snapshot: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaProfile:
    """A media profile, whether it can be recorded, and whose it is.

    `source` is the token of its video source, `configuration` and `analytics` those of
    the configurations by which events name it too; empty when it has none.
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
        """How large its picture is."""
        return self.width * self.height


def text_of(value: object) -> str | None:
    """Return what stands there; None when nothing does."""
    text = str(value).strip() if value is not None else ""
    return text or None


def time_of(answer: Any) -> datetime | None:
    """Read a date and time; None when it makes no sense."""
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
    """Return the MAC of the last interface in use.

    Some devices list one first that is the same in every device.
    """
    found = None
    for interface in interfaces or ():
        text = text_of(getattr(getattr(interface, "Info", None), "HwAddress", None))
        mac = mac_in(text or "")
        if interface.Enabled and mac:
            found = mac
    return found


def mac_in(text: str) -> str | None:
    """Read a MAC however it is written; None when it is none."""
    letters = re.sub(r"[:.\-\s]", "", text).lower()
    mac = ":".join(letters[n : n + 2] for n in range(0, len(letters), 2))
    return mac if _MAC.fullmatch(mac) and mac != _NO_MAC else None


def profiles_of(answer: Any) -> list[MediaProfile]:
    """List the profiles in the device's order."""
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
                # Either may be missing: devices break rules.
                width=(size is not None and size.Width) or 0,
                height=(size is not None and size.Height) or 0,
            )
        )
    return found


def _token_of(configuration: Any, name: str) -> str:
    token = text_of(getattr(configuration, name, None)) or ""
    return token if len(token) <= _LONGEST_TOKEN else ""


def on_host(address: str, host: str) -> str:
    """Return an address with another host; port and path stay. Raises `DoorbellError`."""
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
    """Read what a person calls the address of a device: host and port, if any.

    A whole address that was pasted will do. Raises `DoorbellError`.
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
