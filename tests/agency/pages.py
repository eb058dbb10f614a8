"""Read the blocks of the pages for agencies, and run them in folders that stand for machines.

The first word after ``` is the language of a block; the next words say where it runs:

- `sh desk`, `sh server`, `sh server desk`: run on these machines, in the last block's final folder
- `toml desk NAME`, `text desk NAME`: a file that the reader writes there
- `text output`: part of the output of the block before; … matches anything
- `bash`: a manual step, run by test_by_hand.py
- `sh skip=REASON`: not run by any test
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
import re
import shutil
import subprocess
import threading

from tests.repository import ROOT

FOLDER = ROOT / "docs" / "agency"
_BLOCK = re.compile(r"^```(\S+)(?: ([^\n]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Each machine has its own copy of the system folders that a block may name.
_SYSTEM = re.compile(
    r"(?<![\w.~/:-])/(etc/doorwatch|etc/systemd/system|media|opt|srv|usr/local/bin)\b"
)
_SHIMS = {
    # The folders have no other users or groups, and allow everything.
    "sudo": """#!/bin/bash
command=()
while (($#)); do
  case ${command[0]-}$1 in install-[og]) shift 2 ;; *) command+=("$1"); shift ;; esac
done
exec "${command[@]}"
""",
    "groupadd": "#!/bin/true\n",
    "useradd": "#!/bin/true\n",
    "usermod": "#!/bin/true\n",
    # The test starts services after the block.
    "systemctl": '#!/bin/bash\necho "${@: -1}" >"$HOME/../started"\n',
    # The other machine is another folder.
    "scp": """#!/bin/bash
files=("${@/#server:\\//$SERVER/}")
exec cp -- "${files[@]/#server:/$SERVER/home/}"
""",
    "sshfs": """#!/bin/bash
rmdir "${@: -1}" && from="${*: -2:1}" && exec ln -s "${from/#server:/$SERVER}" "${@: -1}"
""",
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of a page with its heading."""

    page: str
    heading: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def where(self) -> str:
        """Return the place of the block, for error messages."""
        return f"docs/agency/{self.page}:{self.line}"


def blocks_of(page: str) -> Iterator[Block]:
    """Return the blocks of a page in order."""
    content = (FOLDER / page).read_text()
    for found in _BLOCK.finditer(content):
        before = content[: found.start()]
        plain = _BLOCK.sub("", before)
        heading = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)[-1]
        yield Block(
            page=page,
            heading=heading,
            line=before.count("\n") + 1,
            language=found[1],
            words=tuple((found[2] or "").split()),
            text=found[3],
        )


class Machine:
    """A folder that stands for a machine with Debian's own programs."""

    def __init__(self, folder: Path, server: Path, port: int) -> None:
        """Create the folders of an installed Debian."""
        self.folder = folder
        self.port = port  # of the service
        self.home = folder / "home"
        shims = folder / "shims"
        for made in ("home", "opt", "shims", "usr/local/bin", "etc/systemd/system"):
            (folder / made).mkdir(parents=True)
        for name, script in _SHIMS.items():
            (shims / name).write_text(script)
            (shims / name).chmod(0o755)
        self._where = self.home
        self._environment = {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": f"{folder}/usr/local/bin:{shims}:/usr/bin:/bin",
            "SERVER": str(server),
        }
        self._running: subprocess.Popen[str] | None = None
        self.journal: list[str] = []  # output of the service

    def _named(self, text: str) -> str:
        return _SYSTEM.sub(rf"{self.folder}/\1", text)

    def write(self, name: str, text: str) -> None:
        """Write a file as a reader of the page does."""
        (self._where / name).write_text(text)

    def run(self, text: str) -> str:
        """Run a block like lines typed into one terminal, and return its output."""
        left = self.folder / "left"
        keep = f'trap \'pwd >"{left}"; env -0 >>"{left}"\' EXIT\nset -a\n'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", keep + self._named(text)],
            cwd=self._where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        where, _, variables = left.read_text().partition("\n")
        self._where = Path(where)
        self._environment = dict(
            each.split("=", 1) for each in variables.split("\0") if each
        )
        return done.stdout

    def start_services(self) -> None:
        """Start the services that a block told systemd to start, and wait until they listen."""
        asked = self.folder / "started"
        if not asked.exists():
            return
        self.stop()
        name = asked.read_text().strip().removesuffix(".service")
        asked.unlink()
        unit = (self.folder / f"etc/systemd/system/{name}.service").read_text()
        (command,) = re.findall(
            r"^ExecStart=(.*)$", unit.replace("\\\n", ""), re.MULTILINE
        )
        for credential, path in re.findall(
            r"^LoadCredential=(.+):(.+)$", unit, re.MULTILINE
        ):
            command = command.replace(f"%d/{credential}", path)
        node = shutil.which("node") or "node"  # Debian's Node.js if none is on PATH
        command = command.replace("/usr/bin/node", node)
        running = self._running = subprocess.Popen(
            ["bash", "-euc", f"exec {self._named(command)} --port {self.port}"],
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        listens = threading.Event()

        def listen() -> None:
            assert running.stdout is not None
            with running.stdout:
                for line in running.stdout:
                    self.journal.append(line)
                    if "listening on" in line:
                        listens.set()
            listens.set()

        self._listener = threading.Thread(target=listen)
        self._listener.start()
        assert listens.wait(60) and running.poll() is None, self.journal

    def stop(self) -> None:
        """Stop the running services."""
        running, self._running = self._running, None
        if running is not None:
            running.terminate()
            running.wait(10)
            self._listener.join(10)


@dataclass
class Walk:
    """Two machines, and the values for the examples in the pages."""

    machines: dict[str, Machine]
    names: dict[str, str]
    before: dict[tuple[str, str], Callable[[], None]]  # page and heading
    learned: dict[str, re.Pattern[str]]  # names whose values a block prints
    printed: str = ""

    def follow(self, page: str) -> None:
        """Follow a page from its first block to its last."""
        heading = ""
        for block in blocks_of(page):
            if block.heading != heading:
                heading = block.heading
                self.before.get((page, heading), lambda: None)()
            self._do(block)

    def _do(self, block: Block) -> None:
        text = block.text
        for name, meant in self.names.items():
            text = text.replace(name, meant)
        try:
            match (block.language, *block.words):
                case ("text", "output"):
                    assert _matches(text, self.printed), self.printed
                case ("sh", *machines) if self.machines.keys() >= {*machines}:
                    self._run(text, machines)
                case ("toml" | "text", machine, name):
                    self.machines[machine].write(name, text)
        except AssertionError as err:
            raise AssertionError(f"{block.where}\n{err}") from err

    def _run(self, text: str, machines: Sequence[str]) -> None:
        for machine in machines:
            self.printed = self.machines[machine].run(text)
            self.machines[machine].start_services()
            for name, pattern in self.learned.items():
                if name not in self.names and (found := pattern.search(self.printed)):
                    self.names[name] = found[0]


def _matches(shown: str, printed: str) -> bool:
    """Return whether the output contains all shown lines in this order."""
    pattern = ".*?".join(
        re.escape(line.strip()).replace("…", ".*?") for line in shown.splitlines()
    )
    return re.search(pattern, printed, re.DOTALL) is not None
