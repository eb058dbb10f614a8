"""A real Home Assistant process, and a client that sets it up as a person would.

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
# The menu option that exists while there is no demo.
DEMO: Final = {"next_step_id": "demo"}
OPTIONS: Final = "/api/config/config_entries/options/flow"


class HomeAssistantProcess:
    """A `hass` process with its own folder, on the same port after every restart."""

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
        """Write the configuration; `start` starts the process.

        `code`: the folder with the `custom_components` to run. `forked`: whether to
        fork from a process with Home Assistant's modules, which starts faster.
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
        """The URL of Home Assistant."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process ID while the process exists."""
        return self._process.pid if self._process else None

    def start(self, deadline: float = 120) -> None:
        """Start the process and wait until everything is set up.

        Restart it if it requests that, as the supervisor does, for example after it has
        restored a backup.
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
                # Python searches the working directory of `-m` first.
                cwd=self._code,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
                # Only the caller receives Ctrl-C from the terminal; it stops all
                # processes in order.
                start_new_session=True,
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/manifest.json", timeout=5):
                pass
            with urllib.request.urlopen(f"{self.url}/auth/providers", timeout=5):
                return True
        except urllib.error.HTTPError:
            # Home Assistant is up, but has no login providers before onboarding.
            return True
        except OSError:
            return False

    def output(self) -> str:
        """Return the output, which restoring a backup deletes."""
        if not self._output.exists():
            return ""
        return self._output.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def wants_restart(self) -> bool:
        """Whether the process ended in order to be restarted."""
        return self._process is not None and self._process.poll() == RESTART_EXIT_CODE

    def wait_until_killed(self, deadline: float = 120) -> None:
        """Wait until the process kills itself, which simulates a power failure."""
        process = self._process
        assert process is not None
        assert process.wait(deadline) == -signal.SIGKILL, self.output()[-4000:]
        self._process = None

    def kill(self) -> None:
        """Kill the process, which simulates a power failure."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop the process properly."""
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
        """Start the process."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the process."""
        self.stop()


class HomeError(Exception):
    """Home Assistant refused a valid request."""


class Home:
    """A logged-in person in a Home Assistant, using its APIs."""

    def __init__(self, url: str) -> None:
        """Store the address without connecting."""
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
        """Return the client; call `enter` next."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        if self._websocket is not None:
            await self._websocket.close()
        await self._session.close()

    async def enter(self, name: str, username: str, password: str) -> None:
        """Log in; in a new home, create the owner first."""
        async with self._session.get("/api/onboarding") as answer:
            # The address returns 404 when onboarding is done.
            steps = await answer.json() if answer.status == 200 else []
        if any(step["step"] == "user" and not step["done"] for step in steps):
            await self._onboard(name, username, password)
        else:
            await self.log_in(username, password)
        await self._running()

    async def has_integrations(self) -> bool:
        """Return whether optional integrations load, unlike in safe and recovery mode."""
        config = await self.command(type="get_config")
        return not (config["safe_mode"] or config["recovery_mode"])

    async def _running(self) -> None:
        """Wait until all entries are set up, because pages are served earlier."""

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
        """Log in with a password as the login page does."""
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
        """Wait until the camera has shown this many more keyframes, one each second."""
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
        """Add an entry through the flow with an answer for each step.

        If the entry already exists, the abort result is returned. If a doorbell does
        not report motion, the flow asks what does: it calls a webhook, and the last
        answer becomes its options.
        """
        step = await self._json(
            "/api/config/config_entries/flow",
            {"handler": handler, "show_advanced_options": False},
        )
        name: dict[str, object] = {}
        for given in answers:
            answer = {**given, **name}
            fields = {field["name"] for field in step.get("data_schema") or ()}
            if "name" in answer and "name" not in fields:
                # Some versions ask for the name on a later form.
                name = {"name": answer.pop("name")}
            if answer == DEMO and "demo" not in step["menu_options"]:
                return step  # the demo is offered while there is none
            if step.get("step_id") == "detection" and "detection" not in answer:
                return await self._add_calling(step, answer)
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

    async def _add_calling(
        self, step: Mapping[str, Any], options: Mapping[str, object]
    ) -> dict[str, Any]:
        """Add a doorbell that calls a webhook, with these options."""
        name = {"name": options["name"]} if "name" in options else {}
        path = f"/api/config/config_entries/flow/{step['flow_id']}"
        await self._json(path, {"detection": "webhook", **name})
        added = await self._json(path, {})
        rest = {key: value for key, value in options.items() if key != "name"}
        handler = {"handler": added["result"]["entry_id"]}
        steps = await self.steps(handler, rest, path=OPTIONS)
        if steps[-1]["type"] != "create_entry":
            raise HomeError(f"the options were not stored: {steps[-1]}")
        return added

    async def steps(
        self,
        start: Mapping[str, object],
        *answers: Mapping[str, object],
        path: str = "/api/config/config_entries/flow",
    ) -> list[dict[str, Any]]:
        """Go through a flow and return each step as the frontend receives it.

        The flow stays open after the last answer.
        """
        step = await self._json(path, start)
        shown = [step]
        for answer in answers:
            step = await self._json(f"{path}/{step['flow_id']}", answer)
            shown.append(step)
        return shown

    async def add_demo_doorbell(self, name: str = "Front door") -> None:
        """Add the demo doorbell."""
        await self.add(DEMO, {"name": name})

    async def add_agency(
        self, address: str, *, last_group: str, upload_code: str
    ) -> None:
        """Add an agency on this machine with a compared fingerprint."""
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
        """Set options of the household through its pages."""
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
        if step["type"] == "form":  # the last release has a single form
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
        if step.get("step_id") == "keep_less":  # reports the clips to delete
            step = await self._json(form, {})
        if step["type"] != "create_entry":
            raise HomeError(f"the options did not take it: {step}")

    async def add_user(self, username: str, password: str, group: str) -> str:
        """Add a user to this group and return the user's ID."""
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
        """Add a dashboard to the sidebar or overwrite the existing one."""
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
    """Return a dashboard with the card and the doorbell's entities."""
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
