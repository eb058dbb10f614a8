"""Run OpenStack Swift, an object store with an S3 interface, on loopback.

There are three zones, each with servers for accounts, containers and objects, so each
object is stored three times. A proxy in front of them has the S3 interface.
"""

from contextlib import closing
from functools import partial
import getpass
import http.client
import json
import os
from pathlib import Path
import secrets
import signal
import subprocess
import tempfile
from typing import Final, Literal

from tests.ports import own_port
from tests.servers import (
    Forked,
    Process,
    Server,
    end,
    listens,
    program,
    started,
    wait_until,
)

_KINDS: Final = ("account", "container", "object")
_ZONES: Final = (1, 2, 3)
_PROGRAMS: Final = ("swift-proxy-server", *(f"swift-{kind}-server" for kind in _KINDS))
# Debian's package of Swift runs with Debian's Python.
_PYTHON: Final = "/usr/bin/python3"
_REGION: Final = "us-east-1"
_USER: Final = "doorwatch:intake"

# Makes the rings, which map data to servers, in one process, because each start is
# slow.
_RINGS: Final = """
import json, sys
from swift.common.ring import RingBuilder
for kind, ports in json.load(sys.stdin).items():
    builder = RingBuilder(6, 3, 1)
    for zone, port in enumerate(ports, 1):
        builder.add_dev(dict(id=zone - 1, region=1, zone=zone, weight=1.0, device="d", meta="",
            ip="127.0.0.1", port=port, replication_ip="127.0.0.1", replication_port=port))
    builder.rebalance(seed=7)
    builder.get_ring().save(f"{sys.argv[1]}/{kind}.ring.gz")
"""

# Forks all servers except memcached from one process, because importing Swift is slow.
# Each runs the code of its own program.
_SERVERS: Final = """
import ctypes, json, os, signal, sys
from swift.account import server as account
from swift.container import server as container
from swift.obj import server as object
from swift.proxy import server as proxy
folder, pids = sys.argv[1], {}
for name in sys.argv[2:]:
    pids[name] = os.fork()
    if pids[name] == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # when the process that forked it ends
        log = os.open(f"{folder}/{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        kind = name.rstrip("123")
        sys.argv = [f"swift-{kind}-server", f"{folder}/{name}.conf", "--verbose"]
        globals()[kind].main()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
with open(f"{folder}/pids.part", "w") as file:
    json.dump(pids, file)
os.rename(f"{folder}/pids.part", f"{folder}/pids")
while True:
    signal.pause()
"""

_HASHES: Final = """\
[swift-hash]
swift_hash_path_prefix = {prefix}
swift_hash_path_suffix = {suffix}
[storage-policy:0]
name = default
default = yes
"""

_COMMON: Final = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
log_level = WARNING
log_address = {folder}/none
"""

_STORAGE: Final = """\
devices = {folder}/{zone}
mount_check = false
recon_cache_path = {folder}
max_clients = 256
fallocate_reserve = 0
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

_PROXY: Final = """\
[pipeline:main]
pipeline = catch_errors healthcheck cache listing_formats bulk s3api tempauth copy container-quotas slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = {region}
auth_pipeline_check = false
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{name} = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
allow_async_delete = false
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""


def missing() -> str | None:
    """Return why Swift can't run here, or None."""
    lacking = [
        name for name in (*_PROGRAMS, "memcached", "setpriv") if program(name) is None
    ]
    if lacking:
        return f"{', '.join(lacking)}: not installed (scripts/setup does on Debian)"
    with tempfile.NamedTemporaryFile() as file:
        try:
            os.setxattr(file.name, "user.doorwatch", b"1")
        except OSError:
            return (
                "the disk with temporary files keeps no extended attributes, which"
                " OpenStack Swift needs"
            )
    return None


class Swift(Server):
    """A store with all its servers, on the same ports after every restart."""

    region: Final = _REGION
    access_key: Final = _USER

    def __init__(self, folder: Path) -> None:
        """Prepare the store in this folder; `start` starts the servers."""
        if (reason := missing()) is not None:
            raise RuntimeError(reason)
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.secret_key = secrets.token_urlsafe(16)
        self.port = own_port()
        self._cache = own_port()
        self._ports = {kind: [own_port() for _ in _ZONES] for kind in _KINDS}
        self.processes: dict[str, Process] = {}
        self._first: list[subprocess.Popen[bytes]] = []
        self._configure()

    @property
    def endpoint(self) -> str:
        """Return the URL of the S3 interface."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that a client needs besides `endpoint`."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def _configure(self) -> None:
        folder, user = self.folder, getpass.getuser()
        subprocess.run(
            [_PYTHON, "-c", _RINGS, str(folder)],
            input=json.dumps(self._ports),
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        (folder / "swift.conf").write_text(
            _HASHES.format(prefix=secrets.token_hex(8), suffix=secrets.token_hex(8))
        )
        for kind, ports in self._ports.items():
            for zone, port in zip(_ZONES, ports, strict=True):
                (folder / f"{zone}/d").mkdir(parents=True, exist_ok=True)
                (folder / f"{kind}{zone}.conf").write_text(
                    _COMMON.format(port=port, user=user, folder=folder)
                    + _STORAGE.format(folder=folder, zone=zone, kind=kind)
                )
        account, name = _USER.split(":")
        (folder / "proxy.conf").write_text(
            _COMMON.format(port=self.port, user=user, folder=folder)
            + _PROXY.format(
                cache=self._cache,
                region=_REGION,
                account=account,
                name=name,
                secret=self.secret_key,
            )
        )
        for file in folder.glob("*.conf"):
            file.chmod(0o600)

    def start(self) -> None:
        """Start all servers and wait until the store answers."""
        self.start_one("memcached")
        pids, log = self.folder / "pids", self.folder / "servers.log"
        pids.unlink(missing_ok=True)
        names = [*self._storage(), "proxy"]
        first = started(_PYTHON, "-c", _SERVERS, self.folder, *names, log=log)
        self._first.append(first)
        wait_until(pids.exists, first, log)
        for server, pid in json.loads(pids.read_text()).items():
            self.processes[server] = Forked(pid)
        wait_until(self._answers, self.processes["proxy"], self._log("proxy"))
        for kind, ports in self._ports.items():
            for zone, port in zip(_ZONES, ports, strict=True):
                server = f"{kind}{zone}"
                wait_until(
                    partial(listens, port), self.processes[server], self._log(server)
                )

    def _storage(self) -> list[str]:
        return [f"{kind}{zone}" for zone in _ZONES for kind in _KINDS]

    def _log(self, server: str) -> Path:
        return self.folder / f"{server}.log"

    def start_one(self, server: str) -> None:
        """Start a server by name, such as `memcached`, `proxy` or `object2`."""
        if server == "memcached":
            command = [server, "-u", getpass.getuser(), "-l", "127.0.0.1"]
            command += ["-p", str(self._cache), "-m", "16"]
        else:
            command = [f"swift-{server.rstrip('123')}-server"]
            command += [str(self.folder / f"{server}.conf"), "--verbose"]
        self.processes[server] = started(*command, log=self._log(server))

    def _answers(self) -> bool:
        try:
            return self._native("GET", "/healthcheck")[0] == 200
        except OSError, http.client.HTTPException:
            return False

    def send(self, server: str, number: signal.Signals) -> None:
        """Send a signal to a server; wait for its end after SIGKILL."""
        process = self.processes[server]
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait(30)

    def stop(self) -> None:
        """Stop all servers."""
        processes, self.processes = [*self.processes.values(), *self._first], {}
        self._first = []
        end(processes, signal.SIGKILL, 30)

    # These methods use Swift's native interface, which needs only the standard library.

    def make_bucket(
        self,
        name: str,
        *,
        quota: int | None = None,
        versions: Literal["enabled", "none"] = "none",
    ) -> None:
        """Make a bucket that holds at most `quota` bytes."""
        headers = {}
        if versions == "enabled":
            headers["X-Versions-Enabled"] = "true"
        if quota is not None:
            headers["X-Container-Meta-Quota-Bytes"] = str(quota)
        status, _ = self._stored("PUT", f"/{name}", headers)
        assert status in (201, 202), status

    def objects(self, bucket: str) -> dict[str, int]:
        """Return the names and sizes of a bucket's objects; their parts are in `+segments`."""
        status, body = self._stored("GET", f"/{bucket}?format=json")
        if status == 404:
            return {}
        assert status == 200, status
        return {each["name"]: each["bytes"] for each in json.loads(body)}

    def empty(self, bucket: str) -> None:
        """Delete all objects of a bucket and their parts."""
        for name in (bucket, f"{bucket}+segments"):
            for each in self.objects(name):
                status, _ = self._stored("DELETE", f"/{name}/{each}")
                assert status == 204, status

    def parts(self, bucket: str, name: str) -> list[str]:
        """Return the names of an object's parts in `+segments`."""
        path = f"/{bucket}/{name}?multipart-manifest=get&format=raw"
        status, body = self._stored("GET", path)
        assert status == 200, status
        try:
            parts = json.loads(body)
        except ValueError:
            return []  # not an object with parts
        return [part["path"].split("/", 2)[2] for part in parts]

    def limit(self, bucket: str, quota: int | None) -> None:
        """Set the quota of a bucket in bytes; None removes it."""
        headers = {"X-Container-Meta-Quota-Bytes": "" if quota is None else str(quota)}
        status, _ = self._stored("POST", f"/{bucket}", headers)
        assert status == 204, status

    def read(self, bucket: str, name: str) -> bytes:
        """Return the content of an object."""
        status, body = self._stored("GET", f"/{bucket}/{name}")
        assert status == 200, status
        return body

    def _stored(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        asking = {"X-Auth-User": _USER, "X-Auth-Key": self.secret_key}
        with closing(self._connection()) as connection:
            connection.request("GET", "/auth/v1.0", headers=asking)
            answer = connection.getresponse()
            answer.read()
            token = answer.headers["X-Auth-Token"]
        account = f"/v1/AUTH_{_USER.partition(':')[0]}"
        return self._native(
            method, account + path, {"X-Auth-Token": token} | (headers or {})
        )

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def _native(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        with closing(self._connection()) as connection:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
