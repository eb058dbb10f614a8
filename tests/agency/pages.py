"""The pages for agencies as a list of blocks, and folders that stand for machines.

The first word after ``` is the language of a block; what follows says who runs it:

- `sh desk`, `sh server`: run on that machine, in the folder where the last block ended
- `sh server background`: keeps running until the next such block, or until it is stopped
- `toml desk NAME`, `text desk NAME`: a file that its reader writes there
- `text output`: what the block before printed, among other things; … is anything
- `bash`: a step by hand, run by test_by_hand.py
- `sh skip=REASON`: not run by a test
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import re
import selectors
import subprocess
import time

from tests.repository import ROOT

FOLDER = ROOT / "docs" / "agency"
_BLOCK = re.compile(r"^```(\S+)(?: ([^\n]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Folders of the system that a block may name: each machine has its own.
_SYSTEM = re.compile(r"(?<![\w.~/:-])/(etc/doorwatch|media|opt|srv|usr/local/bin)\b")
_SHIMS = {
    # Nobody is root here, and everybody may do everything.
    "sudo": '#!/bin/bash\n[ "$1" != -u ] || shift 2\nexec "$@"\n',
    # The other machine is another folder.
    "scp": '#!/bin/bash\nexec cp -- "${@/#server:/$SERVER}"\n',
    "sshfs": '#!/bin/bash\nrmdir "$2" && exec ln -s "${1/#server:/$SERVER}" "$2"\n',
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of a page, and the heading that it stands below."""

    page: str
    heading: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def where(self) -> str:
        """Where to look when it fails."""
        return f"docs/agency/{self.page}:{self.line}"


def blocks_of(page: str) -> Iterator[Block]:
    """Give the blocks of a page, in order."""
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
    """A folder that stands for a machine, with Debian's own programs."""

    def __init__(self, folder: Path, server: Path) -> None:
        """Make the folders that an installed Debian has."""
        self.folder = folder
        self.home = folder / "home"
        shims = folder / "shims"
        for made in (self.home, shims, folder / "opt", folder / "usr/local/bin"):
            made.mkdir(parents=True)
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
        self._running: subprocess.Popen[bytes] | None = None

    def _named(self, text: str) -> str:
        return _SYSTEM.sub(rf"{self.folder}/\1", text)

    def write(self, name: str, text: str) -> None:
        """Write a file as a reader of the page does."""
        (self._where / name).write_text(text)

    def run(self, text: str) -> str:
        """Run a block to its end, like lines typed into one terminal; returns output."""
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

    def start(self, text: str, ready: bytes = b"listening on ") -> None:
        """Run a block that does not end, and wait until it is ready."""
        self.stop()
        self._running = subprocess.Popen(
            ["bash", "-euc", f"exec {self._named(text)}"],
            cwd=self._where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._running.stdout is not None
        output, said = self._running.stdout.fileno(), b""
        until = time.monotonic() + 60
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while ready not in said:
                readable = selector.select(max(0.0, until - time.monotonic()))
                part = os.read(output, 4096) if readable else b""
                assert part, f"{text}\n{said.decode()}"
                said += part

    def stop(self) -> None:
        """End what runs."""
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            running.wait(10)
            assert running.stdout is not None
            running.stdout.close()


@dataclass
class Walk:
    """Two machines, and what the examples in the pages stand for."""

    machines: dict[str, Machine]
    names: dict[str, str]
    before: dict[tuple[str, str], Callable[[], None]]  # page and heading
    learned: dict[str, re.Pattern[str]]  # names that are known once they are printed
    printed: str = ""

    def follow(self, page: str) -> None:
        """Do what a page says, from its first block to its last."""
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
                case ("sh", machine, "background"):
                    self.machines[machine].start(text)
                case ("text", "output"):
                    assert _matches(text, self.printed), self.printed
                case ("sh", machine) if machine in self.machines:
                    self.printed = self.machines[machine].run(text)
                    for name, pattern in self.learned.items():
                        if name not in self.names and (
                            found := pattern.search(self.printed)
                        ):
                            self.names[name] = found[0]
                case ("toml" | "text", machine, name):
                    self.machines[machine].write(name, text)
        except AssertionError as err:
            raise AssertionError(f"{block.where}\n{err}") from err


def _matches(shown: str, printed: str) -> bool:
    """Whether each line that is shown was printed, in this order."""
    pattern = ".*?".join(
        re.escape(line.strip()).replace("…", ".*?") for line in shown.splitlines()
    )
    return re.search(pattern, printed, re.DOTALL) is not None
