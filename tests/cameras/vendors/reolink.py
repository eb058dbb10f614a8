"""A simulated Reolink doorbell: its HTTP API, and Baichuan, which pushes events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from reolink_aio.baichuan.util import decrypt_baichuan, encrypt_baichuan

from tests.outside_servers import serve

UID = "95270005FRONTDOOR"
MAGIC = bytes.fromhex("f0debc0a")
# Hexadecimal bit flags, as used in file names.
MOTION, PERSON_AND_VEHICLE = "6D28808", "000750D"
LOGIN, LOGOUT, SUBSCRIBE, ALARM = 1, 2, 31, 33
# The message number of pushed events.
PUSHED = 0


class ReolinkDoorbell:
    """One Wi-Fi doorbell with an SD card."""

    def __init__(self, hass: HomeAssistant, rtsp_port: int, clip: bytes) -> None:
        self.hass = hass
        self.rtsp_port = rtsp_port
        self.clip = clip
        self.asked: list[str] = []
        # The recordings on the card: start and end in the camera's time zone, and the
        # file name.
        self.recordings: list[tuple[datetime, datetime, str]] = []
        self.card_fails = False
        self.http_port = 0
        self.push_port = 0
        self.entry = MockConfigEntry(domain="reolink", title="Front Door")
        self._listeners: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Set up core's integration for this doorbell."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.push_port = server.sockets[0].getsockname()[1]
        async with server, serve(self._answer) as self.http_port:
            now = dt_util.utcnow()
            since_midnight = now - now.replace(hour=0, minute=0, second=0)
            self.entry = MockConfigEntry(
                domain="reolink",
                title="Front Door",
                unique_id="aa:bb:cc:dd:ee:01",
                data={
                    "host": "127.0.0.1",
                    "port": self.http_port,
                    "username": "admin",
                    "password": "porch-word",
                    "use_https": False,
                    "baichuan_port": self.push_port,
                    "baichuan_only": False,
                    "baichuan_connection": "tcp",
                    "privacy_mode_supported": False,
                    "uid": UID,
                    # Keep core from checking for new firmware until tomorrow.
                    "firmware_check_time": (since_midnight.total_seconds() - 3600)
                    % 86400,
                },
                options={"protocol": "rtsp"},
            )
            self.entry.add_to_hass(self.hass)
            assert await self.hass.config_entries.async_setup(self.entry.entry_id)
            await self.hass.async_block_till_done()
            try:
                yield
            finally:
                await self.hass.config_entries.async_unload(self.entry.entry_id)
                for writer in self._listeners:
                    writer.close()

    def push(self, status: str, seen: str = "none") -> None:
        """Push an event: MD, visitor or none, and the kind of object, such as people."""
        for writer in self._listeners:
            writer.write(_message(ALARM, PUSHED, _alarm(status, seen)))

    def recorded(
        self, begins: datetime, length: timedelta, flags: str = MOTION
    ) -> None:
        """Finish a recording on the card; the flags are its kinds."""
        self.recordings.append((begins, begins + length, flags))

    def entity_id(self, domain: str, key: str) -> str:
        """Return the ID of an entity of the doorbell."""
        found = er.async_get(self.hass).async_get_entity_id(
            domain, "reolink", f"{UID}_0_{key}"
        )
        assert found is not None
        return found

    # Baichuan

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                header = await reader.readexactly(20)
                command = int.from_bytes(header[4:8], "little")
                length = int.from_bytes(header[8:12], "little")
                message = int.from_bytes(header[12:16], "little")
                asks_nonce = header[18:20].hex() == "1465"
                if not asks_nonce:
                    await reader.readexactly(4)
                body = await reader.readexactly(length)
                if asks_nonce:
                    writer.write(_message(command, message, NONCE, plain=True))
                elif command == LOGIN:
                    assert "<LoginUser" in decrypt_baichuan(body, header[12])
                    writer.write(_message(command, message, DEVICE))
                elif command == SUBSCRIBE:
                    self._listeners.append(writer)
                    writer.write(_message(command, message))
                    self.push("none")
                else:
                    status = 200 if command == LOGOUT else 404
                    writer.write(_message(command, message, status=status))
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            self._listeners = [one for one in self._listeners if one is not writer]
            writer.close()

    # HTTP

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        command = request.query.get("cmd", "")
        self.asked.append(command)
        if command == "Playback":
            # The device has this spelling.
            return web.Response(body=self.clip, content_type="apolication/octet-stream")
        if command == "Snap":
            return web.Response(body=b"\xff\xd8\xff\xd9", content_type="image/jpeg")
        answers = [self._told(question) for question in await request.json()]
        return web.json_response(answers, content_type="text/html")

    def _told(self, question: dict[str, Any]) -> dict[str, Any]:
        command: str = question["cmd"]
        values: dict[str, Callable[[], dict[str, Any]]] = {
            "Login": lambda: {"Token": {"leaseTime": 3600, "name": "token"}},
            "Logout": dict,
            "GetDevInfo": lambda: {"DevInfo": DEV_INFO},
            "GetLocalLink": lambda: {
                "LocalLink": {"activeLink": "Wi-Fi", "mac": "aa:bb:cc:dd:ee:01"}
            },
            "GetNetPort": lambda: {
                "NetPort": {
                    "httpEnable": 1,
                    "httpPort": self.http_port,
                    "mediaPort": self.push_port,
                    "onvifEnable": 1,
                    "onvifPort": 8000,
                    "rtmpEnable": 1,
                    "rtmpPort": 1935,
                    "rtspEnable": 1,
                    "rtspPort": self.rtsp_port,
                }
            },
            "GetP2p": lambda: {"P2p": {"enable": 1, "uid": UID}},
            "GetHddInfo": lambda: {
                "HddInfo": [
                    {"capacity": 60000, "format": 1, "id": 0, "mount": 1, "size": 40000}
                ]
            },
            "GetUser": lambda: {"User": [{"level": "admin", "userName": "admin"}]},
            "GetTime": lambda: {"Dst": DST, "Time": self._time()},
            "GetAbility": lambda: {"Ability": ABILITY},
            "GetRtspUrl": lambda: {
                "rtspUrl": {
                    "channel": 0,
                    "mainStream": f"rtsp://127.0.0.1:{self.rtsp_port}/cam0",
                    "subStream": f"rtsp://127.0.0.1:{self.rtsp_port}/cam1",
                }
            },
            "GetEvents": lambda: {
                "ai": {"people": {"alarm_state": 0, "support": 1}},
                "channel": 0,
                "md": {"alarm_state": 0, "support": 1},
                "visitor": {"alarm_state": 0, "support": 1},
            },
            "GetMdState": lambda: {"state": 0},
            "GetAiState": lambda: {
                "channel": 0,
                "people": {"alarm_state": 0, "support": 1},
            },
            "Search": lambda: self._found(question["param"]["Search"]),
        }
        if command not in values or (command == "Search" and self.card_fails):
            error = {"detail": "not support", "rspCode": -9}
            return {"cmd": command, "code": 1, "error": error}
        return {"cmd": command, "code": 0, "value": values[command]()}

    def _time(self) -> dict[str, Any]:
        now = dt_util.now()
        offset = now.utcoffset()
        assert offset is not None
        return _moment(now) | {
            "hourFmt": 0,
            "timeFmt": "DD/MM/YYYY",
            "timeZone": -int(offset.total_seconds()),
        }

    def _found(self, search: dict[str, Any]) -> dict[str, Any]:
        day = tuple(search["StartTime"][key] for key in ("year", "mon", "day"))
        files = []
        for begins, ends, flags in self.recordings:
            begins, ends = dt_util.as_local(begins), dt_util.as_local(ends)
            if (begins.year, begins.month, begins.day) != day:
                continue
            name = f"RecM02_{begins:%Y%m%d_%H%M%S}_{ends:%H%M%S}_{flags}_1A468F9.mp4"
            files.append(
                {
                    "StartTime": _moment(begins),
                    "EndTime": _moment(ends),
                    "frameRate": 0,
                    "height": 0,
                    "name": f"Mp4Record/{begins:%Y-%m-%d}/{name}",
                    "size": str(len(self.clip)),
                    "type": "main",
                    "width": 0,
                }
            )
        result: dict[str, Any] = {"channel": search["channel"]}
        if files:
            result |= {
                "File": files,
                "Status": [{"mon": day[1], "table": "1" * 30, "year": day[0]}],
            }
        return {"SearchResult": result}


NONCE = (
    '<?xml version="1.0" encoding="UTF-8" ?><body><Encryption version="1.1">'
    "<type>md5</type><nonce>0-AbCdEfGh</nonce></Encryption></body>"
)
DEVICE = (
    '<?xml version="1.0" encoding="UTF-8" ?><body><DeviceInfo version="1.1">'
    "<type>ipc</type><typeInfo>IPC</typeInfo><channelNum>1</channelNum>"
    "</DeviceInfo></body>"
)
DEV_INFO = {
    "B485": 0,
    "IOInputNum": 0,
    "IOOutputNum": 0,
    "audioNum": 1,
    "buildDay": "build 23051202",
    "cfgVer": "v3.0.0.0",
    "channelNum": 1,
    "detail": "DB_566128M5MP_W",
    "diskNum": 1,
    "exactType": "IPC",
    "firmVer": "v3.0.0.4662_2503122283",
    "frameworkVer": 1,
    "hardVer": "DB_566128M5MP_W",
    "itemNo": "D340W",
    "model": "Reolink Video Doorbell WiFi",
    "name": "Front Door",
    "pakSuffix": "pak,paks",
    "serial": "00000000000000",
    "type": "IPC",
    "wifi": 1,
}
DST = {
    "enable": 0,
    "endHour": 2,
    "endMin": 0,
    "endMon": 10,
    "endSec": 0,
    "endWeek": 5,
    "endWeekday": 0,
    "offset": 1,
    "startHour": 2,
    "startMin": 0,
    "startMon": 3,
    "startSec": 0,
    "startWeek": 5,
    "startWeekday": 0,
}
ABILITY = {
    "abilityChn": [
        {
            "live": {"permit": 4, "ver": 2},
            "mainEncType": {"permit": 0, "ver": 0},
            "recReplay": {"permit": 4, "ver": 1},
            "snap": {"permit": 6, "ver": 1},
            "supportDoorbellLight": {"permit": 6, "ver": 1},
        }
    ],
    "onvif": {"permit": 6, "ver": 1},
    "rtsp": {"permit": 6, "ver": 3},
    "scheduleVersion": {"permit": 6, "ver": 1},
    "wifi": {"permit": 6, "ver": 1},
}


def _moment(at: datetime) -> dict[str, Any]:
    return {
        "day": at.day,
        "hour": at.hour,
        "min": at.minute,
        "mon": at.month,
        "sec": at.second,
        "year": at.year,
    }


def _alarm(status: str, seen: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" ?><body><AlarmEventList version="1.1">'
        f"<AlarmEvent version='1.1'><channelId>0</channelId><status>{status}</status>"
        f"<AItype>{seen}</AItype><recording>0</recording><timeStamp>0</timeStamp>"
        "</AlarmEvent></AlarmEventList></body>"
    )


def _message(
    command: int,
    message: int,
    body: str = "",
    *,
    plain: bool = False,
    status: int = 200,
) -> bytes:
    """Encode a message, which has a shorter header before the login."""
    content = encrypt_baichuan(body, message & 0xFF)
    header = (
        MAGIC
        + command.to_bytes(4, "little")
        + len(content).to_bytes(4, "little")
        + message.to_bytes(4, "little")
    )
    if plain:
        return header + bytes.fromhex("01dd1466") + content
    return (
        header
        + status.to_bytes(2, "little")
        + bytes.fromhex("0000")
        + (0).to_bytes(4, "little")
        + content
    )
