"""A home with two doorbells, clips, an agency and users, made of the real components."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
import subprocess
import time
from typing import Any
from unittest.mock import Mock, patch
from urllib.parse import urlsplit

from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from cryptography.hazmat.primitives.asymmetric import ec
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import (
    TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
    Group,
    RefreshToken,
    User,
)
from homeassistant.const import CONF_PASSWORD, EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.doorwatch.consent.prepare import Preparation
from custom_components.doorwatch.const import (
    CONF_ADDRESS,
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_COMPARED,
    CONF_DOCUMENT,
    CONF_FOLDER,
    CONF_KEEP_DAYS,
    CONF_KIND,
    CONF_LOCAL,
    CONF_PINNED,
    CONF_ROOT,
    CONF_SHARERS,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_UPLOAD_CODE,
    CONF_USERNAME,
    DOMAIN,
    KIND_AGENCY,
    KIND_DOORBELL,
    KIND_HOUSEHOLD,
    SOURCE_RTSP,
)
from custom_components.doorwatch.domain.data import DATA, DoorwatchData
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording.model import ClipStart, FinishedClip
from custom_components.doorwatch.engine.sharing.documents.discovery import read_document
from custom_components.doorwatch.engine.sharing.outbox.jobs import JobRegistry
from custom_components.doorwatch.engine.sharing.signing.canonical import text_digest
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    jwk_of,
    sign,
)
from custom_components.doorwatch.registry import camera_entity_id
from custom_components.doorwatch.signals import SIGNAL_LIVE
from tests import videos as media
from tests.age_program import desk
from tests.waiting import until

CLIP_SECONDS = 4
# The internal URL of this home, which is also the client id of its dashboard.
HOME_URL = "http://homeassistant.local:8123"
DASHBOARD = f"{HOME_URL}/"
ORIGIN = "https://desk.agency.example"
# Nothing listens on this port, so the doorbells of these tests stay unavailable.
NOWHERE = "rtsp://127.0.0.1:9/{}"

type Message = dict[str, Any]
type Http = TestClient[Request, Application]


@dataclass
class FakeAgency:
    """An agency with its own root key, and the documents that it publishes."""

    origin: str = ORIGIN
    root: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    terms: str = "Used for the case it was asked for, not passed on."
    seq: int = 1

    def publish(self, **changes: object) -> str:
        """Return a signed agency document."""
        now = int(time.time())
        retention = "Deleted after 30 days."
        claims: dict[str, object] = {
            "iss": self.origin,
            "name": "Harbour Police",
            "jurisdiction": "NL",
            "contact": "desk@agency.example",
            "keys": {"keys": [jwk_of(self.root.public_key())]},
            "age_recipients": [desk().recipient],
            "upload_endpoint": f"{self.origin}/files/",
            "terms": {"text": self.terms, "digest": text_digest(self.terms)},
            "retention": {
                "text": retention,
                "days": 30,
                "digest": text_digest(retention),
            },
            "seq": self.seq,
            "iat": now,
            "exp": now + 86_400,
        }
        return sign(DocumentKind.AGENCY, claims | changes, self.root, embed_key=True)

    def entry(self) -> MockConfigEntry:
        """Make the config entry that the flow would make."""
        token = self.publish()
        document, pin = read_document(token, url=self.origin, pin=None, now=time.time())
        return MockConfigEntry(
            domain=DOMAIN,
            title=document.name,
            unique_id=self.origin,
            data={
                CONF_KIND: KIND_AGENCY,
                CONF_ADDRESS: self.origin,
                CONF_LOCAL: False,
                CONF_ROOT: document.root_thumbprint,
                CONF_COMPARED: True,
                CONF_PINNED: asdict(pin),
                CONF_DOCUMENT: token,
                CONF_UPLOAD_CODE: "open sesame",
            },
        )


@dataclass
class Home:
    """The home of a test, and its parts."""

    hass: HomeAssistant
    household: MockConfigEntry
    front: MockConfigEntry
    back: MockConfigEntry
    agency: MockConfigEntry
    desk: FakeAgency
    clip: Clip
    back_clip: Clip
    admin: User
    video: Path
    connect: Callable[..., Awaitable[MockHAClientWebSocket]]
    client: Callable[..., Awaitable[Http]]

    @property
    def data(self) -> DoorwatchData:
        """Return the data of the integration."""
        return self.hass.data[DATA]

    @property
    def registry(self) -> JobRegistry:
        """Return the shares of the outbox with the state that is not stored."""
        return self.data.outbox._registry

    def preparation(self, ready: Message) -> Preparation:
        """Return what the administrator prepared in a dialog."""
        preview_id = urlsplit(ready["preview_url"]).path.rpartition("/")[2]
        found = self.data.preparations.preview(preview_id, self.admin)
        assert found is not None
        return found

    def camera(self, doorbell: MockConfigEntry) -> str:
        """Return the entity id of a doorbell's camera."""
        camera = camera_entity_id(self.hass, doorbell.entry_id)
        assert camera is not None
        return camera

    async def shares(self) -> list[str]:
        """Return the shares in the outbox."""
        return [share.share_id for share in await self.data.outbox.list()]

    async def refused(self) -> int:
        """Return the number of refused attempts in the ledger."""
        return (await self.data.ledger.counts()).get("refused", 0)

    async def refusals(self) -> list[tuple[str, str]]:
        """Return (caller, reason) of each refusal in the ledger."""
        return [
            (str(line.data["caller"]), str(line.data["reason"]))
            for line in await self.data.ledger.lines(limit=1000)
            if line.kind == "refused"
        ]

    def configure(self, **options: object) -> None:
        """Change the household's options."""
        self.hass.config_entries.async_update_entry(
            self.household, options={**self.household.options, **options}
        )

    async def list_addresses(self, *addresses: str) -> None:
        """Replace the listed addresses of the home, as a user who knows the PIN can."""
        known = self.hass.data[DATA].home_addresses
        await known.async_list(addresses, (), with_pin=True)
        self.configure(**{CONF_CLIENT_ADDRESSES: list(addresses)})

    async def user(
        self,
        name: str = "Kim",
        *,
        read: list[MockConfigEntry] | None = None,
        control: list[MockConfigEntry] | None = None,
    ) -> User:
        """Make a user who isn't an administrator and has only these permissions."""
        entities = {self.camera(one): {"read": True} for one in read or ()}
        entities |= {
            self.camera(one): {"read": True, "control": True} for one in control or ()
        }
        user = await self.hass.auth.async_create_user(name)
        allow(user, entities)
        return user

    async def sharer(self, name: str = "Kim") -> User:
        """Make the only user who isn't an administrator and may share at the front."""
        user = await self.user(name, control=[self.front])
        self.configure(**{CONF_SHARERS: [user.id]})
        return user

    async def connect_as(self, user: User) -> MockHAClientWebSocket:
        """Log in as a browser does, and connect."""
        return await self.connect(await self.login(user))

    async def save(
        self,
        doorbell: MockConfigEntry,
        clip_id: str,
        minute: int = 0,
        *,
        video: Path | None = None,
        **about: Any,
    ) -> Clip:
        """Save another clip of a doorbell, by default with the same video."""
        where = (doorbell.entry_id, video or self.video, clip_id, minute)
        return await self.hass.async_add_executor_job(
            partial(record, self.data, *where, **about)
        )

    async def login(self, user: User, client_id: str = DASHBOARD) -> str:
        """Log in as a browser does, and return the access token."""
        token = await self.hass.auth.async_create_refresh_token(user, client_id)
        return self.hass.auth.async_create_access_token(token)

    async def long_lived(self, user: User) -> str:
        """Make a long-lived access token, as scripts outside Home Assistant use."""
        token: RefreshToken = await self.hass.auth.async_create_refresh_token(
            user,
            client_name="script",
            token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
            access_token_expiration=timedelta(days=10),
        )
        return self.hass.auth.async_create_access_token(token)


def allow(user: User, entities: dict[str, dict[str, bool]]) -> None:
    """Replace the permissions of a user."""
    user.groups = [
        Group(
            name="test",
            policy={"entities": {"entity_ids": dict(entities)}} if entities else {},
        )
    ]


async def write_pending(hass: HomeAssistant) -> None:
    """Write what stores have not written yet, as when Home Assistant stops."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()


@callback
def set_state(doorbell: MockConfigEntry, **changes: object) -> None:
    """Set the state of a doorbell that is connected, and notify everyone."""
    coordinator = doorbell.runtime_data
    state = {"connected": True, "asleep": False, "problem": None, **changes}
    coordinator.async_set_updated_data(replace(coordinator.data, **state))
    async_dispatcher_send(coordinator.hass, SIGNAL_LIVE)


@callback
def begin_recording(doorbell: MockConfigEntry) -> None:
    """Let the first frame of a triggered recording arrive."""
    doorbell.runtime_data.recorder._sessions[-1].window.begin(dt_util.utcnow())


async def command(client: MockHAClientWebSocket, **message: object) -> Message:
    """Send a command and return its result, skipping events."""
    await client.send_json_auto_id(dict(message))
    return await result_of(client)


async def result_of(client: MockHAClientWebSocket) -> Message:
    """Return the next result."""
    while True:
        answer: Message = await client.receive_json(timeout=20)
        if answer["type"] == "result":
            return answer


async def event_of(client: MockHAClientWebSocket) -> Message:
    """Return the content of the next event."""
    while True:
        answer: Message = await client.receive_json(timeout=20)
        if answer["type"] == "event":
            event: Message = answer["event"]
            return event


async def end_of(
    client: MockHAClientWebSocket, subscription: int | None = None
) -> Message:
    """Return the event that ends this preparation, or the one that is running."""
    while True:
        answer: Message = await client.receive_json(timeout=20)
        if answer["type"] != "event" or subscription not in (None, answer["id"]):
            continue
        event: Message = answer["event"]
        if event["type"] != "progress":
            return event


async def silence(client: MockHAClientWebSocket) -> None:
    """Check that no message came since the last answer, by receiving the answer to a ping."""
    await client.send_json_auto_id({"type": "ping"})
    answer = await client.receive_json(timeout=20)
    assert answer["type"] == "pong", answer


async def prepare(
    client: MockHAClientWebSocket, home: Home, *, look: bool = True, **changes: object
) -> Message:
    """Prepare a share and return the event "ready", with the subscription's id.

    Fetch the preview as a browser does, unless the test says otherwise.
    """
    message: Message = {
        "type": "doorwatch/share/prepare",
        "clip_id": home.clip.clip_id,
        "agency_id": home.agency.entry_id,
        **changes,
    }
    await client.send_json_auto_id(message)
    answer = await result_of(client)
    assert answer["success"], answer
    ready = await end_of(client, answer["id"])
    assert ready["type"] == "ready", ready
    if look:
        preview = await client.client.get(ready["preview_url"])
        assert preview.status == HTTPStatus.OK
        await preview.read()
    return {**ready, "subscription": answer["id"]}


async def tap(
    client: MockHAClientWebSocket, home: Home, confirmation: object, **changes: object
) -> Message:
    """Do what the card does when a person taps Share."""
    return await command(
        client,
        type="call_service",
        domain=DOMAIN,
        service="share_clip",
        service_data={
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            "confirmation": confirmation,
            **changes,
        },
        return_response=True,
    )


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Use a new config folder for each test, because it holds the ledger and the outbox."""
    return hass_tmp_config_dir


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a short clip with sound."""
    target = tmp_path_factory.mktemp("media") / "clip.mp4"
    source = media.make(media.SMALL).path
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-i", source),
            *("-t", str(CLIP_SECONDS), "-c", "copy", target),
        ],
        check=True,
        timeout=60,
    )
    return target


def record(
    data: DoorwatchData,
    doorbell_id: str,
    file: Path,
    clip_id: str,
    minute: int = 0,
    *,
    started: datetime | None = None,
    kind: EventKind = EventKind.RING,
    video_codec: str = "h264",
    labels: Mapping[str, str] | None = None,
) -> Clip:
    """Store a finished recording in the library, as the clip recorder does."""
    started = started or datetime(2026, 11, 3, 17, minute, 9, tzinfo=UTC)
    events = (DoorbellEvent(kind=kind, at=started, monotonic=0.0),)
    part = data.library.intake.begin(
        doorbell_id,
        ClipStart(
            clip_id=clip_id,
            event_id=clip_id,
            part=1,
            started_at=started,
            events=events,
        ),
    )
    part.write_bytes(file.read_bytes())
    return data.library.intake.finish(
        doorbell_id,
        FinishedClip(
            clip_id=clip_id,
            event_id=clip_id,
            part=1,
            path=part,
            thumbnail=b"\xff\xd8thumbnail\xff\xd9",
            started_at=started,
            ended_at=started + timedelta(seconds=CLIP_SECONDS),
            events=events,
            video_codec=video_codec,
            audio_codec="aac",
            width=640,
            height=360,
            frames=CLIP_SECONDS * media.FPS,
            labels=labels or {},
        ),
    )


def doorbell_entry(name: str) -> MockConfigEntry:
    """Make the entry of a doorbell that is unreachable."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=name,
        unique_id=name,
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: NOWHERE.format(name),
            CONF_USERNAME: "viewer",
            CONF_PASSWORD: "hunter2",
        },
    )


@pytest.fixture
async def home(
    hass: HomeAssistant,
    socket_enabled: None,
    enable_custom_integrations: None,
    hass_admin_user: User,
    hass_ws_client: WebSocketGenerator,
    aiohttp_client: Callable[..., Awaitable[Http]],
    clip_file: Path,
    tmp_path: Path,
) -> Home:
    """Set up a home with two doorbells, a clip of each, an agency and an administrator."""
    assert hass_admin_user.groups[0].id == GROUP_ID_ADMIN
    await hass.config.async_update(internal_url=HOME_URL)
    login = hass.auth.async_create_access_token(
        await hass.auth.async_create_refresh_token(hass_admin_user, DASHBOARD)
    )
    desk = FakeAgency()
    household = MockConfigEntry(
        domain=DOMAIN,
        title="Household",
        unique_id=KIND_HOUSEHOLD,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={
            CONF_FOLDER: str(tmp_path / "clips"),
            # Long enough that no share is sent during a test.
            CONF_CANCEL_WINDOW: 300,
            # Keep the clips of November 2026 regardless of the current date.
            CONF_KEEP_DAYS: 3650,
        },
    )
    front, back = doorbell_entry("Front"), doorbell_entry("Back")
    agency = desk.entry()
    for entry in (household, front, back, agency):
        entry.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    data = hass.data[DATA]
    await until(lambda: front.runtime_data.data.problem)
    await until(lambda: back.runtime_data.data.problem)

    async def connect(token: str | None = None) -> MockHAClientWebSocket:
        return await hass_ws_client(hass, token or login)

    async def client(token: str | None = None) -> Http:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await aiohttp_client(hass.http.app, headers=headers)

    return Home(
        hass=hass,
        household=household,
        front=front,
        back=back,
        agency=agency,
        desk=desk,
        clip=await hass.async_add_executor_job(
            record,
            data,
            front.entry_id,
            clip_file,
            "0199c0de-0000-7000-8000-00000000000f",
        ),
        back_clip=await hass.async_add_executor_job(
            record,
            data,
            back.entry_id,
            clip_file,
            "0199c0de-0000-7000-8000-00000000000b",
            1,
        ),
        admin=hass_admin_user,
        video=clip_file,
        connect=connect,
        client=client,
    )


@pytest.fixture
def issued(home: Home) -> Iterator[Mock]:
    """Return the issuing of confirmations, which a test can inspect."""
    confirmations = home.data.confirmations
    with patch.object(confirmations, "issue", wraps=confirmations.issue) as issue:
        yield issue
