"""A real Home Assistant as a process, and a client that sets it up as a person would.

Used by the end-to-end tests and by scripts/develop.
"""

from collections.abc import Mapping
from http import HTTPStatus
import os
from pathlib import Path
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any, Final, Self
import urllib.error
import urllib.request

import aiohttp
from homeassistant.const import RESTART_EXIT_CODE

from tests.ports import own_port
from tests.waiting import block_until, until

from .configuration import REPOSITORY, mend_configuration, write_configuration
from .forked import ForkedProcess

VOICE: Final = REPOSITORY / "tests/voice"
# The choice of the first menu that is there while there is no demo.
DEMO: Final = {"next_step_id": "demo"}


class HomeAssistantProcess:
    """`hass` with a folder of its own, on the same port through every restart."""

    def __init__(
        self,
        config: Path,
        *,
        port: int | None = None,
        name: str = "Doorwatch test",
        time_zone: str = "Europe/Berlin",
        environment: Mapping[str, str] | None = None,
        code: Path = REPOSITORY,
        forked: bool = False,
    ) -> None:
        """Write the configuration; nothing runs before `start`.

        `code`: the folder with the `custom_components` that it runs.
        `forked`: whether it starts sooner, in a process with modules of Home Assistant.
        """
        self.config = config
        self.port = port or own_port()
        self.log = config / "home-assistant.log"
        self._output = config / "output.log"
        self._environment = dict(environment or {})
        self._code = code
        self._forked = forked
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        write_configuration(config, self.port, name=name, time_zone=time_zone)

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def start(self, deadline: float = 120) -> None:
        """Start it and wait until it answers and has set up everything.

        As the supervisor does, start it again when it asks for that, such as after it
        has restored a backup.
        """

        def answers() -> bool:
            if self._answers():
                return True
            if self.wants_restart:
                mend_configuration(self.config, self.port)
                self._launch()
            elif not self.running:
                raise TimeoutError
            return False

        self._launch()
        try:
            block_until(answers, seconds=deadline)
        except TimeoutError:
            self.kill()
            raise RuntimeError(
                f"Home Assistant did not start:\n{self.output()[-4000:]}"
            ) from None

    def _launch(self) -> None:
        paths = (
            self._environment.get("PYTHONPATH"),
            str(self._code),
            str(VOICE),
            os.environ.get("PYTHONPATH"),
        )
        environment = {
            **self._environment,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        arguments = ["--config", str(self.config), "--skip-pip"]
        if self._forked:
            self._process = ForkedProcess(
                arguments,
                code=self._code,
                output=self._output,
                environment=environment,
            )
            return
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "homeassistant", *arguments],
                # Where a module is started is the first place that Python looks at.
                cwd=self._code,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
                # Ctrl-C in the terminal is for us; we then stop it in the right order.
                start_new_session=True,
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/manifest.json", timeout=5):
                pass
            with urllib.request.urlopen(f"{self.url}/auth/providers", timeout=5):
                return True
        except urllib.error.HTTPError:
            # Something is there already; providers are refused before onboarding.
            return True
        except OSError:
            return False

    def output(self) -> str:
        """Return all that it printed; a backup that was restored took it away."""
        if not self._output.exists():
            return ""
        return self._output.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def wants_restart(self) -> bool:
        """Whether it ended to be started again."""
        return self._process is not None and self._process.poll() == RESTART_EXIT_CODE

    def wait_until_killed(self, deadline: float = 120) -> None:
        """Wait until it kills itself, as a power cut would."""
        process = self._process
        assert process is not None
        assert process.wait(deadline) == -signal.SIGKILL, self.output()[-4000:]
        self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it the orderly way."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


class HomeError(Exception):
    """Home Assistant refused what a person would not have been refused."""


class Home:
    """One logged-in person at one Home Assistant, over its own APIs."""

    def __init__(self, url: str) -> None:
        """Connect to nothing yet."""
        self.url = url
        self._client_id = f"{url}/"
        self._session = aiohttp.ClientSession(
            base_url=url, timeout=aiohttp.ClientTimeout(60)
        )
        self.login: dict[str, Any] = {}
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._next_id = 0

    @property
    def token(self) -> str:
        """The access token of the login."""
        return str(self.login.get("access_token", ""))

    async def __aenter__(self) -> Self:
        """Give the client; `enter` comes next."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave."""
        if self._websocket is not None:
            await self._websocket.close()
        await self._session.close()

    async def enter(self, name: str, username: str, password: str) -> None:
        """Log in; in a new home, make the owner first."""
        async with self._session.get("/api/onboarding") as answer:
            # The address is gone once all is done.
            steps = await answer.json() if answer.status == 200 else []
        if any(step["step"] == "user" and not step["done"] for step in steps):
            await self._onboard(name, username, password)
        else:
            await self.log_in(username, password)
        await self._running()

    async def has_integrations(self) -> bool:
        """Whether it loads any beyond its own: not in safe mode, nor in recovery mode."""
        config = await self.command(type="get_config")
        return not (config["safe_mode"] or config["recovery_mode"])

    async def _running(self) -> None:
        """Wait until all entries are set up; pages are served before that."""

        async def running() -> bool:
            return bool((await self.command(type="get_config"))["state"] == "RUNNING")

        await until(running, "Home Assistant to come up")

    async def _onboard(self, name: str, username: str, password: str) -> None:
        made = await self._json(
            "/api/onboarding/users",
            {
                "client_id": self._client_id,
                "name": name,
                "username": username,
                "password": password,
                "language": "en",
            },
        )
        await self._exchange(made["auth_code"])

    async def log_in(self, username: str, password: str) -> None:
        """Log in with a password, as the login page does."""
        flow = await self._json(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self._client_id,
            },
        )
        done = await self._json(
            f"/auth/login_flow/{flow['flow_id']}",
            {
                "client_id": self._client_id,
                "username": username,
                "password": password,
            },
        )
        if done["type"] != "create_entry":
            raise HomeError(f"could not log in: {done.get('errors')}")
        await self._exchange(done["result"])

    async def _exchange(self, code: str) -> None:
        async with self._session.post(
            "/auth/token",
            data={
                "client_id": self._client_id,
                "code": code,
                "grant_type": "authorization_code",
            },
        ) as answer:
            self.login = {"clientId": self._client_id, **await answer.json()}

    async def _json(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.post(path, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise HomeError(f"{path}: {answer.status} {await answer.text()}")
            result: dict[str, Any] = await answer.json()
            return result

    async def sees(self, keyframes: int) -> None:
        """Wait until the camera has shown so many keyframes more, one each second."""
        states = await self.command(type="get_states")
        [camera, *_] = [
            state["entity_id"]
            for state in states
            if state["entity_id"].startswith("camera.")
        ]
        pictures: set[bytes] = set()

        async def shown() -> bool:
            headers = {"Authorization": f"Bearer {self.token}"}
            async with self._session.get(
                f"/api/camera_proxy/{camera}", headers=headers
            ) as answer:
                if answer.status == HTTPStatus.OK:
                    pictures.add(await answer.read())
            return len(pictures) > keyframes

        await until(shown, f"{keyframes} pictures of {camera}")

    async def command(self, **message: object) -> Any:
        """Send a websocket command and return its result."""
        if self._websocket is None:
            self._websocket = await self._session.ws_connect(
                "/api/websocket", max_msg_size=0
            )
            await self._websocket.receive_json()
            await self._websocket.send_json(
                {"type": "auth", "access_token": self.token}
            )
            hello = await self._websocket.receive_json()
            if hello["type"] != "auth_ok":
                raise HomeError(str(hello))
        self._next_id += 1
        await self._websocket.send_json({"id": self._next_id, **message})
        while True:
            answer = await self._websocket.receive_json(timeout=60)
            if answer.get("id") == self._next_id and answer["type"] == "result":
                break
        if not answer["success"]:
            raise HomeError(f"{message['type']}: {answer['error']}")
        return answer["result"]

    async def add(
        self, *answers: Mapping[str, object], handler: str = "doorwatch"
    ) -> dict[str, Any]:
        """Go through the flow that adds an entry, one answer a step.

        An entry that is there already is no error: its abort is returned.
        """
        step = await self._json(
            "/api/config/config_entries/flow",
            {"handler": handler, "show_advanced_options": False},
        )
        for answer in answers:
            if answer == DEMO and "demo" not in step["menu_options"]:
                return step  # it is offered while there is none
            step = await self._json(
                f"/api/config/config_entries/flow/{step['flow_id']}", answer
            )
            if step["type"] == "abort" and step["reason"] == "already_configured":
                return step
            if step["type"] == "form" and step.get("errors"):
                raise HomeError(f"{step['step_id']}: {step['errors']}")
        if step["type"] != "create_entry":
            raise HomeError(f"the flow did not end: {step}")
        return step

    async def steps(
        self,
        start: Mapping[str, object],
        *answers: Mapping[str, object],
        path: str = "/api/config/config_entries/flow",
    ) -> list[dict[str, Any]]:
        """Go through a flow and return each step as the frontend is shown it.

        It stays open after the last answer.
        """
        step = await self._json(path, start)
        shown = [step]
        for answer in answers:
            step = await self._json(f"{path}/{step['flow_id']}", answer)
            shown.append(step)
        return shown

    async def add_demo_doorbell(self, name: str = "Front door") -> None:
        """Add the doorbell that needs no hardware."""
        await self.add(DEMO, {"name": name})

    async def add_agency(
        self, address: str, *, last_group: str, upload_code: str
    ) -> None:
        """Add an agency on this machine, its fingerprint compared."""
        await self.add(
            {"next_step_id": "agency"},
            {"address": address, "on_my_network": True},
            {
                "last_group": last_group,
                "not_compared": False,
                "upload_code": upload_code,
            },
        )

    async def set_household(self, **options: object) -> None:
        """Set options of the household, as its pages do."""
        (household,) = [
            entry
            for entry in await self.command(
                type="config_entries/get", domain="doorwatch"
            )
            if entry["supports_options"] and entry["title"] == "Household"
        ]
        path = "/api/config/config_entries/options/flow"
        start = {"handler": household["entry_id"]}
        step = await self._json(path, start)
        if step["type"] == "form":  # one form for all, as the last release has it
            await self._fill_in(f"{path}/{step['flow_id']}", options)
        for page in step.get("menu_options", ()):
            step = await self._json(path, start)
            form = f"{path}/{step['flow_id']}"
            step = await self._json(form, {"next_step_id": page})
            fields = {field["name"] for field in step["data_schema"]}
            if answers := {key: options[key] for key in options if key in fields}:
                await self._fill_in(form, answers)

    async def _fill_in(self, form: str, answers: Mapping[str, object]) -> None:
        """Submit a page of the household."""
        step = await self._json(form, answers)
        if step.get("step_id") == "keep_less":  # it says what goes by them
            step = await self._json(form, {})
        if step["type"] != "create_entry":
            raise HomeError(f"the options did not take it: {step}")

    async def add_user(self, username: str, password: str, group: str) -> str:
        """Add somebody of this group; return the user's id."""
        made = await self.command(
            type="config/auth/create", name=username.title(), group_ids=[group]
        )
        user_id: str = made["user"]["id"]
        await self.command(
            type="config/auth_provider/homeassistant/create",
            user_id=user_id,
            username=username,
            password=password,
        )
        return user_id

    async def ledger(self) -> bytes:
        """Download the ledger."""
        async with self._session.get(
            "/api/doorwatch/ledger", headers={"Authorization": f"Bearer {self.token}"}
        ) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def remove(self, entry_id: str) -> None:
        """Remove an entry."""
        async with self._session.delete(
            f"/api/config/config_entries/entry/{entry_id}",
            headers={"Authorization": f"Bearer {self.token}"},
        ) as answer:
            answer.raise_for_status()

    async def add_dashboard(self, title: str, path: str, config: object) -> None:
        """Add a dashboard to the side bar, or write the one that is there anew."""
        known = await self.command(type="lovelace/dashboards/list")
        if not any(dashboard["url_path"] == path for dashboard in known):
            await self.command(
                type="lovelace/dashboards/create",
                url_path=path,
                title=title,
                icon="mdi:doorbell-video",
                mode="storage",
                show_in_sidebar=True,
                require_admin=False,
            )
        await self.command(type="lovelace/config/save", url_path=path, config=config)

    async def clips(self) -> list[dict[str, Any]]:
        """List the latest clips as the card does."""
        listed = await self.command(type="doorwatch/clips/list", limit=50)
        found: list[dict[str, Any]] = listed["clips"]
        return found


def dashboard_config(title: str = "Doorwatch") -> dict[str, object]:
    """Return a dashboard with the card, and the doorbell's entities beside it."""
    return {
        "views": [
            {
                "title": title,
                "path": "clips",
                "type": "sections",
                "max_columns": 3,
                "sections": [
                    {
                        "type": "grid",
                        "column_span": 3,
                        "cards": [
                            {
                                "type": "custom:doorwatch-card",
                                "grid_options": {"columns": "full"},
                            }
                        ],
                    }
                ],
            }
        ]
    }
